"""What banks call to activate an account: who the person is to them, a code, and its confirmation."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop
from ninja import Field, Router, Schema, Status

from accounts.models import CODE_LIFE
from activation.actions import at_partners
from activation.actions.at_partners import Holder, Sent, Where
from activation.models import PartnerAttempt
from activation.partner_calls import EXAMPLE_REFERENCE, Code, IdNumber, Mobile, told
from activation.problems import CHANNEL_DOWN, CODE_ENDED, CODE_WRONG, CODES_REST, OF_A_CLAIM, OF_AN_ATTEMPT
from activation.sandbox import Sandbox
from partners.access import ApiRequest, Caller
from partners.idempotency import idempotent
from partners.models import Partner
from partners.openapi import NO_NUL, can_answer
from partners.problems import MODE_NOT_ALLOWED, NOT_FOUND, Problem
from partners.words import Mode

router = Router(tags=["Activation at a bank or ATM"])
_CHANNEL = "bank"


class Known(Schema, extra="forbid"):
    """The person, as the partner knows them."""

    id_number: IdNumber
    mobile: Mobile

    def holder(self) -> Holder:
        return Holder(self.id_number, self.mobile)


class Beginning(Known):
    mode: Mode
    place: str = Field(
        "",
        max_length=40,
        pattern=NO_NUL,
        description="Your own name of the branch or machine.",
        examples=["branch-114"],
    )


class Typed(Schema, extra="forbid"):
    code: Code


class Match(Schema):
    result: str = Field("match", description="Always: what is no match is told as a problem.")


class Begun(Schema):
    reference: str = Field(examples=[EXAMPLE_REFERENCE])
    sent_to: str = Field(description="The mobile, masked.", examples=["05••••••78"])
    code_reference: str = Field(description="Two letters that the message shows, too.", examples=["KM"])
    code_ends_in_seconds: int = Field(examples=[300])


class Standing(Schema):
    reference: str = Field(examples=[EXAMPLE_REFERENCE])
    state: str = Field(description="begun, activated or ended", examples=["activated"])


@router.post("/lookups", response=Match, operation_id="look_up", summary=gettext_noop("Is there a claim to confirm?"))
@can_answer(*OF_A_CLAIM)
@idempotent
def look_up(request: ApiRequest, known: Known) -> Match:
    """Whether an account of this ID number and mobile waits for its activation here; if not, why."""
    _desk(request.auth).look_up(known.holder())
    return Match(result="match")


@router.post("/attempts", response={201: Begun}, operation_id="begin_attempt", summary=gettext_noop("Send the code"))
@can_answer(*OF_A_CLAIM, MODE_NOT_ALLOWED, CODES_REST, CHANNEL_DOWN)
@idempotent
def begin_attempt(request: ApiRequest, beginning: Beginning) -> Status[Begun]:
    """The person has seen ID number and mobile in your channel, and accepted. A code goes to the mobile by text message."""
    request.auth.require_mode(beginning.mode)
    where = Where(request.auth.partner, beginning.mode, beginning.place)
    return Status(201, begun_of(_desk(request.auth).begin(beginning.holder(), where)))


@router.post(
    "/attempts/{reference}/code",
    response=Begun,
    operation_id="send_code_again",
    summary=gettext_noop("Send another code"),
)
@can_answer(*OF_AN_ATTEMPT, CODES_REST)
@idempotent
def send_code_again(request: ApiRequest, reference: str) -> Begun:
    """It replaces the one before."""
    return begun_of(_desk(request.auth).send_again(reference))


@router.post(
    "/attempts/{reference}/confirmation",
    response=Standing,
    operation_id="confirm_attempt",
    summary=gettext_noop("Confirm with the code"),
)
@can_answer(*OF_AN_ATTEMPT, CODE_WRONG, CODE_ENDED, CODES_REST)
@idempotent
def confirm_attempt(request: ApiRequest, reference: str, typed: Typed) -> Standing:
    """The person typed the code into your channel and agreed: the account is activated, and a text message says so."""
    _desk(request.auth).confirm(reference, typed.code)
    return Standing(reference=reference, state="activated")


@router.get(
    "/attempts/{reference}",
    response=Standing,
    operation_id="about_attempt",
    summary=gettext_noop("How does an attempt stand?"),
)
@can_answer(NOT_FOUND)
def about_attempt(request: ApiRequest, reference: str) -> Standing:
    """For whoever lost an answer."""
    return Standing(reference=reference, state=_desk(request.auth).standing(reference))


@dataclass(frozen=True)
class Accounts:
    """What a live partner's calls do."""

    partner: Partner

    def look_up(self, holder: Holder) -> None:
        """Raises Problem, as the others do."""
        with told():
            at_partners.claim_of(holder, self.partner, _CHANNEL)

    def begin(self, holder: Holder, where: Where) -> Sent:
        with told():
            return at_partners.begin(holder, where, _CHANNEL)

    def send_again(self, reference: str) -> Sent:
        with told():
            return at_partners.send_again(self._own(reference))

    def confirm(self, reference: str, code: str) -> None:
        with told():
            at_partners.confirm(self._own(reference), code)

    def standing(self, reference: str) -> str:
        return at_partners.told_standing(self._own(reference))

    def _own(self, reference: str) -> PartnerAttempt:
        """Another partner's is not there."""
        at_partner = at_partners.of_partner(self.partner, _CHANNEL, reference)
        if at_partner is None:
            raise Problem(NOT_FOUND)
        return at_partner


def _desk(caller: Caller) -> Accounts | Sandbox:
    """A partner in test meets nobody."""
    return Sandbox() if caller.is_test else Accounts(caller.partner)


def begun_of(sent: Sent) -> Begun:
    return Begun(
        reference=sent.reference,
        sent_to=sent.to,
        code_reference=sent.code_reference,
        code_ends_in_seconds=int(CODE_LIFE.total_seconds()),
    )
