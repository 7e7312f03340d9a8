"""What every SMS keyword promises."""

from itertools import combinations
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import gettext_lazy, override
from pytest_django import Settings

from accounts.models import User
from core.plugins import load
from core.text import fold_letters
from messaging import inbound
from messaging.actions.inbound import receive
from messaging.actions.sending import text_of
from messaging.gateways.base import InboundText
from messaging.inbound import Keyword, Reply
from messaging.texts import previews
from registry.models import Person
from tests.cast import Phone

pytestmark = pytest.mark.django_db


class Weather(Keyword):
    """What somebody writes who adds a keyword: this file, and one line in the switchboard."""

    name = "weather"
    words = {"ar": ("طقس",), "en": ("weather",)}
    summary = gettext_lazy("Tells the weather.")

    def answer(self, account: Any, said: list[str]) -> Reply:
        return Reply("answer_help", {"words": " ".join(said), "protecting": ""})


KEYWORDS = list(load(settings.SMS_KEYWORDS).values())


@pytest.fixture(params=KEYWORDS, ids=lambda keyword: keyword.name)
def keyword(request: pytest.FixtureRequest) -> Keyword:
    found: Keyword = request.param
    return found


@pytest.mark.parametrize("language", ["ar", "en"])
def test_it_has_words_and_a_summary_in_both_languages(keyword: Keyword, language: str) -> None:
    with override(language):
        said = [*keyword.words[language], str(keyword.summary)]
    assert len(said) > 1
    assert [inbound.is_arabic(text) for text in said] == [language == "ar"] * len(said)


def test_each_of_its_words_is_understood_as_itself(keyword: Keyword) -> None:
    for word in keyword.spellings():
        assert inbound.read(word)[0] is inbound.read(word.upper())[0] is keyword


def test_with_more_words_it_is_understood_unless_it_protects(keyword: Keyword) -> None:
    for word in keyword.spellings():
        assert inbound.read(f"{word} 12")[0] is (None if keyword.protects else keyword)


def test_it_answers_with_a_text_in_both_languages(keyword: Keyword, activated: User, person: Person) -> None:
    reply = keyword.answer(activated, [fold_letters(keyword.words["en"][0])])
    for language in ("ar", "en"):
        assert text_of(reply.purpose, language, dict(reply.context))


def test_its_configuration_is_good(keyword: Keyword) -> None:
    assert keyword.check_config() == []


def test_no_two_share_a_word() -> None:
    shared = [(a.name, b.name) for a, b in combinations(KEYWORDS, 2) if a.spellings() & b.spellings()]
    assert shared == []


def _say(text: str, phone: Phone) -> str:
    receive("trial", InboundText(phone.mobile, text, f"in-{text}"))
    return phone.newest_text()


@pytest.mark.parametrize(("language", "word", "help_word"), [("ar", "طقس", "مساعدة"), ("en", "weather", "help")])
def test_one_more_stands_in_the_help_the_page_and_the_answers_by_its_line_alone(
    language: str, word: str, help_word: str, settings: Settings, activated: User, phone: Phone
) -> None:
    settings.SMS_KEYWORDS = [*settings.SMS_KEYWORDS, f"{__name__}.Weather"]
    User.objects.update(language=language)
    assert word in _say(help_word, phone) and word in _say("?", phone)
    assert word in _say(word, phone) and phone.newest().purpose == "answer_help"
    assert word in Client().get(f"/{language}/sms/").content.decode()
    assert word in {shown.language: shown.text for _when, pair in previews("answer_help") for shown in pair}[language]
