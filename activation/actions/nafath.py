"""Nafath asks the person in its app (domain §4): for an attempt of an activation, or for the sign-in of one browser. The answer
comes by callback, by asking for it, or by the person's own return; whichever is first counts. No call is made inside of a
transaction."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.actions import sign_in
from accounts.flows import CodeFlow
from accounts.models import TryCounter, User
from activation import states
from activation.actions import cases
from activation.actions.cases import ActivationRefused
from activation.models import Attempt, NafathRequest, NafathRequestQuerySet
from activation.nafath import mfa, oidc, tokens
from activation.nafath.line import NafathFailed, NafathRefused
from activation.nafath.mfa import OpenElsewhere
from activation.nafath.tokens import TokenRefused
from activation.states import CasePurpose, NafathState
from audit.actions import record
from audit.events import Event
from core import batches, clock
from core.states import Move, MoveRefused
from core.throttle import Budget, Charge, OverBudget
from registry.lookup import find

# An account, or a claim to the number, asks so often at most: what a stranger's claim uses up is its own.
REQUESTS = Budget("nafath-requests", 3, timedelta(minutes=10))
# And all of them together: an app that asks on and on gets a yes some day. The first request of each is let through, or
# strangers with several claims would keep the person out; claims cost a proven mobile each, and codes for a number are few.
REQUESTS_TO_PERSON = Budget("nafath-requests-to-person", 6, timedelta(minutes=10))
ATTEMPT_LIFE, SIGN_IN_LIFE = timedelta(seconds=180), timedelta(seconds=60)
POLL_EVERY = timedelta(seconds=3)
# While our call is under way; longer than that it cannot be.
_BEING_ASKED = timedelta(seconds=10)
# For so long a browser can come back with a confirmation.
_OF_USE = timedelta(minutes=5)
_KEPT = timedelta(days=90)
_ENDS = {
    states.REJECT: Event.NAFATH_REJECTED,
    states.EXPIRE: Event.NAFATH_EXPIRED,
    states.FAIL: Event.NAFATH_FAILED,
}


class RequestOpen(Exception):
    """The person is asked already, for another account or in another browser, for `seconds` more."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds


