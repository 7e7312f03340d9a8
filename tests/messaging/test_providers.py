"""The providers' HTTP APIs, against the examples that their documentation prints."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from messaging.delivery import deliver
from messaging.gateways.base import Callback, Forged, Gateway, PermanentRefusal, TemporaryFailure
from messaging.gateways.providers import Provider, Taqnyat, Twilio, Unifonic
from messaging.models import Message, ReceivedText
from messaging.states import State
from tests.operators import Answer, Operator, running_operator

pytestmark = pytest.mark.django_db

Write = Callable[..., Message]
TEXT = {"to": "+966512345621", "text": "رمز: 471302", "reference": "01hzx7kq3v9m2n4p6r8s0t2w4y"}
PROVIDERS: dict[str, type[Provider]] = {"unifonic": Unifonic, "taqnyat": Taqnyat, "twilio": Twilio}

# docs.unifonic.com, “SMS API”, API response example.
UNIFONIC_TAKEN = {
    "success": True, "message": "", "errorCode": "ER-00",
    "data": {"MessageID": 42000348806924, "CorrelationID": "CorrelationID", "Status": "Sent", "NumberOfUnits": 0,
             "Cost": 0, "Balance": 0, "Recipient": "9660000000000", "TimeCreated": "2022-09-06 14:06:25.979",
             "CurrencyCode": ""},
}  # fmt: skip
UNIFONIC_TOO_SHORT = {"success": False, "message": "Dest num is too short", "errorCode": "ER-04", "data": {}}
# dev.taqnyat.sa, “Message send resource”.
TAQNYAT_TAKEN = {"statusCode": 201, "messageId": 5452899970, "accepted": "[966501234567,]", "rejected": "[]"}
# twilio.com/docs, “Messages resource”, abridged to the fields that are read, and the error of its API responses.
TWILIO_TAKEN = {"sid": "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "status": "queued", "error_code": None}
TWILIO_INVALID = {"code": 21211, "message": "The 'To' number is not a valid phone number.", "status": 400}
# twilio.com/docs, “Webhooks security”: the address, the fields, the auth token and the signature of its worked example.
TWILIO_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
TWILIO_FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+12349013030",
    "Digits": "1234",
    "From": "+12349013030",
    "To": "+18005551212",
}
TWILIO_SIGNATURE = "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


@pytest.fixture
def operator(settings: Settings) -> Iterator[Operator]:
    with running_operator() as operator:
        credentials = {"account": "AC1", "secret": "12345", "sender": "Portal", "url": operator.url}
        settings.SMS_PROVIDERS = dict.fromkeys(PROVIDERS, credentials)
        settings.PUBLIC_URL = "http://testserver"
        settings.SMS_GATEWAYS = [f"messaging.gateways.providers.{kind.__name__}" for kind in PROVIDERS.values()]
        yield operator


@pytest.mark.parametrize(
    ("name", "answer", "reference"),
    [
        ("unifonic", UNIFONIC_TAKEN, "42000348806924"),
        ("taqnyat", TAQNYAT_TAKEN, "5452899970"),
        ("twilio", TWILIO_TAKEN, "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ],
)
def test_what_it_takes_has_its_reference(name: str, answer: Any, reference: str, operator: Operator) -> None:
    operator.will(Answer(201, answer))
    assert PROVIDERS[name]().send(**TEXT) == reference


def test_unifonic_is_asked_as_its_example_asks(operator: Operator) -> None:
    operator.will(Answer(200, UNIFONIC_TAKEN))
    Unifonic().send(**TEXT)
    assert operator.calls[0].body == {
        "AppSid": "AC1", "SenderID": "Portal", "Recipient": "966512345621", "Body": TEXT["text"], "responseType": "JSON",
        "CorrelationID": TEXT["reference"],
    }  # fmt: skip


def test_taqnyat_is_asked_as_its_example_asks(operator: Operator) -> None:
    operator.will(Answer(201, TAQNYAT_TAKEN))
    Taqnyat().send(**TEXT)
    (asked,) = operator.calls
    assert asked.headers["Authorization"] == "Bearer 12345"
    assert asked.body == {"sender": "Portal", "recipients": ["966512345621"], "body": TEXT["text"]}


def test_twilio_is_asked_as_its_example_asks(operator: Operator) -> None:
    operator.will(Answer(201, TWILIO_TAKEN))
    Twilio().send(**TEXT)
    (asked,) = operator.calls
    assert asked.headers["Authorization"] == "Basic QUMxOjEyMzQ1"  # AC1:12345
    callback = "http://testserver/gateways/twilio/receipts"
    assert asked.body == {"To": TEXT["to"], "From": "Portal", "Body": TEXT["text"], "StatusCallback": callback}


@pytest.mark.parametrize(
    ("name", "answer", "failure", "problem"),
    [
        ("unifonic", Answer(200, UNIFONIC_TOO_SHORT), PermanentRefusal, "invalid_number"),
        ("unifonic", Answer(400, UNIFONIC_TOO_SHORT), PermanentRefusal, "invalid_number"),
        ("unifonic", Answer(200, UNIFONIC_TOO_SHORT | {"errorCode": "ER-01"}), TemporaryFailure, "no_funds"),
        ("unifonic", Answer(200, UNIFONIC_TOO_SHORT | {"errorCode": "ER-99"}), PermanentRefusal, "refused"),
        ("unifonic", Answer(200, b"<html>"), TemporaryFailure, "unreadable_answer"),
        ("unifonic", Answer(503, b"<html>"), TemporaryFailure, "operator_error"),
        ("taqnyat", Answer(200, {"statusCode": 400, "message": "No recipients"}), PermanentRefusal, "refused"),
        ("taqnyat", Answer(401, {"statusCode": 401}), TemporaryFailure, "not_authorised"),
        ("taqnyat", Answer(429, {"statusCode": 429}), TemporaryFailure, "busy"),
        ("twilio", Answer(400, TWILIO_INVALID), PermanentRefusal, "invalid_number"),
        ("twilio", Answer(400, TWILIO_INVALID | {"code": 21610}), PermanentRefusal, "opted_out"),
        ("twilio", Answer(401, TWILIO_INVALID | {"code": 20003}), TemporaryFailure, "not_authorised"),
        ("twilio", Answer(429, TWILIO_INVALID | {"code": 20429}), TemporaryFailure, "busy"),
        ("twilio", Answer(500, b""), TemporaryFailure, "operator_error"),
    ],
)
def test_what_it_refuses_has_its_reason(
    name: str, answer: Answer, failure: type[Exception], problem: str, operator: Operator
) -> None:
    operator.will(answer)
    with pytest.raises(failure, match=f"^{problem}$"):
        PROVIDERS[name]().send(**TEXT)


def test_after_a_refusal_the_next_provider_takes_it(operator: Operator, write: Write) -> None:
    operator.will(Answer(200, UNIFONIC_TOO_SHORT), Answer(201, TAQNYAT_TAKEN))
    message = write()
    deliver(message.pk)
    deliver(message.pk)
    message.refresh_from_db()
    assert (message.state, message.gateway, message.gateway_reference) == (State.SENT, "taqnyat", "5452899970")


def _call(url: str, form: dict[str, str], **headers: str) -> Callback:
    query = dict(parse_qsl(urlsplit(url).query))
    return Callback("POST", url, query, headers, urlencode(form).encode())


def test_twilios_own_example_is_authentic(operator: Operator) -> None:
    signed = {"x-twilio-signature": TWILIO_SIGNATURE}
    assert Twilio()._authentic(_call(TWILIO_URL, TWILIO_FORM, **signed)) == TWILIO_FORM


@pytest.mark.parametrize(
    "forgery",
    [
        {"url": TWILIO_URL + "0"},
        {"form": TWILIO_FORM | {"Digits": "1235"}},
        {"form": TWILIO_FORM | {"More": ""}},
        {"signature": ""},
        {"signature": TWILIO_SIGNATURE[:-2] + "="},
        {"signature": "é"},
    ],
)
def test_anything_else_is_a_forgery(forgery: Any, operator: Operator) -> None:
    url, form = forgery.get("url", TWILIO_URL), forgery.get("form", TWILIO_FORM)
    signed = {"x-twilio-signature": forgery.get("signature", TWILIO_SIGNATURE)}
    with pytest.raises(Forged):
        Twilio()._authentic(_call(url, form, **signed))


def test_without_a_secret_every_call_is_a_forgery(operator: Operator, settings: Settings) -> None:
    settings.SMS_PROVIDERS = settings.SMS_PROVIDERS | {"twilio": settings.SMS_PROVIDERS["twilio"] | {"secret": ""}}
    with pytest.raises(Forged):
        Twilio()._authentic(_call(TWILIO_URL, TWILIO_FORM, **{"x-twilio-signature": ""}))


@pytest.fixture
def sent(write: Write, operator: Operator) -> Callable[..., Message]:
    def sent(gateway: str, gateway_reference: str) -> Message:
        message = write()
        facts = {"state": "sent", "gateway": gateway, "gateway_reference": gateway_reference, "sealed_body": ""}
        Message.objects.filter(pk=message.pk).update(sent_at=message.created_at, **facts)
        return message

    return sent


@pytest.mark.parametrize(
    ("status", "code", "state", "problem"),
    [
        ("sent", "", "sent", ""),
        ("delivered", "", "delivered", ""),
        ("undelivered", "30003", "failed", "phone_off"),
        ("undelivered", "30005", "failed", "unknown_number"),
        ("failed", "99999", "failed", "not_delivered"),
    ],
)
def test_twilios_receipt_moves_the_message(
    status: str, code: str, state: str, problem: str, sent: Callable[..., Message]
) -> None:
    message = sent("twilio", "SM1")
    form = {"MessageSid": "SM1", "MessageStatus": status, **({"ErrorCode": code} if code else {})}
    assert _twilio_posts("gateway_receipts", form) == 200
    message.refresh_from_db()
    assert (message.state, message.problem) == (state, problem)


def _twilio_posts(name: str, form: dict[str, str]) -> int:
    path = reverse(name, args=["twilio"])
    signed = f"http://testserver{path}" + "".join(f"{key}{form[key]}" for key in sorted(form))
    signature = base64.b64encode(hmac.digest(b"12345", signed.encode(), "sha1")).decode()
    content = urlencode(form)
    kind = "application/x-www-form-urlencoded"
    return Client().post(path, content, kind, headers={"x-twilio-signature": signature}).status_code


def test_a_text_through_twilio_is_answered(activated: User, operator: Operator) -> None:
    form = {"From": activated.mobile, "Body": "حالة", "MessageSid": "SM9"}
    assert _twilio_posts("gateway_texts", form) == 200
    assert ReceivedText.objects.get().keyword == "status"


@pytest.mark.parametrize(
    ("word", "state"), [("Delivered", "delivered"), ("Undeliverable", "failed"), ("Queued", "sent")]
)
@pytest.mark.parametrize("writes", ["form", "json", "query"])
def test_unifonics_receipt_moves_the_message(word: str, state: str, writes: str, sent: Callable[..., Message]) -> None:
    message = sent("unifonic", "42000348806924")
    said: dict[str, Any] = {"MessageID": "42000348806924", "DLR": word, "Recipient": "966512345621"}
    url = Unifonic().receipts_url.removeprefix("http://testserver")
    if writes == "query":
        response = Client().get(f"{url}&{urlencode(said)}")
    elif writes == "json":
        said["MessageID"] = int(said["MessageID"])
        response = Client().post(url, json.dumps(said), "application/json")
    else:
        response = Client().post(url, urlencode(said), "application/x-www-form-urlencoded")
    message.refresh_from_db()
    assert (response.status_code, message.state) == (200, state)


@pytest.mark.parametrize("body", ["[]", "{", "null", '"x"', "\udc80"])
def test_a_receipt_that_cannot_be_read_is_refused(body: str, operator: Operator) -> None:
    url = Unifonic().receipts_url.removeprefix("http://testserver")
    content = body.encode(errors="surrogateescape")
    assert Client().post(url, content, "application/json").status_code == 400


def test_a_receipt_without_our_token_is_refused(sent: Callable[..., Message]) -> None:
    sent("unifonic", "42000348806924")
    form = urlencode({"MessageID": "42000348806924", "DLR": "Delivered", "token": "guess"})
    path = reverse("gateway_receipts", args=["unifonic"])
    assert Client().post(f"{path}?{form}", form, "application/x-www-form-urlencoded").status_code == 403
    assert not Message.objects.filter(state=State.DELIVERED).exists()


@pytest.mark.parametrize("name", PROVIDERS)
def test_missing_credentials_are_named(name: str, settings: Settings) -> None:
    settings.SMS_PROVIDERS = {name: {"account": "", "secret": "", "sender": "", "url": ""} for name in PROVIDERS}
    gateway: Gateway = PROVIDERS[name]()
    said = [message.msg for message in gateway.check_config()]
    assert len(said) == len(PROVIDERS[name]().profile.needs)
    assert all(text.startswith(f"SMS_{name.upper()}_") for text in said)


def test_an_address_without_tls_is_refused(operator: Operator, settings: Settings) -> None:
    settings.SMS_PROVIDERS = {
        name: {**settings.SMS_PROVIDERS[name], "url": "http://sms.example/"} for name in PROVIDERS
    }
    assert [message.id for message in Twilio().check_config()] == ["messaging.E011"]
