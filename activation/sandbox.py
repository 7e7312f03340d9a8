"""What a partner in test is answered: by magic numbers and codes (docs/partners.md), with no account, message or person behind
them. A live partner's calls never come here."""

from dataclasses import dataclass

from activation.actions import at_kiosks, at_machines
from activation.actions.at_kiosks import Done, Visitor
from activation.actions.at_machines import Machine
from activation.actions.at_partners import Holder, Sent, Where
from activation.fingerprints import Named
from activation.models import Fingerprint
from activation.partner_calls import told
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
    FINGERPRINT_ON_FILE,
    MOBILE_DIFFERS,
    NO_CLAIM,
    NO_FINGERPRINT,
    NOT_ACTIVATED,
    NOT_ELIGIBLE,
    VISIT_CODE_UNKNOWN,
)
from core import phones
from partners import words
from partners.models import Partner
from partners.problems import CALL_IN_FLIGHT, NOT_FOUND, PURPOSE_NOT_ALLOWED, Kind, Problem

MATCHES = "2000000006"
BORDER_NUMBER = "3000000004"
WITHOUT_FINGERPRINT = "2123456788"
OF_VISIT, OF_BORDER_VISIT = "WMWMWM77", "WMWMWM99"
_VISITS = {OF_VISIT: MATCHES, OF_BORDER_VISIT: BORDER_NUMBER}
# Matches, but nothing can be begun.
WHILE_DOWN = "2066666666"
OF_NUMBERS = {
    "1000000008": MOBILE_DIFFERS,
    "1012345672": ALREADY_ACTIVATED,
    WITHOUT_FINGERPRINT: NO_FINGERPRINT,
    "2999999994": NOT_ELIGIBLE,
}
OF_NUMBERS_AT_KIOSKS = OF_NUMBERS | {"2055555557": NOT_ACTIVATED, "2077777775": ACCOUNT_PAUSED}
RIGHT_CODE = "123456"
OF_CODES: dict[str, Kind] = {
    "111111": CODE_ENDED,
    "222222": CODES_REST,
    "333333": ATTEMPT_ENDED,
    "444444": CALL_IN_FLIGHT,
}
_WAITING_SECONDS = {CODES_REST.slug: 60, CALL_IN_FLIGHT.slug: 1}
_DOWN_SECONDS = 3600
_BEGUN, _ACTIVATED = "test-begun", "test-activated"
_BORDER, _RESET, _DONE = "test-border", "test-reset", "test-done"
_STANDING = {_BEGUN: "code_sent", _RESET: "code_sent", _DONE: "done"}


class Sandbox:
    """Keeps nothing: an attempt that was confirmed is one of another reference."""

    def look_up(self, holder: Holder) -> None:
        """Raises Problem."""
        if holder.id_number not in (MATCHES, WHILE_DOWN):
            raise Problem(OF_NUMBERS.get(holder.id_number, NO_CLAIM))

    def begin(self, holder: Holder, where: Where) -> Sent:
        """Raises Problem."""
        _refuse_while_down(holder.id_number)
        self.look_up(holder)
        return Sent(_BEGUN, phones.mask(holder.mobile), "KM")

    def send_again(self, reference: str) -> Sent:
        """Raises Problem."""
        self._known(reference)
        return Sent(_BEGUN, phones.mask("+966500000000"), "LN")

    def confirm(self, reference: str, code: str) -> None:
        """Raises Problem."""
        self._known(reference)
        _judge_code(code)

    def standing(self, reference: str) -> str:
        """Raises Problem."""
        return "activated" if self._known(reference) == _ACTIVATED else "begun"

    def _known(self, reference: str) -> str:
        if reference not in (_BEGUN, _ACTIVATED):
            raise Problem(NOT_FOUND)
        return reference


