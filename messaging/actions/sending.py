from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.template import Context, Engine
from django.template.base import VariableNode
from django.utils import translation

from core import clock
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
    message = Message(to=to, purpose=purpose, language=language, queue=queue, lives_until=clock.ahead(life))
    body = text_of(purpose, language, context or {})
    message.segments = segments.count(body)
    message.price_halalas = message.segments * settings.SMS_SEGMENT_PRICE_HALALAS
    message.sealed_body = seal(body)
    with transaction.atomic(savepoint=False):
        message.save(force_insert=True)
        nudge_on_commit("messaging.deliver", message.pk, queue=queue)
    # Only the database knows it: the next access reads it from there.
    del message.__dict__["lives_until"]
    return message


def text_of(purpose: str, language: str, context: dict[str, Any]) -> str:
    template = Engine.get_default().get_template(f"messaging/sms/{purpose}.{language}.txt")
    names = {"portal_name": settings.PORTAL_NAME[language], "host": settings.PUBLIC_HOST} | context
    variables = cast(list[VariableNode], template.nodelist.get_nodes_by_type(VariableNode))
    needed = {node.filter_expression.var.lookups[0] for node in variables}
    if missing := needed - names.keys():
        raise LookupError(f"The text {purpose} needs {', '.join(sorted(missing))}.")
    with translation.override(language):
        return template.render(Context(names, autoescape=False)).strip()