class AnswerRefused(Exception):
    """A callback, or a return from the provider, that changes nothing; `reason` is for our log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Aim:
    """What the person is asked for. Either `attempt` or `flow` (the digest of a CodeFlow) is given."""

    user: User
    attempt: Attempt | None = None
    flow: str = ""

    @property
    def life(self) -> timedelta:
        return ATTEMPT_LIFE if self.attempt else SIGN_IN_LIFE

    @property
    def service(self) -> str:
        """As it is agreed with Nafath, whose app shows it to the person."""
        if self.attempt is None:
            return str(settings.NAFATH["sign_in_service"])
        is_activation = self.attempt.case.purpose == CasePurpose.ACTIVATION
        other = "" if is_activation else settings.NAFATH["re_proving_service"]
        return str(other or settings.NAFATH["activation_service"])


def newest(aim: Aim) -> NafathRequest | None:
    asked = NafathRequest.objects.filter(user=aim.user, attempt=aim.attempt, flow=aim.flow).read().first()
    return _expired(asked) if asked and asked.state in states.OPEN and not asked.seconds_left else asked


def ask(aim: Aim, *, language: str) -> NafathRequest:
    """Shows the person a request in the app; the open one, if there is one for the same aim. Raises ActivationRefused,
    RequestOpen, OpenElsewhere, core.throttle.OverBudget, NafathFailed, NafathDown, NafathRefused."""
    if aim.attempt:
        _refuse_not_living(aim.user)
    if known := _open_one(aim):
        return known
    try:
        asked = _write(aim)
    except IntegrityError:  # a second tab was first
        return _open_one(aim) or ask(aim, language=language)
    try:
        spent = _spend(aim.user)
    except OverBudget:
        NafathRequest.objects.filter(pk=asked.pk).delete()
        raise
    try:
        _put_to_the_person(asked, aim, language)
    except (OpenElsewhere, NafathFailed, NafathRefused):
        with suppress(MoveRefused):
            _end(asked, states.FAIL)
        TryCounter.objects.refund(*spent)
        raise
    return NafathRequest.objects.read().get(pk=asked.pk)


def refusal(user: User) -> OverBudget | None:
    """Why the person cannot be asked again for this account now, and for how long."""
    own, of_person = _charges(user)
    over = TryCounter.objects.refusal(own, of_person)
    return over if over and TryCounter.objects.spent(own) else None


def look(asked: NafathRequest) -> NafathRequest:
    """How the request stands, after having asked Nafath when nobody did for a moment."""
    if asked.state != NafathState.WAITING or settings.NAFATH["mode"] != "mfa" or not _my_turn(asked):
        return asked
    assert asked.transaction
    try:
        state = mfa.state_of(asked.id_number, mfa.Asked(asked.transaction, asked.number))
        _take(asked, state)
    except (NafathFailed, NafathRefused, MoveRefused):
        pass  # The next round asks again, or somebody else was first.
    return NafathRequest.objects.read().get(pk=asked.pk)


def take_callback(token: str, *, transaction_said: str, request_said: str) -> None:
    """Raises AnswerRefused, tokens.KeysAway."""
    try:
        verdict = tokens.verdict_of(token, now=clock.read())
    except TokenRefused as refused:
        raise AnswerRefused(refused.reason) from None
    asked = NafathRequest.objects.filter(transaction=verdict.transaction).first()
    if asked is None:
        raise AnswerRefused("unknown_transaction")
    if fault := _fault(asked, verdict, transaction_said, request_said):
        raise AnswerRefused(fault)
    try:
        _take(asked, verdict.state)
    except MoveRefused:
        raise AnswerRefused("ended") from None


def way_to_provider(asked: NafathRequest, *, return_to: str, language: str) -> oidc.Way:
    """For the browser that began `asked` in the mode oidc. Raises NafathFailed, NafathDown, NafathRefused."""
    assert asked.transaction
    return oidc.way_for(asked.pk, asked.transaction, return_to=return_to, language=language)


def take_return(way: oidc.Way, code: str, *, return_to: str) -> None:
    """The provider led the browser back. Raises AnswerRefused, tokens.KeysAway, NafathFailed, NafathDown, NafathRefused."""
    asked = NafathRequest.objects.in_time().filter(pk=way.request, state=NafathState.WAITING).first()
    if asked is None:
        raise AnswerRefused("ended")
    try:
        people = oidc.people_named(way, code, return_to=return_to, now=clock.read())
    except TokenRefused as refused:
        raise AnswerRefused(refused.reason) from None
    if people != {asked.id_number}:
        raise AnswerRefused("other_person")
    try:
        _take(asked, NafathState.COMPLETED)
    except MoveRefused:
        raise AnswerRefused("ended") from None


def give_up(way: oidc.Way, *, rejected: bool = False) -> None:
    """The provider says that the person `rejected`, or what came back was not good."""
    asked = NafathRequest.objects.filter(pk=way.request).first()
    with suppress(MoveRefused):
        if asked:
            _end(asked, states.REJECT if rejected else states.FAIL)


def enter(flow: CodeFlow) -> User:
    """The person confirmed, and the browser of the flow signs in with it, once. Raises core.states.MoveRefused,
    codes.ClaimEnded."""
    with transaction.atomic():
        confirmed = NafathRequest.objects.filter(flow=flow.digest, ended_at__gt=clock.ahead(-_OF_USE))
        if not confirmed.move(states.USE):
            raise MoveRefused(states.USE.name)
        return sign_in.complete_by(flow, means="nafath")


def expire() -> int:
    """Ends requests nobody answered in time, and forgets old ones."""
    batches.delete(NafathRequest.objects.filter(ended_at__lt=clock.ahead(-_KEPT)))
    return _expire(NafathRequest.objects.outlived())


def _refuse_not_living(user: User) -> None:
    person = find(user.id_number)
    if person is None or not person.is_living:
        raise ActivationRefused("not_living_here")


def _open_one(aim: Aim) -> NafathRequest | None:
    """For the same aim. Raises RequestOpen."""
    _expire(NafathRequest.objects.outlived().about(aim.user.id_number))
    asked = NafathRequest.objects.open().about(aim.user.id_number).read().first()
    if asked and (asked.user_id, asked.attempt_id, asked.flow) != (aim.user.pk, _key(aim.attempt), aim.flow):
        raise RequestOpen(asked.seconds_left)
    return asked


def _key(attempt: Attempt | None) -> int | None:
    return attempt.pk if attempt else None


@transaction.atomic
def _write(aim: Aim) -> NafathRequest:
    """Of several tabs one gets past this, and spends."""
    until = clock.ahead(_BEING_ASKED)
    facts = {"user": aim.user, "id_number": aim.user.id_number, "attempt": aim.attempt, "flow": aim.flow}
    return NafathRequest.objects.create(**facts, expires_at=until)


def _charges(user: User) -> tuple[Charge, Charge]:
    return REQUESTS.of(f"account:{user.pk}"), REQUESTS_TO_PERSON.of(user.id_number)


def _spend(user: User) -> list[Charge]:
    """What was spent. Raises core.throttle.OverBudget."""
    own, of_person = _charges(user)
    try:
        TryCounter.objects.spend(own, of_person)
    except OverBudget:
        if TryCounter.objects.spent(own):
            raise
        TryCounter.objects.spend(own)
        return [own]
    return [own, of_person]


def _put_to_the_person(asked: NafathRequest, aim: Aim, language: str) -> None:
    if settings.NAFATH["mode"] == "mfa":
        told = mfa.ask(asked.id_number, asked.request_id, service=aim.service, language=language)
    else:
        told = mfa.Asked(oidc.new_state(), "")
    facts = {"transaction": told.transaction, "number": told.number, "expires_at": clock.ahead(aim.life)}
    try:
        with transaction.atomic():
            NafathRequest.objects.in_time().move_one(states.AWAIT_PERSON, asked.pk, **facts)
            record(Event.NAFATH_ASKED, actor=aim.user, subject=aim.user, request=asked.pk)
    except (IntegrityError, MoveRefused):  # a reference given twice, or an answer that came too late
        raise NafathFailed("unreadable_answer") from None


def _my_turn(asked: NafathRequest) -> bool:
    due = NafathRequest.objects.due_to_be_asked_about(POLL_EVERY).in_time().filter(pk=asked.pk)
    return bool(due.update(polled_at=clock.now()))


def _fault(asked: NafathRequest, verdict: tokens.Verdict, transaction_said: str, request_said: str) -> str:
    """What of a good token does not belong to the request; "" when all does."""
    same = {
        "other_person": verdict.people == {asked.id_number},
        "other_number": verdict.number in ("", asked.number),
        "other_transaction": transaction_said in ("", asked.transaction),
        "other_request": request_said == "" or _is(asked.request_id, request_said),
        "issued_before": verdict.issued_at >= asked.asked_at.timestamp() - tokens.LEEWAY_SECONDS,
    }
    return next((fault for fault, holds in same.items() if not holds), "")


def _is(request_id: UUID, said: str) -> bool:
    try:
        return UUID(said) == request_id
    except ValueError:
        return False


def _take(asked: NafathRequest, state: NafathState) -> None:
    """Raises MoveRefused when the request has ended."""
    match state:
        case NafathState.COMPLETED:
            _complete(asked)
        case NafathState.REJECTED:
            _end(asked, states.REJECT)
        case NafathState.EXPIRED:
            _end(asked, states.EXPIRE)


def _complete(asked: NafathRequest) -> None:
    """One of all that bring the answer gets past the first move; an attempt that ended meanwhile needs no proof any more."""
    try:
        with transaction.atomic():
            if asked.attempt_id:
                cases.take_turn(asked.user)
            NafathRequest.objects.in_time().move_one(states.COMPLETE, asked.pk, ended_at=clock.now())
            if asked.attempt_id:
                _prove(asked)
    except ActivationRefused:
        _end(asked, states.FAIL)


def _prove(asked: NafathRequest) -> None:
    attempt = Attempt.objects.select_related("case__user").get(nafath_requests=asked)
    cases.prove(attempt, actor=attempt.case.user)


def _end(asked: NafathRequest, move: Move) -> None:
    """Raises MoveRefused."""
    with transaction.atomic():
        NafathRequest.objects.all().move_one(move, asked.pk, ended_at=clock.now())
        actor = asked.user if move == states.REJECT else None
        record(_ENDS[move], actor=actor, subject=asked.user, request=asked.pk)


def _expire(outlived: NafathRequestQuerySet) -> int:
    """One by one, each with its entry, however many there are. What is outlived gets no more time, so none of them is in time
    when it ends."""
    expired = 0
    for asked in batches.each(outlived.select_related("user")):
        with suppress(MoveRefused):
            _end(asked, states.EXPIRE)
            expired += 1
    return expired


def _expired(asked: NafathRequest) -> NafathRequest:
    _expire(NafathRequest.objects.outlived().filter(pk=asked.pk))
    return NafathRequest.objects.read().get(pk=asked.pk)
