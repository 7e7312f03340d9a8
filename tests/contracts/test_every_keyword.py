"""What every SMS keyword promises."""

from itertools import combinations

import pytest
from django.conf import settings
from django.utils.translation import override

from accounts.models import User
from core.plugins import load
from core.text import fold_letters
from messaging import inbound
from messaging.actions.sending import text_of
from messaging.inbound import Keyword
from registry.models import Person

pytestmark = pytest.mark.django_db

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
    for words in keyword.words.values():
        for word in words:
            assert inbound.read(word)[0] is keyword
            assert inbound.read(f"{word.upper()} 12")[0] is keyword


def test_it_answers_with_a_text_in_both_languages(keyword: Keyword, activated: User, person: Person) -> None:
    reply = keyword.answer(activated, "")
    for language in ("ar", "en"):
        assert text_of(reply.purpose, language, dict(reply.context))


def test_its_configuration_is_good(keyword: Keyword) -> None:
    assert keyword.check_config() == []


def test_no_two_share_a_word() -> None:
    def folded(keyword: Keyword) -> set[str]:
        return {fold_letters(word) for words in keyword.words.values() for word in words}

    assert [(a.name, b.name) for a, b in combinations(KEYWORDS, 2) if folded(a) & folded(b)] == []
