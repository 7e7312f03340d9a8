"""Which channels nobody can be proven by at present: a supervisor said so, or the channel itself knows."""

from collections.abc import Iterable

from django.db.models import F

from activation.channels.base import Channel, Outage
from activation.models import ChannelOutage
from core.prepared import Select

_BY_END = Select(ChannelOutage.objects.running().order_by(F("ends_at").asc(nulls_last=True)))


def running(channels: Iterable[Channel]) -> dict[str, Outage]:
    """By the name of the channel. What a supervisor said comes first: it tells why, and until when."""
    declared = _declared()
    found = {channel.name: declared.get(channel.name) or channel.outage() for channel in channels}
    return {name: outage for name, outage in found.items() if outage}


def of(channel: Channel) -> Outage | None:
    return running([channel]).get(channel.name)


def announced(channel_name: str) -> Outage | None:
    """A supervisor's word only, which holds for partners, too."""
    return _declared().get(channel_name)


def _declared() -> dict[str, Outage]:
    """Of several for one channel, the one that ends last."""
    return {outage.channel: Outage(outage.reason, outage.ends_at) for outage in _BY_END.all()}
