"""The image codes, in django-simple-captcha's table, without its races (security.md, Traps and CAP-1).

A challenge belongs to one form in one browser: its row is found by a keyed digest over the key in the page, the form's
name and the browser's CSRF secret. It is written when the image or the sound is first asked for, so a form that nobody
looks at costs nothing.
"""

import re
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any

from captcha.models import CaptchaStore
from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpRequest
from django.middleware.csrf import get_token

from core import clock
from core.prepared import Delete, Given, Select, Statement
from core.sealed import digest, same

# Digits that are not mistaken for each other, drawn crooked or read aloud.
DIGITS = "2345689"
_KEY = re.compile("[0-9a-f]{32}")
_FRESH = ("challenge", "response", "expiration")
_OURS = CaptchaStore.objects.filter(hashkey=Given("hashkey"))
_LIVE = Q(expiration__gt=clock.now())
_ROW = Select(_OURS.annotate(is_live=ExpressionWrapper(_LIVE, BooleanField())))
_FORGET = Delete(_OURS)
# Nothing is lost with a challenge but a glance at another image, and what it was burnt for is committed after it.
_BURN = Delete(_OURS.filter(_LIVE, response=Given("answer")), waits_for_disk=False)


class Expired(Exception):
    """The challenge is too old."""


class Used(Exception):
    """There is no such challenge: it was used, or belongs to another form or browser."""


class Wrong(Exception):
    """The answer was wrong; the challenge is gone with it."""


@dataclass(frozen=True)
class Challenge:
    form_name: str
    key: str
    browser: str

    @classmethod
    def of(cls, request: HttpRequest, form_name: str, key: str = "") -> "Challenge":
        """The one with this key; a new one when there is no key, or none of ours."""
        if "CSRF_COOKIE" not in request.META:
            get_token(request)
        known = key if _KEY.fullmatch(key) else secrets.token_hex(16)
        return cls(form_name, known, request.META["CSRF_COOKIE"])

    @property
    def hashkey(self) -> str:
        return digest("captcha", self.form_name, self.key, self.browser)[:40]

    def answer(self) -> str:
        """Of the live challenge; a new one is written when there is none."""
        new = "".join(secrets.choice(DIGITS) for _ in range(settings.CAPTCHA_LENGTH))
        row: Any = _written().fetch({"hashkey": self.hashkey, "digits": new, "seconds": settings.CAPTCHA_TIMEOUT * 60})
        return str(row[0])

    def judge(self, typed: str) -> None:
        """Leaves a right answer in place, for the rest of the form to be judged. Raises Expired, Used, Wrong."""
        row: Any = _ROW.first(hashkey=self.hashkey)
        if row is None:
            raise Used
        if not row.is_live:
            raise Expired
        if not same(row.response, typed):
            _FORGET.run(hashkey=self.hashkey)
            raise Wrong

    def burn(self, answer: str) -> None:
        """Of parallel posts with one right answer one passes: the DELETE counts. It names the answer that was judged, as
        the key may have been asked for again since and have other digits. Raises Used."""
        if not _BURN.run(hashkey=self.hashkey, answer=answer):
            raise Used


@cache
def _written() -> Statement:
    """One statement, as image and sound may be asked for at the same moment: both get the digits of whichever was first."""
    table, now = connection.ops.quote_name(CaptchaStore._meta.db_table), clock.sql_ahead("0")
    fresh = {
        name: f"CASE WHEN {table}.expiration <= {now} THEN excluded.{name} ELSE {table}.{name} END" for name in _FRESH
    }
    return Statement(
        f"INSERT INTO {table} (hashkey, challenge, response, expiration) VALUES (%s, %s, %s, {clock.sql_ahead('%s')})"
        f" ON CONFLICT (hashkey) DO UPDATE SET {', '.join(f'{name} = {value}' for name, value in fresh.items())}"
        " RETURNING response",
        [Given(name) for name in ("hashkey", "digits", "digits", "seconds")],
        waits_for_disk=False,
    )


def purge_expired() -> None:
    CaptchaStore.objects.filter(expiration__lte=clock.now()).delete()
