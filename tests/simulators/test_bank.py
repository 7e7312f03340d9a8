"""The demonstration's bank activates an account over HTTP, and plays what can go wrong."""

import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from pytest_django import Settings

from accounts.models import OneTimeCode, User
from accounts.states import State
from activation.models import PartnerAttempt
from core import clock
from messaging.models import SendCounter
from partners.delivery import body_of, deliver
from partners.models import Partner, PartnerKey, Webhook
from partners.states import WebhookState
from registry.models import Person
from simulators import bank as program
from tests.cast import Phone

pytestmark = pytest.mark.django_db(transaction=True)


class Customer:
    """Somebody with a bank's channel in their hands. Each page is addressed by its URL name."""

    def __init__(self, mode: str = "app", language: str = "en") -> None:
        self.browser, self.mode, self.language = Client(), mode, language

    def address(self, name: str) -> str:
        with override(self.language):
            return reverse(name, args=[] if name == "demo_bank" else [self.mode])

    def see(self, name: str) -> str:
        return self.browser.get(self.address(name), follow=True).content.decode()

    def send(self, name: str, **typed: str) -> HttpResponse:
        return self.browser.post(self.address(name), typed)

    def sign_in(self, user: User) -> "Customer":
        self.send("demo_bank_sign_in", id_number=user.id_number, mobile=f"0{user.mobile.removeprefix('+966')}")
        return self

    def told(self, name: str, **typed: str) -> str:
        return self.send(name, **typed).content.decode()


@pytest.mark.parametrize("mode", ["app", "website", "atm"])
def test_each_channel_of_the_bank_activates(mode: str, portal: str, resident: User, phone: Phone) -> None:
    customer = Customer(mode).sign_in(resident)
    assert customer.address("demo_bank_activation") in customer.see("demo_bank_services")
    numbers = customer.see("demo_bank_activation")
    assert resident.id_number in numbers and "0512345621" in numbers
    assert customer.send("demo_bank_activation").url == customer.address("demo_bank_code")
    assert "05••••••21" in customer.see("demo_bank_code")
    assert customer.send("demo_bank_code", code=phone.newest_code()).url == customer.address("demo_bank_done")
    assert "The account is activated" in customer.see("demo_bank_done")
    resident.refresh_from_db()
    assert (resident.state, PartnerAttempt.objects.get().mode) == (State.ACTIVATED, mode)


@pytest.mark.parametrize(
    ("language", "title"), [("en", "The mobile number differs"), ("ar", "رقم الجوال مختلف")]
)  # fmt: skip
def test_a_problem_is_shown_in_the_language_of_the_page(language: str, title: str, portal: str, resident: User) -> None:
    customer = Customer(language=language).sign_in(resident)
    shown = customer.told("demo_bank_activation", play="other_mobile")
    assert title in shown and "409 mobile-differs" in shown


@pytest.mark.parametrize("play", ["forged", "late"])
def test_a_forged_signature_and_a_late_one_are_refused(play: str, portal: str, resident: User) -> None:
    shown = Customer().sign_in(resident).told("demo_bank_activation", play=play)
    assert "The call is not signed as agreed" in shown and "401 not-authenticated" in shown
    assert not PartnerAttempt.objects.exists()


def test_the_same_call_twice_sends_one_code_and_activates_once(portal: str, resident: User, phone: Phone) -> None:
    customer = Customer().sign_in(resident)
    customer.send("demo_bank_activation", play="twice")
    assert "The same call was sent twice." in customer.see("demo_bank_code")
    assert len(phone.messages()) == 1
    customer.send("demo_bank_code", play="twice", code=phone.newest_code())
    assert "The same call was sent twice." in customer.see("demo_bank_done")
    assert [message.purpose for message in phone.messages()] == ["activation_code", "activated"]


def test_a_wrong_code_says_how_many_tries_are_left(portal: str, resident: User, phone: Phone) -> None:
    customer = Customer().sign_in(resident)
    customer.send("demo_bank_activation")
    shown = customer.told("demo_bank_code", play="without_code")
    assert "The code is wrong" in shown and "422 code-wrong" in shown and "<dd>4</dd>" in shown
    assert customer.send("demo_bank_code", code=phone.newest_code()).status_code == 302


