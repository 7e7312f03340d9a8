"""Another mobile for an account (domain §4). Whoever asks has typed a code that went to the new number; then the old number
consents by a code of its own, or it is lost and the person is proven again: what proves them decides whether the number
moves at once or after a notice to the old one."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists

from accounts import sessions
from accounts.actions import claims, codes
from accounts.actions.telling import note, tell
from accounts.flows import CodeFlow
from accounts.models import MobileChange, Purpose, User
from accounts.states import AWAIT_MOVE, MOVE_MOBILE, PROVEN, STANDING, WITHDRAW_CHANGE, MobileChangeState, State
from audit.actions import record
from audit.events import Event
from core import batches, clock
from core.prepared import Given, Select
from core.states import MoveRefused
from messaging.actions import sending as messaging

NOTICE = timedelta(hours=24)
# Of a change that was asked for and that nobody is about to prove.
ASKED_LIFE = timedelta(hours=72)
# An ended change, like the messages that told of it.
KEPT = timedelta(days=90)
_AT_ONCE = 100
_OF_USER = MobileChange.objects.under_way().filter(user=Given("user"))
_UNDER_WAY = Select(_OF_USER)
# For a `Select` that asks for something else of the `user`.
IS_UNDER_WAY = Exists(_OF_USER)


class ChangeWaits(Exception):
    """The person was proven for a number already, and it moves soon: that has to be stopped before another one is asked for."""


def under_way(user: User) -> MobileChange | None:
    return _UNDER_WAY.first(user=user.pk)


def begin(user: User, mobile: str, *, client_ip: str) -> CodeFlow:
    """A code to the new number, for somebody whose password was right. Raises ChangeWaits."""
    _refuse_another(under_way(user), mobile)
    return codes.begin(Purpose.NEW_MOBILE, user, proven=Event.PASSWORD_ACCEPTED, client_ip=client_ip, mobile=mobile)


def prove_number(flow: CodeFlow, typed_code: str, *, old_is_lost: bool) -> MobileChange:
    """The new number is proven, and asked for. An account whose identity nobody has proven needs no more when the old number is
    lost: it moves. Raises codes.CodeRefused, ChangeWaits."""

    def ask_or_move(user: User) -> None:
        change = ask(user, flow.mobile)
        if old_is_lost and change.user.state == State.REGISTERED:
            _move(change, actor=user)
        elif old_is_lost:
            record(Event.RE_PROVING_BEGUN, actor=user, subject=user)

    codes.take(flow, typed_code, first=lambda user: claims.take_turn(user, flow.mobile), then=ask_or_move)
    return MobileChange.objects.filter(user=flow.user_id, mobile=flow.mobile).latest("pk")


def ask_for_consent(change: MobileChange, *, client_ip: str) -> CodeFlow:
    """A code to the old number."""
    return codes.begin(Purpose.OLD_MOBILE, change.user, proven=Event.CODE_SENT, client_ip=client_ip)


def consent(flow: CodeFlow, typed_code: str, change_id: int) -> None:
    """The old number consents to this change: it moves at once. Raises codes.CodeRefused, and core.states.MoveRefused when the
    change has ended."""
    change = MobileChange.objects.select_related("user").filter(pk=change_id, user=flow.user_id).first()
    if change is None:
        raise MoveRefused(MOVE_MOBILE.name)
    codes.take(
        flow,
        typed_code,
        first=lambda user: claims.take_turn(user, change.mobile),
        then=lambda user: _move(change, actor=user),
    )


def ask(user: User, mobile: str) -> MobileChange:
    """The new number's code was typed. Goes on with the same number, and replaces another one that was asked for, in the
    caller's transaction, which begins with `claims.take_turn`. Raises ChangeWaits."""
    known = under_way(user)
    _refuse_another(known, mobile)
    if known and known.mobile == mobile:
        return known
    MobileChange.objects.under_way().filter(user=user).move(WITHDRAW_CHANGE, ended_at=clock.now())
    record(Event.MOBILE_CHANGE_ASKED, actor=user, subject=user)
    change = MobileChange.objects.create(user_id=user.pk, mobile=mobile)
    return MobileChange.objects.select_related("user").get(pk=change.pk)


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
    """Somebody who may says no, before it has moved; whether there was anything to stop. Who was told that the number will move
    is told that it does not."""
    with transaction.atomic():
        change = MobileChange.objects.under_way().filter(user=user).select_for_update().first()
        return bool(change and _withdraw(change, actor=user))


