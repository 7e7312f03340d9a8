"""Pages that differ between people in a few words only, like a form letter: the page is rendered once a process, with blanks
for those words, and each request fills them in.

    return letters.fill_in(request, "page.html", same={"kind": kind}, blanks={"name": name})

`same` are all the other variables, few in their combinations; there is a letter for each. A letter is rendered for nobody:
without the request's user, session and messages, so nothing of the first visitor can stay in it."""

import re
import secrets
from collections.abc import Hashable, Mapping
from functools import cache
from typing import NamedTuple

from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import BaseStorage
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.translation import get_language


class _Letter(NamedTuple):
    """Text, the name of a blank, text, the name of a blank, … text."""

    pieces: list[str]

    def filled_in(self, words: Mapping[str, str]) -> str:
        pieces = [*self.pieces]
        pieces[1::2] = [conditional_escape(words[name]) for name in pieces[1::2]]
        return "".join(pieces)


_letters: dict[tuple[Hashable, ...], _Letter] = {}


def fill_in(
    request: HttpRequest, template: str, *, same: Mapping[str, Hashable], blanks: Mapping[str, str]
) -> HttpResponse:
    """The page; `csrf_token` is a blank of every letter. A message that waits for its reader makes the page an ordinary one."""
    if _has_messages(request):
        return render(request, template, {**same, **blanks})
    words = {**blanks, "csrf_token": get_token(request)}
    key = (template, request.path, get_language(), *same.items(), *words)
    if key not in _letters:
        _letters[key] = _written(request, template, same, tuple(words))
    return HttpResponse(_letters[key].filled_in(words))


def forget() -> None:
    """For whoever changes what pages are made of while the process runs."""
    _letters.clear()


def _written(request: HttpRequest, template: str, same: Mapping[str, object], names: tuple[str, ...]) -> _Letter:
    tokens = {name: _token(name) for name in names}
    page = render_to_string(template, {**same, **tokens}, _for_nobody(request))
    by_token = {token: name for name, token in tokens.items()}
    pieces = re.split(f"({'|'.join(by_token)})", page)
    return _Letter([by_token.get(piece, piece) for piece in pieces])


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
