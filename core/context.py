"""What is known of the request under way, for the log and the audit trail."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class RequestContext:
    """`correlation_id` is the caller's own name for a call of the API, which stands in both sides' logs."""

    request_id: str = ""
    client_ip: str = ""
    correlation_id: str = ""


current: ContextVar[RequestContext] = ContextVar("request_context", default=RequestContext())  # noqa: B039 (it is frozen)
