"""Partners are told what became of their activations: once it is certain, signed, and again until they have it."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from joserfc.jwk import OKPKey
from pytest_django import Settings

from accounts.actions import claims, profile
from accounts.models import User
from accounts.roles import Role
from accounts.states import State
from activation.actions import cases
from activation.models import PartnerAttempt
from audit.models import Entry
from core import clock, signatures, signing_keys
from core.calling import HttpCall, exchange
from partners import delivery, destinations, portal_keys
from partners.actions import admission, retention, webhooks
from partners.delivery import FIRST_PAUSE, TRIES, deliver, waiting
from partners.models import WEBHOOK_CLAIM_LIFE, Partner, Webhook
from partners.states import State as PartnerState
from partners.states import WebhookState
from partners.words import Purpose, WebhookEvent
from tests.cast import Phone
from tests.officers.conftest import enter
from tests.operators import Answer, Operator, running_operator
from tests.parallel import at_the_same_moment
from tests.partners.test_bank_activation import Bank
from tests.processes import relay_in_thread
from tests.programs import Program, agreement_of, slug_of
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(bank: Partner) -> Iterator[Operator]:
    """The bank's side, which takes webhooks."""
    with running_operator() as receiver:
        _take_webhooks(bank, receiver.url)
        yield receiver


def _take_webhooks(partner: Partner, url: str, *, is_on: bool = True) -> None:
    agreement = agreement_of(partner, webhook_url=url, webhook_is_on=is_on)
    admission.change(partner, agreement, state=partner.state, actor=None)
    partner.refresh_from_db()


@pytest.fixture
def told(bank: Partner, receiver: Operator) -> Webhook:
    webhooks.tell(bank, WebhookEvent.ACTIVATION_DONE, "some-reference")
    return Webhook.objects.get()


@pytest.fixture
def calls(program: Program) -> Bank:
    return Bank(program)


def _activated_at(calls: Bank, user: User, phone: Phone) -> str:
    reference = calls.begin(user).told["reference"]
    assert calls.confirm(reference, phone.newest_code()).status == 200
    return str(reference)


def _events() -> list[tuple[str, str]]:
    return list(Webhook.objects.order_by("pk").values_list("event", "reference"))


# --- What is told ---------------------------------------------------------------------------------------------------
def test_an_activation_at_a_bank_is_told_to_that_bank(
    calls: Bank, receiver: Operator, resident: User, phone: Phone
) -> None:
    reference = _activated_at(calls, resident, phone)
    assert _events() == [("activation.done", reference)]


def test_an_activation_that_is_rolled_back_is_told_to_nobody(
    bank: Partner, calls: Bank, receiver: Operator, resident: User
) -> None:
    reference = calls.begin(resident).told["reference"]
    attempt = PartnerAttempt.objects.get(reference=reference).attempt
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        cases.prove(attempt, actor=None)
        assert Webhook.objects.exists()
        raise ZeroDivisionError
    assert not Webhook.objects.exists()


def test_a_pause_revokes_the_activation_at_whoever_proved_it_last(
    bank: Partner, calls: Bank, receiver: Operator, resident: User, phone: Phone
) -> None:
    first = _activated_at(calls, resident, phone)
    resident.refresh_from_db()
    profile.pause(resident)
    assert _events() == [("activation.done", first), ("activation.revoked", first)]
    _take_webhooks(bank, receiver.url)
    agreement = agreement_of(bank, purposes=(Purpose.ACTIVATION, Purpose.LIFT_OF_PAUSE))
    admission.change(bank, agreement, state=bank.state, actor=None)
    from messaging.models import SendCounter

    SendCounter.objects.all().delete()
    second = _activated_at(calls, resident, phone)
    assert _events()[2:] == [("activation.done", second)]


def test_a_mobile_that_moved_to_another_account_revokes_the_activation(
    calls: Bank, receiver: Operator, resident: User, stranger: User, phone: Phone
) -> None:
    reference = _activated_at(calls, resident, phone)
    with transaction.atomic():
        claims.take_turn(stranger, phone.mobile)
        claims.settle_mobile(stranger, phone.mobile)
    resident.refresh_from_db()
    assert resident.state == State.REGISTERED
    assert _events()[1:] == [("activation.revoked", reference)]


