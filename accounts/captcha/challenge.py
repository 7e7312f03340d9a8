"""The image codes, in django-simple-captcha's table, without its races (security.md, Traps and CAP-1).

A challenge belongs to one form in one browser: its row is found by a keyed digest over the key in the page, the form's
name and the browser's CSRF secret. It is written when the image or the sound is first asked for, so a form that nobody
looks at costs nothing.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from captcha.models import CaptchaStore
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest
from django.middleware.csrf import get_token

from core import clock
from core.sealed import digest, same

# Digits that are not mistaken for each other, drawn crooked or read aloud.
DIGITS = "2345689"
_KEY = re.compile("[0-9a-f]{32}")


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
        get_token(request)
        known = key if _KEY.fullmatch(key) else secrets.token_hex(16)
        return cls(form_name, known, request.META["CSRF_COOKIE"])

    @property
    def hashkey(self) -> str:
        return digest("captcha", self.form_name, self.key, self.browser)[:40]

    def answer(self) -> str:
        """Of the live challenge; a new one is written when there is none."""
        return self._read() or self._write()

    def judge(self, typed: str) -> None:
        """Leaves a right answer in place, for the rest of the form to be judged. Raises Expired, Used, Wrong."""
        is_live = ExpressionWrapper(Q(expiration__gt=clock.now()), BooleanField())
        row = self._row().annotate(is_live=is_live).values_list("response", "is_live").first()
        if row is None:
            raise Used
        if not row[1]:
            raise Expired
        if not same(row[0], typed):
            self._row().delete()
            raise Wrong

    def burn(self, answer: str) -> None:
        """Of parallel posts with one right answer one passes: the DELETE counts. It names the answer that was judged, as
        the key may have been asked for again since and have other digits. Raises Used."""
        if not self._row().filter(response=answer, expiration__gt=clock.now()).delete()[0]:
            raise Used

    def _row(self) -> QuerySet[CaptchaStore]:
        return CaptchaStore.objects.filter(hashkey=self.hashkey)

    def _read(self) -> str:
        live = self._row().filter(expiration__gt=clock.now())
        return live.values_list("response", flat=True).first() or ""

    def _write(self) -> str:
        answer = "".join(secrets.choice(DIGITS) for _ in range(settings.CAPTCHA_LENGTH))
        life = timedelta(minutes=settings.CAPTCHA_TIMEOUT)
        try:
            with transaction.atomic():
                self._row().filter(expiration__lte=clock.now()).delete()
                CaptchaStore.objects.create(
                    hashkey=self.hashkey, challenge=answer, response=answer, expiration=clock.ahead(life)
                )
        except IntegrityError:  # image and sound were asked for at the same moment
            return self.answer()
        return answer


def purge_expired() -> None:
    CaptchaStore.objects.filter(expiration__lte=clock.now()).delete()
