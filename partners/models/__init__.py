"""Banks, kiosk operators and ATM networks: who they are, their keys and machines, what they called and what they are told."""

from partners.models.calls import Call, CallCounter, IdempotentCall
from partners.models.devices import Device, DeviceQuerySet
from partners.models.keys import SLOTS, PartnerKey, PartnerKeyQuerySet, UsedNonce
from partners.models.partners import Kind, Partner, PartnerQuerySet
from partners.models.webhooks import WEBHOOK_CLAIM_LIFE, Webhook, WebhookQuerySet

__all__ = [
    "SLOTS",
    "WEBHOOK_CLAIM_LIFE",
    "Call",
    "CallCounter",
    "Device",
    "DeviceQuerySet",
    "IdempotentCall",
    "Kind",
    "Partner",
    "PartnerKey",
    "PartnerKeyQuerySet",
    "PartnerQuerySet",
    "UsedNonce",
    "Webhook",
    "WebhookQuerySet",
]