def test_what_an_officer_proved_is_told_to_no_partner(receiver: Operator, activated: User) -> None:
    profile.pause(activated)
    assert not Webhook.objects.exists()


def test_a_partner_without_webhooks_is_told_nothing(calls: Bank, resident: User, phone: Phone) -> None:
    _activated_at(calls, resident, phone)
    assert not Webhook.objects.exists()


def test_the_same_is_told_once(bank: Partner, told: Webhook) -> None:
    webhooks.tell(bank, WebhookEvent.ACTIVATION_DONE, told.reference)
    assert Webhook.objects.count() == 1


def test_a_partner_asks_for_a_trial(bank: Partner, program: Program, receiver: Operator) -> None:
    asked = program.send(program.signed(program.call("POST", reverse("partner_api:try_webhook"))))
    assert asked.status == 201 and asked.told["event"] == "webhook.trial"
    deliver(Webhook.objects.get().pk)
    assert receiver.calls[0].body["id"] == asked.told["id"]
    _take_webhooks(bank, receiver.url, is_on=False)
    refused = program.send(program.signed(program.call("POST", reverse("partner_api:try_webhook"))))
    assert (refused.status, slug_of(refused)) == (409, "webhooks-off")


# --- How it is told -------------------------------------------------------------------------------------------------
def test_a_webhook_holds_no_person_and_is_signed_by_a_key_that_anybody_can_fetch(
    told: Webhook, receiver: Operator, client: Client
) -> None:
    deliver(told.pk)
    call = receiver.calls[0]
    assert set(call.body) == {"id", "event", "reference", "occurred_at"}
    assert (call.body["id"], call.body["reference"]) == (str(told.event_id), "some-reference")
    headers = {name.lower(): value for name, value in call.headers.items()}
    known = client.get(reverse("api_keys"))
    assert known["Content-Type"] == "application/jwk-set+json" and "max-age=300" in known["Cache-Control"]
    claim = signatures.claimed(headers)
    key = next(key for key in known.json()["keys"] if key["kid"] == claim.keyid)
    assert "d" not in key
    public = OKPKey.import_key(key).as_pem(private=False).decode()
    received = HttpCall(call.method, receiver.url, call.raw.encode(), headers)
    signatures.verify(received, keyid=claim.keyid, algorithm="ed25519", public_key=public)
    told.refresh_from_db()
    assert (told.state, told.tries, told.last_status, told.problem) == (WebhookState.DELIVERED, 1, 200, "")
    assert told.latency_ms is not None and told.ended_at is not None


def test_the_portals_keys_rotate_with_two(told: Webhook, receiver: Operator, settings: Settings) -> None:
    new, old = signing_keys.derived_from("new"), signing_keys.derived_from("old")
    settings.SIGNING_KEYS = [old]
    before = portal_keys.signing().keyid
    settings.SIGNING_KEYS = [new, old]
    assert portal_keys.signing().keyid != before
    assert [key["kid"] for key in portal_keys.public()["keys"]] == [portal_keys.signing().keyid, before]


@pytest.mark.parametrize("answer", [Answer(500), Answer(404), Answer(302, headers={"Location": "/elsewhere"})])
def test_what_is_not_answered_with_a_2xx_is_told_again_later(answer: Answer, told: Webhook, receiver: Operator) -> None:
    receiver.will(answer)
    deliver(told.pk)
    told.refresh_from_db()
    assert (told.state, told.last_status, told.problem) == (WebhookState.DUE, answer.status, "refused")
    assert [call.path for call in receiver.calls] == ["/sms"], "A redirect is not followed."
    deliver(told.pk)
    assert len(receiver.calls) == 1, "It rests first."
    Webhook.objects.update(next_try_at=clock.now())
    deliver(told.pk)
    assert receiver.calls[0].body == receiver.calls[1].body, "The same event id."
    assert receiver.calls[0].headers["Signature"] != receiver.calls[1].headers["Signature"]
    told.refresh_from_db()
    assert (told.state, told.tries) == (WebhookState.DELIVERED, 2)


