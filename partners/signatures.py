"""Whether a call was signed by a partner's live key, now, and for the first time."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from core import clock, signatures
from core.calling import HttpCall
from core.prepared import Given, Select, Statement
from core.signatures import Claimed, NotSigned
from partners.models import PartnerKey, UsedNonce

TOLERANCE = timedelta(seconds=60)
_KEY = Select(
    PartnerKey.objects.filter(keyid=Given("keyid")).select_related("partner").annotate(now=clock.now()).order_by("pk")
)
_KEYID = re.compile(r"[a-zA-Z0-9._-]{1,64}")
_NONCE = re.compile(r"[a-zA-Z0-9+/=._-]{16,64}")


@dataclass
class Refused(Exception):
    """`reason` is for the call log; `key` is whose signature it claims to be, if anybody's."""

    reason: str
    key: PartnerKey | None = None


def key_that_signed(request: HttpRequest) -> PartnerKey:
    """Burns the nonce, so that a second look refuses the same call. Raises Refused."""
    call = call_of(request)
    try:
        claim = signatures.claimed(call.headers)
    except NotSigned as error:
        raise Refused(error.reason) from None
    key, now = _live_key(claim)
    try:
        _judge(call, claim, key, now)
    except NotSigned as error:
        raise Refused(error.reason, key) from None
    return key


def call_of(request: HttpRequest) -> HttpCall:
    """The address is the one partners know us by, whatever the request says about its host."""
    url = f"{settings.PUBLIC_URL}{request.get_full_path()}"
    return HttpCall(request.method or "", url, request.body, signatures.signed_headers(request.headers))


def _live_key(claim: Claimed) -> tuple[PartnerKey, datetime]:
    """With the database's time: a node whose clock is off changes nothing."""
    if not _KEYID.fullmatch(claim.keyid) or not _NONCE.fullmatch(claim.nonce):
        raise Refused("unusual_keyid_or_nonce")
    key = _KEY.first(keyid=claim.keyid)
    if key is None:
        raise Refused("unknown_key")
    if key.revoked_at is not None:
        raise Refused("revoked_key", key)
    return key, key.now  # type: ignore[attr-defined]


def _judge(call: HttpCall, claim: Claimed, key: PartnerKey, now: datetime) -> None:
    if abs(now.timestamp() - claim.created) > TOLERANCE.total_seconds():
        raise NotSigned("not_now")
    signatures.verify(call, keyid=key.keyid, algorithm=key.algorithm, public_key=key.public_key)
    if not _burnt(key, claim.nonce):
        raise NotSigned("nonce_used")


def _burnt(key: PartnerKey, nonce: str) -> bool:
    """Whether this call was the first: one INSERT, so of any number at once one is. What the call does, and that it was made,
    is committed after it and before it is answered."""
    with connection.cursor() as cursor:
        _burn().run_by(cursor, {"key": key.pk, "nonce": nonce})
        return bool(cursor.rowcount == 1)


@cache
def _burn() -> Statement:
    table = connection.ops.quote_name(UsedNonce._meta.db_table)
    return Statement(
        f"INSERT INTO {table} (key_id, nonce, used_at) VALUES (%s, %s, {clock.sql_ahead()}) ON CONFLICT DO NOTHING",
        [Given("key"), Given("nonce")],
        waits_for_disk=False,
    )
