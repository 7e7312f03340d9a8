from datetime import timedelta
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.template import Context, Engine
from django.template.base import Template, VariableNode
from django.utils import translation

from core import clock
from core.prepared import Insert
from core.queue import nudge_on_commit
from core.sealed import seal
from messaging import segments
from messaging.models import Message, Queue

# Ours: what happened to somebody's account is still worth knowing the next day, not the day after.
NOTICE_LIFE = timedelta(hours=24)


def send(
    *,
    to: str,
    purpose: str,
    language: str,
    context: dict[str, Any] | None = None,
    queue: Queue = Queue.NOTICES,
    life: timedelta = NOTICE_LIFE,
) -> Message:
    """Writes the text `messaging/sms/<purpose>.<language>.txt` into the outbox, in the caller's transaction. `to` is E.164;
    after `life` the message is of no use any more and is not sent. Raises LookupError when the text needs something that
    `context` lacks."""
    message = Message(to=to, purpose=purpose, language=language, queue=queue)
    body = text_of(purpose, language, context or {})
    message.segments = segments.count(body)
    message.price_halalas = message.segments * settings.SMS_SEGMENT_PRICE_HALALAS
    message.sealed_body = seal(body)
    with transaction.atomic(savepoint=False):
        _into_outbox(life).save(message)
        nudge_on_commit("messaging.deliver", message.pk, queue=queue)
    return message


@cache
def _into_outbox(life: timedelta) -> Insert[Message]:
    varying = ("reference", "to", "purpose", "language", "queue", "sealed_body", "segments", "price_halalas")
    return Insert(Message, *varying, lives_until=clock.ahead(life))


def text_of(purpose: str, language: str, context: dict[str, Any]) -> str:
    template, needed = _template(purpose, language)
    names = {"portal_name": settings.PORTAL_NAME[language], "host": settings.PUBLIC_HOST} | context
    if missing := needed - names.keys():
        raise LookupError(f"The text {purpose} needs {', '.join(sorted(missing))}.")
    with translation.override(language):
        return template.render(Context(names, autoescape=False)).strip()


@cache
def _template(purpose: str, language: str) -> tuple[Template, set[str]]:
    """And the names it needs."""
    template = Engine.get_default().get_template(f"messaging/sms/{purpose}.{language}.txt")
    variables = cast(list[VariableNode], template.nodelist.get_nodes_by_type(VariableNode))
    return template, {node.filter_expression.var.lookups[0] for node in variables}