def test_the_pauses_double_for_a_day_and_then_it_is_given_up(told: Webhook, receiver: Operator) -> None:
    receiver.always(Answer(503))
    pauses = []
    for _try in range(TRIES):
        Webhook.objects.update(next_try_at=clock.now())
        before = clock.read()
        deliver(told.pk)
        told.refresh_from_db()
        pauses.append((told.next_try_at - before, told.next_try_at - clock.read()))
    assert (told.state, told.tries) == (WebhookState.FAILED, TRIES)
    planned = [FIRST_PAUSE * 2**number for number in range(TRIES - 1)]
    assert all(left <= plan <= pause for (pause, left), plan in zip(pauses, planned, strict=False))
    assert timedelta(hours=22) < sum(planned, timedelta(0)) < timedelta(hours=24)
    assert waiting(limit=5, grace=timedelta(0), besides=set()) == []


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(hangs=True), "no_answer"),
        (Answer(is_lost=True), "answer_lost"),
        (Answer(body=b"x" * 70_000), "unreadable_answer"),
    ],
)
def test_a_partner_that_hangs_breaks_off_or_never_ends_is_left_in_time(
    answer: Answer, problem: str, told: Webhook, receiver: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "CALL_SECONDS", 0.3)
    receiver.will(answer)
    deliver(told.pk)
    told.refresh_from_db()
    assert (told.state, told.problem, told.last_status) == (WebhookState.DUE, problem, None)


def test_a_partner_whose_webhooks_were_turned_off_meanwhile_is_told_nothing(
    bank: Partner, told: Webhook, receiver: Operator
) -> None:
    _take_webhooks(bank, receiver.url, is_on=False)
    deliver(told.pk)
    told.refresh_from_db()
    assert (told.state, told.problem, receiver.calls) == (WebhookState.FAILED, "switched_off", [])


def _becomes(partner: Partner, state: PartnerState) -> None:
    agreement = agreement_of(partner, webhook_url=partner.webhook_url, webhook_is_on=True)
    admission.change(partner, agreement, state=state, actor=None)


@pytest.mark.parametrize("how", ["due", "dead_sender"])
def test_what_a_suspended_partner_would_be_told_waits_and_is_not_lost(
    how: str, bank: Partner, told: Webhook, receiver: Operator
) -> None:
    if how == "dead_sender":
        long_ago = clock.ahead(-WEBHOOK_CLAIM_LIFE - timedelta(seconds=1))
        Webhook.objects.update(state=WebhookState.SENDING, tries=1, claimed_at=long_ago)
    _becomes(bank, PartnerState.SUSPENDED)
    before = Webhook.objects.values().get()
    deliver(told.pk)
    assert waiting(limit=5, grace=timedelta(0), besides=set()) == [] and receiver.calls == []
    assert Webhook.objects.values().get() == before, "No try is spent."
    _becomes(bank, PartnerState.LIVE)
    assert waiting(limit=5, grace=timedelta(0), besides=set()) == [told.pk]
    deliver(told.pk)
    told.refresh_from_db()
    assert (told.state, len(receiver.calls)) == (WebhookState.DELIVERED, 1)


def test_what_happens_during_a_suspension_is_told_after_it(bank: Partner, receiver: Operator) -> None:
    _becomes(bank, PartnerState.SUSPENDED)
    webhooks.tell(bank, WebhookEvent.ACTIVATION_REVOKED, "some-reference")
    deliver(Webhook.objects.get().pk)
    assert receiver.calls == []
    _becomes(bank, PartnerState.LIVE)
    deliver(Webhook.objects.get().pk)
    assert receiver.calls[0].body["event"] == "activation.revoked"


# --- Who tells it ---------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_of_eight_senders_one_tells_it(told: Webhook, receiver: Operator) -> None:
    assert at_the_same_moment([lambda: deliver(told.pk)] * 8) == [None] * 8
    assert len(receiver.calls) == 1


@pytest.mark.django_db(transaction=True)
def test_of_eight_senders_one_takes_over_from_a_dead_one(told: Webhook, receiver: Operator) -> None:
    long_ago = clock.ahead(-WEBHOOK_CLAIM_LIFE - timedelta(seconds=1))
    Webhook.objects.update(state=WebhookState.SENDING, tries=1, claimed_at=long_ago)
    assert waiting(limit=5, grace=timedelta(0), besides=set()) == [told.pk]
    at_the_same_moment([lambda: deliver(told.pk)] * 8)
    told.refresh_from_db()
    assert (len(receiver.calls), told.state, told.tries) == (1, WebhookState.DELIVERED, 2)


