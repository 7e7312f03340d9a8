"""What machines add to the calls of partners: a fingerprint that the machine read and signed."""

from dataclasses import dataclass
from datetime import timedelta

from activation import fingerprints, policy
from activation.actions import at_partners
from activation.actions.cases import ActivationRefused
from activation.fingerprints import Named
from activation.models import Attempt, Fingerprint, PartnerAttempt, UsedFingerprint
from activation.states import AttemptState
from core import batches, clock, idnumbers
from partners import words
from partners.models import Device, Partner
from registry.models import Person

CHANNEL = "atm"
# Ours: longer than a result is taken, which is two minutes before and after it was read.
_NONCES_KEPT = timedelta(minutes=10)


@dataclass(frozen=True)
class Machine:
    """The device that calls, and the idempotency key of its call."""

    device: Device
    call: str


def read(signed: str, machine: Machine, person: Named, channel: str) -> Fingerprint:
    """Raises fingerprints.NotReadable, fingerprints.NotMatched."""
    entry = policy.channels()[channel]
    return fingerprints.read(signed, machine.device, person, policy=entry, call=machine.call)


def judge(found: Fingerprint, person: Person, partner: Partner, channel: str, *, may_enrol: bool) -> None:
    """Whether the register agrees with what was found. A fingerprint that is taken now proves nothing of itself: it goes on
    file with an activation only. Raises ActivationRefused: fingerprint_missing, fingerprint_on_file, enrolment_not_agreed."""
    if found == Fingerprint.MATCHED and not person.fingerprint_on_file:
        raise ActivationRefused("fingerprint_missing")
    if found != Fingerprint.TAKEN:
        return
    if person.fingerprint_on_file:
        raise ActivationRefused("fingerprint_on_file")
    is_agreed = words.Purpose.ENROLMENT in partner.purposes and policy.channels()[channel].takes_fingerprint
    if not (is_agreed and may_enrol):
        raise ActivationRefused("enrolment_not_agreed")


def needs_fingerprint(id_number: str) -> bool:
    """At an ATM: a card does not tell whose a border number is (domain §4)."""
    return idnumbers.kind_of(id_number) == idnumbers.NumberKind.BORDER


def confirm_at_atm(at_partner: PartnerAttempt, typed: str, signed: str, machine: Machine) -> None:
    """A fingerprint that was good a moment ago is not asked for again after a mistyped code. Nothing of the code is spent while
    it is missing. Raises ActivationRefused, fingerprints.NotReadable, fingerprints.NotMatched, codes.CodeRefused."""
    if at_partners.standing(at_partner) == AttemptState.BEGUN:
        _prove_fingerprint(at_partner, signed, machine)
    at_partners.confirm(at_partner, typed)


def purge() -> int:
    """Forgets results that are too old to come again; returns how many."""
    return batches.delete(UsedFingerprint.objects.filter(used_at__lt=clock.ahead(-_NONCES_KEPT)))


def _named(at_partner: PartnerAttempt) -> Named:
    """Any code of the case may have been typed, also one whose attempt gave way to this."""
    case = at_partner.attempt.case
    codes = Attempt.objects.filter(case=case).values_list("visit_code", flat=True)
    return Named(case.user.id_number, frozenset(filter(None, codes)))


def _prove_fingerprint(at_partner: PartnerAttempt, signed: str, machine: Machine) -> None:
    id_number = at_partner.attempt.case.user.id_number
    if signed:
        found = read(signed, machine, _named(at_partner), CHANNEL)
        judge(found, at_partners.living(id_number), at_partner.partner, CHANNEL, may_enrol=False)
        at_partners.keep_fingerprint(at_partner, found)
    elif needs_fingerprint(id_number) and not at_partners.has_fresh_fingerprint(at_partner, CHANNEL):
        raise ActivationRefused("fingerprint_needed")
