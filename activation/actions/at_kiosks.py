"""A visit to a kiosk. The index fingers prove the person; what is left to be proven is a mobile, by a code. An activation and
the lift of a pause are attempts of a case; the other errands are done for the account that the person has."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from accounts.actions import claims, codes, mobiles, profile
from accounts.flows import CodeFlow, new_key
from accounts.models import Purpose, User
from accounts.states import STANDING, State
from activation import states
from activation.actions import at_machines, at_partners, cases
from activation.actions.at_machines import Machine
from activation.actions.at_partners import Holder, Where
from activation.actions.cases import ActivationRefused
from activation.models import Attempt, Fingerprint, KioskErrand, PartnerAttempt
from activation.states import AttemptState, CasePurpose, ErrandPurpose, ErrandState
from audit.actions import record
from audit.events import Event
from core import batches, clock, phones
from core.states import MoveRefused
from messaging.actions import sending
from partners import words
from partners.models import Partner

CHANNEL = "kiosk"
# Ours: for how long somebody stands before a kiosk at most.
ERRAND_LIFE = timedelta(minutes=30)
_ERRANDS_KEPT = timedelta(days=30)
_PROVES = {
    words.Purpose.ACTIVATION: (State.REGISTERED, CasePurpose.ACTIVATION),
    words.Purpose.LIFT_OF_PAUSE: (State.PAUSED, CasePurpose.LIFT_OF_PAUSE),
}
_WHY_NOT = {State.REGISTERED: "not_activated", State.PAUSED: "paused", State.ACTIVATED: "already_activated"}
Visit = PartnerAttempt | KioskErrand


@dataclass(frozen=True)
class Visitor:
    """Who stands there, and what they typed: "" for what was not asked. `signed` is what the reader found."""

    id_number: str
    mobile: str
    visit_code: str
    signed: str


@dataclass(frozen=True)
class Begun:
    """`sent_to` is masked; it and `code_reference` are "" when nothing is left to be proven."""

    reference: str
    fingerprint: Fingerprint
    sent_to: str = ""
    code_reference: str = ""


@dataclass(frozen=True)
class Done:
    """What the person is told, this once."""

    username: str = ""
    temporary_password: str = ""


def begin(purpose: words.Purpose, visitor: Visitor, where: Where, machine: Machine) -> Begun:
    """Raises ActivationRefused, fingerprints.NotReadable, fingerprints.NotMatched, core.throttle.OverBudget,
    codes.CodesLocked."""
    if purpose not in where.partner.purposes:
        raise ActivationRefused("purpose_not_agreed")
    found = at_machines.read(visitor.signed, machine, visitor.id_number, CHANNEL)
    with at_partners.look_up(visitor.id_number, where.partner):
        return _begin(purpose, visitor, where, machine, found)


def _begin(purpose: words.Purpose, visitor: Visitor, where: Where, machine: Machine, found: Fingerprint) -> Begun:
    person, may_enrol = at_partners.living(visitor.id_number), purpose == words.Purpose.ACTIVATION
    at_machines.judge(found, person, where.partner, CHANNEL, may_enrol=may_enrol)
    if purpose in _PROVES:
        return _begin_proof(purpose, visitor, where, found)
    return _begin_errand(ErrandPurpose(purpose), visitor, where, machine)


def visit_of(partner: Partner, reference: str) -> Visit | None:
    """None for another partner's."""
    attempts = PartnerAttempt.objects.select_related("attempt__case__user", "partner").filter(attempt__channel=CHANNEL)
    errands = KioskErrand.objects.select_related("user", "device__partner").filter(device__partner=partner)
    return attempts.filter(partner=partner, reference=reference).first() or errands.filter(reference=reference).first()


def send_again(visit: Visit) -> Begun:
    """Replaces the code. Raises ActivationRefused, core.throttle.OverBudget, codes.CodeRefused."""
    if isinstance(visit, PartnerAttempt):
        sent = at_partners.send_again(visit)
        return Begun(sent.reference, Fingerprint(visit.fingerprint), sent.to, sent.code_reference)
    _refuse_outdated(visit)
    flow = _flow(visit)
    codes.resend(flow)
    code = codes.current(flow)
    assert code
    return _begun(visit, code.reference)


