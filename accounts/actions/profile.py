from django.db import transaction

from accounts import sessions
from accounts.actions import codes
from accounts.models import User
from accounts.states import PAUSE, State
from audit.actions import record
from audit.events import Event
from core import clock
from messaging.inbound import Reply, Sender

# What a paused account is told, whatever its holder sends.
PAUSED = Reply("answer_paused")


def sender_of(mobile: str) -> Sender | None:
    """Whose texts are answered: the activated or paused account of a mobile (E.164)."""
    user = User.objects.standing().filter(mobile=mobile).first()
    return user and Sender(user, PAUSED if user.state == State.PAUSED else None)


def choose_language(user: User, language: str) -> None:
    """The language of pages and of every message; `language` is ar or en."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(language=language)
        record(Event.LANGUAGE_CHANGED, actor=user, subject=user, language=language)


def pause(user: User) -> None:
    """Nobody signs in any more until an activation channel proves the person again. Raises core.states.MoveRefused when
    the account is not activated."""
    with transaction.atomic():
        User.objects.move_one(PAUSE, user.pk, paused_at=clock.now())
        sessions.end_saying(sessions.PAUSED, user.pk)
        codes.void_all([user.pk])
        record(Event.ACCOUNT_PAUSED, actor=user, subject=user)


def sign_out(user: User) -> None:
    with transaction.atomic():
        record(Event.SIGNED_OUT, actor=user, subject=user)
