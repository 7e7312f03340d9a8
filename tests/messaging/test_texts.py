"""The texts people get, and what they cost."""

from collections.abc import Callable

import pytest
from django.template import Engine
from django.template.base import TextNode
from django.utils.translation import gettext_lazy
from pytest_django import Settings

from accounts.keywords.pause import Pause
from accounts.models import Purpose
from core.sealed import unseal
from messaging import segments
from messaging.actions.sending import send
from messaging.models import Message
from messaging.texts import EXAMPLES, FOLDER, TITLES, previews, purposes

pytestmark = pytest.mark.django_db

PURPOSES = purposes()
CODES = [purpose for purpose in PURPOSES if (FOLDER / f"{purpose}.en.txt").read_text().count("#{{ code }}")]
LONGEST_HOST = "portal.residents-services.example.sa"


@pytest.fixture
def text(settings: Settings) -> Callable[[str, str], str]:
    settings.PUBLIC_HOST = LONGEST_HOST

    def text(purpose: str, language: str) -> str:
        message = send(to="+966512345621", purpose=purpose, language=language, context=EXAMPLES)
        return unseal(message.sealed_body)

    return text


def test_the_purposes_and_their_codes_are_found() -> None:
    assert {f"{purpose}_code" for purpose in Purpose.values} == set(CODES)
    assert len(PURPOSES) > len(CODES)


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_text_exists_in_both_languages_and_is_complete(
    purpose: str, language: str, text: Callable[[str, str], str]
) -> None:
    body = text(purpose, language)
    assert body
    assert "{" not in body and "&#" not in body
    # Who changed the language by mistake is told in the other one how to go back.
    if purpose != "answer_language":
        assert any("\u0600" <= char <= "\u06ff" for char in body) == (language == "ar")


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("language", ["ar", "en"])
def test_no_text_carries_a_link(purpose: str, language: str, text: Callable[[str, str], str]) -> None:
    body = text(purpose, language)
    assert "://" not in body and "www." not in body
    assert LONGEST_HOST not in body.replace(f"@{LONGEST_HOST} #", "")


@pytest.mark.parametrize("purpose", CODES)
@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_code_text_says_its_purpose_then_the_code_then_the_reference(
    purpose: str, language: str, text: Callable[[str, str], str]
) -> None:
    first, second, third, last = text(purpose, language).splitlines()
    what_for, _, code = first.partition(": ")
    assert what_for and code == EXAMPLES["code"]
    assert second.endswith(": KM")
    assert third.startswith("Nobody will ask you" if language == "en" else "لن يطلب منك أحد")
    assert last == f"@{LONGEST_HOST} #{EXAMPLES['code']}"


@pytest.mark.parametrize("purpose", CODES)
def test_an_arabic_code_text_fits_two_parts(purpose: str, text: Callable[[str, str], str]) -> None:
    assert segments.count(text(purpose, "ar")) == 2


@pytest.mark.parametrize("purpose", CODES)
def test_an_english_code_text_fits_one_part(purpose: str, text: Callable[[str, str], str]) -> None:
    body = text(purpose, "en")
    assert segments.alphabet_of(body) is segments.GSM_7
    assert segments.count(body) == 1


@pytest.mark.parametrize("purpose", ["activated", "pause_lifted"])
def test_whoever_is_told_of_a_proof_reads_in_one_part_how_to_stop_it(
    purpose: str, text: Callable[[str, str], str]
) -> None:
    told = {language: text(purpose, language) for language in ("ar", "en")}
    assert segments.count(told["en"]) == 1 and segments.count(told["ar"]) <= 2
    asked = {language: told[language].casefold() for language in told}
    assert "text pause from this mobile" in asked["en"] and "«تجميد»" in asked["ar"]
    assert "pause" in Pause.words["en"] and "تجميد" in Pause.words["ar"]


def test_the_text_of_a_submitted_request_fits_one_part_or_two_with_the_longest_date() -> None:
    told = {preview.language: preview.text for _when, pair in previews("request_submitted") for preview in pair}
    assert segments.count(told["en"]) == 1 and segments.count(told["ar"]) == 2
    assert "1449" in told["en"] and "1449" in told["ar"]


@pytest.mark.parametrize(("purpose", "at_most"), [("answer_iqama", 1), ("answer_request", 1), ("answer_family", 3)])
def test_answers_with_dates_of_both_calendars_stay_short(purpose: str, at_most: int) -> None:
    told = [preview for _when, pair in previews(purpose) for preview in pair]
    assert max(preview.segments for preview in told) <= at_most
    assert {"AH)", "هـ)"} <= {end for preview in told for end in ("AH)", "هـ)") if end in preview.text}


def test_staff_see_every_text_under_a_title() -> None:
    assert set(TITLES) == set(PURPOSES)


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("language", ["ar", "en"])
def test_staff_see_whatever_a_text_can_say(purpose: str, language: str) -> None:
    """Each piece of it, whatever it depends on."""
    shown = [preview.text for _when, pair in previews(purpose) for preview in pair if preview.language == language]
    template = Engine.get_default().get_template(f"messaging/sms/{purpose}.{language}.txt")
    pieces = {node.s.strip() for node in template.nodelist.get_nodes_by_type(TextNode)}
    assert [piece for piece in pieces if not any(piece in text for text in shown)] == []
    assert len(set(shown)) == len(shown)


def test_an_apostrophe_stays_an_apostrophe(settings: Settings, text: Callable[[str, str], str]) -> None:
    settings.PORTAL_NAME = {"ar": "بوابة المقيمين", "en": "Residents' Portal"}
    assert text("claim_expired", "en").startswith("Residents' Portal:")


def test_the_channel_is_named_in_the_language_of_the_text(text: Callable[[str, str], str]) -> None:
    message = send(
        to="+966512345621", purpose="activated", language="ar", context={"channel": gettext_lazy("Monday"), "whose": ""}
    )
    assert "الاثنين" in unseal(message.sealed_body)


def test_a_text_without_what_it_needs_is_not_written() -> None:
    with pytest.raises(LookupError, match="code"):
        send(to="+966512345621", purpose="login_code", language="en", context={"reference": "WM"})
    assert not Message.objects.exists()
