from django.db import transaction

from accounts.models import User
from audit.actions import record
from audit.events import Event


def choose_language(user: User, language: str) -> None:
    """The language of pages and of every message; `language` is ar or en."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(language=language)
        record(Event.LANGUAGE_CHANGED, actor=user, subject=user, language=language)


def sign_out(user: User) -> None:
    with transaction.atomic():
        record(Event.SIGNED_OUT, actor=user, subject=user)
