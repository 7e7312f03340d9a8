"""Another mobile for a standing account (domain §4). Whoever asks has typed a code that went to the new number; what proves
the person decides whether the number moves at once or after a notice to the old one."""

from datetime import timedelta

from django.db import transaction

from accounts import sessions
from accounts.actions import claims, codes
from accounts.actions.telling import note, tell
from accounts.models import MobileChange, User
from accounts.states import AWAIT_MOVE, MOVE_MOBILE, STANDING, WITHDRAW_CHANGE
from audit.actions import record
from audit.events import Event
from core import clock
from messaging.actions import sending as messaging

NOTICE = timedelta(hours=24)
_AT_ONCE = 100


def under_way(user: User) -> MobileChange | None:
    return MobileChange.objects.under_way().filter(user=user).first()


def ask(user: User, mobile: str) -> MobileChange:
    """The new number's code was typed, and the old number is lost: an activation channel has to prove the person. Replaces what
    was asked before, in the caller's transaction, which begins with `claims.take_turn`."""
    MobileChange.objects.under_way().filter(user=user).move(WITHDRAW_CHANGE, ended_at=clock.now())
    record(Event.MOBILE_CHANGE_ASKED, actor=user, subject=user)
    return MobileChange.objects.create(user=user, mobile=mobile)


def prove(change: MobileChange, *, at_once: bool, actor: User | None) -> None:
    """An activation channel proved the person, in the caller's transaction, which begins with `claims.take_turn`. Raises
    core.states.MoveRefused."""
    if at_once:
        _move(change, actor=actor)
        return
    MobileChange.objects.all().move_one(AWAIT_MOVE, change.pk, moves_at=clock.ahead(NOTICE))
    user = change.user
    tell(user, "mobile_will_move")
    record(Event.MOBILE_CHANGE_PROVEN, actor=actor, subject=user)


def withdraw(user: User) -> bool:
    """The holder of the old number says no, before it has moved; whether there was anything to stop."""
    with transaction.atomic():
        stopped = MobileChange.objects.under_way().filter(user=user).move(WITHDRAW_CHANGE, ended_at=clock.now())
        if stopped:
            record(Event.MOBILE_CHANGE_WITHDRAWN, actor=user, subject=user)
    return bool(stopped)


def move_due() -> int:
    """Moves the numbers whose notice is over; returns how many."""
    return sum(map(_move_if_due, MobileChange.objects.due().select_related("user").order_by("moves_at")[:_AT_ONCE]))


def move(user: User, mobile: str, *, actor: User | None) -> None:
    """The person and the new number are proven: it becomes the account's, every session and code ends, and both numbers are
    told. In the caller's transaction, which begins with `claims.take_turn(user, mobile)`."""
    claims.settle_mobile(user, mobile)
    User.objects.filter(pk=user.pk, state__in=STANDING).update(mobile=mobile, mobile_proven_at=clock.now())
    sessions.end([user.pk])
    codes.void_all([user.pk])
    MobileChange.objects.under_way().filter(user=user).move(WITHDRAW_CHANGE, ended_at=clock.now())
    for number in {user.mobile, mobile}:
        messaging.send(to=number, purpose="mobile_changed", language=user.language)
    note(user, "mobile_changed")
    record(Event.MOBILE_CHANGED, actor=actor, subject=user)


def _move_if_due(change: MobileChange) -> bool:
    with transaction.atomic():
        claims.take_turn(change.user, change.mobile)
        if not MobileChange.objects.due().filter(pk=change.pk).exists():
            return False
        _move(change, actor=change.user)
    return True


def _move(change: MobileChange, *, actor: User | None) -> None:
    MobileChange.objects.all().move_one(MOVE_MOBILE, change.pk, ended_at=clock.now())
    move(change.user, change.mobile, actor=actor)