@dataclass(frozen=True)
class AtmSandbox:
    """As the bank's, with a border number, too. The machine and what it signs are looked at as those of a live network."""

    partner: Partner
    machine: Machine | None = None

    def begin(self, holder: Holder) -> Sent:
        """Raises Problem."""
        if holder.visit_code:
            holder = Holder(_number_behind(holder.visit_code), holder.mobile)
        if holder.id_number == BORDER_NUMBER:
            return Sent(_BORDER, phones.mask(holder.mobile), "KM")
        return Sandbox().begin(holder, Where(self.partner, words.Mode.ATM))

    def send_again(self, reference: str) -> Sent:
        """Raises Problem."""
        self.standing(reference)
        return Sent(reference, phones.mask("+966500000000"), "LN")

    def needs_fingerprint(self, reference: str) -> bool:
        return reference == _BORDER

    def confirm(self, reference: str, code: str, signed: str) -> None:
        """Raises Problem."""
        self.standing(reference)
        if self.needs_fingerprint(reference) and not signed:
            raise Problem(FINGERPRINT_NEEDED)
        if signed and self._found(signed, reference) == Fingerprint.TAKEN:
            raise Problem(ENROLMENT_NOT_AGREED)
        _judge_code(code)

    def standing(self, reference: str) -> str:
        """Raises Problem."""
        return Sandbox().standing(_BEGUN if reference == _BORDER else reference)

    def _found(self, signed: str, reference: str) -> Fingerprint:
        assert self.machine
        id_number = BORDER_NUMBER if reference == _BORDER else MATCHES
        codes = frozenset(code for code, number in _VISITS.items() if number == id_number)
        with told():
            return at_machines.read(signed, self.machine, Named(id_number, codes), at_machines.CHANNEL)


@dataclass(frozen=True)
class KioskSandbox:
    """The machine and what it signs are looked at as those of a live operator; the person is a magic number."""

    partner: Partner
    machine: Machine | None = None

    def begin(self, purpose: words.Purpose, visitor: Visitor) -> at_kiosks.Begun:
        """Raises Problem."""
        assert self.machine
        if purpose not in self.partner.purposes:
            raise Problem(PURPOSE_NOT_ALLOWED)
        if purpose != words.Purpose.PAUSE:
            _refuse_while_down(visitor.id_number)
        with told():
            found = at_machines.read(visitor.signed, self.machine, Named(visitor.id_number), at_kiosks.CHANNEL)
        self._judge(visitor.id_number, purpose, found)
        if visitor.visit_code and _number_behind(visitor.visit_code) != visitor.id_number:
            raise Problem(VISIT_CODE_UNKNOWN)
        if purpose == words.Purpose.PAUSE:
            return at_kiosks.Begun(_DONE, found)
        reference = _RESET if purpose == words.Purpose.PASSWORD_RESET else _BEGUN
        return at_kiosks.Begun(reference, found, phones.mask(visitor.mobile or "+966500000000"), "KM")

    def send_again(self, reference: str) -> at_kiosks.Begun:
        """Raises Problem."""
        self.standing(reference)
        return at_kiosks.Begun(reference, Fingerprint.MATCHED, phones.mask("+966500000000"), "LN")

    def confirm(self, reference: str, code: str) -> Done:
        """Raises Problem."""
        self.standing(reference)
        _judge_code(code)
        return Done("sample2026", "Tabe-Kimu-3947") if reference == _RESET else Done()

    def standing(self, reference: str) -> str:
        """Raises Problem."""
        if reference not in _STANDING:
            raise Problem(NOT_FOUND)
        return _STANDING[reference]

    def _judge(self, id_number: str, purpose: words.Purpose, found: Fingerprint) -> None:
        is_on_file = id_number != WITHOUT_FINGERPRINT
        if found == Fingerprint.TAKEN and is_on_file:
            raise Problem(FINGERPRINT_ON_FILE)
        if found == Fingerprint.TAKEN:
            may_enrol = words.Purpose.ENROLMENT in self.partner.purposes and purpose == words.Purpose.ACTIVATION
            if not may_enrol:
                raise Problem(ENROLMENT_NOT_AGREED)
        elif id_number not in (MATCHES, BORDER_NUMBER, WHILE_DOWN):
            raise Problem(OF_NUMBERS_AT_KIOSKS.get(id_number, NO_CLAIM))


def _number_behind(visit_code: str) -> str:
    if visit_code not in _VISITS:
        raise Problem(VISIT_CODE_UNKNOWN)
    return _VISITS[visit_code]


def _refuse_while_down(id_number: str) -> None:
    if id_number == WHILE_DOWN:
        raise Problem(CHANNEL_DOWN, retry_in_seconds=_DOWN_SECONDS)


def _judge_code(code: str) -> None:
    if code == RIGHT_CODE:
        return
    kind = OF_CODES.get(code, CODE_WRONG)
    raise Problem(
        kind,
        attempts_left=4 if kind is CODE_WRONG else None,
        retry_in_seconds=_WAITING_SECONDS.get(kind.slug),
    )
