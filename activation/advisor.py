"""Which way suits a person: a pure function of what they have, who they are, and what is open to them now."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from activation.channels.base import Channel, Need
from registry.models import Person

# Whoever has no account at a bank gets none for this; a way to a kiosk can be found, with somebody's help.
_OUT_OF_REACH = frozenset({Need.BANK_ACCOUNT, Need.NAFATH_APP})


class Why(StrEnum):
    FITS = "fits"
    TAKES_FINGERPRINT = "takes_fingerprint"
    # Nothing fits; this asks for the least.
    NEAREST = "nearest"


@dataclass(frozen=True)
class Advice:
    """`lacks` says what the second way asks for that the person does not have."""

    best: Channel
    why: Why
    second: Channel | None
    lacks: frozenset[Need]


def questions(channels: Sequence[Channel]) -> list[Need]:
    """What to ask about: the needs that tell these channels apart."""
    return [need for need in Need if 0 < sum(need in channel.needs for channel in channels) < len(channels)]


def advise(person: Person, channels: Sequence[Channel], has: Set[Need]) -> Advice | None:
    """`channels` are those open to the person now, the preferred first; `has` are the needs of `questions` that they meet.
    None when nothing is open."""
    lacking = {channel: (channel.needs & set(questions(channels))) - has for channel in channels}
    ranked = sorted(channels, key=lambda channel: (len(lacking[channel] & _OUT_OF_REACH), len(lacking[channel])))
    if not ranked:
        return None
    best, second = ranked[0], next(iter(ranked[1:]), None)
    return Advice(best, _why(person, lacking[best]), second, lacking[second] if second else frozenset())


def _why(person: Person, lacks: Set[Need]) -> Why:
    if lacks:
        return Why.NEAREST
    return Why.FITS if person.fingerprint_on_file else Why.TAKES_FINGERPRINT
