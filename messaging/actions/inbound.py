"""A text from a phone is answered once, however often the operator repeats it, and seldom, however many come (INB-1)."""

import hashlib
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from core.phones import MobileError, parse_mobile
from core.throttle import Budget, OverBudget
from core.trail import record
from messaging import inbound
from messaging.actions import ceilings, sending
from messaging.gateways.base import InboundText
from messaging.inbound import Keyword, Reply, Sender
from messaging.models import ReceivedText

_DAY = timedelta(days=1)
ANSWERS_A_DAY = Budget("sms-answers", 10, _DAY)
ANSWERS_TO_STRANGERS_A_DAY = Budget("sms-stranger", 1, _DAY)
# Of what protects, when the answers are used up.
CONFIRMATIONS_A_DAY = Budget("sms-confirmations", 1, _DAY)
_REFERENCE_AT_MOST = 80

Outcome = ReceivedText.Outcome
log = structlog.get_logger(__name__)


def receive(gateway: str, text: InboundText) -> None:
    """Sender numbers can be forged: an answer goes to the registered mobile only, and says nothing but the holder's own
    status. A sender that is no mobile of ours, a short number or a name for example, gets no answer at all."""
    try:
        mobile = parse_mobile(text.sender)
    except MobileError:
        log.info("text_from_elsewhere", gateway=gateway)
        return
    received = ReceivedText(gateway=gateway, gateway_reference=_reference(text), sender=mobile, outcome=Outcome.SILENT)
    try:
        with transaction.atomic():
            received.save(force_insert=True)
            _take(received, text.text)
    except IntegrityError:
        if not _is_known(received):
            raise
        log.info("text_repeated", gateway=gateway)


def _reference(text: InboundText) -> str:
    """The operator's, or the digest of one that its column cannot hold."""
    reference = text.gateway_reference
    fits = len(reference) <= _REFERENCE_AT_MOST and reference.isprintable()
    return reference if fits else hashlib.sha256(reference.encode(errors="backslashreplace")).hexdigest()


def _is_known(received: ReceivedText) -> bool:
    known = ReceivedText.objects.filter(gateway=received.gateway, gateway_reference=received.gateway_reference)
    return known.exists()


def _take(received: ReceivedText, text: str) -> None:
    """A repetition that comes meanwhile waits at the row of the first, and costs nothing."""
    sender: Sender | None = import_string(settings.SMS_SENDERS)(received.sender)
    keyword, said = inbound.read(text) if sender else (None, [])
    may_answer = _may_answer(received.sender, sender, keyword)
    received.keyword = keyword.name if keyword else ""
    received.outcome = _outcome(sender, keyword) if may_answer else Outcome.SILENT
    received.save(update_fields=["keyword", "outcome"])
    if sender is None:
        if may_answer:
            _answer_stranger(received.sender, "ar" if inbound.is_arabic(text) else "en")
    elif may_answer or (keyword and keyword.protects):
        _answer(received, sender, keyword, said, may_answer=may_answer)
    log.info("text_received", gateway=received.gateway, keyword=received.keyword, outcome=received.outcome)


def _answer_stranger(mobile: str, language: str) -> None:
    """The trail names nobody: whose mobile it is, is not known."""
    record("text_answered", outcome=Outcome.STRANGER.value)
    _send(mobile, language, Reply("answer_stranger"))


def _answer(
    received: ReceivedText, sender: Sender, keyword: Keyword | None, said: list[str], *, may_answer: bool
) -> None:
    reply = sender.only_reply or _reply(sender, keyword, said)
    record("text_answered", actor=sender.account, subject=sender.account, keyword=received.keyword)
    if may_answer:
        _send(received.sender, sender.account.language, reply)


def _reply(sender: Sender, keyword: Keyword | None, said: list[str]) -> Reply:
    if keyword:
        return keyword.answer(sender.account, said)
    return Reply("answer_not_understood", {"words": inbound.words_to_send(sender.account.language)})


def _send(mobile: str, language: str, reply: Reply) -> None:
    sending.send(to=mobile, purpose=reply.purpose, language=language, context=dict(reply.context))


def _outcome(sender: Sender | None, keyword: Keyword | None) -> ReceivedText.Outcome:
    if sender is None:
        return Outcome.STRANGER
    return Outcome.ANSWERED if keyword or sender.only_reply else Outcome.NOT_UNDERSTOOD


def _may_answer(mobile: str, sender: Sender | None, keyword: Keyword | None) -> bool:
    try:
        ceilings.spend_to_answer(mobile, ANSWERS_A_DAY if sender else ANSWERS_TO_STRANGERS_A_DAY)
    except OverBudget:
        return bool(keyword and keyword.protects) and _may_confirm(mobile)
    return True


def _may_confirm(mobile: str) -> bool:
    try:
        ceilings.spend_to_confirm(mobile, CONFIRMATIONS_A_DAY)
    except OverBudget:
        return False
    return True
