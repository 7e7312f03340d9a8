"""Everything that can go wrong in a call of the API, as data; and how it is told (RFC 9457, in both languages).

Rooms above declare theirs the same way, in a file of their own.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from core.context import current

MEDIA_TYPE = "application/problem+json"
# By slug, in the order they were declared: what the page of problems and the OpenAPI description tell.
DECLARED: dict[str, "Kind"] = {}


@dataclass(frozen=True)
class Kind:
    """`slug` is part of an address that partners' programs compare: it never changes. `can_retry`: the same call may be
    answered otherwise later, so an idempotency key does not keep this answer."""

    slug: str
    status: int
    title: str | Promise
    detail: str | Promise
    can_retry: bool = False

    @property
    def uri(self) -> str:
        return f"{settings.PUBLIC_URL}/api/problems/{self.slug}"


def declare(slug: str, status: int, title: str | Promise, detail: str | Promise, *, can_retry: bool = False) -> Kind:
    if slug in DECLARED:
        raise ValueError(f"There are two problems called “{slug}”.")
    DECLARED[slug] = Kind(slug, status, title, detail, can_retry)
    return DECLARED[slug]


@dataclass
class Problem(Exception):
    """Raised anywhere in an endpoint, and told to the caller. `errors` name fields and rules, never what was typed."""

    kind: Kind
    attempts_left: int | None = None
    retry_in_seconds: int | None = None
    errors: list[dict[str, str]] = field(default_factory=list)


def response_to(problem: Problem) -> HttpResponse:
    kind = problem.kind
    told = json.dumps(body_of(problem), ensure_ascii=False)
    response = HttpResponse(told, status=kind.status, content_type=MEDIA_TYPE)
    response.problem = kind  # type: ignore[attr-defined]
    if problem.retry_in_seconds is not None:
        response["Retry-After"] = str(problem.retry_in_seconds)
    if kind.status == 401:
        response["WWW-Authenticate"] = "Signature"
    return response


def body_of(problem: Problem) -> dict[str, object]:
    kind = problem.kind
    told: dict[str, object] = {"type": kind.uri, "status": kind.status, **_texts(kind)}
    told["correlation_id"] = current.get().correlation_id
    for name in ("attempts_left", "retry_in_seconds"):
        if (number := getattr(problem, name)) is not None:
            told[name] = number
    return told | ({"errors": problem.errors} if problem.errors else {})


def _texts(kind: Kind) -> dict[str, str]:
    told: dict[str, str] = {}
    for language, ending in (("en", ""), ("ar", "_ar")):
        with override(language):
            told |= {f"title{ending}": str(kind.title), f"detail{ending}": str(kind.detail)}
    return told


def of_status(status: int) -> Kind:
    """For answers of the framework that are no problem details yet."""
    return _OF_STATUS.get(status, BAD_REQUEST if status < 500 else INTERNAL_ERROR)


BAD_REQUEST = declare(
    "bad-request", 400, _("The request cannot be read"),
    _("The body has to be one JSON document in UTF-8, and the address one of the documentation."),
)  # fmt: skip
NOT_AUTHENTICATED = declare(
    "not-authenticated", 401, _("The call is not signed as agreed"),
    _("Sign @method, @target-uri and content-digest with a live key, with the present time and a nonce that was never "
      "used. Which check failed is not told here; the portal's operators see it in the call log."),
)  # fmt: skip
PARTNER_SUSPENDED = declare(
    "partner-suspended", 403, _("The partner is suspended"),
    _("No call of this partner is accepted until the portal's operators lift the suspension."),
)  # fmt: skip
NETWORK_NOT_ALLOWED = declare(
    "network-not-allowed", 403, _("The call comes from a network that is not registered"),
    _("Call from a registered network, or have the portal's operators register this one."),
)  # fmt: skip
PURPOSE_NOT_ALLOWED = declare(
    "purpose-not-allowed", 403, _("The partner may not call for this purpose"),
    _("The purposes agreed with this partner stand in the answer of GET /api/v1/partner."),
)  # fmt: skip
MODE_NOT_ALLOWED = declare(
    "mode-not-allowed", 403, _("The partner does not offer this mode"),
    _("The modes agreed with this partner stand in the answer of GET /api/v1/partner."),
)  # fmt: skip
DEVICE_UNKNOWN = declare(
    "device-unknown", 403, _("The device is not registered"),
    _("No device in service has this identifier. Have the portal's operators register it."),
)  # fmt: skip
COUNTER_NOT_RISEN = declare(
    "counter-not-risen", 409, _("The device's counter did not rise"),
    _("Each call of a device has a higher counter than the one before; only a repetition with the same "
      "Idempotency-Key keeps its own."),
)  # fmt: skip
WEBHOOKS_OFF = declare(
    "webhooks-off", 409, _("No webhooks are sent to this partner"),
    _("Tell the portal's operators the address that takes them, and have them turned on."),
)  # fmt: skip
NOT_FOUND = declare(
    "not-found", 404, _("There is nothing at this address"),
    _("The documentation lists all addresses; what belongs to another partner is not found either."),
)  # fmt: skip
METHOD_NOT_ALLOWED = declare(
    "method-not-allowed", 405, _("This address does not take this method"),
    _("The header Allow lists the methods it takes."),
)  # fmt: skip
TOO_LARGE = declare(
    "too-large", 413, _("The body is too large"), _("A body may have one megabyte."),
)  # fmt: skip
INVALID_INPUT = declare(
    "invalid-input", 422, _("The input breaks a rule"),
    _("The list of errors names each field and the rule it breaks."),
)  # fmt: skip
IDEMPOTENCY_KEY_MISSING = declare(
    "idempotency-key-missing", 400, _("The call has no Idempotency-Key"),
    _("Each write carries the header Idempotency-Key: 16 to 64 letters, digits or . _ : -, new for each intent and the "
      "same for each repetition."),
)  # fmt: skip
IDEMPOTENCY_KEY_REUSED = declare(
    "idempotency-key-reused", 422, _("The Idempotency-Key belongs to another call"),
    _("It was used with another method, address or body within seven days. Use a new one for a new intent."),
)  # fmt: skip
CALL_IN_FLIGHT = declare(
    "call-in-flight", 409, _("The same call is under way"),
    _("Repeat it after the seconds given: the answer will be that of the first."), can_retry=True,
)  # fmt: skip
TOO_MANY_CALLS = declare(
    "too-many-calls", 429, _("Too many calls"),
    _("The budget of calls a minute is used up. Call again after the seconds given."), can_retry=True,
)  # fmt: skip
INTERNAL_ERROR = declare(
    "internal-error", 500, _("The portal made a mistake"),
    _("The call was not answered. Repeat it with the same Idempotency-Key; if it stays, tell the portal's operators the "
      "correlation id."), can_retry=True,
)  # fmt: skip
UNAVAILABLE = declare(
    "unavailable", 503, _("The portal is away for a moment"),
    _("Nothing was lost. Repeat the call with the same Idempotency-Key after the seconds given."), can_retry=True,
)  # fmt: skip

_OF_STATUS = {
    kind.status: kind
    for kind in (BAD_REQUEST, NOT_AUTHENTICATED, NOT_FOUND, METHOD_NOT_ALLOWED, TOO_LARGE, INVALID_INPUT, TOO_MANY_CALLS,
                 INTERNAL_ERROR, UNAVAILABLE)
}  # fmt: skip
# What every signed call can be answered, and what every write besides.
OF_EVERY_CALL = (BAD_REQUEST, NOT_AUTHENTICATED, PARTNER_SUSPENDED, NETWORK_NOT_ALLOWED, TOO_LARGE, INVALID_INPUT,
                 TOO_MANY_CALLS, INTERNAL_ERROR, UNAVAILABLE)  # fmt: skip
OF_EVERY_WRITE = (IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED, CALL_IN_FLIGHT)


def in_order(kinds: Iterable[Kind]) -> list[Kind]:
    """Each once, as the page of problems lists them."""
    wanted = {kind.slug for kind in kinds}
    return [kind for kind in DECLARED.values() if kind.slug in wanted]
