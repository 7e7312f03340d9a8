"""One HTTP call to an operator, which ends within SEND_SECONDS."""

import base64
import json as jsons
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from core.calling import Answer, CallFailed, exchange
from messaging.gateways.base import SEND_SECONDS, TemporaryFailure

__all__ = ["Answer", "call"]


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    json: Any = None,
    data: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    auth: tuple[str, str] | None = None,
) -> Answer:
    """`json`, `data` (a form) or `content` is the body, `params` the query, `auth` a name and password. Raises
    TemporaryFailure; what it raises holds nothing of the request."""
    sent = dict(headers or {})
    if json is not None:
        content, sent["Content-Type"] = jsons.dumps(json, ensure_ascii=False).encode(), "application/json"
    if data is not None:
        content, sent["Content-Type"] = urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded"
    if auth:
        sent["Authorization"] = f"Basic {base64.b64encode(':'.join(auth).encode()).decode()}"
    if params:
        url += ("&" if "?" in url else "?") + urlencode(params, doseq=True)
    try:
        return exchange(method, url, seconds=SEND_SECONDS, headers=sent, content=content)
    except CallFailed as failed:
        raise TemporaryFailure(failed.problem, may_have_arrived=failed.may_have_arrived) from None
