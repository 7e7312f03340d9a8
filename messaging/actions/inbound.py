"""A text from a phone is answered once, however often the operator repeats it, and seldom, however many come (INB-1)."""

from datetime import timedelta
from typing import Any

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
from messaging.inbound import Keyword, Reply
from messaging.models import ReceivedText

_DAY = timedelta(days=1)
ANSWERS_A_DAY = Budget("sms-answers", 10, _DAY)
ANSWERS_TO_STRANGERS_A_DAY = Budget("sms-stranger", 1, _DAY)

Outcome = ReceivedText.Outcome
log = structlog.get_logger(__name__)


def receive(gateway: str, text: InboundText) -> None:
    """Sender numbers can be forged: an answer goes to the registered mobile only, and says nothing but the holder's own
    status."""
    try:
        mobile = parse_mobile(text.sender)
    except MobileError:
        log.info("text_from_elsewhere", gateway=gateway)
        return
    if _is_known(gateway, text):
        return
    account = import_string(settings.SMS_SENDERS)(mobile)
    may_answer = _may_answer(mobile, ANSWERS_A_DAY if account else ANSWERS_TO_STRANGERS_A_DAY)
    received = ReceivedText(gateway=gateway, gateway_reference=text.gateway_reference, sender=mobile)
    try:
        with transaction.atomic():
            _take(received, account, text.text, may_answer=may_answer)
    except IntegrityError:
        if not _is_known(gateway, text):
            raise
        log.info("text_repeated", gateway=gateway)


def _is_known(gateway: str, text: InboundText) -> bool:
    return ReceivedText.objects.filter(gateway=gateway, gateway_reference=text.gateway_reference).exists()


def _take(received: ReceivedText, account: Any, text: str, *, may_answer: bool) -> None:
    keyword, said = inbound.read(text) if account else (None, [])
    received.keyword = keyword.name if keyword else ""
    received.outcome = _outcome(account, keyword) if may_answer else Outcome.SILENT
    received.save(force_insert=True)
    if account is None:
        if may_answer:
            _answer_stranger(received.sender, "ar" if inbound.is_arabic(text) else "en")
    elif may_answer or (keyword and keyword.protects):
        _answer(received, account, keyword, said, may_answer=may_answer)
    log.info("text_received", gateway=received.gateway, keyword=received.keyword, outcome=received.outcome)


def _answer_stranger(mobile: str, language: str) -> None:
    """The trail names nobody: whose mobile it is, is not known."""
    record("text_answered", outcome=Outcome.STRANGER.value)
    _send(mobile, language, Reply("answer_stranger"))


def _answer(
    received: ReceivedText, account: Any, keyword: Keyword | None, said: list[str], *, may_answer: bool
) -> None:
    reply = keyword.answer(account, said) if keyword else _not_understood(account.language)
    record("text_answered", actor=account, subject=account, keyword=received.keyword)
    if may_answer:
        _send(received.sender, account.language, reply)


def _not_understood(language: str) -> Reply:
    return Reply("answer_not_understood", {"words": inbound.words_to_send(language)})


def _send(mobile: str, language: str, reply: Reply) -> None:
    sending.send(to=mobile, purpose=reply.purpose, language=language, context=dict(reply.context))


def _outcome(account: Any, keyword: Keyword | None) -> ReceivedText.Outcome:
    if account is None:
        return Outcome.STRANGER
    return Outcome.ANSWERED if keyword else Outcome.NOT_UNDERSTOOD


def _may_answer(mobile: str, budget: Budget) -> bool:
    try:
        ceilings.spend_to_answer(mobile, budget)
    except OverBudget:
        return False
    return True
