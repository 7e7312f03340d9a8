"""Providers whose HTTP APIs we know (`profiles/`); settings.SMS_PROVIDERS holds the credentials of each."""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.urls import reverse

from core.sealed import digest, is_digest, same
from messaging.gateways import _profiles
from messaging.gateways._profiles import Profile
from messaging.gateways.base import Callback, Forged, InboundText, Outcome, Receipt, Unreadable
from messaging.gateways.http import Http, url_faults


class Provider(Http):
    @property
    def profile(self) -> Profile:
        known = _profiles.read(self.name)
        return replace(known, url=settings.SMS_PROVIDERS[self.name]["url"] or known.url)

    @property
    def credentials(self) -> Mapping[str, str]:
        return settings.SMS_PROVIDERS[self.name] | {"receipts_url": self.receipts_url}

    @property
    def knows_repeats(self) -> bool:
        """They take the same text twice, whatever we call it."""
        return False

    @property
    def receipts_url(self) -> str:
        """What the provider is told to call."""
        token = "" if self.profile.signature == "twilio" else f"?token={digest('gateway-call', self.name)}"
        return f"{settings.PUBLIC_URL}{reverse('gateway_receipts', args=[self.name])}{token}"

    def receipts(self, call: Callback) -> list[Receipt]:
        fields = self.profile.receipt
        said = self._authentic(call)
        if fields is None or not said.get(fields.id) or not said.get(fields.state):
            raise Unreadable
        outcome = fields.outcome_of(said[fields.state])
        if outcome is None:
            return []
        problem = (
            "" if outcome == Outcome.DELIVERED else fields.problems.get(said.get(fields.problem, ""), "not_delivered")
        )
        return [Receipt(outcome, gateway_reference=said[fields.id], problem=problem)]

    def inbound(self, call: Callback) -> InboundText:
        fields = self.profile.inbound
        said = self._authentic(call)
        if fields is None or not said.get(fields.sender) or not said.get(fields.id):
            raise Unreadable
        return InboundText(said[fields.sender], said.get(fields.text, ""), said[fields.id])

    def check_config(self) -> list[CheckMessage]:
        credentials = settings.SMS_PROVIDERS[self.name]
        missing = [f"SMS_{self.name}_{need}".upper() for need in self.profile.needs if not credentials[need]]
        return [
            *url_faults(f"SMS_{self.name.upper()}_URL", self.profile.url),
            *(Error(f"{name} is not set. Your provider's console shows it.", id="messaging.E030") for name in missing),
        ]

    def _authentic(self, call: Callback) -> Mapping[str, str]:
        """The fields of a call of the provider, however it writes them. Raises Forged, Unreadable."""
        if self.profile.signature == "twilio":
            return _signed_by_twilio(call, settings.SMS_PROVIDERS[self.name]["secret"])
        if not is_digest(call.query.get("token", ""), "gateway-call", self.name):
            raise Forged
        return {**call.query, **_fields_of(call)}


class Unifonic(Provider):
    name = "unifonic"


class Taqnyat(Provider):
    name = "taqnyat"


class Twilio(Provider):
    name = "twilio"


def _signed_by_twilio(call: Callback, secret: str) -> Mapping[str, str]:
    """“Webhooks security”: HMAC-SHA1 of the address and the sorted form fields, in base64."""
    form = call.form()
    signed = call.url + "".join(f"{name}{form[name]}" for name in sorted(form))
    signature = base64.b64encode(hmac.digest(secret.encode(), signed.encode(), "sha1")).decode()
    if not secret or not same(call.headers.get("x-twilio-signature", ""), signature):
        raise Forged
    return form


def _fields_of(call: Callback) -> Mapping[str, str]:
    if not call.headers.get("content-type", "").startswith("application/json"):
        return call.form()
    try:
        said = json.loads(call.body)
    except ValueError:
        raise Unreadable from None
    if not isinstance(said, dict):
        raise Unreadable
    return {name: str(value) for name, value in said.items()}