def test_a_living_senders_webhook_is_not_taken(told: Webhook, receiver: Operator) -> None:
    Webhook.objects.update(state=WebhookState.SENDING, tries=1, claimed_at=clock.now())
    assert waiting(limit=5, grace=timedelta(0), besides=set()) == []
    deliver(told.pk)
    assert receiver.calls == []


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_partner_is_waited_for(told: Webhook, receiver: Operator) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        deliver(told.pk)
    assert receiver.calls == []


@pytest.mark.django_db(transaction=True)
def test_the_relay_tells_what_no_task_has(bank: Partner, receiver: Operator) -> None:
    with relay_in_thread():
        webhooks.tell(bank, WebhookEvent.ACTIVATION_DONE, "some-reference")
        wait_until(lambda: Webhook.objects.filter(state=WebhookState.DELIVERED).exists())
    assert len(receiver.calls) == 1


def test_the_task_is_known_by_its_name(told: Webhook, receiver: Operator) -> None:
    from celery import current_app

    current_app.loader.import_default_modules()
    current_app.tasks["partners.deliver_webhook"](told.pk)
    assert len(receiver.calls) == 1


# --- Where it may go ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("10.20.3.4", True),
        ("10.21.3.4", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("::7f00:1", False),
        ("192.88.99.1", False),
        ("3fff::1", False),
    ],
)
def test_an_address_inside_is_called_only_when_the_operators_allowed_its_network(
    address: str, may: bool, settings: Settings
) -> None:
    settings.WEBHOOK_NETWORKS = ["10.20.0.0/16"]
    assert destinations.may_be_called(address) is may


def test_a_name_that_leads_inside_is_not_connected_to(told: Webhook, receiver: Operator, settings: Settings) -> None:
    settings.WEBHOOK_NETWORKS = []
    deliver(told.pk)
    told.refresh_from_db()
    assert (told.state, told.problem, receiver.calls) == (WebhookState.DUE, "address_refused", [])


