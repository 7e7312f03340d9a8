"""The demonstration's ATM network: what its machine calls."""

from collections.abc import Mapping

from simulators.client import Exchange
from simulators.devices import machine_of

MACHINE = machine_of("atm-riyadh-01", "demo-atms", "/api/v1/atm")


def begin(id_number: str, mobile: str, *, play: str = "") -> Exchange:
    """The card holder has keyed in an ID number; the network knows the mobile of the card."""
    return MACHINE.post("attempts", {"id_number": id_number, "mobile": mobile}, play=play)


def send_again(reference: str) -> Exchange:
    return MACHINE.post(f"attempts/{reference}/code", {})


def confirm(reference: str, code: str, *, play: str = "") -> Exchange:
    return MACHINE.post(f"attempts/{reference}/confirmation", {"code": code}, play=play)


def confirm_with_finger(
    reference: str, code: str, *, id_number: str, found: Mapping[str, str], play: str = ""
) -> Exchange:
    """`found` by the reader, for the one finger that was put on it."""
    said = {"code": code, "fingerprint": MACHINE.fingerprint(id_number, found, play=play)}
    return MACHINE.post(f"attempts/{reference}/confirmation", said, play=play)
