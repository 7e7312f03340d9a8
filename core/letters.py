"""Pages that differ between people in a few words only, like a form letter: the page is rendered once a process, with blanks
for those words, and each request fills them in.

    return letters.fill_in(request, "page.html", same={"kind": kind}, blanks={"name": name})

`same` are all the other variables, few in their combinations; there is a letter for each. `made_of` makes variables that hold
blanks, a form for example; it is given the blanks. A letter is rendered for nobody: without the request's user, session and
messages, so nothing of the first visitor can stay in it."""

import re
import secrets
from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import Any, NamedTuple

from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.translation import get_language

Words = Mapping[str, str]
Variables = dict[str, Any]


def _nothing(words: Words) -> Variables:
    return {}


class _Letter(NamedTuple):
    """Text, the name of a blank, text, the name of a blank, … text."""

    pieces: list[str]

    @classmethod
    def read(cls, page: str, tokens: Words) -> "_Letter":
        blanks = {token: name for name, token in tokens.items()}
        return cls([blanks.get(piece, piece) for piece in re.split(f"({'|'.join(blanks)})", page)])

    def filled_in(self, words: Words) -> str:
        pieces = [*self.pieces]
        pieces[1::2] = [conditional_escape(words[name]) for name in pieces[1::2]]
        return "".join(pieces)


_letters: dict[tuple[Hashable, ...], _Letter] = {}


def fill_in(
    request: HttpRequest,
    template: str,
    *,
    same: Mapping[str, Hashable],
    blanks: Words,
    made_of: Callable[[Words], Variables] = _nothing,
) -> HttpResponse:
    """The page; `csrf_token` is a blank of every letter. A message that waits for its reader makes the page an ordinary one."""
    if _has_messages(request):
        return render(request, template, {**same, **blanks, **made_of(blanks)})
    words = {**blanks, "csrf_token": get_token(request)}
    key = (template, request.path, get_language(), *same.items(), *words)
    if key not in _letters:
        tokens = {name: _token(name) for name in words}
        page = render_to_string(template, {**same, **tokens, **made_of(tokens)}, _for_nobody(request))
        _letters[key] = _Letter.read(page, tokens)
    return HttpResponse(_letters[key].filled_in(words))


def forget() -> None:
    """For whoever changes what pages are made of while the process runs."""
    _letters.clear()


@cache
def _token(name: str) -> str:
    """Stands in a letter for a blank; nothing that anybody wrote looks like it."""
    return secrets.token_hex(16)


def _for_nobody(request: HttpRequest) -> HttpRequest:
    """A request for the same page, of which nothing else is known."""
    nobody = HttpRequest()
    nobody.path, nobody.path_info, nobody.resolver_match = request.path, request.path_info, request.resolver_match
    return nobody


def _has_messages(request: HttpRequest) -> bool:
    messages = get_messages(request)
    return isinstance(messages, BaseStorage) and len(messages) > 0
