"""What becomes of claims: one is activated and the others end, or nobody proves them in time."""

from datetime import timedelta
from functools import cache

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts import sessions
from accounts.actions import codes
from accounts.captcha import challenge
from accounts.events import activation_ended
from accounts.models import CLAIM_LIFE, MobileChange, OneTimeCode, Session, TryCounter, User
from accounts.states import ACTIVATE, LAPSE, STANDING, VOID, WITHDRAW_CHANGE, State
from audit.actions import record
from audit.events import Event
from core import batches, clock
from core.prepared import Given, Select, Update
from messaging.actions import sending as messaging

# Whom the activation of a claim, or its move to another mobile, may end. They are locked, and nothing else is read of them.
_TOUCHED = Select(
    User.objects.filter(Q(id_number=Given("id_number")) | Q(mobile=Given("mobile"), state__in=STANDING))
    .order_by("pk")
    .select_for_update(no_key=True)
    .only("pk")
)
_HOLDERS = Select(
    User.objects.standing().filter(mobile=Given("mobile")).exclude(pk=Given("user")).select_for_update(no_key=True)
)
_RIVALS = Select(User.objects.claiming(Given("id_number")).exclude(pk=Given("user")))
_ACTIVATE = User.objects.filter(pk=Given("user")).prepared(
    ACTIVATE, activated_at=clock.now(), claim_ends_at=None, paused_at=None
)
CODES_KEPT = timedelta(hours=24)


class AlreadyActivated(Exception):
    """This person, or this claim, was activated a moment ago by somebody else."""


def take_turn(user: User, mobile: str = "") -> None:
    """Locks, in one order, every account that this claim's activation, or its move to another `mobile`, may end: those that
    would end each other wait instead of blocking each other for good. To be called before anything else of the transaction is
    locked."""
    _TOUCHED.all(id_number=user.id_number, mobile=mobile or user.mobile)


def activate(user: User, *, actor: User | None, channel: str) -> None:
    """Makes the claim the person's account, in the caller's transaction, which begins with `take_turn`. Rival claims end with
    their sessions and codes; an account that held the mobile has to prove a new one. Raises AlreadyActivated."""
    settle_mobile(user, user.mobile)
    try:
        # Of the caller's transaction nothing can be kept then, whatever becomes of the exception.
        with transaction.atomic(savepoint=False):
            if not _ACTIVATE.run(user=user.pk):
                raise AlreadyActivated
    except IntegrityError:
        raise AlreadyActivated from None
    _void_rivals(user)
    sessions.end_saying(sessions.PAUSE_LIFTED if user.state == State.PAUSED else sessions.ACTIVATED, user.pk)
    codes.void_all([user.pk])
    record(Event.ACCOUNT_ACTIVATED, actor=actor, subject=user, channel=channel)


def hold(user: User, life: timedelta) -> None:
    """A claim, or a change of mobile that was asked for, lives at least as long as the attempt that is to prove it."""
    of_claim, of_change = _holds(life)
    (of_claim if user.state == State.REGISTERED else of_change).run(user=user.pk)


@cache
def _holds(life: timedelta) -> tuple[Update[User], Update[MobileChange]]:
    until = clock.ahead(life)
    return (
        Update(User.objects.filter(pk=Given("user"), claim_ends_at__lt=until), claim_ends_at=until),
        Update(MobileChange.objects.under_way().filter(user=Given("user")), held_until=until),
    )


def settle_mobile(user: User, mobile: str) -> None:
    """The account that holds the mobile loses it and is told, in the caller's transaction: `user` has proven it."""
    for holder in _HOLDERS.all(mobile=mobile, user=user.pk):
        User.objects.move_one(LAPSE, holder.pk, mobile="", mobile_proven_at=None, paused_at=None)
        MobileChange.objects.under_way().filter(user=holder).move(WITHDRAW_CHANGE, ended_at=clock.now())
        _end_sessions([holder.pk])
        messaging.send(to=holder.mobile, purpose="mobile_moved", language=holder.language)
        activation_ended.send(User, user=holder)
        record(Event.MOBILE_TAKEN_OVER, actor=user, subject=holder)


def purge() -> int:
    """Ends claims nobody proved in time, and forgets voided claims, codes, sessions and counters past their keep; returns how
    many claims ended."""
    batches.delete(OneTimeCode.objects.filter(created_at__lt=clock.ahead(-CODES_KEPT)))
    batches.delete(Session.objects.filter(expire_date__lt=clock.now()))
    TryCounter.objects.purge()
    challenge.purge_expired()
    batches.delete(User.objects.voided_claims().filter(registered_at__lt=clock.ahead(-CLAIM_LIFE)))
    return sum(map(_expire, batches.each(User.objects.outlived())))


def _void_rivals(user: User) -> None:
    rivals = _RIVALS.all(id_number=user.id_number, user=user.pk)
    if not rivals:
        return
    User.objects.filter(pk__in=[rival.pk for rival in rivals]).move(VOID, claim_ends_at=None)
    _end_sessions([rival.pk for rival in rivals])
    for rival in rivals:
        record(Event.CLAIM_VOIDED, actor=user, subject=rival)
        if rival.state == State.REGISTERED and rival.mobile not in ("", user.mobile):
            messaging.send(to=rival.mobile, purpose="claim_voided", language=rival.language)


def _end_sessions(users: list[int]) -> None:
    sessions.end(users)
    codes.void_all(users)


def _expire(user: User) -> bool:
    with transaction.atomic():
        if not User.objects.outlived().filter(pk=user.pk).move(VOID, claim_ends_at=None):
            return False
        record(Event.CLAIM_EXPIRED, subject=user)
        if user.state == State.REGISTERED:
            messaging.send(to=user.mobile, purpose="claim_expired", language=user.language)
        _end_sessions([user.pk])
        User.objects.filter(pk=user.pk).delete()
    return True
