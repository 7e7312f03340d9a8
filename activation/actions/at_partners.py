"""Activation where a partner knows the person: a bank holds the ID number and the mobile, and passes on the code that the
person types into the bank's own channel."""

from dataclasses import dataclass

from django.db import transaction

from accounts.actions import claims, codes
from accounts.flows import CodeFlow, new_key
from accounts.models import Purpose, User
from accounts.states import STANDING, State
from activation import policy, states
from activation.actions import cases
from activation.actions.cases import ActivationRefused
from activation.models import Attempt, PartnerAttempt
from audit.actions import record
from audit.events import Event
from core import clock, phones
from partners import words
from partners.models import Kind, Partner
from partners.words import Mode
from registry.lookup import find


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


def banks() -> list[Partner]:
    """Where accounts are activated now, in the order in which they were admitted."""
    live = Partner.objects.live().filter(kind=Kind.BANK).order_by("pk")
    return [bank for bank in live if words.Purpose.ACTIVATION in bank.purposes]


@dataclass(frozen=True)
class Sent:
    """A code is on its way: of which attempt, to which mobile (masked), and the two letters its text shows."""

    reference: str
    to: str
    code_reference: str


def claim_of(holder: Holder, partner: Partner, channel: str) -> User:
    """The account that this channel can prove now. Raises ActivationRefused: no_claim, mobile_differs, already_activated,
    purpose_not_agreed, not_living, kind_not_admitted, fingerprint_missing."""
    user = _account(holder)
    _refuse_purpose(user, partner)
    person = find(holder.id_number)
    if person is None or not person.is_living:
        raise ActivationRefused("not_living")
    entry = policy.channels()[channel]
    if person.kind not in entry.kinds:
        raise ActivationRefused("kind_not_admitted")
    if not entry.admits(person.kind, fingerprint_on_file=person.fingerprint_on_file):
        raise ActivationRefused("fingerprint_missing")
    return user


def begin(holder: Holder, where: Where, channel: str) -> Sent:
    """Sends the confirmation code to the registered mobile. Raises ActivationRefused, core.throttle.OverBudget,
    codes.CodesLocked."""
    user = claim_of(holder, where.partner, channel)
    codes.spend_to_send(user)
    with transaction.atomic():
        at_partner = _at_partner(user, where, channel)
        code = codes.write(_flow(at_partner), user)
        record(Event.CODE_SENT, subject=user, purpose=Purpose.ACTIVATION, partner=where.partner.slug)
    return Sent(at_partner.reference, phones.mask(user.mobile), code.reference)


def send_again(at_partner: PartnerAttempt) -> Sent:
    """Replaces the code. Raises ActivationRefused, core.throttle.OverBudget, codes.CodeRefused."""
    _refuse_ended(at_partner.attempt)
    flow = _flow(at_partner)
    codes.resend(flow)
    code = codes.current(flow)
    assert code
    return Sent(at_partner.reference, phones.mask(at_partner.attempt.case.user.mobile), code.reference)


def confirm(at_partner: PartnerAttempt, typed: str) -> None:
    """The person typed the code: the account is activated. Confirming again what was confirmed changes nothing. Raises
    ActivationRefused, codes.CodeRefused."""
    attempt = Attempt.objects.select_related("case__user").get(pk=at_partner.attempt_id)
    if attempt.state == states.AttemptState.PROVEN:
        return
    _refuse_ended(attempt)
    codes.take(_flow(at_partner), typed, first=claims.take_turn, then=lambda user: cases.prove(attempt, actor=user))


def _account(holder: Holder) -> User:
    accounts = User.objects.filter(id_number=holder.id_number)
    standing = accounts.filter(state__in=STANDING).first()
    if standing and (standing.state == State.ACTIVATED or standing.mobile == holder.mobile):
        return standing
    claims_to_it = accounts.filter(state=State.REGISTERED).order_by("-pk")
    user = claims_to_it.filter(mobile=holder.mobile).first()
    if user is None:
        raise ActivationRefused("mobile_differs" if standing or claims_to_it.exists() else "no_claim")
    return user


def _refuse_purpose(user: User, partner: Partner) -> None:
    if user.state == State.ACTIVATED:
        raise ActivationRefused("already_activated")
    purpose = words.Purpose.LIFT_OF_PAUSE if user.state == State.PAUSED else words.Purpose.ACTIVATION
    if purpose not in partner.purposes:
        raise ActivationRefused("purpose_not_agreed")


def _refuse_ended(attempt: Attempt) -> None:
    if attempt.state not in states.LIVE or Attempt.objects.outlived().filter(pk=attempt.pk).exists():
        raise ActivationRefused(
            "expired" if attempt.state in (*states.LIVE, states.AttemptState.EXPIRED) else "decided"
        )


def _at_partner(user: User, where: Where, channel: str) -> PartnerAttempt:
    """The live attempt, as far as it is this partner's or nobody's; one at another partner gives way to it."""
    case = cases.open_case(user, actor=user)
    attempt = cases.live_attempt(case, channel) or cases.new_attempt(case, channel, user)
    known = PartnerAttempt.objects.filter(attempt=attempt).first()
    if known and (known.partner_id, known.mode) != (where.partner.pk, where.mode):
        cases.move(attempt, states.VOID_ATTEMPT, ended_at=clock.now())
        attempt, known = cases.new_attempt(case, channel, user), None
    if known:
        return known
    facts = {"partner": where.partner, "mode": where.mode, "place": where.place, "flow_key": new_key()}
    return PartnerAttempt.objects.get_or_create(attempt=attempt, defaults=facts)[0]


def _flow(at_partner: PartnerAttempt) -> CodeFlow:
    return CodeFlow(Purpose.ACTIVATION, at_partner.attempt.case.user_id, at_partner.flow_key)
