"""What is known of one provider's HTTP API, as data: `profiles/<name>.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from messaging.gateways.base import Outcome


@dataclass(frozen=True)
class ReceiptFields:
    """The names of the provider's fields, and the words it writes into them."""

    id: str
    state: str
    delivered: tuple[str, ...]
    failed: tuple[str, ...]
    problem: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)

    def outcome_of(self, state: str) -> Outcome | None:
        """None: still under way."""
        if state in self.delivered:
            return Outcome.DELIVERED
        return Outcome.FAILED if state in self.failed else None


@dataclass(frozen=True)
class InboundFields:
    sender: str
    text: str
    id: str


@dataclass(frozen=True)
class Profile:
    """`headers`, `body` and `url` hold places like {to}. `permanent` and `temporary` give the slug of each of the provider's
    error codes, which stand at `problem_path` of its answer. `needs` are the credentials it cannot do without."""

    url: str
    method: str = "POST"
    body_format: str = "json"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    basic_auth: bool = False
    reference_path: str = ""
    success_path: str = ""
    success_values: tuple[str, ...] = ()
    problem_path: str = ""
    permanent: Mapping[str, str] = field(default_factory=dict)
    temporary: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    # How its calls are authenticated: "twilio", or by a token in the address.
    signature: str = "token"
    receipt: ReceiptFields | None = None
    inbound: InboundFields | None = None

    @property
    def carries_reference(self) -> bool:
        return "{reference}" in f"{self.body}{self.headers}"


@cache
def read(name: str) -> Profile:
    known = _tuples(tomllib.loads((Path(__file__).parent / "profiles" / f"{name}.toml").read_text()))
    receipt, inbound = known.pop("receipt", None), known.pop("inbound", None)
    return Profile(
        **known,
        receipt=ReceiptFields(**_tuples(receipt)) if receipt else None,
        inbound=InboundFields(**inbound) if inbound else None,
    )


def _tuples(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