def confirm(visit: Visit, typed: str) -> Done:
    """What was begun is done. Confirming again changes nothing, and tells no password. Raises ActivationRefused,
    codes.CodeRefused."""
    if isinstance(visit, PartnerAttempt):
        at_partners.confirm(visit, typed)
        return Done()
    if visit.state == ErrandState.DONE:
        return Done()
    _refuse_outdated(visit)
    flow, done = _flow(visit), Done()

    def do(user: User) -> None:
        nonlocal done
        done = _do(visit, user)

    codes.take(flow, typed, first=lambda user: claims.take_turn(user, flow.mobile), then=do)
    return done


def standing(visit: Visit) -> str:
    """code_sent, done or ended."""
    if isinstance(visit, PartnerAttempt):
        of_attempts = {AttemptState.PROVEN: "done", AttemptState.BEGUN: "code_sent"}
        return of_attempts.get(at_partners.standing(visit), "ended")
    is_over = visit.state == ErrandState.CODE_SENT and not KioskErrand.objects.live().filter(pk=visit.pk).exists()
    return "ended" if is_over else str(visit.state)


def purge() -> int:
    """Forgets old errands; returns how many."""
    return batches.delete(KioskErrand.objects.filter(begun_at__lt=clock.ahead(-_ERRANDS_KEPT)))


def _begin_proof(purpose: words.Purpose, visitor: Visitor, where: Where, found: Fingerprint) -> Begun:
    user = _by_visit_code(visitor) if visitor.visit_code else at_partners.account_of(_holder(visitor))
    state, of_case = _PROVES[purpose]
    if user.state != state:
        raise ActivationRefused(_WHY_NOT[State(user.state)])
    if cases.purpose_of(user) != of_case:  # another mobile was asked for, which comes first
        raise ActivationRefused("mobile_differs")
    at_partners.judge(user, where.partner, CHANNEL)
    sent = at_partners.begin_of(user, where, CHANNEL, found)
    return Begun(sent.reference, found, sent.to, sent.code_reference)


def _holder(visitor: Visitor) -> Holder:
    return Holder(visitor.id_number, visitor.mobile)


def _by_visit_code(visitor: Visitor) -> User:
    """One of several claims to a number, by the code that its holder got for an attempt on the portal."""
    attempts = Attempt.objects.live().filter(visit_code=visitor.visit_code, case__user__id_number=visitor.id_number)
    attempt = attempts.select_related("case__user").first()
    if attempt is None or not cases.is_current(attempt.case):
        raise ActivationRefused("no_claim")
    return _with_mobile(attempt.case.user, visitor)


def _with_mobile(user: User, visitor: Visitor) -> User:
    if visitor.mobile not in ("", user.mobile):
        raise ActivationRefused("mobile_differs")
    return user


def _begin_errand(purpose: ErrandPurpose, visitor: Visitor, where: Where, machine: Machine) -> Begun:
    if purpose == ErrandPurpose.MOBILE_CHANGE:
        return _send_code(purpose, _who_changes_mobile(visitor, where.partner), visitor.mobile, machine)
    user = _with_mobile(_account(visitor.id_number), visitor)
    if purpose == ErrandPurpose.PASSWORD_RESET:
        return _send_code(purpose, user, "", machine)
    return _pause(user, machine)


def _account(id_number: str) -> User:
    """The person's one account."""
    accounts = User.objects.filter(id_number=id_number)
    standing = accounts.filter(state__in=STANDING).first()
    if standing is None:
        raise ActivationRefused("not_activated" if accounts.filter(state=State.REGISTERED).exists() else "no_claim")
    return standing


def _who_changes_mobile(visitor: Visitor, partner: Partner) -> User:
    """The person's one account; or the one that lost its mobile to another account, which is activated again by this."""
    lapsed = User.objects.filter(id_number=visitor.id_number, state=State.REGISTERED, activated_at__isnull=False)
    try:
        user = _account(visitor.id_number)
    except ActivationRefused:
        user = lapsed.order_by("-pk").first()
        if user is None:
            raise
        if words.Purpose.ACTIVATION not in partner.purposes:
            raise ActivationRefused("purpose_not_agreed") from None
    if user.mobile == visitor.mobile:
        raise ActivationRefused("same_mobile")
    return user


