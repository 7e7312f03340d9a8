"""The demonstration's kiosk: what it calls."""

from collections.abc import Mapping

from partners.words import Purpose
from simulators.client import Exchange
from simulators.devices import machine_of

MACHINE = machine_of("kiosk-riyadh-01", "demo-kiosks", "/api/v1/kiosk")


def begin(
    purpose: Purpose, id_number: str, who: Mapping[str, str], found: Mapping[str, str], *, play: str = ""
) -> Exchange:
    """`who`: the mobile or the visit code, empty where none is needed; `found` by the reader, for both index fingers."""
    said = {"purpose": str(purpose), "id_number": id_number} | {name: typed for name, typed in who.items() if typed}
    said["fingerprint"] = MACHINE.fingerprint({"id_number": id_number}, found, play=play)
    return MACHINE.post("visits", said, play=play)


def send_again(reference: str) -> Exchange:
    return MACHINE.post(f"visits/{reference}/code", {})


def confirm(reference: str, code: str, *, play: str = "") -> Exchange:
    return MACHINE.post(f"visits/{reference}/confirmation", {"code": code}, play=play)
