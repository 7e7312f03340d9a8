"""What ATM networks call to activate the account of a card holder."""

from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext_noop
from ninja import Field, Router, Status
from pydantic import model_validator
from pydantic_core import PydanticCustomError

from activation.actions import at_machines, at_partners
from activation.actions.at_machines import CHANNEL, Machine
from activation.actions.at_partners import Holder, Sent, Where
from activation.api import Begun, Standing, begun_of
from activation.models import PartnerAttempt
from activation.partner_calls import AtMachine, IdNumber, Mobile, SignedResult, TypedAtMachine, VisitCode, told
from activation.problems import (
    CHANNEL_DOWN,
    CODE_ENDED,
    CODE_WRONG,
    CODES_REST,
    FINGERPRINT_NEEDED,
    OF_A_CLAIM,
    OF_A_FINGERPRINT,
    OF_A_MACHINE,
    OF_AN_ATTEMPT,
    VISIT_CODE_UNKNOWN,
)
from activation.sandbox import AtmSandbox
from partners.access import ApiRequest
from partners.idempotency import idempotent
from partners.models import Device, Partner
from partners.openapi import can_answer
from partners.problems import NOT_FOUND, Problem
from partners.words import Mode

router = Router(tags=["At an ATM"])


class CardHolder(AtMachine):
    id_number: IdNumber | None = Field(None, description="As the person typed it; or else the visit_code.")
    visit_code: VisitCode = Field(
        "", description="Of an attempt that was begun on the portal, instead of the ID number."
    )
    mobile: Mobile = Field(description="The one that your network holds for the card.")

    @model_validator(mode="after")
    def _names_the_person_once(self) -> Self:
        if bool(self.id_number) == bool(self.visit_code):
            raise PydanticCustomError("id_number_or_visit_code", "one of the two")
        return self

    def holder(self) -> Holder:
        return Holder(self.id_number or "", self.mobile, self.visit_code)


class TypedAtAtm(TypedAtMachine):
    fingerprint: SignedResult | None = Field(None, description="Of one index finger, when fingerprint_needed.")


class AtmBegun(Begun):
    fingerprint_needed: bool = Field(description="For a border number.", examples=[False])


@router.post(
    "/attempts",
    response={201: AtmBegun},
    operation_id="begin_at_atm",
    summary=gettext_noop("Send the code to a card holder"),
)
@can_answer(*OF_A_CLAIM, VISIT_CODE_UNKNOWN, *OF_A_MACHINE, CODES_REST, CHANNEL_DOWN)
@idempotent
def begin_at_atm(request: ApiRequest, card_holder: CardHolder) -> Status[AtmBegun]:
    """The person has put in a card, typed its PIN, and the ID number or a visit code. A code goes to the mobile by text
    message."""
    desk = _desk(request, card_holder)
    sent = desk.begin(card_holder.holder())
    return Status(201, _begun(sent, needs=desk.needs_fingerprint(sent.reference)))


@router.post(
    "/attempts/{reference}/code",
    response=AtmBegun,
    operation_id="send_atm_code_again",
    summary=gettext_noop("Send another code to a card holder"),
)
@can_answer(*OF_AN_ATTEMPT, *OF_A_MACHINE, CODES_REST)
@idempotent
def send_atm_code_again(request: ApiRequest, reference: str, machine: AtMachine) -> AtmBegun:
    """It replaces the one before."""
    desk = _desk(request, machine)
    return _begun(desk.send_again(reference), needs=desk.needs_fingerprint(reference))


@router.post(
    "/attempts/{reference}/confirmation",
    response=Standing,
    operation_id="confirm_at_atm",
    summary=gettext_noop("Confirm at the ATM"),
)
@can_answer(*OF_AN_ATTEMPT, *OF_A_MACHINE, *OF_A_FINGERPRINT, FINGERPRINT_NEEDED, CODE_WRONG, CODE_ENDED, CODES_REST)
@idempotent
def confirm_at_atm(request: ApiRequest, reference: str, typed: TypedAtAtm) -> Standing:
    """The person typed the code, for a border number also gave a finger, and agreed: the account is activated. Without the
    finger nothing of the code is spent; after a mistyped code the finger is not asked for again."""
    _desk(request, typed).confirm(reference, typed.code, typed.fingerprint or "")
    return Standing(reference=reference, state="activated")


@router.get(
    "/attempts/{reference}",
    response=Standing,
    operation_id="about_atm_attempt",
    summary=gettext_noop("How does an attempt at an ATM stand?"),
)
@can_answer(NOT_FOUND)
def about_atm_attempt(request: ApiRequest, reference: str) -> Standing:
    """For whoever lost an answer."""
    caller = request.auth
    desk = AtmSandbox(caller.partner) if caller.is_test else Atms(caller.partner)
    return Standing(reference=reference, state=desk.standing(reference))


@dataclass(frozen=True)
class Atms:
    """What a live network's calls do. Each raises Problem."""

    partner: Partner
    machine: Machine | None = None

    def begin(self, holder: Holder) -> Sent:
        assert self.machine
        with told():
            return at_partners.begin(holder, Where(self.partner, Mode.ATM, device=self.machine.device), CHANNEL)

    def send_again(self, reference: str) -> Sent:
        with told():
            return at_partners.send_again(self._here(reference))

    def confirm(self, reference: str, code: str, signed: str) -> None:
        assert self.machine
        with told():
            at_machines.confirm_at_atm(self._here(reference), code, signed, self.machine)

    def needs_fingerprint(self, reference: str) -> bool:
        return at_machines.needs_fingerprint(self._here(reference).attempt.case.user.id_number)

    def standing(self, reference: str) -> str:
        return at_partners.told_standing(self._own(reference))

    def _own(self, reference: str) -> PartnerAttempt:
        """Another network's is not there."""
        at_partner = at_partners.of_partner(self.partner, CHANNEL, reference)
        if at_partner is None:
            raise Problem(NOT_FOUND)
        return at_partner

    def _here(self, reference: str) -> PartnerAttempt:
        """Nor is one at another machine: the person stands before this one."""
        at_partner = self._own(reference)
        if self.machine is None or at_partner.device_id != self.machine.device.pk:
            raise Problem(NOT_FOUND)
        return at_partner


def _desk(request: ApiRequest, machine: AtMachine) -> Atms | AtmSandbox:
    """A partner in test meets nobody."""
    caller, device = machine.caller(request, Device.Kind.ATM, Mode.ATM)
    at = Machine(device, caller.call)
    return AtmSandbox(caller.partner, at) if caller.is_test else Atms(caller.partner, at)


def _begun(sent: Sent, *, needs: bool) -> AtmBegun:
    return AtmBegun(**begun_of(sent).model_dump(), fingerprint_needed=needs)
