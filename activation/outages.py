"""Which channels nobody can be proven by at present: a supervisor said so, or the channel itself knows."""

from collections.abc import Iterable

from django.db.models import F

from activation.channels.base import Channel, Outage
from activation.models import ChannelOutage


def running(channels: Iterable[Channel]) -> dict[str, Outage]:
    """By the name of the channel. What a supervisor said comes first: it tells why, and until when."""
    declared = _declared()
    found = {channel.name: declared.get(channel.name) or channel.outage() for channel in channels}
    return {name: outage for name, outage in found.items() if outage}


def of(channel: Channel) -> Outage | None:
    return running([channel]).get(channel.name)


def _declared() -> dict[str, Outage]:
    """Of several for one channel, the one that ends last."""
    by_end = ChannelOutage.objects.running().order_by(F("ends_at").asc(nulls_last=True))
    return {outage.channel: Outage(outage.reason, outage.ends_at) for outage in by_end}
