"""What the calls of banks and machines have in common: fields as they are typed, and refusals as problems."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from ninja import Field, Schema
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from accounts.actions import codes
from activation import fingerprints
from activation.actions.cases import ActivationRefused, ChannelDown
from activation.models import VISIT_CODE_LENGTH
from activation.problems import (
    ACCOUNT_PAUSED,
    ALREADY_ACTIVATED,
    ATTEMPT_ENDED,
    CHANNEL_DOWN,
    CODE_ENDED,
    CODE_WRONG,
    CODES_REST,
    ENROLMENT_NOT_AGREED,
    FINGERPRINT_NEEDED,
    FINGERPRINT_NOT_MATCHED,
    FINGERPRINT_NOT_READABLE,
    FINGERPRINT_ON_FILE,
    MOBILE_DIFFERS,
    NO_CLAIM,
    NO_FINGERPRINT,
    NOT_ACTIVATED,
    NOT_ELIGIBLE,
    SAME_MOBILE,
    VISIT_CODE_UNKNOWN,
)
from core.forms import CODE_LENGTH
from core.idnumbers import IdNumberError, parse
from core.phones import MobileError, parse_mobile
from core.text import compact_digits
from core.throttle import OverBudget
from partners.access import ApiRequest, Caller, with_device
from partners.models import Device
from partners.problems import PURPOSE_NOT_ALLOWED, Kind, Problem
from partners.words import Mode

_OF_REFUSALS: dict[str, Kind] = {
    "no_claim": NO_CLAIM,
    "visit_code_unknown": VISIT_CODE_UNKNOWN,
    "mobile_differs": MOBILE_DIFFERS,
    "already_activated": ALREADY_ACTIVATED,
    "not_activated": NOT_ACTIVATED,
    "paused": ACCOUNT_PAUSED,
    "same_mobile": SAME_MOBILE,
    "purpose_not_agreed": PURPOSE_NOT_ALLOWED,
    "not_living": NOT_ELIGIBLE,
    "kind_not_admitted": NOT_ELIGIBLE,
    "fingerprint_missing": NO_FINGERPRINT,
    "fingerprint_on_file": FINGERPRINT_ON_FILE,
    "fingerprint_needed": FINGERPRINT_NEEDED,
    "enrolment_not_agreed": ENROLMENT_NOT_AGREED,
    "expired": ATTEMPT_ENDED,
    "decided": ATTEMPT_ENDED,
    "overtaken": ATTEMPT_ENDED,
}
EXAMPLE_REFERENCE = "0f3k8m2n5p7q9r1s4t6v8w0x2y"
# Header, result and signature, shortened.
_EXAMPLE_RESULT = "eyJhbGciOiJFZDI1NTE5In0.eyJkZXZpY2UiOiIuLi4ifQ.c2lnbmF0dXJl"


def _id_number(written: str) -> str:
    try:
        return parse(written).digits
    except IdNumberError as error:
        raise PydanticCustomError(f"id_number_{error.code}", "no ID number") from None


def _visit_code(written: str) -> str:
    return compact_digits(written).upper()


def _mobile(written: str) -> str:
    try:
        return parse_mobile(written)
    except MobileError as error:
        raise PydanticCustomError(f"mobile_{error.code}", "no mobile number") from None


_OF_NUMBERS = {"format": "saudi-id-number"}
_OF_MOBILES = {"format": "mobile-number"}
IdNumber = Annotated[
    str, Field(max_length=40, examples=["2000000006"], json_schema_extra=_OF_NUMBERS), AfterValidator(_id_number)
]
Mobile = Annotated[
    str, Field(max_length=40, examples=["+966512345678"], json_schema_extra=_OF_MOBILES), AfterValidator(_mobile)
]
VisitCode = Annotated[
    str, Field("", max_length=2 * VISIT_CODE_LENGTH, examples=["WMWMWM77"]), AfterValidator(_visit_code)
]
Code = Annotated[str, Field(pattern=rf"^\d{{{CODE_LENGTH}}}$", examples=["471302"])]
SignedResult = Annotated[
    str,
    Field(
        min_length=1,
        max_length=fingerprints.LONGEST,
        description="What the reader found, as a JWS that the device signed: docs/partners.md.",
        examples=[_EXAMPLE_RESULT],
    ),
]


class AtMachine(Schema, extra="forbid"):
    """Which machine calls."""

    device: str = Field(pattern=r"^[a-zA-Z0-9_-]{1,40}$", examples=["kiosk-riyadh-01"])
    counter: int = Field(
        strict=True,
        ge=1,
        le=2**63 - 1,
        description="Higher with each call of this machine; the same in a repetition.",
        examples=[4711],
    )

    def caller(self, request: ApiRequest, kind: Device.Kind, mode: Mode) -> tuple[Caller, Device]:
        """Raises Problem."""
        request.auth.require_mode(mode)
        caller = with_device(request, self.device, counter=self.counter, kind=kind)
        assert caller.device
        return caller, caller.device


class TypedAtMachine(AtMachine):
    code: Code


@contextmanager
def told() -> Iterator[None]:
    """Refusals of the actions as problems."""
    try:
        yield
    except (ActivationRefused, codes.CodeRefused, OverBudget) as refused:
        raise _problem_of(refused) from None
    except fingerprints.NotMatched:
        raise Problem(FINGERPRINT_NOT_MATCHED) from None
    except fingerprints.NotReadable:
        raise Problem(FINGERPRINT_NOT_READABLE) from None


def _problem_of(refused: Exception) -> Problem:
    if isinstance(refused, OverBudget | codes.CodesLocked):
        return Problem(CODES_REST, retry_in_seconds=refused.retry_in_seconds)
    if isinstance(refused, codes.WrongCode):
        return Problem(CODE_WRONG, attempts_left=refused.tries_left)
    if isinstance(refused, codes.ClaimEnded):
        return Problem(ATTEMPT_ENDED)
    if isinstance(refused, ChannelDown):
        return Problem(CHANNEL_DOWN, retry_in_seconds=refused.retry_in_seconds)
    if isinstance(refused, ActivationRefused):
        return Problem(_OF_REFUSALS[refused.code])
    return Problem(CODE_ENDED)
