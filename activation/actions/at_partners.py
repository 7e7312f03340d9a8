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
from audit.actions import record, record_ahead
from audit.events import Event
from core import clock, phones
from core.prepared import Given, Insert, Select
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

# The one that stands, then the claims, the newest first.
_KNOWN = Select(
    User.objects.filter(id_number=Given("id_number"), state__in=(*STANDING, State.REGISTERED)).order_by("state", "-pk")
)
_AS_READ = Select(User.objects.filter(pk=Given("user"), state=Given("state")).select_for_update(no_key=True).only("pk"))
_AT_PARTNER = Select(
    Attempt.objects.newest_first()
    .select_related("case__user", "at_partner__partner", "at_partner__device")
    .filter(channel=Given("channel"), at_partner__partner=Given("partner"), at_partner__reference=Given("reference"))
)
_WRITE = Insert(PartnerAttempt, "attempt_id", "partner_id", "reference", "mode", "place", "device_id", "flow_key")
_ACTIVATING = (CasePurpose.ACTIVATION, CasePurpose.LIFT_OF_PAUSE)


@dataclass(frozen=True)
class Holder:
    """Whom the partner knows: digits of the ID number, or a visit code in its place, and the mobile it holds (E.164)."""

    id_number: str
    mobile: str
    visit_code: str = ""


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
    """The account that this channel can prove now. Raises ActivationRefused: no_claim, visit_code_unknown, mobile_differs,
    already_activated, purpose_not_agreed, not_living, kind_not_admitted, fingerprint_missing."""
    with look_up(holder.id_number or _number_behind(holder.visit_code), partner) as known:
        user = account_of(holder, known)
        judge(user, partner, channel)
    return user


@contextmanager
def look_up(id_number: str, partner: Partner) -> Iterator[list[User]]:
    """The accounts of a number: the one that stands, then the claims to it, the newest first. That a partner looked somebody up
    stands in the trail, with what it was told, whatever that was."""
    accounts, outcome = _KNOWN.all(id_number=id_number), "match"
    try:
        yield accounts
    except ActivationRefused as refused:
        outcome = refused.code
        raise
    finally:
        subject = accounts[0] if accounts else None
        # Nobody is told before what follows is on the disk: the act, or the line that the call leaves (partners.calllog).
        record_ahead(Event.PERSON_LOOKED_UP, subject=subject, partner=partner.slug, outcome=outcome)


def account_of(holder: Holder, known: list[User]) -> User:
    """Of the accounts that `look_up` found. Raises ActivationRefused."""
    if holder.visit_code:
        known = [by_visit_code(holder.visit_code, known)]
    for user in known:
        is_claim = user.state == State.REGISTERED
        if user.mobile == holder.mobile if is_claim else _is_of(user, holder.mobile):
            return user
    raise ActivationRefused("mobile_differs" if known else "no_claim")


def by_visit_code(visit_code: str, known: list[User]) -> User:
    """Of several claims to a number, the one whose holder got this code on the portal. Raises ActivationRefused."""
    attempts = Attempt.objects.live().newest_first().filter(visit_code=visit_code, case__user__in=known)
    attempt = attempts.select_related("case__user").first()
    if attempt is None or not (attempt.is_usable and cases.is_current(attempt.case)):
        raise ActivationRefused("visit_code_unknown")
    return attempt.case.user


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
    """Sends the confirmation code to the registered mobile. Raises ActivationRefused, cases.ChannelDown,
    core.throttle.OverBudget, codes.CodesLocked."""
    cases.refuse_while_down(channel)
    return begin_of(claim_of(holder, where.partner, channel), where, channel)


def begin_of(user: User, where: Where, channel: str, fingerprint: str = "") -> Sent:
    """For an account that `judge` let pass; with what a machine found of its person. Raises core.throttle.OverBudget,
    codes.CodesLocked, and ActivationRefused when somebody was activated at this moment."""
    change = cases.mobile_asked_by(user)
    codes.spend_to_send(user, mobile=change.mobile if change else "")
    with transaction.atomic():
        # Before its attempts, as an activation locks them.
        if not _AS_READ.first(user=user.pk, state=user.state):
            raise ActivationRefused("already_activated")
        at_partner, is_new = _at_partner(user, where, channel)
        keep_fingerprint(at_partner, fingerprint)
        flow = _flow(at_partner)
        code = (codes.write_first if is_new else codes.write)(flow, user)
        record(Event.CODE_SENT, subject=user, purpose=flow.purpose, partner=where.partner.slug)
    return Sent(at_partner.reference, phones.mask(flow.mobile or user.mobile), code.reference)


