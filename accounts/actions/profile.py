from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts import sessions
from accounts.actions import codes, mobiles, sign_in
from accounts.actions.telling import note, tell
from accounts.events import activation_ended
from accounts.models import TEMPORARY_PASSWORD_LIFE, User
from accounts.rules import new_temporary_password
from accounts.states import PAUSE, State
from audit.actions import record
from audit.events import Event
from core import clock
from messaging.actions import sending
from messaging.inbound import Reply, Sender

# What a paused account is told, whatever its holder sends.
PAUSED = Reply("answer_paused")


class ChangedMeanwhile(Exception):
    """The account's password is not any more the one it was read with: another tab was faster."""


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
    """Nobody signs in any more until an activation channel proves the person again; the inbox says so then. The text is that
    of the way by which it was asked for. Raises core.states.MoveRefused when the account is not activated."""
    with transaction.atomic():
        User.objects.move_one(PAUSE, user.pk, paused_at=clock.now())
        sessions.end_saying(sessions.PAUSED, user.pk)
        codes.void_all([user.pk])
        mobiles.withdraw(user)
        activation_ended.send(User, user=user)
        note(user, "account_paused")
        record(Event.ACCOUNT_PAUSED, actor=user, subject=user)


def pause_on_page(user: User, *, password: str, client_ip: str) -> None:
    """Its mobile is told. Raises sign_in.WrongPassword, sign_in.SignInLocked, codes.AccountPaused,
    core.states.MoveRefused."""
    known = sign_in.check_password(user.username, password, client_ip=client_ip)
    with transaction.atomic():
        pause(known)
        sending.send(to=known.mobile, purpose="account_paused", language=known.language)


def change_email(user: User, *, email: str, password: str, client_ip: str) -> None:
    """Its mobile is told; nothing is mailed. Raises sign_in.WrongPassword, sign_in.SignInLocked, codes.AccountPaused."""
    known = sign_in.check_password(user.username, password, client_ip=client_ip)
    with transaction.atomic():
        User.objects.filter(pk=known.pk).update(email=email)
        tell(known, "email_changed")
        record(Event.EMAIL_CHANGED, actor=known, subject=known)


def change_password(user: User, *, old: str, new: str, client_ip: str) -> User:
    """The account with its new password. A wrong old one counts like one at the sign-in. Raises sign_in.WrongPassword,
    sign_in.SignInLocked, codes.AccountPaused, ChangedMeanwhile."""
    known = sign_in.check_password(user.username, old, client_ip=client_ip)
    set_password(known, new)
    known.refresh_from_db()
    return known


def give_temporary_password(user: User) -> str:
    """The only time that it is told. The holder has given both index fingers and a code. Raises ChangedMeanwhile."""
    password = new_temporary_password(user.username)
    set_password(user, password, temporary=True)
    return password


def set_password(user: User, password: str, *, temporary: bool = False) -> None:
    """For somebody who has proven to be the holder. A `temporary` one works for a day, and the next sign-in asks for another.
    Ends every session and code of the account, and tells its mobile. Raises ChangedMeanwhile."""
    facts = {
        "password": make_password(password),
        "password_is_temporary": temporary,
        "password_ends_at": clock.ahead(TEMPORARY_PASSWORD_LIFE) if temporary else None,
    }
    with transaction.atomic():
        if not User.objects.with_password().filter(pk=user.pk, password=user.password).update(**facts):
            raise ChangedMeanwhile
        sessions.end([user.pk])
        codes.void_all([user.pk])
        sign_in.lift_lock(user)
        tell(user, "temporary_password" if temporary else "password_changed")
        record(Event.PASSWORD_CHANGED, actor=user, subject=user)


def sign_out(user: User) -> None:
    with transaction.atomic():
        record(Event.SIGNED_OUT, actor=user, subject=user)
