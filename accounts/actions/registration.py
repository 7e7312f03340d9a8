"""Registration: a claim to be a person, and the proof of a mobile. It proves no identity; activation does."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from accounts.actions import codes
from accounts.claim import Claim
from accounts.flows import CodeFlow, new_key
from accounts.models import CLAIM_LIFE, Pledge, Purpose, User
from accounts.states import FINISH
from audit.actions import record
from audit.events import Event
from core import clock
from core.prepared import Given, Insert, Select, Update
from core.states import MoveRefused
from core.throttle import OverBudget
from registry.models import Person

_HAS_ACCOUNT = Exists(User.objects.standing().filter(id_number=OuterRef("id_number")))
_PERSON = Select(Person.objects.filter(id_number=Given("id_number")).annotate(has_account=_HAS_ACCOUNT))
_PROVE_AND_FINISH = User.objects.filter(pk=Given("id")).prepared(FINISH, mobile_proven_at=clock.now())
PLEDGE_VERSION = "2026-11"
_WRITE_CLAIM = Insert(
    User,
    *("id_number", "mobile", "email", "username", "language", "dead_end"),
    claim_ends_at=clock.ahead(CLAIM_LIFE),
)
_WRITE_PASSWORD = Update(User.objects.filter(pk=Given("id")), password=Given("password"))
_WRITE_PLEDGE = Insert(Pledge, "user_id", version=PLEDGE_VERSION)

# Argon2 lets the rest of the process work while it does.
_hashing = ThreadPoolExecutor(thread_name_prefix="hashing")

# The texts that tell the truth to the typed mobile; the pages never do (security.md, ENUM-1).
NOT_CONFIRMED, HAS_ACCOUNT = "claim_unknown", "claim_taken"


class UsernameTaken(Exception):
    """Somebody's proven account has this username; the mobile is proven, another username finishes the registration."""


def register(claim: Claim, *, client_ip: str, keep: Callable[[CodeFlow], object]) -> CodeFlow:
    """The same work, and the same answer, whatever the register knows of the number. `keep` writes into the browser's session
    how far it has come, in the transaction of the act. The password is hashed meanwhile, which takes longer than all of it."""
    hashed = _hashing.submit(make_password, claim.password)
    user = _user(claim)
    may_send = _may_send(user, client_ip)
    with transaction.atomic():
        _WRITE_CLAIM.save(user)
        _WRITE_PLEDGE.save(Pledge(user=user))
        flow = CodeFlow.new(Purpose.REGISTRATION, user.pk, new_key())
        if may_send:
            codes.write_first(flow, user)
        record(Event.REGISTRATION_STARTED, subject=user)
        keep(flow)
        _WRITE_PASSWORD.run(id=user.pk, password=hashed.result())
    return flow


def change_mobile(flow: CodeFlow, mobile: str, *, client_ip: str) -> None:
    """A mistyped mobile, put right before it was proven. Raises OverBudget, codes.CodesLocked,
    codes.ClaimEnded, MoveRefused."""
    user = codes.account_of(flow)
    user.mobile = mobile
    codes.spend_to_send(user, client_ip)
    with transaction.atomic():
        unproven = User.objects.filter(pk=user.pk, mobile_proven_at=None)
        if not unproven.update(mobile=mobile):
            raise MoveRefused("change_mobile")
        codes.write(flow, user)
        record(Event.MOBILE_CHANGED, subject=user)


def prove_mobile(
    flow: CodeFlow, typed_code: str, *, keep: Callable[[CodeFlow], object], account: User | None = None
) -> None:
    """The registration is finished with it, unless the username is somebody's meanwhile: the proof stays good then. The caller
    may have read the account just now. `keep` as at `register`. Raises codes.CodeRefused, UsernameTaken."""
    right = codes.judge(flow, typed_code, account=account)
    # The account before its code, as whoever ends a claim locks them.
    try:
        codes.use(right, first=_prove_and_finish, then=lambda _user: keep(flow))
    except IntegrityError:
        codes.use(right, first=_prove)
        raise UsernameTaken from None


def finish(user: User, username: str = "") -> None:
    """Completes the registration of somebody whose mobile is proven. Raises UsernameTaken, MoveRefused."""
    proven = User.objects.filter(mobile_proven_at__isnull=False)
    try:
        with transaction.atomic():
            proven.move_one(FINISH, user.pk, username=username or user.username)
            record(Event.REGISTRATION_FINISHED, subject=user)
    except IntegrityError:
        raise UsernameTaken from None


def _prove_and_finish(user: User) -> None:
    """Of a claim that has ended the code is not taken."""
    if _PROVE_AND_FINISH.run(id=user.pk):
        record(Event.REGISTRATION_FINISHED, subject=user)


def _prove(user: User) -> None:
    if User.objects.filter(pk=user.pk).update(mobile_proven_at=clock.now()):
        record(Event.MOBILE_PROVEN, subject=user)


def suggested_usernames(username: str) -> list[str]:
    """Three free ones like it."""
    stem = username[:26]
    tried = [f"{stem}{number}" for number in (7, 24, 58, 103, 276, 519, 831)]
    return [name for name in tried if not User.objects.named(name).exists()][:3]


def _user(claim: Claim) -> User:
    return User(
        id_number=claim.id_number,
        mobile=claim.mobile,
        email=claim.email,
        username=claim.username,
        language=claim.language,
        dead_end=_dead_end(claim.id_number),
    )


def _may_send(user: User, client_ip: str) -> bool:
    """Over a budget the page is the same: it says when a code can be asked for."""
    try:
        codes.spend_to_send(user, client_ip)
    except (OverBudget, codes.CodesLocked):
        return False
    return True


def _dead_end(id_number: str) -> str:
    person: Any = _PERSON.first(id_number=id_number)
    if person is None or not person.is_living or person.kind not in settings.REGISTRATION_KINDS:
        return NOT_CONFIRMED
    return HAS_ACCOUNT if person.has_account else ""
