"""Whoever has died has no account any more. Nobody is texted: whose phone that is now, nobody knows."""

from accounts import sessions
from accounts.actions import codes
from accounts.events import account_ended, activation_ended
from accounts.models import MobileChange, User
from accounts.states import END, STANDING, UNDER_WAY, WITHDRAW_CHANGE, State
from audit.actions import record
from audit.events import Event
from core import clock


def end_of_person(id_number: str) -> None:
    """Ends every account and claim of this person, and an officer's account stops, in the caller's transaction. To whoever
    tries to sign in, it is as if there had never been one; its username and mobile are free."""
    for user in User.objects.filter(id_number=id_number).order_by("pk").select_for_update(no_key=True):
        if user.state == State.STAFF:
            _stop_officer(user)
        elif user.state in END.sources:
            _end(user)


def _end(user: User) -> None:
    User.objects.move_one(END, user.pk, claim_ends_at=None, paused_at=None)
    MobileChange.objects.filter(user=user, state__in=UNDER_WAY).move(WITHDRAW_CHANGE, ended_at=clock.now())
    sessions.end([user.pk])
    codes.void_all([user.pk])
    if user.state in STANDING:
        activation_ended.send(User, user=user)
    account_ended.send(User, user=user)
    record(Event.ACCOUNT_ENDED, subject=user)


def _stop_officer(officer: User) -> None:
    User.objects.filter(pk=officer.pk).update(is_active=False)
    sessions.end([officer.pk])
    record(Event.OFFICER_CHANGED, subject=officer, change="died", is_active=False)
