"""The demonstration's ATM network: what its machine calls."""

from collections.abc import Mapping

from simulators.client import Exchange
from simulators.devices import machine_of

MACHINE = machine_of("atm-riyadh-01", "demo-atms", "/api/v1/atm")


def begin(keyed: Mapping[str, str], mobile: str, *, play: str = "") -> Exchange:
    """`keyed` in by the card holder: an `id_number` or a `visit_code`. The network knows the mobile of the card."""
    return MACHINE.post("attempts", {**keyed, "mobile": mobile}, play=play)


def send_again(reference: str) -> Exchange:
    return MACHINE.post(f"attempts/{reference}/code", {})


def confirm(reference: str, code: str, *, play: str = "") -> Exchange:
    return MACHINE.post(f"attempts/{reference}/confirmation", {"code": code}, play=play)


def confirm_with_finger(
    reference: str, code: str, *, keyed: Mapping[str, str], found: Mapping[str, str], play: str = ""
) -> Exchange:
    """`found` by the reader, for the one finger that was put on it; `keyed` as at the beginning."""
    said = {"code": code, "fingerprint": MACHINE.fingerprint(keyed, found, play=play)}
    return MACHINE.post(f"attempts/{reference}/confirmation", said, play=play)
