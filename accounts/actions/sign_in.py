"""Signing in: a password, counted before it is hashed, then a code."""

from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.actions import codes
from accounts.flows import CodeFlow
from accounts.models import Purpose, TryCounter, User
from accounts.states import STANDING, State
from audit.actions import record
from audit.events import Event
from core import clock
from core.clientip import network_of
from core.idnumbers import LENGTH
from core.text import compact_digits
from core.throttle import Budget, Charge, OverBudget

_MINUTES = (15, 30, 60, 120)
PER_ACCOUNT = Budget("sign-in-account", 5, timedelta(minutes=15), locks=tuple(timedelta(minutes=m) for m in _MINUTES))
PER_ADDRESS = Budget("sign-in-address", 20, timedelta(minutes=1))
# After so many failures the image code is asked for.
FAILURES_BEFORE_CAPTCHA = 2
# One person can have several unproven claims; an ID number as login name tries the newest of them.
_CLAIMS_TRIED = 3


class WrongPassword(Exception):
    pass


class PasswordOutlived(Exception):
    """It is right, but was a temporary one, whose day is over."""


class SignInLocked(Exception):
    """Carries whether it is the account or the network that waits, and how long."""

    def __init__(self, over: OverBudget) -> None:
        super().__init__()
        self.retry_in_seconds = over.retry_in_seconds
        self.is_account = over.budget == PER_ACCOUNT


def check_password(login_name: str, password: str, *, client_ip: str, staff: bool = False) -> User:
    """The account of `login_name` (username or ID number). For `staff` the try stays counted until the second proof: see
    `forgive` and `note_failure`. Raises codes.AccountPaused and PasswordOutlived when the password is right; and WrongPassword
    and SignInLocked, which look the same for a name that nobody has."""
    candidates = _candidates(login_name, staff)
    accounts, address = _charges(login_name, candidates), PER_ADDRESS.of(network_of(client_ip))
    try:
        # What the hash shows is committed in turn before anybody is told.
        TryCounter.objects.spend(*accounts, address, waits_for_disk=False)
    except OverBudget as over:
        raise SignInLocked(over) from None
    user = _with_password(candidates, password, hashes=_hashes(login_name, staff))
    if user is None:
        TryCounter.objects.fail(*accounts)
        record(Event.PASSWORD_REFUSED, subject=candidates[0] if candidates else None)
        raise WrongPassword
    if not staff:
        TryCounter.objects.refund(*accounts)
        forgive(user, client_ip=client_ip)
    if user.password_is_temporary and not (user.password_ends_at and clock.read() < user.password_ends_at):
        raise PasswordOutlived
    if user.state == State.PAUSED:
        raise codes.AccountPaused(user)
    return user


def forgive(user: User, *, client_ip: str) -> None:
    """All that was asked for was right: the account starts with a clean sheet."""
    lift_lock(user)
    TryCounter.objects.refund(PER_ADDRESS.of(network_of(client_ip)))


def lift_lock(user: User) -> None:
    """Passwords can be tried again."""
    TryCounter.objects.forget(*_charges("", [user]))


def note_failure(officer: User) -> None:
    """The second proof was wrong: one more of the tries after which the account pauses."""
    TryCounter.objects.fail(*_charges("", [officer]))


def needs_captcha(login_name: str, *, client_ip: str) -> bool:
    accounts = _charges(login_name, _candidates(login_name, staff=False)) if login_name else ()
    charges = (*accounts, PER_ADDRESS.of(network_of(client_ip)))
    return any(TryCounter.objects.spent(charge) >= FAILURES_BEFORE_CAPTCHA for charge in charges)


def send_code(user: User, *, client_ip: str) -> CodeFlow:
    """Begins the second step."""
    return codes.begin(Purpose.LOGIN, user, proven=Event.PASSWORD_ACCEPTED, client_ip=client_ip)


def prove_new_mobile(user: User, mobile: str, *, client_ip: str) -> CodeFlow:
    """For an account whose number moved to another one: a code to the new number, and the identity is proven anew by
    activation."""
    unproven = User.objects.filter(pk=user.pk, state=State.REGISTERED, mobile_proven_at=None)
    with transaction.atomic():
        if unproven.update(mobile=mobile):
            record(Event.MOBILE_CHANGED, actor=user, subject=user)
    user.refresh_from_db()
    return send_code(user, client_ip=client_ip)


def complete(flow: CodeFlow, typed_code: str) -> User:
    """Raises codes.CodeRefused."""
    return codes.take(flow, typed_code, first=_note_mobile, then=_note_sign_in)


def complete_by(flow: CodeFlow, *, means: str) -> User:
    """Another second step than the code (accounts.second_steps) proved the holder to the browser of this flow, in the caller's
    transaction: its code is of no use any more. Too many wrong codes do not matter here: a lock stops a step, not a person.
    Raises codes.ClaimEnded."""
    user = codes.account_of(flow)
    codes.void(flow)
    record(Event.SIGNED_IN, actor=user, subject=user, means=means)
    return user


def _note_mobile(user: User) -> None:
    """The account before its code, as whoever ends a claim locks them."""
    User.objects.filter(pk=user.pk, mobile_proven_at=None).update(mobile_proven_at=clock.now())


def _note_sign_in(user: User) -> None:
    record(Event.SIGNED_IN, actor=user, subject=user, means="code")


def _candidates(login_name: str, staff: bool) -> list[User]:
    if staff:
        return list(User.objects.staff().named(login_name).filter(is_active=True))
    return _by_id_number(digits) if _is_id_number(digits := compact_digits(login_name)) else _by_username(login_name)


def _is_id_number(digits: str) -> bool:
    return len(digits) == LENGTH and digits.isascii() and digits.isdigit()


def _by_username(login_name: str) -> list[User]:
    return list(User.objects.with_password().named(login_name))


def _by_id_number(digits: str) -> list[User]:
    claims = list(User.objects.with_password().filter(id_number=digits).order_by("-pk")[:_CLAIMS_TRIED])
    standing = [user for user in claims if user.state in STANDING]
    return standing or claims


def _charges(login_name: str, candidates: list[User]) -> tuple[Charge, ...]:
    """Every account that the password is tried on is counted, by whichever of its names; a name that nobody has is counted
    as itself."""
    subjects = [f"account:{user.pk}" for user in candidates] or [f"name:{login_name.casefold()}"]
    return tuple(map(PER_ACCOUNT.of, subjects))


def _hashes(login_name: str, staff: bool) -> int:
    """As many as the name can have accounts: how long a refusal takes does not tell how many it has."""
    return 1 if staff or not _is_id_number(compact_digits(login_name)) else _CLAIMS_TRIED


def _with_password(candidates: list[User], password: str, *, hashes: int) -> User | None:
    found = next((user for user in candidates if user.check_password(password)), None)
    if found is None:
        for _ in range(hashes - len(candidates)):
            make_password(password)
    return found
