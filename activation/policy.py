"""The policy of activation as data: `policy.toml`, or a channel's own."""

import tomllib
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from activation.channels.base import ChannelPolicy
from core import plugins


def channels() -> dict[str, ChannelPolicy]:
    """By name, in the order in which they are offered; a channel of which the file says nothing comes last."""
    written = _written()
    listed = plugins.load(settings.ACTIVATION_CHANNELS).values()
    own = {channel.name: channel.policy for channel in listed if channel.policy and channel.name not in written}
    return written | own


@cache
def _written() -> dict[str, ChannelPolicy]:
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
        lifts_pause_with_mobile=entry["lifts_pause_with_mobile"],
        fingers=entry.get("fingers", 0),
        least_score=entry.get("least_score", 1.0),
        fingerprint_life=timedelta(minutes=entry.get("fingerprint_life_minutes", 0)),
    )
