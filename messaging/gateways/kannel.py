"""Kannel, the open gateway that operators' SMS centres are connected to (deploy/kannel).

Its smsbox takes texts over HTTP and fetches the addresses we give it, to report what became of them: the Kannel User's
Guide, “Using the HTTP Interface to Send SMS Messages” and “Delivery Reports”.
"""

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.urls import reverse

from core.sealed import digest, is_digest, same
from messaging import segments
from messaging.gateways._calling import Answer, HttpCall, answer_to
from messaging.gateways.base import (
    Callback,
    Forged,
    Gateway,
    InboundText,
    Outcome,
    PermanentRefusal,
    Receipt,
    TemporaryFailure,
    Unreadable,
)

# Bits of dlr-mask and the values of %d: delivered 1, not delivered 2, rejected by the SMS centre 16.
_OUTCOMES = {
    1: Receipt(Outcome.DELIVERED),
    2: Receipt(Outcome.FAILED, problem="not_delivered"),
    16: Receipt(Outcome.FAILED, problem="refused"),
}
_GSM_7, _UCS_2 = "0", "2"
_ACCEPTED, _FORBIDDEN = 202, 403
# What else 202 can mean: the line to the operator is down, and bearerbox keeps the text until it is up (else “0: …”).
_KEPT = b"3:"
# How long Kannel and the operator may try: as long as the text is of use. Then Kannel drops it and reports it.
_CODE_LIFE_MINUTES, _NOTICE_LIFE_MINUTES = 5, 24 * 60


class Kannel(Gateway):
    name = "kannel"

    def send(self, *, to: str, text: str, reference: str) -> str:
        kannel = settings.SMS_KANNEL
        known = {
            "Content-Type": "text/plain; charset=UTF-8",
            "X-Kannel-Username": kannel["user"],
            "X-Kannel-Password": kannel["password"],
            "X-Kannel-From": kannel["sender"],
            "X-Kannel-To": to,
            "X-Kannel-Coding": _GSM_7 if segments.alphabet_of(text) is segments.GSM_7 else _UCS_2,
            "X-Kannel-Validity": str(_CODE_LIFE_MINUTES if _has_code(text) else _NOTICE_LIFE_MINUTES),
            "X-Kannel-DLR-Mask": str(sum(_OUTCOMES)),
            "X-Kannel-DLR-Url": _report_url(reference),
        }
        # Kannel reads the text as what it says it is, and sends nothing else with it.
        _judge(answer_to(HttpCall("POST", kannel["url"], text.encode(), known)))
        return ""

    def receipts(self, call: Callback) -> list[Receipt]:
        reference = call.query.get("reference", "")
        if not is_digest(call.query.get("token", ""), "kannel-receipt", reference):
            raise Forged
        state = call.query.get("state", "")
        if not state.isdecimal():
            raise Unreadable
        found = _OUTCOMES.get(int(state))
        return [Receipt(found.outcome, reference=reference, problem=found.problem)] if found else []

    def inbound(self, call: Callback) -> InboundText:
        secret = settings.SMS_KANNEL["secret"]
        if not secret or not same(call.query.get("token", ""), secret):
            raise Forged
        try:
            return InboundText(call.headers["x-kannel-from"], call.body.decode(), call.query["id"])
        except (KeyError, ValueError):
            raise Unreadable from None

    def check_config(self) -> list[CheckMessage]:
        kannel, faults = settings.SMS_KANNEL, list[CheckMessage]()
        if urlsplit(kannel["url"]).scheme not in ("http", "https"):
            faults.append(
                Error("SMS_KANNEL_URL is not set. Set it to the sendsms address of your smsbox.", id="messaging.E020")
            )
        if not kannel["user"] or not kannel["password"]:
            faults.append(Error("SMS_KANNEL_USER and SMS_KANNEL_PASSWORD are not set.", id="messaging.E021"))
        if not kannel["secret"]:
            hint = "Without it the portal takes no texts from phones."
            faults.append(Warning("SMS_KANNEL_SECRET is not set.", hint=hint, id="messaging.W022"))
        return faults


def _report_url(reference: str) -> str:
    """Kannel puts the outcome in the place of %d, which therefore must not be escaped."""
    known = urlencode({"reference": reference, "token": digest("kannel-receipt", reference)})
    return f"{settings.SMS_KANNEL['callback_url']}{reverse('gateway_receipts', args=[Kannel.name])}?{known}&state=%d"


def _has_code(text: str) -> bool:
    """Texts with a code, and no others, end with the WebOTP line."""
    return text.rpartition("\n")[2].startswith("@")


def _judge(answer: Answer) -> None:
    if answer.status == _FORBIDDEN:  # our name or password; no verdict on the message
        raise TemporaryFailure("not_authorised")
    if answer.status >= 500:
        raise TemporaryFailure("operator_error")
    if answer.status != _ACCEPTED:
        raise PermanentRefusal("refused")
    if answer.content.startswith(_KEPT):
        raise TemporaryFailure("line_down", may_have_arrived=True)
