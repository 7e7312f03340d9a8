"""Sending a code and taking it back, with every budget spent before the act (security.md, OTP-* and SMS-*)."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils.crypto import get_random_string

from accounts.flows import CodeFlow
from accounts.models import CODE_LIFE, CODE_TRIES, OneTimeCode, Purpose, TryCounter, User
from accounts.states import PROVEN, State
from audit.actions import record
from audit.events import Event
from core import clock
from core.clientip import network_of
from core.forms import CODE_LENGTH
from core.prepared import Given, Insert, Select, Update
from core.sealed import same
from core.throttle import Budget, Charge, OverBudget
from messaging.actions import ceilings, receipts, sending
from messaging.models import Message, Queue

SENDS_PER_ID_NUMBER = Budget("sends-id-number", 5, timedelta(hours=1))
# To numbers that are not the account's, which strangers could be annoyed with.
SENDS_TO_OTHERS = Budget("sends-other-mobiles", 10, timedelta(hours=24))
SENDS_PER_ADDRESS = Budget("sends-address", 25, timedelta(minutes=5))
WRONG_PER_ACCOUNT = Budget("wrong-codes-account", 10, timedelta(hours=24), locks=(timedelta(hours=2),))
WRONG_PER_PHONE = Budget("wrong-codes-phone", 10, timedelta(hours=24), locks=(timedelta(hours=2),))

# Whose code it can be.
_STATES = {
    Purpose.REGISTRATION: (State.PENDING, *PROVEN),
    Purpose.LOGIN: PROVEN,
    Purpose.ACTIVATION: PROVEN,
    Purpose.RECOVERY: PROVEN,
    Purpose.NEW_MOBILE: PROVEN,
    Purpose.OLD_MOBILE: PROVEN,
    Purpose.RE_PROVING: PROVEN,
    Purpose.KIOSK: PROVEN,
}
_OF_PAUSED_ACCOUNTS = (Purpose.RECOVERY, Purpose.NEW_MOBILE, Purpose.RE_PROVING, Purpose.KIOSK)
_ACCOUNT = Select(User.objects.filter(pk=Given("id")))
_AS_READ = Select(
    User.objects.filter(pk=Given("id"), mobile=Given("mobile"), state=Given("state"))
    .select_for_update(no_key=True)
    .only("pk")
)
_NEWEST = Select(
    OneTimeCode.objects.filter(flow=Given("flow"))
    .select_related("message", "user")
    .annotate(read_at=clock.now())  # type: ignore[no-redef]
    .order_by("-pk")
)
# A flow has one live code at most (models.OneTimeCode), its newest.
_SPEND_TRY = Update(
    OneTimeCode.objects.live().filter(flow=Given("flow"), purpose=Given("purpose"), tries__lt=CODE_TRIES),
    tries=F("tries") + 1,
)
_WRITE = Insert(
    OneTimeCode,
    *("user_id", "purpose", "flow", "digest", "reference", "message_id"),
    expires_at=clock.ahead(CODE_LIFE),
)
_VOID_OF = Update(
    OneTimeCode.objects.filter(user=Given("user"), consumed_at=None, voided_at=None), voided_at=clock.now()
)
_CONSUME = Update(OneTimeCode.objects.live().filter(pk=Given("id")), consumed_at=clock.now())
# Letters that are read aloud and typed without doubt.
_REFERENCE_ALPHABET = "ABCDEFHKLMNPRTWXY"


class RightCode(NamedTuple):
    """What was typed is the code; it is not used yet. `spent`: what the try took from the budgets of wrong codes."""

    user: User
    code: OneTimeCode
    spent: tuple[Charge, ...]


class CodeRefused(Exception):
    """The code did not do; the subclass says why."""


class WrongCode(CodeRefused):
    def __init__(self, tries_left: int) -> None:
        super().__init__()
        self.tries_left = tries_left


class CodeUsedUp(CodeRefused):
    """Tried too often."""


class CodeExpired(CodeRefused):
    pass


class CodeAlreadyUsed(CodeRefused):
    pass


class NoCodeSent(CodeRefused):
    """A budget kept the code from being sent, or it was replaced."""


class ClaimEnded(CodeRefused):
    """The account of the code is gone: its time ran out, or another claim to the number was activated."""


class AccountPaused(ClaimEnded):
    """Its holder stopped every sign-in; only an activation channel lets the person in again."""

    def __init__(self, user: User) -> None:
        super().__init__()
        self.user = user


class CodesLocked(CodeRefused):
    def __init__(self, retry_in_seconds: int) -> None:
        super().__init__()
        self.retry_in_seconds = retry_in_seconds


def spend_to_send(user: User, client_ip: str = "", *, mobile: str = "") -> None:
    """Outside of any transaction; without an address for a partner, whose calls have budgets of their own; `mobile` when the
    code goes to another number than the account's. Raises OverBudget, or CodesLocked when the person typed too many wrong
    codes."""
    if locked := _seconds_locked(user, mobile):
        raise CodesLocked(locked)
    ceilings.spend_to_send(mobile or user.mobile, *_sends(user, client_ip, mobile))


def refusal(user: User, client_ip: str, *, mobile: str = "") -> OverBudget | CodesLocked | None:
    """What `spend_to_send` would raise now; None when it would not."""
    if locked := _seconds_locked(user, mobile):
        return CodesLocked(locked)
    return ceilings.refusal(mobile or user.mobile, *_sends(user, client_ip, mobile))


def _seconds_locked(user: User, mobile: str) -> int:
    """Until codes work again after too many wrong ones; 0 when they work."""
    return TryCounter.objects.wait_seconds(*_wrong(user, mobile))


def _sends(user: User, client_ip: str, mobile: str) -> list[Charge]:
    per_address = [SENDS_PER_ADDRESS.of(network_of(client_ip))] if client_ip else []
    return [*_per_account(user, mobile), *per_address]


def _per_account(user: User, mobile: str) -> list[Charge]:
    """Claims to an ID number share one budget. Who has proven a mobile has an own one, and another one for codes to other
    numbers: strangers cannot use it up, not even with the password."""
    if _is_another(user, mobile):
        return [SENDS_PER_ID_NUMBER.of(f"other mobiles:{user.pk}"), SENDS_TO_OTHERS.of(str(user.pk))]
    return [SENDS_PER_ID_NUMBER.of(user.id_number if user.state == State.PENDING else f"account:{user.pk}")]


def _mobile(flow: CodeFlow, user: User) -> str:
    """Where the flow's code goes to. Of an account's own it is the one of now: what was sent to the one before is of no use."""
    return flow.mobile or user.mobile


def _is_another(user: User, mobile: str) -> bool:
    """Whether the code goes to another number than the account's."""
    return mobile not in ("", user.mobile)


