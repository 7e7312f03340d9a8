"""Activation where a partner knows the person: a bank or an ATM network holds the ID number and the mobile, a kiosk has read
the fingers; each passes on the code that the person types into its own channel."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.actions import claims, codes
from accounts.flows import CodeFlow, new_key
from accounts.models import Purpose, User
from accounts.states import STANDING, State
from activation import policy, states
from activation.actions import cases
from activation.actions.cases import ActivationRefused
from activation.models import Attempt, Fingerprint, PartnerAttempt
from activation.states import AttemptState, CasePurpose
from audit.actions import record
from audit.events import Event
from core import clock, phones
from partners import words
from partners.actions import webhooks
from partners.models import Device, Kind, Partner
from partners.words import Mode
from registry import actions as register
from registry.lookup import find, person_of
from registry.models import Person

_AGREED_AS = {
    CasePurpose.ACTIVATION: words.Purpose.ACTIVATION,
    CasePurpose.LIFT_OF_PAUSE: words.Purpose.LIFT_OF_PAUSE,
    CasePurpose.NEW_MOBILE: words.Purpose.MOBILE_CHANGE,
}

_ACTIVATING = (CasePurpose.ACTIVATION, CasePurpose.LIFT_OF_PAUSE)


@dataclass(frozen=True)
class Holder:
    """Whom the partner knows: digits of the ID number, and the mobile it holds (E.164)."""

    id_number: str
    mobile: str


@dataclass(frozen=True)
class Where:
    partner: Partner
    mode: Mode
    place: str = ""
    device: Device | None = None


def agreed_as(user: User) -> words.Purpose:
    """What a partner must have agreed on to prove this account's person now."""
    return _AGREED_AS[cases.purpose_of(user) or CasePurpose.ACTIVATION]


def banks(purpose: words.Purpose) -> list[Partner]:
    """Where that is done now, in the order in which they were admitted."""
    return list(Partner.objects.live().agreed_on(purpose).filter(kind=Kind.BANK).order_by("pk"))


@dataclass(frozen=True)
class Sent:
    """A code is on its way: of which attempt, to which mobile (masked), and the two letters its text shows."""

    reference: str
    to: str
    code_reference: str


def claim_of(holder: Holder, partner: Partner, channel: str) -> User:
    """The account that this channel can prove now. Raises ActivationRefused: no_claim, mobile_differs, already_activated,
    purpose_not_agreed, not_living, kind_not_admitted, fingerprint_missing."""
    with look_up(holder.id_number, partner):
        user = account_of(holder)
        judge(user, partner, channel)
    return user


@contextmanager
def look_up(id_number: str, partner: Partner) -> Iterator[None]:
    """That a partner looked somebody up stands in the trail, with what it was told, whatever that was."""
    outcome = "match"
    try:
        yield
    except ActivationRefused as refused:
        outcome = refused.code
        raise
    finally:
        known = User.objects.filter(id_number=id_number, state__in=(*STANDING, State.REGISTERED))
        # The account that stands comes before claims to the number.
        record(
            Event.PERSON_LOOKED_UP,
            subject=known.order_by("state", "-pk").first(),
            partner=partner.slug,
            outcome=outcome,
        )


def account_of(holder: Holder) -> User:
    """Raises ActivationRefused."""
    accounts = User.objects.filter(id_number=holder.id_number)
    standing = accounts.filter(state__in=STANDING).first()
    if standing and _is_of(standing, holder.mobile):
        return standing
    claims_to_it = accounts.filter(state=State.REGISTERED).order_by("-pk")
    user = claims_to_it.filter(mobile=holder.mobile).first()
    if user is None:
        raise ActivationRefused("mobile_differs" if standing or claims_to_it.exists() else "no_claim")
    return user


def judge(user: User, partner: Partner, channel: str) -> None:
    """Raises ActivationRefused when this channel cannot prove the account now: see `claim_of`."""
    _refuse_purpose(user, partner)
    person, entry, purpose = living(user.id_number), policy.channels()[channel], cases.purpose_of(user)
    if person.kind not in entry.kinds:
        raise ActivationRefused("kind_not_admitted")
    if purpose not in entry.purposes:
        raise ActivationRefused("purpose_not_agreed")
    if not entry.admits(person.kind, fingerprint_on_file=person.fingerprint_on_file, purpose=purpose):
        raise ActivationRefused("fingerprint_missing")


def living(id_number: str) -> Person:
    """Raises ActivationRefused."""
    person = find(id_number)
    if person is None or not person.is_living:
        raise ActivationRefused("not_living")
    return person


def begin(holder: Holder, where: Where, channel: str) -> Sent:
    """Sends the confirmation code to the registered mobile. Raises ActivationRefused, core.throttle.OverBudget,
    codes.CodesLocked."""
    return begin_of(claim_of(holder, where.partner, channel), where, channel)


def begin_of(user: User, where: Where, channel: str, fingerprint: str = "") -> Sent:
    """For an account that `judge` let pass; with what a machine found of its person. Raises core.throttle.OverBudget,
    codes.CodesLocked."""
    change = cases.mobile_asked_by(user)
    codes.spend_to_send(user, mobile=change.mobile if change else "")
    with transaction.atomic():
        at_partner = _at_partner(user, where, channel)
        if at_partner.fingerprint != fingerprint:
            PartnerAttempt.objects.filter(pk=at_partner.pk).update(fingerprint=fingerprint)
        flow = _flow(at_partner)
        code = codes.write(flow, user)
        record(Event.CODE_SENT, subject=user, purpose=Purpose.ACTIVATION, partner=where.partner.slug)
    return Sent(at_partner.reference, phones.mask(flow.mobile or user.mobile), code.reference)


