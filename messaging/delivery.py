"""From the outbox to a gateway. Whoever claims a row delivers it: a Celery task, or a relay."""

from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, When

from core import clock
from core.plugins import load
from core.prepared import Given, Update
from core.queue import nudge_on_commit
from core.sealed import Unreadable, unseal
from core.states import Move
from messaging import health
from messaging.gateways.base import Gateway, PermanentRefusal, TemporaryFailure
from messaging.models import Message, MessageQuerySet, Queue
from messaging.states import CLAIM, EXPIRE, FAIL, HAND_OVER, PUT_BACK, RECLAIM, State

# How long a message rests after its first, second, … failed try; the last one repeats for as long as it lives.
PAUSES_SECONDS = {Queue.OTP: (0, 2, 5, 10, 20), Queue.NOTICES: (0, 2, 5, 10, 20, 60, 300)}

_ALIVE = Message.objects.filter(pk=Given("pk")).alive()
_CLAIMED: dict[str, Any] = {"claimed_at": clock.now(), "tries": F("tries") + 1}
_CLAIM = _ALIVE.due().prepared(
    CLAIM, gateway=Case(When(gateway="", then=Given("first")), default=F("gateway")), **_CLAIMED
)
_RECLAIM = _ALIVE.abandoned().prepared(RECLAIM, gateway=Given("gateway"), not_again=Given("not_again"), **_CLAIMED)
_HAND_OVER = Message.objects.filter(pk=Given("pk"), tries=Given("tries")).prepared(
    HAND_OVER, sealed_body="", gateway_reference=Given("gateway_reference"), problem="", sent_at=clock.now()
)

log = structlog.get_logger(__name__)


def deliver(message_id: int) -> None:
    """One try. Does nothing when the message is not due or somebody else has it; outside of any transaction.

    After a failure it is the next gateway's turn. A message that was claimed by a sender who died goes to the same gateway
    with the same reference, if that one knows repeats; one that does not may have it already, and is not asked again.
    """
    if message := _claimed(message_id) or _reclaimed(message_id):
        _try(message)


def waiting(*, limit: int, grace: timedelta, besides: set[int]) -> list[int]:
    """Ids of messages that should be delivered now: overlooked by their nudge, due again, or left by a dead sender."""
    others = Message.objects.exclude(pk__in=besides)
    overlooked = others.overlooked(grace).codes_first().values_list("pk", flat=True)[:limit]
    abandoned = others.abandoned().codes_first().values_list("pk", flat=True)[:limit]
    return [*overlooked, *abandoned][:limit]


def expire_outlived() -> int:
    """Ends the messages nobody can use any more and no living sender has."""
    free = Message.objects.filter(state=State.QUEUED) | Message.objects.abandoned()
    expired = free.outlived().move(EXPIRE, sealed_body="", problem="too_late", ended_at=clock.now())
    if expired:
        log.warning("messages_expired", count=expired)
    return expired


def _claimed(message_id: int) -> Message | None:
    message = _take(_CLAIM, pk=message_id, first=health.first_in_turn(message_id))
    if message and message.gateway not in health.listed():
        message.gateway = health.first_in_turn(message_id)
        _mine(message).update(gateway=message.gateway)
    return message


def _reclaimed(message_id: int) -> Message | None:
    left = Message.objects.filter(pk=message_id).alive().abandoned().first()
    if left is None:
        return None
    gateway = _gateway_after_death(left)
    message = _take(_RECLAIM, pk=message_id, gateway=gateway or left.gateway, not_again=left.not_again)
    if message and not gateway:
        _end(message, FAIL, "no_answer")
        return None
    return message


def _gateway_after_death(message: Message) -> str:
    """ "" when there is none but one that may have it."""
    gateways = load(settings.SMS_GATEWAYS)
    if message.gateway not in gateways:
        return health.first_in_turn(message.pk)
    if gateways[message.gateway].knows_repeats:
        return message.gateway
    _not_again(message)
    return health.next_in_turn(message.gateway, message.spent_gateways)


def _take(claim: Update[Message], **given: Any) -> Message | None:
    # Durable: refused inside of somebody's transaction, which would stay open while the network is waited for.
    with transaction.atomic(durable=True):
        pass
    return claim.take(**given)


def _try(message: Message) -> None:
    gateway: Gateway = load(settings.SMS_GATEWAYS)[message.gateway]
    try:
        text = unseal(message.sealed_body)
        gateway_reference = gateway.send(to=message.to, text=text, reference=message.reference)
    except Unreadable:
        _end(message, FAIL, "unreadable")
    except PermanentRefusal as refusal:
        _not_again(message)
        _put_back(message, refusal.problem, pause_seconds=0)
    except TemporaryFailure as failure:
        health.note_error(gateway.name, failure.problem)
        if failure.may_have_arrived and not gateway.knows_repeats:
            _not_again(message)
        _put_back(message, failure.problem, pause_seconds=_pause_seconds(message))
    except Exception as error:  # a fault in a plug-in must not keep the message; its text may hold people
        log.error("gateway_raised", gateway=gateway.name, message_id=message.pk, error=type(error).__name__)
        health.note_error(gateway.name, "gateway_error")
        _put_back(message, "gateway_error", pause_seconds=max(2, _pause_seconds(message)))
    else:
        written = _HAND_OVER.run(pk=message.pk, tries=message.tries, gateway_reference=gateway_reference)
        _log_end(message, HAND_OVER, "", is_ours=bool(written))
        health.note_success(gateway.name)


def _not_again(message: Message) -> None:
    message.not_again = f"{message.not_again} {message.gateway}".strip()


def _put_back(message: Message, problem: str, *, pause_seconds: int) -> None:
    """For the next gateway to try, or ended when no gateway or no time is left."""
    gateway = health.next_in_turn(message.gateway, message.spent_gateways)
    pause = timedelta(seconds=pause_seconds)
    with transaction.atomic():
        if not gateway or not _mine(message).filter(lives_until__gt=clock.ahead(pause)).move(
            PUT_BACK,
            due_at=clock.ahead(pause),
            claimed_at=None,
            gateway=gateway,
            not_again=message.not_again,
            problem=problem,
        ):
            return _end(message, FAIL, problem, not_again=message.not_again)
        if not pause_seconds:
            nudge_on_commit("messaging.deliver", message.pk, queue=message.queue)
    log.warning("message_put_back", problem=problem, pause_seconds=pause_seconds, **_ids(message))
    return None


def _end(message: Message, move: Move, problem: str, **facts: Any) -> None:
    facts |= {"sealed_body": "", "problem": problem, "ended_at": clock.now()}
    _log_end(message, move, problem, is_ours=bool(_mine(message).move(move, **facts)))


def _log_end(message: Message, move: Move, problem: str, *, is_ours: bool) -> None:
    if is_ours:
        log.info(f"message_{move.target}", problem=problem, **_ids(message))
    else:
        log.warning("message_overtaken", move=move.name, **_ids(message))


def _mine(message: Message) -> MessageQuerySet:
    """The row, unless another sender took this one for dead: every claim counts `tries` up."""
    return Message.objects.filter(pk=message.pk, tries=message.tries)


def _pause_seconds(message: Message) -> int:
    pauses = PAUSES_SECONDS[Queue(message.queue)]
    return pauses[min(message.tries, len(pauses)) - 1]


def _ids(message: Message) -> dict[str, str | int]:
    return {
        "message_id": message.pk,
        "reference": message.reference,
        "gateway": message.gateway,
        "tries": message.tries,
        "queue": message.queue,
    }
