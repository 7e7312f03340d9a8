"""Logs are for machines and hold no people: one JSON line per event, an event name and ids.

Records of Django and other libraries keep their logger and level, but their text only where it is known to hold no input
of people (paths and SQL parameters do).
"""

import logging
import logging.config
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from core.context import current

_QUIET = ("django.db.backends", "httpx", "httpcore", "amqp", "kombu", "PIL")
_TEXT_MAY_HOLD_PEOPLE = (
    "django.request",
    "django.security",
    "django.server",
    "gunicorn.access",
    # A task that fails: with what its exception says.
    "celery.app.trace",
    "celery.worker.request",
)


def configure(config: dict[str, Any]) -> None:
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_request_id,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared, _drop_text_of_people],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _type_of_exception_only,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(config["level"])
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _add_request_id(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    context = current.get()
    if context.request_id:
        event["request_id"] = context.request_id
    if context.correlation_id:
        event["correlation_id"] = context.correlation_id
    return event


def _drop_text_of_people(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    record = event.get("_record")
    if record is not None and record.name.startswith(_TEXT_MAY_HOLD_PEOPLE):
        event["event"] = record.name
        facts = {"status": getattr(record, "status_code", None), "task": getattr(record, "data", {}).get("name")}
        event.update({name: fact for name, fact in facts.items() if fact is not None})
    return event


def _type_of_exception_only(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """The message and the local values of an exception can hold what somebody typed; its type and place cannot."""
    exc_info = event.pop("exc_info", None)
    if exc_info is True:
        exc_info = sys.exc_info()
    if isinstance(exc_info, tuple) and exc_info[0] is not None:
        event["exception"] = exc_info[0].__name__
        event["at"] = _frames(exc_info[2])
    return event


def _frames(traceback: Any) -> list[str]:
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/')[2]}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return frames[-8:]