def _send_code(purpose: ErrandPurpose, user: User, mobile: str, machine: Machine) -> Begun:
    codes.spend_to_send(user, mobile=mobile)
    with transaction.atomic():
        claims.take_turn(user, mobile)
        KioskErrand.objects.filter(user=user).move(states.END_ERRAND, ended_at=clock.now())
        errand = KioskErrand.objects.create(
            user=user, device=machine.device, purpose=purpose, mobile=mobile, flow_key=new_key(),
            expires_at=clock.ahead(ERRAND_LIFE),
        )  # fmt: skip
        code = codes.write(_flow(errand), user)
        record(Event.CODE_SENT, subject=user, purpose=Purpose.KIOSK, device=machine.device.pk)
    return _begun(errand, code.reference)


def _pause(user: User, machine: Machine) -> Begun:
    """A paused account stays paused: done, too."""
    now = clock.now()
    with transaction.atomic():
        claims.take_turn(user)
        errand = KioskErrand.objects.create(
            user=user, device=machine.device, purpose=ErrandPurpose.PAUSE, state=ErrandState.DONE, expires_at=now, ended_at=now
        )  # fmt: skip
        if User.objects.activated().filter(pk=user.pk).exists():
            profile.pause(user)
            sending.send(to=user.mobile, purpose="paused_at_kiosk", language=user.language)
        _record(errand)
    return Begun(errand.reference, Fingerprint.MATCHED)


def _do(errand: KioskErrand, user: User) -> Done:
    """In the transaction that used the code."""
    user.refresh_from_db()
    try:
        KioskErrand.objects.all().move_one(states.DO_ERRAND, errand.pk, ended_at=clock.now())
        done = _DEEDS[errand.purpose](errand, user)
    except (MoveRefused, profile.ChangedMeanwhile):
        raise ActivationRefused("decided") from None
    _record(errand)
    return done


def _change_mobile(errand: KioskErrand, user: User) -> Done:
    if user.state in STANDING:
        mobiles.move(user, errand.mobile, actor=user)
        cases.close_all(user)
    else:
        _activate_again(user, errand.mobile)
    return Done()


def _activate_again(user: User, mobile: str) -> None:
    """An account that lost its mobile: person and new mobile are proven."""
    User.objects.filter(pk=user.pk).update(mobile=mobile, mobile_proven_at=clock.now())
    case = cases.open_case(User.objects.get(pk=user.pk), actor=user)
    attempt = cases.live_attempt(case, CHANNEL) or cases.new_attempt(case, CHANNEL, user)
    cases.prove(attempt, actor=user)


def _reset_password(errand: KioskErrand, user: User) -> Done:
    return Done(user.username, profile.give_temporary_password(user))


_DEEDS: dict[str, Callable[[KioskErrand, User], Done]] = {
    ErrandPurpose.MOBILE_CHANGE: _change_mobile,
    ErrandPurpose.PASSWORD_RESET: _reset_password,
}


def _record(errand: KioskErrand) -> None:
    record(Event.KIOSK_SERVED, actor=errand.user, subject=errand.user, purpose=errand.purpose, device=errand.device_id)


def _refuse_outdated(errand: KioskErrand) -> None:
    """Raises ActivationRefused."""
    if standing(errand) != ErrandState.CODE_SENT:
        raise ActivationRefused("expired")
    if words.Purpose(errand.purpose) not in errand.device.partner.purposes:
        raise ActivationRefused("purpose_not_agreed")
    at_partners.living(errand.user.id_number)


def _begun(errand: KioskErrand, code_reference: str) -> Begun:
    sent_to = phones.mask(errand.mobile or errand.user.mobile)
    return Begun(errand.reference, Fingerprint.MATCHED, sent_to, code_reference)


def _flow(errand: KioskErrand) -> CodeFlow:
    return CodeFlow(Purpose.KIOSK, errand.user_id, errand.flow_key, errand.mobile)
