"""What operators of kiosks call for a person who stands before one."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from django.utils.translation import gettext_noop
from ninja import Field, Router, Schema, Status
from pydantic import model_validator
from pydantic_core import PydanticCustomError

from accounts.models import CODE_LIFE
from activation.actions import at_kiosks
from activation.actions.at_kiosks import Begun, Done, Visit, Visitor
from activation.actions.at_machines import Machine
from activation.actions.at_partners import Where
from activation.models import Fingerprint
from activation.partner_calls import (
    EXAMPLE_REFERENCE,
    AtMachine,
    IdNumber,
    Mobile,
    SignedResult,
    TypedAtMachine,
    VisitCode,
    told,
)
from activation.problems import (
    ACCOUNT_PAUSED,
    CHANNEL_DOWN,
    CODE_ENDED,
    CODE_WRONG,
    CODES_REST,
    FINGERPRINT_ON_FILE,
    NOT_ACTIVATED,
    OF_A_CLAIM,
    OF_A_FINGERPRINT,
    OF_A_MACHINE,
    OF_AN_ATTEMPT,
    SAME_MOBILE,
    VISIT_CODE_UNKNOWN,
)
from activation.sandbox import KioskSandbox
from partners import words
from partners.access import ApiRequest
from partners.idempotency import idempotent
from partners.models import Device, Partner
from partners.openapi import can_answer
from partners.problems import NOT_FOUND, Problem
from partners.words import Mode

router = Router(tags=["At a kiosk"])


class VisitPurpose(StrEnum):
    ACTIVATION = words.Purpose.ACTIVATION.value
    LIFT_OF_PAUSE = words.Purpose.LIFT_OF_PAUSE.value
    MOBILE_CHANGE = words.Purpose.MOBILE_CHANGE.value
    PASSWORD_RESET = words.Purpose.PASSWORD_RESET.value
    PAUSE = words.Purpose.PAUSE.value


_OF_AN_ACCOUNT = (VisitPurpose.PASSWORD_RESET, VisitPurpose.PAUSE)


class VisitState(StrEnum):
    CODE_SENT = "code_sent"
    DONE = "done"
    ENDED = "ended"


class Arrival(AtMachine):
    purpose: VisitPurpose
    id_number: IdNumber
    mobile: Mobile | None = Field(
        None, description="The account's; the new one for mobile_change. Not needed for password_reset and pause."
    )
    visit_code: VisitCode = Field("", description="Of an attempt that was begun on the portal, instead of the mobile.")
    fingerprint: SignedResult

    @model_validator(mode="after")
    def _names_the_account(self) -> Self:
        is_proof = self.purpose in (VisitPurpose.ACTIVATION, VisitPurpose.LIFT_OF_PAUSE)
        if not (self.mobile or self.purpose in _OF_AN_ACCOUNT or (is_proof and self.visit_code)):
            raise PydanticCustomError("mobile_missing", "no mobile")
        return self

    def visitor(self) -> Visitor:
        return Visitor(self.id_number, self.mobile or "", self.visit_code, self.fingerprint)


class VisitBegun(Schema):
    reference: str = Field(examples=[EXAMPLE_REFERENCE])
    state: VisitState = Field(description="done at once for a pause")
    sent_to: str = Field(description="The mobile, masked; empty when no code is needed.", examples=["05••••••78"])
    code_reference: str = Field(description="Two letters that the message shows, too.", examples=["KM"])
    code_ends_in_seconds: int = Field(examples=[300])
    fingerprint: Fingerprint = Field(description="taken: it goes on file with the code.")


class VisitDone(Schema):
    reference: str = Field(examples=[EXAMPLE_REFERENCE])
    state: VisitState
    username: str | None = Field(None, description="Of a password_reset.", examples=["samer2026"])
    temporary_password: str | None = Field(
        None,
        description="Of a password_reset, told this once. It works for 24 hours, and for one sign-in, which asks for another.",
        examples=["Tabe-Kimu-3947"],
    )


class VisitStanding(Schema):
    reference: str = Field(examples=[EXAMPLE_REFERENCE])
    state: VisitState


@router.post("/visits", response={201: VisitBegun}, operation_id="begin_visit", summary=gettext_noop("Begin a visit"))
@can_answer(*OF_A_CLAIM, VISIT_CODE_UNKNOWN, *OF_A_MACHINE, *OF_A_FINGERPRINT, NOT_ACTIVATED, ACCOUNT_PAUSED, SAME_MOBILE,
            CODES_REST, CHANNEL_DOWN)  # fmt: skip
@idempotent
def begin_visit(request: ApiRequest, arrival: Arrival) -> Status[VisitBegun]:
    """The person has chosen what the visit is for, typed the ID number and given both index fingers. A code goes to the mobile;
    a pause is done at once."""
    desk = _desk(request, arrival)
    return Status(201, _begun(desk.begin(words.Purpose(arrival.purpose), arrival.visitor())))


@router.post(
    "/visits/{reference}/code",
    response=VisitBegun,
    operation_id="send_visit_code_again",
    summary=gettext_noop("Send another code to a visitor"),
)
@can_answer(*OF_AN_ATTEMPT, *OF_A_MACHINE, CODES_REST)
@idempotent
def send_visit_code_again(request: ApiRequest, reference: str, machine: AtMachine) -> VisitBegun:
    """It replaces the one before."""
    desk = _desk(request, machine)
    return _begun(desk.send_again(reference))


@router.post(
    "/visits/{reference}/confirmation",
    response=VisitDone,
    operation_id="confirm_visit",
    summary=gettext_noop("Finish a visit with the code"),
)
@can_answer(*OF_AN_ATTEMPT, *OF_A_MACHINE, FINGERPRINT_ON_FILE, CODE_WRONG, CODE_ENDED, CODES_REST)
@idempotent
def confirm_visit(request: ApiRequest, reference: str, typed: TypedAtMachine) -> VisitDone:
    """What the visit is for is done, and a text message says so. The answer to a password_reset is the only one that tells the
    temporary password; a repetition with the same Idempotency-Key tells it again."""
    desk = _desk(request, typed)
    done = desk.confirm(reference, typed.code)
    return VisitDone(
        reference=reference,
        state=VisitState.DONE,
        username=done.username or None,
        temporary_password=done.temporary_password or None,
    )


@router.get(
    "/visits/{reference}",
    response=VisitStanding,
    operation_id="about_visit",
    summary=gettext_noop("How does a visit stand?"),
)
@can_answer(NOT_FOUND)
def about_visit(request: ApiRequest, reference: str) -> VisitStanding:
    """For whoever lost an answer."""
    caller = request.auth
    desk = KioskSandbox(caller.partner) if caller.is_test else Kiosks(caller.partner)
    return VisitStanding(reference=reference, state=VisitState(desk.standing(reference)))


@dataclass(frozen=True)
class Kiosks:
    """What a live operator's calls do. Each raises Problem."""

    partner: Partner
    machine: Machine | None = None

    def begin(self, purpose: words.Purpose, visitor: Visitor) -> Begun:
        assert self.machine
        where = Where(self.partner, Mode.KIOSK, device=self.machine.device)
        with told():
            return at_kiosks.begin(purpose, visitor, where, self.machine)

    def send_again(self, reference: str) -> Begun:
        with told():
            return at_kiosks.send_again(self._here(reference))

    def confirm(self, reference: str, code: str) -> Done:
        with told():
            return at_kiosks.confirm(self._here(reference), code)

    def standing(self, reference: str) -> str:
        return at_kiosks.standing(self._own(reference))

    def _own(self, reference: str) -> Visit:
        """Another operator's is not there."""
        visit = at_kiosks.visit_of(self.partner, reference)
        if visit is None:
            raise Problem(NOT_FOUND)
        return visit

    def _here(self, reference: str) -> Visit:
        """Nor is one at another machine: the person stands before this one."""
        visit = self._own(reference)
        if self.machine is None or visit.device_id != self.machine.device.pk:
            raise Problem(NOT_FOUND)
        return visit


def _desk(request: ApiRequest, machine: AtMachine) -> "Kiosks | KioskSandbox":
    """A partner in test meets nobody."""
    caller, device = machine.caller(request, Device.Kind.KIOSK, Mode.KIOSK)
    at = Machine(device, caller.call)
    return KioskSandbox(caller.partner, at) if caller.is_test else Kiosks(caller.partner, at)


def _begun(begun: Begun) -> VisitBegun:
    is_sent = bool(begun.sent_to)
    return VisitBegun(
        reference=begun.reference,
        state=VisitState.CODE_SENT if is_sent else VisitState.DONE,
        sent_to=begun.sent_to,
        code_reference=begun.code_reference,
        code_ends_in_seconds=int(CODE_LIFE.total_seconds()) if is_sent else 0,
        fingerprint=begun.fingerprint,
    )