@pytest.mark.parametrize("play", ["forged", "late"])
def test_a_confirmation_that_is_forged_or_late_is_refused_and_costs_no_try(
    play: str, portal: str, resident: User, phone: Phone
) -> None:
    customer = Customer().sign_in(resident)
    customer.send("demo_bank_activation")
    assert "401 not-authenticated" in customer.told("demo_bank_code", play=play, code=phone.newest_code())
    assert OneTimeCode.objects.get().tries == 0
    assert customer.send("demo_bank_code", code=phone.newest_code()).status_code == 302


def test_a_code_that_is_typed_too_late_has_ended(portal: str, resident: User, phone: Phone) -> None:
    customer = Customer().sign_in(resident)
    customer.send("demo_bank_activation")
    OneTimeCode.objects.update(expires_at=clock.now())
    assert "409 code-ended" in customer.told("demo_bank_code", code=phone.newest_code())


def test_another_code_comes_after_a_minute(portal: str, resident: User, phone: Phone) -> None:
    customer = Customer().sign_in(resident)
    customer.send("demo_bank_activation")
    first = phone.newest_code()
    assert "429 codes-rest" in customer.told("demo_bank_code", play="without_again")
    SendCounter.objects.all().delete()
    assert customer.send("demo_bank_code", play="without_again").status_code == 302
    assert phone.newest_code() != first


def test_what_is_no_code_is_not_sent_to_the_portal(portal: str, resident: User) -> None:
    customer = Customer().sign_in(resident)
    customer.send("demo_bank_activation")
    shown = customer.told("demo_bank_code", code="12")
    assert "You typed 2 digits" in shown and "What travelled" not in shown


def test_a_portal_that_does_not_answer_is_said(
    portal: str, resident: User, free_address: str, settings: Settings
) -> None:
    customer = Customer().sign_in(resident)
    settings.PUBLIC_URL = f"http://{free_address}"
    assert "The portal does not answer" in customer.told("demo_bank_activation")


@pytest.mark.parametrize("name", ["demo_bank_services", "demo_bank_activation", "demo_bank_code", "demo_bank_done"])
def test_who_has_not_logged_in_is_asked_to(name: str, person: Person) -> None:
    assert "Log in to the bank" in Customer().see(name)


def test_the_first_page_forgets_who_was_there(portal: str, resident: User) -> None:
    customer = Customer().sign_in(resident)
    customer.see("demo_bank")
    assert "Log in to the bank" in customer.see("demo_bank_activation")


def test_a_channel_the_bank_does_not_have_is_not_found(person: Person) -> None:
    assert Customer("kiosk").browser.get("/en/demo/bank/kiosk/").status_code == 404


def test_the_other_banks_stand_in_the_list_after_it_and_have_no_keys(portal: str) -> None:
    others = tomllib.loads((Path(settings.BASE_DIR) / "demo" / "banks.toml").read_text())["bank"]
    for _time in range(2):
        program.admit_others(others)
    banks = list(Partner.objects.live().filter(kind="bank").order_by("pk"))
    assert [bank.slug for bank in banks] == ["demo-bank", *(facts["slug"] for facts in others)]
    assert len(others) == 11 and not PartnerKey.objects.filter(partner__in=banks[1:]).exists()


def test_the_bank_is_told_what_became_of_its_attempt_and_knows_who_told_it(
    portal: str, resident: User, phone: Phone
) -> None:
    program.WEBHOOKS.clear()
    customer = Customer().sign_in(resident)
    page = reverse("demo_bank_webhooks").replace("/ar/", "/en/")
    assert "Nothing yet" in customer.browser.get(page).content.decode()
    customer.send("demo_bank_activation")
    customer.send("demo_bank_code", code=phone.newest_code())
    webhook = Webhook.objects.get()
    deliver(webhook.pk)
    webhook.refresh_from_db()
    assert (webhook.state, webhook.last_status) == (WebhookState.DELIVERED, 204)
    shown = customer.browser.get(page).content.decode()
    assert "Activation done" in shown and webhook.reference in shown and "signed by the portal" in shown
    forged = customer.browser.post(page, body_of(webhook), content_type="application/json")
    assert forged.status_code == 400 and "not signed by the portal" in customer.browser.get(page).content.decode()
    assert customer.browser.post(page, b"[]", content_type="application/json").status_code == 400