def test_the_address_that_was_judged_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere at its second look-up gains nothing: there is none."""
    from core import calling

    answers = iter([["203.0.113.1", "127.0.0.1"], ["192.0.2.9"]])
    monkeypatch.setattr(calling, "_addresses", lambda *_: next(answers))
    with running_operator() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        call = HttpCall("POST", f"http://bank.example:{port}/")
        answer = exchange(call, seconds=5, guard=lambda address: address == "127.0.0.1")
        assert answer.status == 200 and receiver.calls[0].headers["Host"] == f"bank.example:{port}"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("http://bank.example/hooks", "https:// only"),
        ("https://10.0.0.7/hooks", "private network"),
        ("https://[::1]/hooks", "private network"),
        ("https://user:secret@bank.example/", "Leave out the name"),
        ("https://bank.example/#x", "Leave out the name"),
        ("https://bank.example:99999/", "This is no address"),
        ("https://", "This is no address"),
        ("nonsense", "This is no address"),
    ],
)  # fmt: skip
def test_an_address_that_cannot_take_webhooks_is_refused_beside_its_field(
    typed: str, says: str, superuser: Client, bank: Partner, settings: Settings
) -> None:
    settings.DEMO_MODE, settings.WEBHOOK_NETWORKS = False, []
    page = superuser.post(f"/en/admin/partners/partner/{bank.pk}/change/", _typed(bank) | {"webhook_url": typed})
    assert says in page.content.decode()
    bank.refresh_from_db()
    assert bank.webhook_url == ""


def _typed(bank: Partner) -> dict[str, Any]:
    return {
        "name_ar": bank.name_ar, "name_en": bank.name_en, "modes": ["app"], "purposes": ["activation"], "networks": "",
        "calls_a_minute": "600", "state": "live",
    }  # fmt: skip


# --- In the administration ------------------------------------------------------------------------------------------
LIST = "/en/admin/partners/webhook/"


def test_a_superuser_turns_webhooks_on_with_an_address(superuser: Client, bank: Partner) -> None:
    change = f"/en/admin/partners/partner/{bank.pk}/change/"
    page = superuser.post(change, _typed(bank) | {"webhook_is_on": "on"})
    assert "Webhooks need an address to go to" in page.content.decode()
    superuser.post(change, _typed(bank) | {"webhook_is_on": "on", "webhook_url": "https://bank.example/hooks"})
    bank.refresh_from_db()
    assert (bank.webhook_is_on, bank.webhook_url) == (True, "https://bank.example/hooks")


def test_the_database_keeps_webhooks_that_are_on_from_going_nowhere(bank: Partner) -> None:
    with pytest.raises(IntegrityError, match="webhooks_that_are_on_go_somewhere"), transaction.atomic():
        Partner.objects.filter(pk=bank.pk).update(webhook_is_on=True)


def _given_up(told: Webhook, **facts: Any) -> None:
    known = {"state": WebhookState.FAILED, "tries": TRIES, "problem": "unreachable", "ended_at": clock.now()}
    Webhook.objects.filter(pk=told.pk).update(**(known | facts))


def test_a_supervisor_sees_how_each_went_and_sends_one_again(
    supervisor: Client, told: Webhook, receiver: Operator
) -> None:
    _given_up(told)
    page = supervisor.get(
        f"{LIST}?state__exact=failed&event=activation.done&partner={told.partner_id}"
    ).content.decode()
    assert "some-reference" in page and "Nobody answered at the address" in page and "1 in all" in page
    assert "1 in all" in supervisor.get(f"{LIST}?q={told.event_id}").content.decode()
    assert "1 in all" in supervisor.get(f"{LIST}?q=some-reference").content.decode()
    detail = reverse("admin:partners_webhook_change", args=[told.pk])
    assert "Send again" in supervisor.get(detail.replace("/ar/", "/en/")).content.decode()
    again = reverse("admin:partners_webhook_replay", args=[told.pk])
    assert supervisor.get(again).status_code == 405
    supervisor.post(again)
    told.refresh_from_db()
    assert (told.state, told.tries) == (WebhookState.DUE, 0)
    assert f'<time datetime="{told.next_try_at.isoformat()}"' in supervisor.get(detail).content.decode()
    entry = Entry.objects.get(event="webhooks_replayed")
    assert entry.details == {"partner": told.partner_id, "webhooks": 1} and entry.actor_id
    supervisor.post(again)
    assert Entry.objects.filter(event="webhooks_replayed").count() == 1
    deliver(told.pk)
    assert receiver.calls[0].body["id"] == str(told.event_id)


def test_all_that_was_given_up_lately_is_sent_again(supervisor: Client, bank: Partner, told: Webhook) -> None:
    webhooks.tell(bank, WebhookEvent.ACTIVATION_REVOKED, "some-reference")
    webhooks.tell(bank, WebhookEvent.ACTIVATION_DONE, "long-ago")
    for webhook in Webhook.objects.all():
        _given_up(webhook)
    Webhook.objects.filter(reference="long-ago").update(occurred_at=clock.ahead(timedelta(days=-3)))
    replay = reverse("admin:partners_webhooks_replay").replace("/ar/", "/en/")
    assert "At most 500 at once" in supervisor.get(replay).content.decode()
    page = supervisor.post(replay, {"partner": bank.pk, "hours": 24}, follow=True).content.decode()
    assert "2 webhooks are sent again." in page
    assert set(Webhook.objects.filter(state=WebhookState.DUE).values_list("reference", flat=True)) == {"some-reference"}
    assert (
        "None was given up" in supervisor.post(replay, {"partner": bank.pk, "hours": 24}, follow=True).content.decode()
    )
    assert "This field is required" in supervisor.post(replay, {"hours": 24}).content.decode()


def test_other_officers_neither_see_nor_send_them(
    told: Webhook, officer: User, give_role: Callable[[User, Role], User]
) -> None:
    client = enter(Client(), give_role(officer, Role.PASSPORTS))
    assert client.get(LIST).status_code == 403
    assert client.get(reverse("admin:partners_webhooks_replay")).status_code == 403
    assert client.post(reverse("admin:partners_webhook_replay", args=[told.pk])).status_code == 403


def test_webhooks_are_kept_for_90_days(told: Webhook) -> None:
    Webhook.objects.update(occurred_at=clock.ahead(timedelta(days=-91)))
    retention.purge()
    assert not Webhook.objects.exists()


def test_what_is_sent_is_what_stands_in_the_row(told: Webhook) -> None:
    said = json.loads(delivery.body_of(told))
    assert said["occurred_at"].endswith("+00:00") and said["event"] == "activation.done"