def send_again(at_partner: PartnerAttempt) -> Sent:
    """Replaces the code. Raises ActivationRefused, core.throttle.OverBudget, codes.CodeRefused."""
    _refuse_outdated(at_partner.attempt, at_partner.partner)
    flow = _flow(at_partner)
    codes.resend(flow)
    code = codes.current(flow)
    assert code
    return Sent(at_partner.reference, phones.mask(flow.mobile or at_partner.attempt.case.user.mobile), code.reference)


def tell_of_the_end(user: User) -> None:
    """The account is no longer activated: whoever proved the person last is told, if that was a partner. In the caller's
    transaction."""
    proofs = Attempt.objects.of(user).filter(state=AttemptState.PROVEN, case__purpose__in=_ACTIVATING)
    last = proofs.select_related("at_partner__partner").order_by("-pk").first()
    at_partner = getattr(last, "at_partner", None)
    if at_partner:
        webhooks.tell(at_partner.partner, words.WebhookEvent.ACTIVATION_REVOKED, at_partner.reference)


def confirm(at_partner: PartnerAttempt, typed: str) -> None:
    """The person typed the code: the account is activated. Confirming again what was confirmed changes nothing. Raises
    ActivationRefused, codes.CodeRefused."""
    attempt = Attempt.objects.select_related("case__user").get(pk=at_partner.attempt_id)
    if attempt.state == AttemptState.PROVEN:
        return
    _refuse_outdated(attempt, at_partner.partner)
    flow = _flow(at_partner)

    def prove(user: User) -> None:
        _enrol(at_partner, user)
        cases.prove(attempt, actor=user)

    codes.take(flow, typed, first=lambda user: claims.take_turn(user, flow.mobile), then=prove)


def of_partner(partner: Partner, channel: str, reference: str) -> PartnerAttempt | None:
    """None for another partner's, and for one of another channel, whose proof may be asked for otherwise."""
    own = PartnerAttempt.objects.select_related("attempt__case__user", "partner")
    own = own.filter(partner=partner, attempt__channel=channel)
    return own.filter(reference=reference).first()


def told_standing(at_partner: PartnerAttempt) -> str:
    """begun, activated or ended."""
    return {AttemptState.PROVEN: "activated", AttemptState.BEGUN: "begun"}.get(standing(at_partner), "ended")


def standing(at_partner: PartnerAttempt) -> AttemptState:
    return Attempt.objects.newest_first().get(at_partner=at_partner).standing


def _enrol(at_partner: PartnerAttempt, user: User) -> None:
    """The fingerprint that a machine took goes on file with the proof, or not at all."""
    if at_partner.fingerprint != Fingerprint.TAKEN:
        return
    if not register.record_fingerprint(person_of(user.id_number), on=timezone.localdate()):
        raise ActivationRefused("fingerprint_on_file")
    record(Event.FINGERPRINT_RECORDED, actor=user, subject=user, attempt=at_partner.attempt_id)


def _is_of(standing: User, mobile: str) -> bool:
    """Who waits for another mobile is known to the partner by that one; of who is activated, that is told to whoever asks."""
    change = cases.mobile_asked_by(standing)
    return mobile == (change.mobile if change else standing.mobile) or cases.purpose_of(standing) is None


def _refuse_purpose(user: User, partner: Partner) -> None:
    purpose = cases.purpose_of(user)
    if purpose is None:
        raise ActivationRefused("already_activated")
    if _AGREED_AS[purpose] not in partner.purposes:
        raise ActivationRefused("purpose_not_agreed")


def _refuse_outdated(attempt: Attempt, partner: Partner) -> None:
    """An attempt lives for days: what held when it began may hold no more. Raises ActivationRefused."""
    _refuse_ended(attempt)
    cases.refuse_overtaken(attempt.case)
    if _AGREED_AS[CasePurpose(attempt.case.purpose)] not in partner.purposes:
        raise ActivationRefused("purpose_not_agreed")
    living(attempt.case.user.id_number)


def _refuse_ended(attempt: Attempt) -> None:
    if attempt.state not in states.LIVE or Attempt.objects.outlived().filter(pk=attempt.pk).exists():
        raise ActivationRefused("expired" if attempt.state in (*states.LIVE, AttemptState.EXPIRED) else "decided")


def _at_partner(user: User, where: Where, channel: str) -> PartnerAttempt:
    """The live attempt, as far as it is this partner's or nobody's; one at another partner gives way to it."""
    case = cases.open_case(user, actor=user)
    attempt = cases.live_attempt(case, channel) or cases.new_attempt(case, channel, user)
    known = PartnerAttempt.objects.filter(attempt=attempt).first()
    if known and not _is_at(known, where):
        cases.move(attempt, states.VOID_ATTEMPT, ended_at=clock.now())
        attempt, known = cases.new_attempt(case, channel, user), None
    if known:
        return known
    facts = vars(where) | {"flow_key": new_key()}
    return PartnerAttempt.objects.get_or_create(attempt=attempt, defaults=facts)[0]


def _is_at(at_partner: PartnerAttempt, where: Where) -> bool:
    device = where.device.pk if where.device else None
    return (at_partner.partner_id, at_partner.mode, at_partner.device_id) == (where.partner.pk, where.mode, device)


def _flow(at_partner: PartnerAttempt) -> CodeFlow:
    """The code goes to the number that this case is about, whatever was asked for since."""
    case = at_partner.attempt.case
    return CodeFlow(Purpose.ACTIVATION, case.user_id, at_partner.flow_key, cases.new_mobile_of(case))
