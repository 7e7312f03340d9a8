"""The texts people get. An SMS of two parts holds 134 UCS-2 characters (Arabic); one part holds 160 of GSM 03.38."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as project
from django.utils.translation import gettext_lazy
from pytest_django import Settings

from core.sealed import unseal
from messaging.actions.sending import send
from messaging.models import Message

pytestmark = pytest.mark.django_db

FOLDER = Path(project.BASE_DIR) / "templates" / "messaging" / "sms"
PURPOSES = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.txt")})
CODES = [purpose for purpose in PURPOSES if (FOLDER / f"{purpose}.en.txt").read_text().count("#{{ code }}")]
CONTEXT = {
    "code": "888888",
    "reference": "WM",
    "channel": "Civil Affairs officer",
    "visit_code": "WMWMWM88",
    "expires_on": "2026-12-30",
}
LONGEST_HOST = "portal.residents-services.example.sa"
GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)


@pytest.fixture
def text(settings: Settings) -> Callable[[str, str], str]:
    settings.PUBLIC_HOST = LONGEST_HOST

    def text(purpose: str, language: str) -> str:
        message = send(to="+966512345621", purpose=purpose, language=language, context=CONTEXT)
        return unseal(message.sealed_body)

    return text


def test_the_purposes_and_their_codes_are_found() -> None:
    assert {"registration_code", "login_code"} == set(CODES)
    assert len(PURPOSES) > len(CODES)


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_text_exists_in_both_languages_and_is_complete(
    purpose: str, language: str, text: Callable[[str, str], str]
) -> None:
    body = text(purpose, language)
    assert body
    assert "{" not in body and "&#" not in body
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
    assert what_for and code == CONTEXT["code"]
    assert second.endswith(": WM")
    assert third.startswith("Nobody will ask you" if language == "en" else "لن يطلب منك أحد")
    assert last == f"@{LONGEST_HOST} #{CONTEXT['code']}"


@pytest.mark.parametrize("purpose", CODES)
def test_an_arabic_code_text_fits_two_parts(purpose: str, text: Callable[[str, str], str]) -> None:
    assert len(text(purpose, "ar").encode("utf-16-be")) // 2 <= 134


@pytest.mark.parametrize("purpose", CODES)
def test_an_english_code_text_fits_one_part(purpose: str, text: Callable[[str, str], str]) -> None:
    body = text(purpose, "en")
    assert set(body) <= GSM_7
    assert len(body) <= 160


def test_an_apostrophe_stays_an_apostrophe(settings: Settings, text: Callable[[str, str], str]) -> None:
    settings.PORTAL_NAME = {"ar": "بوابة المقيمين", "en": "Residents' Portal"}
    assert text("claim_expired", "en").startswith("Residents' Portal:")


def test_the_channel_is_named_in_the_language_of_the_text(text: Callable[[str, str], str]) -> None:
    message = send(to="+966512345621", purpose="activated", language="ar", context={"channel": gettext_lazy("Monday")})
    assert "الاثنين" in unseal(message.sealed_body)


def test_a_text_without_what_it_needs_is_not_written() -> None:
    with pytest.raises(LookupError, match="code"):
        send(to="+966512345621", purpose="login_code", language="en", context={"reference": "WM"})
    assert not Message.objects.exists()