def begin(purpose: Purpose, user: User, *, proven: Event, client_ip: str, mobile: str = "") -> CodeFlow:
    """The code that follows on a first proof. A budget that keeps it from being sent is told on the code page."""
    flow = CodeFlow.new(purpose, user.pk, mobile=mobile)
    try:
        spend_to_send(user, client_ip, mobile=mobile)
    except (OverBudget, CodesLocked):
        return flow
    with transaction.atomic():
        write_first(flow, user)
        record(proven, subject=user)
    return flow


def write(flow: CodeFlow, user: User) -> OneTimeCode:
    """Replaces the flow's code by a new one and puts its text into the outbox, in the caller's transaction.

    For a dead end the text says what is the matter, and no code will ever be right.
    """
    void(flow)
    return write_first(flow, user)


def write_first(flow: CodeFlow, user: User) -> OneTimeCode:
    """`write` for a flow that begins now, so that it has no code yet."""
    code = f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}}"
    reference = get_random_string(2, _REFERENCE_ALPHABET)
    written = OneTimeCode(
        user=user,
        purpose=flow.purpose,
        flow=flow.digest,
        digest=flow.digest_of_code(f"{user.dead_end}{code}", to=_mobile(flow, user)),
        reference=reference,
        message=_text(flow, user, code, reference),
    )
    _WRITE.save(written)
    return written


def account_of(flow: CodeFlow, code: OneTimeCode | None = None) -> User:
    """Whose code it is; it came along with the code that `current` found just now. Raises ClaimEnded."""
    return _holder_of(flow, code.user if code else _ACCOUNT.first(id=flow.user_id))


def _holder_of(flow: CodeFlow, user: User | None) -> User:
    if user is None or user.state not in (*_STATES[Purpose(flow.purpose)], State.PAUSED):
        raise ClaimEnded
    if user.state == State.PAUSED and flow.purpose not in _OF_PAUSED_ACCOUNTS:
        raise AccountPaused(user)
    return user


def resend(flow: CodeFlow, client_ip: str = "") -> None:
    """Raises OverBudget, CodesLocked, ClaimEnded."""
    user = account_of(flow)
    spend_to_send(user, client_ip, mobile=flow.mobile)
    with transaction.atomic():
        # Whatever changed the account since it was read has sent a code itself, to the mobile as it is now, or ended the flow,
        # and the next page says so.
        if _AS_READ.first(id=user.pk, mobile=user.mobile, state=user.state):
            write(flow, user)
            record(Event.CODE_SENT, subject=user, purpose=flow.purpose)


