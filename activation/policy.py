"""The policy of activation as data: `policy.toml`."""

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ChannelPolicy:
    name: str
    kinds: tuple[str, ...]
    attempt_life: timedelta
    takes_fingerprint: bool
    purposes: tuple[str, ...]
    moves_mobile_at_once: bool
    # Of channels whose machines read fingerprints: how many fingers, and how alike each at least (0 to 1).
    fingers: int
    least_score: float

    def admits(self, kind: str, *, fingerprint_on_file: bool, purpose: str) -> bool:
        return kind in self.kinds and purpose in self.purposes and (fingerprint_on_file or self.takes_fingerprint)


@cache
def channels() -> dict[str, ChannelPolicy]:
    """By name, in the order in which they are offered."""
    entries = tomllib.loads((Path(__file__).parent / "policy.toml").read_text())["channel"]
    return {entry["name"]: _channel(entry) for entry in entries}


def _channel(entry: dict[str, Any]) -> ChannelPolicy:
    return ChannelPolicy(
        name=entry["name"],
        kinds=tuple(entry["kinds"]),
        attempt_life=timedelta(days=entry["attempt_life_days"]),
        takes_fingerprint=entry["takes_fingerprint"],
        purposes=tuple(entry["purposes"]),
        moves_mobile_at_once=entry["moves_mobile_at_once"],
        fingers=entry.get("fingers", 0),
        least_score=entry.get("least_score", 1.0),
    )
