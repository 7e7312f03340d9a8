"""Texts that people send us: what a keyword is, and how one is found in what somebody typed.

A keyword lives in the room that knows its answer: one file, one class, listed in settings.SMS_KEYWORDS.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.core.checks import CheckMessage
from django.utils.functional import Promise

from core.plugins import load
from core.text import fold_letters

# A word more than anybody needs; the rest of a long text is not looked at.
_READ_AT_MOST = 80
_ARTICLE = "ال"
_SEPARATOR = {"ar": "، ", "en": ", "}


@dataclass(frozen=True)
class Reply:
    """The text `messaging/sms/<purpose>.<language>.txt`, in the account's language."""

    purpose: str
    context: Mapping[str, Any] = field(default_factory=dict)


class Keyword(ABC):
    name: ClassVar[str]
    # How it can be written, the first of each as the public page and the help text show it. Compared without regard to
    # vowel marks, hamza, the article and capitals.
    words: ClassVar[Mapping[str, tuple[str, ...]]]
    # What it does, in a sentence for the public page.
    summary: ClassVar[str | Promise]
    # Understood as well, and shown nowhere.
    also_heard: ClassVar[tuple[str, ...]] = ()
    # It keeps others out of the account: done, and confirmed, even for somebody who gets no further answer today. As it is
    # hard to take back, it has to be the whole text, and is not offered among the other words.
    protects: ClassVar[bool] = False

    @abstractmethod
    def answer(self, account: Any, said: list[str]) -> Reply:
        """What it does, and what is said. `account` is what settings.SMS_SENDERS found, `said` the words of the text,
        folded, the keyword first. Runs in a transaction with the audit entry and the outbox row."""

    def check_config(self) -> list[CheckMessage]:
        return []

    def spellings(self) -> set[str]:
        """Every way to write it, folded."""
        return {fold_letters(word) for words in (*self.words.values(), self.also_heard) for word in words}


@dataclass(frozen=True)
class Sender:
    """Whose mobile it is. `only_reply` is the answer to whatever is sent, for an account that nothing is done with."""

    account: Any
    only_reply: Reply | None = None


def read(text: str) -> tuple[Keyword | None, list[str]]:
    """The keyword that a text begins with, or is when it protects; and all its words, folded."""
    said = fold_letters(text[:_READ_AT_MOST]).split()
    whole, first = _found(" ".join(said)), _found(said[0] if said else "")
    return whole or (None if first and first.protects else first), said


def words_to_send(language: str, *, protecting: bool = False, besides: str = "") -> str:
    """The first word of every keyword that protects, or of every other one, as a text lists them; but for the one named
    `besides`."""
    keywords = load(settings.SMS_KEYWORDS).values()
    named = [keyword for keyword in keywords if keyword.protects == protecting and keyword.name != besides]
    return listed((keyword.words[language][0] for keyword in named), language)


def listed(words: Iterable[str], language: str) -> str:
    return _SEPARATOR[language].join(words)


def is_arabic(text: str) -> bool:
    return any("\u0600" <= letter <= "\u06ff" for letter in text[:_READ_AT_MOST])


def _found(words: str) -> Keyword | None:
    known = _by_spelling(tuple(settings.SMS_KEYWORDS))
    return known.get(words) or known.get(words.removeprefix(_ARTICLE))


@cache
def _by_spelling(listed: tuple[str, ...]) -> dict[str, Keyword]:
    return {spelling: keyword for keyword in load(listed).values() for spelling in keyword.spellings()}