def _nothing(user: User) -> None:
    pass


def take(
    flow: CodeFlow,
    typed: str,
    *,
    account: User | None = None,
    then: Callable[[User], object] = _nothing,
    first: Callable[[User], object] = _nothing,
) -> User:
    """The account whose code was typed: `judge`, then `use`. Raises a CodeRefused."""
    judged = judge(flow, typed, account=account)
    use(judged, then=then, first=first)
    return judged.user


def judge(flow: CodeFlow, typed: str, *, account: User | None = None) -> RightCode:
    """The caller may have read the account just now. A try is spent before the code is compared. Raises a CodeRefused."""
    user = _holder_of(flow, account) if account else account_of(flow)
    wrong = _wrong(user, flow.mobile)
    code = _spend_try(flow, wrong)
    if not same(code.digest, flow.digest_of_code(typed, to=_mobile(flow, user))):
        _note_wrong(user, flow, wrong)
        raise WrongCode(CODE_TRIES - code.tries)
    return RightCode(user, code, wrong)


def use(
    right: RightCode, *, then: Callable[[User], object] = _nothing, first: Callable[[User], object] = _nothing
) -> None:
    """The code is used, and `then` done with the account, in one transaction, which begins with `first`: what has to be locked
    before the code is. Raises a CodeRefused."""
    with transaction.atomic():
        first(right.user)
        # Before the code, as where they are spent: of two requests none waits for the other's.
        TryCounter.objects.refund(*right.spent)
        _consume(right.code)
        then(right.user)


def current(flow: CodeFlow) -> OneTimeCode | None:
    """The flow's newest code, with its message and account; `read_at` is the database's time at this reading."""
    return _NEWEST.first(flow=flow.digest)


def fault(code: OneTimeCode) -> CodeRefused | None:
    """Why the code that `current` found cannot be typed any more; None while it can."""
    is_live = not (code.consumed_at or code.voided_at) and code.tries < CODE_TRIES and code.read_at < code.expires_at
    return None if is_live else _why_dead(code)


def void(flow: CodeFlow) -> None:
    OneTimeCode.objects.filter(flow=flow.digest, consumed_at=None, voided_at=None).update(voided_at=clock.now())


def void_all(users: list[int]) -> None:
    for user in users:
        _VOID_OF.run(user=user)


def _spend_try(flow: CodeFlow, wrong: tuple[Charge, ...]) -> OneTimeCode:
    """All counters in one transaction, which ends before the code is compared: where one refuses, none has counted. What the
    comparison shows is committed in turn, used code or wrong one, before anybody is told: that commit waits for the disk."""
    try:
        with transaction.atomic():
            TryCounter.objects.spend_within(*wrong, waits_for_disk=False)
            return _try(flow)
    except OverBudget as over:
        raise CodesLocked(over.retry_in_seconds) from None


def _try(flow: CodeFlow) -> OneTimeCode:
    if tried := _SPEND_TRY.take(flow=flow.digest, purpose=flow.purpose):
        return tried
    newest = current(flow)
    if newest is None or newest.purpose != flow.purpose:
        raise NoCodeSent
    raise _why_dead(newest)


def _why_dead(code: OneTimeCode) -> CodeRefused:
    if code.consumed_at:
        return CodeAlreadyUsed()
    if code.voided_at:
        return NoCodeSent()
    return CodeUsedUp() if code.tries >= CODE_TRIES else CodeExpired()


def _consume(code: OneTimeCode) -> None:
    if not _CONSUME.run(id=code.pk):
        raise CodeAlreadyUsed
    if code.message_id:
        receipts.note_used(code.message_id)


def _note_wrong(user: User, flow: CodeFlow, wrong: tuple[Charge, ...]) -> None:
    TryCounter.objects.fail(*wrong)
    record(Event.CODE_WRONG, subject=user, purpose=flow.purpose)


def _wrong(user: User, mobile: str) -> tuple[Charge, ...]:
    """What was guessed wrong for another number does not keep the holder of the account's own from signing in, and the
    other way round."""
    account = f"other mobiles:{user.pk}" if _is_another(user, mobile) else str(user.pk)
    return WRONG_PER_ACCOUNT.of(account), WRONG_PER_PHONE.of(mobile or user.mobile)


def _text(flow: CodeFlow, user: User, code: str, reference: str) -> Message:
    return sending.send(
        to=_mobile(flow, user),
        purpose=user.dead_end or f"{flow.purpose}_code",
        language=user.language,
        context={"code": code, "reference": reference},
        queue=Queue.OTP,
        life=CODE_LIFE,
    )
