"""What a partner in test is answered: by magic numbers and codes (docs/partners.md), with no account, message or person behind
them. A live partner's calls never come here."""

from activation.actions.at_partners import Holder, Sent, Where
from activation.problems import (
    ALREADY_ACTIVATED,
    ATTEMPT_ENDED,
    CODE_ENDED,
    CODE_WRONG,
    CODES_REST,
    MOBILE_DIFFERS,
    NO_CLAIM,
    NO_FINGERPRINT,
    NOT_ELIGIBLE,
)
from core import phones
from partners.problems import CALL_IN_FLIGHT, NOT_FOUND, Kind, Problem

MATCHES = "2000000006"
OF_NUMBERS = {
    "1000000008": MOBILE_DIFFERS,
    "1012345672": ALREADY_ACTIVATED,
    "2123456788": NO_FINGERPRINT,
    "2999999994": NOT_ELIGIBLE,
}
RIGHT_CODE = "123456"
OF_CODES: dict[str, Kind] = {
    "111111": CODE_ENDED,
    "222222": CODES_REST,
    "333333": ATTEMPT_ENDED,
    "444444": CALL_IN_FLIGHT,
}
_WAITING_SECONDS = {CODES_REST.slug: 60, CALL_IN_FLIGHT.slug: 1}
_BEGUN, _ACTIVATED = "test-begun", "test-activated"


class Sandbox:
    """Keeps nothing: an attempt that was confirmed is one of another reference."""

    def look_up(self, holder: Holder) -> None:
        """Raises Problem."""
        if holder.id_number != MATCHES:
            raise Problem(OF_NUMBERS.get(holder.id_number, NO_CLAIM))

    def begin(self, holder: Holder, where: Where) -> Sent:
        """Raises Problem."""
        self.look_up(holder)
        return Sent(_BEGUN, phones.mask(holder.mobile), "KM")

    def send_again(self, reference: str) -> Sent:
        """Raises Problem."""
        self._known(reference)
        return Sent(_BEGUN, phones.mask("+966500000000"), "LN")

    def confirm(self, reference: str, code: str) -> None:
        """Raises Problem."""
        self._known(reference)
        if code != RIGHT_CODE:
            kind = OF_CODES.get(code, CODE_WRONG)
            raise Problem(
                kind,
                attempts_left=4 if kind is CODE_WRONG else None,
                retry_in_seconds=_WAITING_SECONDS.get(kind.slug),
            )

    def standing(self, reference: str) -> str:
        """Raises Problem."""
        return "activated" if self._known(reference) == _ACTIVATED else "begun"

    def _known(self, reference: str) -> str:
        if reference not in (_BEGUN, _ACTIVATED):
            raise Problem(NOT_FOUND)
        return reference