def withdraw_unproven(user: User) -> None:
    """The holder of the account's own number has just proven to have it: nothing is lost."""
    with transaction.atomic():
        change = under_way(user)
        if change and change.is_asked:
            _withdraw(change, actor=user)


def move_due() -> int:
    """Moves the numbers whose notice is over; returns how many."""
    due = MobileChange.objects.due().select_related("user").order_by("moves_at")[:_AT_ONCE]
    return sum([_move_if_due(change) for change in due])


def purge() -> int:
    """Ends changes whose person nobody has proven in time, and forgets those that ended long ago; returns how many ended."""
    batches.delete(MobileChange.objects.filter(ended_at__lt=clock.ahead(-KEPT)))
    outlived = MobileChange.objects.outlived(ASKED_LIFE).order_by("pk")[:_AT_ONCE]
    return sum([_expire(change) for change in outlived])


def move(user: User, mobile: str, *, actor: User | None, is_proven_at: datetime | None = None) -> None:
    """Person and new number are proven, the number at `is_proven_at` or now: it becomes the account's, every session and code
    ends, and both numbers are told. In the caller's transaction, which begins with `claims.take_turn(user, mobile)`. Raises
    core.states.MoveRefused when the account has ended."""
    before = User.objects.get(pk=user.pk)
    if before.state in STANDING:
        # An account that is not activated reserves nothing, so it takes nothing away.
        claims.settle_mobile(before, mobile)
    alive = User.objects.filter(pk=user.pk, state__in={*PROVEN, *STANDING})
    if not alive.update(mobile=mobile, mobile_proven_at=is_proven_at or clock.now()):
        raise MoveRefused(MOVE_MOBILE.name)
    sessions.end_saying(sessions.MOBILE_MOVED, user.pk)
    codes.void_all([user.pk])
    MobileChange.objects.under_way().filter(user=user).move(WITHDRAW_CHANGE, ended_at=clock.now())
    _tell("mobile_changed", before, mobile)
    note(before, "mobile_changed")
    record(Event.MOBILE_CHANGED, actor=actor, subject=user)


def _refuse_another(known: MobileChange | None, mobile: str) -> None:
    if known and known.state == MobileChangeState.WAITING and known.mobile != mobile:
        raise ChangeWaits


def _move_if_due(change: MobileChange) -> bool:
    with transaction.atomic():
        claims.take_turn(change.user, change.mobile)
        due = MobileChange.objects.due().filter(pk=change.pk)
        if _belongs_to_a_later_one(change):
            if due.exists():
                _withdraw(change, actor=None)
            return False
        if not due.move(MOVE_MOBILE, ended_at=clock.now()):
            return False
        move(change.user, change.mobile, actor=change.user, is_proven_at=change.asked_at)
    return True


def _move(change: MobileChange, *, actor: User | None) -> None:
    if _belongs_to_a_later_one(change):
        raise MoveRefused(MOVE_MOBILE.name)
    MobileChange.objects.all().move_one(MOVE_MOBILE, change.pk, ended_at=clock.now())
    move(change.user, change.mobile, actor=actor, is_proven_at=change.asked_at)


def _belongs_to_a_later_one(change: MobileChange) -> bool:
    """Another account proved the number after this one did: it has it now."""
    others = User.objects.standing().filter(mobile=change.mobile, mobile_proven_at__gt=change.asked_at)
    return others.exclude(pk=change.user_id).exists()


def _withdraw(change: MobileChange, *, actor: User | None) -> bool:
    """`change` as it was read; in the caller's transaction."""
    if not MobileChange.objects.under_way().filter(pk=change.pk).move(WITHDRAW_CHANGE, ended_at=clock.now()):
        return False
    record(Event.MOBILE_CHANGE_WITHDRAWN, actor=actor, subject=change.user)
    if change.state == MobileChangeState.WAITING:
        _tell("mobile_stays", change.user, change.mobile)
    return True


def _expire(change: MobileChange) -> bool:
    with transaction.atomic():
        still = MobileChange.objects.outlived(ASKED_LIFE).filter(pk=change.pk).exists()
        return still and _withdraw(change, actor=None)


def _tell(purpose: str, user: User, new: str) -> None:
    """Both numbers, the old one first."""
    for number in dict.fromkeys(filter(None, (user.mobile, new))):
        messaging.send(to=number, purpose=purpose, language=user.language)
