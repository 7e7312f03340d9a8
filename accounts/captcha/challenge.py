"""The image codes, in django-simple-captcha's table, without its races (security.md, Traps and CAP-1).

A challenge belongs to one form in one browser: its row is found by a keyed digest over the key in the page, the form's
name and the browser's CSRF secret. It is written when the image or the sound is first asked for, so a form that nobody
looks at costs nothing.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from captcha.models import CaptchaStore
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.middleware.csrf import get_token

from core import clock
from core.sealed import digest, same

# Digits that are not mistaken for each other, drawn crooked or read aloud.
DIGITS = "2345689"


class Expired(Exception):
    """The challenge was used, is too old, or was never shown."""


class Wrong(Exception):
    """The answer was wrong; the challenge is gone with it."""


@dataclass(frozen=True)
class Challenge:
    form_name: str
    key: str
    browser: str

    @classmethod
    def of(cls, request: HttpRequest, form_name: str, key: str = "") -> "Challenge":
        get_token(request)
        return cls(form_name, key or secrets.token_hex(16), request.META["CSRF_COOKIE"])

    @property
    def hashkey(self) -> str:
        return digest("captcha", self.form_name, self.key, self.browser)[:40]

    def answer(self) -> str:
        """Of the live challenge; a new one is written when there is none."""
        return self._read() or self._write()

    def judge(self, typed: str) -> None:
        """Leaves a right answer in place, for the rest of the form to be judged. Raises Expired, Wrong."""
        answer = self._read()
        if not answer:
            raise Expired
        if not same(answer, typed):
            self._row().delete()
            raise Wrong

    def burn(self) -> None:
        """Of parallel posts with one right answer one passes: the DELETE counts. Raises Expired."""
        if not self._row().filter(expiration__gt=clock.now()).delete()[0]:
            raise Expired

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
            return self._read()
        return answer


def purge_expired() -> None:
    CaptchaStore.objects.filter(expiration__lte=clock.now()).delete()
