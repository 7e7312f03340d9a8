"""Supervisors announce that a channel is down, and change what they announced."""

from django.db import transaction

from accounts.models import User
from activation.models import ChannelOutage
from audit.actions import record
from audit.events import Event


@transaction.atomic
def announce(outage: ChannelOutage, *, actor: User) -> None:
    """A new one, or what was changed of one: from its beginning on, nobody begins an attempt by that channel."""
    outage.save()
    record(Event.CHANNEL_OUTAGE_ANNOUNCED, actor=actor, outage=outage.pk, channel=outage.channel)
