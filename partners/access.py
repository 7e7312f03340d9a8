"""Who calls, and what they may call for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from ipaddress import ip_address, ip_network
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog
from django.http import HttpRequest
from ninja.security.base import AuthBase

from core.clientip import client_ip, network_of
from partners import limits, signatures
from partners.calllog import note
from partners.models import Device, Partner, PartnerKey
from partners.openapi import documented
from partners.problems import (
    COUNTER_NOT_RISEN,
    DEVICE_UNKNOWN,
    MODE_NOT_ALLOWED,
    NETWORK_NOT_ALLOWED,
    NOT_AUTHENTICATED,
    PARTNER_SUSPENDED,
    PURPOSE_NOT_ALLOWED,
    Problem,
)
from partners.states import State
from partners.words import Mode, Purpose

# Names a write, and its repetitions.
KEY_HEADER = "Idempotency-Key"
log = structlog.get_logger(__name__)
_P = ParamSpec("_P")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Caller:
    """`device` and `call`, the idempotency key of a write, are known once the endpoint has named the machine: `with_device`."""

    partner: Partner
    key: PartnerKey
    device: Device | None = None
    call: str = ""

    @property
    def is_test(self) -> bool:
        return self.partner.state == State.TEST

    def require_mode(self, mode: Mode) -> None:
        """Raises Problem."""
        if mode not in self.partner.modes:
            raise Problem(MODE_NOT_ALLOWED)


class ApiRequest(HttpRequest):
    """What an endpoint gets; nobody else's request gets that far."""

    auth: Caller


class SignedCall(AuthBase):
    """HTTP Message Signatures, RFC 9421."""

    openapi_type = "apiKey"
    openapi_in = "header"
    openapi_name = "Signature"
    openapi_description = (
        "HTTP Message Signatures (RFC 9421) over `@method`, `@target-uri` and `content-digest` with `created`, `nonce` and "
        "`keyid`; Ed25519 or ECDSA P-256. docs/partners.md signs a first call."
    )

    def __call__(self, request: HttpRequest) -> Caller:
        try:
            key = signatures.key_that_signed(request)
        except signatures.Refused as refused:
            raise _unsigned(request, refused) from None
        note(request, partner=key.partner)
        _admit(key.partner, client_ip(request))
        limits.spend_call_of(key.partner)
        return Caller(key.partner, key)


def purpose_required(
    purpose: Purpose,
) -> Callable[[Callable[Concatenate[ApiRequest, _P], _Answer]], Callable[Concatenate[ApiRequest, _P], _Answer]]:
    """Only partners with whom this purpose is agreed. Stands above @idempotent, which would keep the refusal."""

    def decorate(
        endpoint: Callable[Concatenate[ApiRequest, _P], _Answer],
    ) -> Callable[Concatenate[ApiRequest, _P], _Answer]:
        @wraps(endpoint)
        def checked(request: ApiRequest, *args: _P.args, **kwargs: _P.kwargs) -> _Answer:
            if purpose not in request.auth.partner.purposes:
                raise Problem(PURPOSE_NOT_ALLOWED)
            return endpoint(request, *args, **kwargs)

        return documented(checked, {"x-purpose": purpose.value})

    return decorate


def with_device(
    request: ApiRequest, identifier: str, *, counter: int | None = None, kind: Device.Kind | None = None
) -> Caller:
    """The caller at one of its machines, of this `kind` if one is named; a counter, where the machine has one, has to rise with
    each call, but not with its repetitions. Raises Problem."""
    caller, call = request.auth, request.headers.get(KEY_HEADER, "")
    of_kind = {"kind": kind} if kind else {}
    device = Device.objects.in_service().filter(partner=caller.partner, identifier=identifier, **of_kind).first()
    if device is None:
        raise Problem(DEVICE_UNKNOWN)
    note(request, device=device)
    if counter is not None and not Device.objects.count_up(device.pk, counter, call):
        raise Problem(COUNTER_NOT_RISEN)
    return replace(caller, device=device, call=call)


def _unsigned(request: HttpRequest, refused: signatures.Refused) -> Problem:
    """One answer for all of them. Raises Problem when the network had too many, which are not written down any more."""
    limits.spend_unsigned_call(network_of(client_ip(request)))
    known: dict[str, Any] = {"keyid": refused.key.keyid} if refused.key else {}
    log.warning("api_call_not_authenticated", reason=refused.reason, **known)
    if refused.key:
        note(request, partner=refused.key.partner, reason=refused.reason)
    return Problem(NOT_AUTHENTICATED)


def _admit(partner: Partner, address: str) -> None:
    if partner.state == State.SUSPENDED:
        raise Problem(PARTNER_SUSPENDED)
    if partner.networks and not _is_within(address, partner.networks):
        raise Problem(NETWORK_NOT_ALLOWED)


def _is_within(address: str, networks: tuple[str, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any((getattr(parsed, "ipv4_mapped", None) or parsed) in ip_network(network) for network in networks)
