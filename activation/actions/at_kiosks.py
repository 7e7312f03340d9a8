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
from activation import policy, states
from activation.actions import at_machines, at_partners, cases
from activation.actions.at_machines import Machine
from activation.actions.at_partners import Holder, Where
from activation.actions.cases import ActivationRefused
from activation.fingerprints import Named
from activation.models import Fingerprint, KioskErrand, PartnerAttempt
from activation.states import AttemptState, CasePurpose, ErrandPurpose, ErrandState
from audit.actions import record
from audit.events import Event
from core import batches, clock, phones
from core.states import MoveRefused
from messaging.actions import sending
from partners import words
from partners.models import Partner

CHANNEL = "kiosk"
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
    """Raises ActivationRefused, cases.ChannelDown, fingerprints.NotReadable, fingerprints.NotMatched,
    core.throttle.OverBudget, codes.CodesLocked."""
    if purpose not in where.partner.purposes:
        raise ActivationRefused("purpose_not_agreed")
    if purpose != words.Purpose.PAUSE:  # which protects its holder, whatever is down
        cases.refuse_while_down(CHANNEL)
    found = at_machines.read(visitor.signed, machine, Named(visitor.id_number), CHANNEL)
    with at_partners.look_up(visitor.id_number, where.partner) as known:
        person, may_enrol = at_partners.living(visitor.id_number), purpose == words.Purpose.ACTIVATION
        at_machines.judge(found, person, where.partner, CHANNEL, may_enrol=may_enrol)
        if purpose in _PROVES:
            return _begin_proof(purpose, _who_is_proven(visitor, known), where, found)
        return _begin_errand(ErrandPurpose(purpose), visitor, known, machine)


def visit_of(partner: Partner, reference: str) -> Visit | None:
    """None for another partner's."""
    errands = KioskErrand.objects.select_related("user", "device__partner").filter(device__partner=partner)
    return at_partners.of_partner(partner, CHANNEL, reference) or errands.filter(reference=reference).first()


def send_again(visit: Visit) -> Begun:
    """Replaces the code. Raises ActivationRefused, core.throttle.OverBudget, codes.CodeRefused."""
    if isinstance(visit, PartnerAttempt):
        _refuse_over(visit)
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
        _refuse_over(visit)
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
        return _standing_of_proof(visit)
    is_over = visit.state == ErrandState.CODE_SENT and not KioskErrand.objects.live().filter(pk=visit.pk).exists()
    return "ended" if is_over else str(visit.state)


def purge() -> int:
    """Forgets old errands; returns how many."""
    return batches.delete(KioskErrand.objects.filter(begun_at__lt=clock.ahead(-_ERRANDS_KEPT)))


def _who_is_proven(visitor: Visitor, known: list[User]) -> User:
    if visitor.visit_code:
        return _with_mobile(at_partners.by_visit_code(visitor.visit_code, known), visitor)
    return at_partners.account_of(Holder(visitor.id_number, visitor.mobile), known)


def _begin_proof(purpose: words.Purpose, user: User, where: Where, found: Fingerprint) -> Begun:
    state, of_case = _PROVES[purpose]
    if user.state != state:
        raise ActivationRefused(_WHY_NOT[State(user.state)])
    if cases.purpose_of(user) != of_case:  # another mobile was asked for, which comes first
        raise ActivationRefused("mobile_differs")
    at_partners.judge(user, where.partner, CHANNEL)
    sent = at_partners.begin_of(user, where, CHANNEL, found)
    return Begun(sent.reference, found, sent.to, sent.code_reference)


def _with_mobile(user: User, visitor: Visitor) -> User:
    if visitor.mobile not in ("", user.mobile):
        raise ActivationRefused("mobile_differs")
    return user


def _begin_errand(purpose: ErrandPurpose, visitor: Visitor, known: list[User], machine: Machine) -> Begun:
    if purpose == ErrandPurpose.MOBILE_CHANGE:
        user = _who_changes_mobile(visitor, known, machine.device.partner)
        return _send_code(purpose, user, visitor.mobile, machine)
    user = _with_mobile(_account(known), visitor)
    if purpose == ErrandPurpose.PASSWORD_RESET:
        return _send_code(purpose, user, "", machine)
    return _pause(user, machine)


def _account(known: list[User]) -> User:
    """The person's one account, which comes before claims to the number."""
    if not known or known[0].state not in STANDING:
        raise ActivationRefused("not_activated" if known else "no_claim")
    return known[0]


def _who_changes_mobile(visitor: Visitor, known: list[User], partner: Partner) -> User:
    """The person's one account; or the one that lost its mobile to another account, which is activated again by this."""
    try:
        user = _account(known)
    except ActivationRefused:
        lapsed = [one for one in known if one.activated_at]
        if not lapsed:
            raise
        user = lapsed[0]
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
            expires_at=clock.ahead(policy.channels()[CHANNEL].fingerprint_life),
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
    if user.state not in STANDING:
        # It lost its mobile to another account; now person and new mobile are proven.
        User.objects.filter(pk=user.pk).update(mobile=errand.mobile, mobile_proven_at=clock.now())
        _prove_here(user, CasePurpose.ACTIVATION)
        return Done()
    mobiles.move(user, errand.mobile, actor=user)
    cases.close_all(user, actor=user)
    if user.state == State.PAUSED and _lifts_pause(errand):
        _prove_here(user, CasePurpose.LIFT_OF_PAUSE)
    return Done()


def _lifts_pause(errand: KioskErrand) -> bool:
    """As at the officer's desk, by the policy; where the operator may open a paused account at all."""
    is_agreed = words.Purpose.LIFT_OF_PAUSE in errand.device.partner.purposes
    return is_agreed and policy.channels()[CHANNEL].lifts_pause_with_mobile


def _prove_here(user: User, purpose: CasePurpose) -> None:
    case = cases.open_case(User.objects.get(pk=user.pk), actor=user, purpose=purpose)
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


def _standing_of_proof(visit: PartnerAttempt) -> str:
    """The attempt goes on for days, the visit as long as its fingerprint."""
    stands = at_partners.standing(visit)
    if stands == AttemptState.BEGUN and at_partners.has_fresh_fingerprint(visit, CHANNEL):
        return "code_sent"
    return "done" if stands == AttemptState.PROVEN else "ended"


def _refuse_over(visit: PartnerAttempt) -> None:
    """Raises ActivationRefused."""
    if standing(visit) == "ended":
        raise ActivationRefused("expired")


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
