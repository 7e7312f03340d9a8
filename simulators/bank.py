"""The demonstration's bank: what its program calls, in whichever of its channels the customer stands."""

from collections.abc import Iterable
from typing import Any

from partners.actions import admission
from partners.actions.admission import Agreement
from partners.models import Kind, Partner
from partners.states import State
from partners.words import Mode, Purpose
from simulators.client import Exchange, Program
from simulators.partners import demo_partner

BANK = demo_partner("demo-bank")
_PROGRAM = Program(BANK, "/api/v1/activation")


def admit_others(banks: Iterable[dict[str, Any]]) -> None:
    """Live, without keys: they stand in lists, and nothing can be signed in their name."""
    known = set(Partner.objects.values_list("slug", flat=True))
    for facts in banks:
        if facts["slug"] not in known:
            agreement = Agreement(facts["name_ar"], facts["name_en"], tuple(facts["modes"]), (Purpose.ACTIVATION,))
            partner = admission.admit(facts["slug"], Kind.BANK, agreement, actor=None)
            admission.change(partner, agreement, state=State.LIVE, actor=None)


def begin(id_number: str, mobile: str, mode: Mode, *, play: str = "") -> Exchange:
    """The customer has accepted: the portal sends the code."""
    said = {"id_number": id_number, "mobile": mobile, "mode": str(mode)}
    return _PROGRAM.post("attempts", said, play=play)


def send_again(reference: str) -> Exchange:
    return _PROGRAM.post(f"attempts/{reference}/code", {})


def confirm(reference: str, code: str, *, play: str = "") -> Exchange:
    """The customer has typed the code and agreed."""
    return _PROGRAM.post(f"attempts/{reference}/confirmation", {"code": code}, play=play)