def keep_fingerprint(at_partner: PartnerAttempt, found: str) -> None:
    """What a machine has read of the person just now; "" forgets what was read before."""
    if found or at_partner.fingerprint:
        read_at = clock.now() if found else None
        PartnerAttempt.objects.filter(pk=at_partner.pk).update(fingerprint=found, fingerprint_at=read_at)


def has_fresh_fingerprint(at_partner: PartnerAttempt, channel: str) -> bool:
    """Whether what was read of the person still proves them: by the policy, that of one visit does not prove another."""
    life = policy.channels()[channel].fingerprint_life
    return PartnerAttempt.objects.with_fresh_fingerprint(life).filter(pk=at_partner.pk).exists()


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
    """The person typed the code: the account is activated. `at_partner` was read by `of_partner` just now. Confirming again
    what was confirmed changes nothing. Raises ActivationRefused, codes.CodeRefused."""
    attempt = at_partner.attempt
    if attempt.state == AttemptState.PROVEN:
        return
    _refuse_outdated(attempt, at_partner.partner)
    flow = _flow(at_partner)

    def prove(user: User) -> None:
        _enrol(at_partner, user)
        cases.prove(attempt, actor=user)

    def take_turn(user: User) -> None:
        claims.take_turn(user, flow.mobile)

    codes.take(flow, typed, account=attempt.case.user, first=take_turn, then=prove)


def of_partner(partner: Partner, channel: str, reference: str) -> PartnerAttempt | None:
    """None for another partner's, and for one of another channel, whose proof may be asked for otherwise."""
    own = _AT_PARTNER.first(channel=channel, partner=partner.pk, reference=reference)
    return own.at_partner if own else None


def told_standing(at_partner: PartnerAttempt) -> str:
    """begun, activated or ended."""
    return {AttemptState.PROVEN: "activated", AttemptState.BEGUN: "begun"}.get(standing(at_partner), "ended")


def standing(at_partner: PartnerAttempt) -> AttemptState:
    """Of one that `of_partner` found."""
    return at_partner.attempt.standing


def _enrol(at_partner: PartnerAttempt, user: User) -> None:
    """The fingerprint that a machine took goes on file with the proof, or not at all."""
    if at_partner.fingerprint != Fingerprint.TAKEN:
        return
    if not register.record_fingerprint(person_of(user.id_number), on=timezone.localdate()):
        raise ActivationRefused("fingerprint_on_file")
    record(Event.FINGERPRINT_RECORDED, actor=user, subject=user, attempt=at_partner.attempt_id)


def _number_behind(visit_code: str) -> str:
    """The ID number of whoever has that code; "" when nobody has."""
    attempts = Attempt.objects.live().filter(visit_code=visit_code)
    return attempts.values_list("case__user__id_number", flat=True).first() or ""


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
    if not attempt.is_usable:
        raise ActivationRefused("expired" if attempt.state in (*states.LIVE, AttemptState.EXPIRED) else "decided")


def _at_partner(user: User, where: Where, channel: str) -> tuple[PartnerAttempt, bool]:
    """The live attempt, as far as it is this partner's or nobody's, and whether it came here just now; one at another partner
    gives way to it."""
    case = cases.open_case(user, actor=user)
    attempt = cases.live_attempt(case, channel)
    known = PartnerAttempt.objects.filter(attempt=attempt).first() if attempt else None
    if known and _is_at(known, where):
        return known, False
    if attempt and known:
        cases.give_way(attempt, actor=user)
        attempt = None
    return _come_here(attempt or cases.new_attempt(case, channel, user), where)


def _come_here(attempt: Attempt, where: Where) -> tuple[PartnerAttempt, bool]:
    at_partner = PartnerAttempt(attempt=attempt, flow_key=new_key(), **vars(where))
    if _WRITE.save_if_first(at_partner):
        return at_partner, True
    return PartnerAttempt.objects.get(attempt=attempt), False  # another call was first


def _is_at(at_partner: PartnerAttempt, where: Where) -> bool:
    device = where.device.pk if where.device else None
    return (at_partner.partner_id, at_partner.mode, at_partner.device_id) == (where.partner.pk, where.mode, device)


def _flow(at_partner: PartnerAttempt) -> CodeFlow:
    """The code goes to the number that this case is about, whatever was asked for since; its text names what it is for."""
    case = at_partner.attempt.case
    purpose = Purpose.ACTIVATION if case.purpose == CasePurpose.ACTIVATION else Purpose.RE_PROVING
    return CodeFlow(purpose, case.user_id, at_partner.flow_key, cases.new_mobile_of(case))
