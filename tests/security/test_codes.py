"""Codes and the messages that carry them: OTP-3 to OTP-8, SMS-1 and SMS-3."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.actions import codes, registration, sign_in
from accounts.actions.registration import register
from accounts.claim import Claim
from accounts.flows import CodeFlow
from accounts.models import OneTimeCode, Purpose, TryCounter, User
from core import clock
from core.throttle import OverBudget
from messaging.models import Message, SendCounter
from registry.models import Person
from tests.cast import PASSWORD, Phone, in_no_browser, luhn_number
from tests.steps import fill_in

pytestmark = pytest.mark.django_db

ADDRESS = "198.51.100.7"


def _wrong(flow: CodeFlow, phone: Phone) -> str:
    return "000000" if phone.newest_code() != "000000" else "111111"


def test_a_try_stays_counted_when_the_request_fails(begun: CodeFlow, phone: Phone) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        with pytest.raises(codes.WrongCode):
            codes.take(begun, _wrong(begun, phone))
        tries = OneTimeCode.objects.get().tries
        raise RuntimeError
    assert tries == 1


def test_ten_wrong_codes_lock_the_phone_and_the_account_for_two_hours(resident: User, phone: Phone) -> None:
    for _ in range(2):
        SendCounter.objects.all().delete()
        flow = sign_in.send_code(resident, client_ip=ADDRESS)
        for _ in range(5):
            with pytest.raises(codes.WrongCode):
                codes.take(flow, _wrong(flow, phone))
    SendCounter.objects.all().delete()
    with pytest.raises(codes.CodesLocked) as locked:
        codes.resend(flow, ADDRESS)
    assert 119 * 60 < locked.value.retry_in_seconds <= 120 * 60 + 1
    with pytest.raises(codes.CodesLocked):
        codes.take(flow, phone.newest_code())


def test_new_cookies_and_forged_addresses_do_not_renew_the_tries(resident: User, phone: Phone) -> None:
    answers = []
    for n in range(4):
        SendCounter.objects.all().delete()
        client = Client(headers={"x-forwarded-for": f"203.0.113.{n}"})
        client.post("/en/sign-in/", {"login_name": resident.username, "password": PASSWORD})
        for _ in range(5):
            answers.append(client.post("/en/sign-in/code/", {"code": "000000"}, follow=True).content.decode())
    tried = sum("That is not the code" in answer or "tried too often" in answer for answer in answers)
    assert tried <= 10
    assert "Codes work again in" in answers[-1] and 'data-countdown="7' in answers[-1]


def test_a_code_of_another_browser_is_refused(begun: CodeFlow, phone: Phone, claim: Callable[..., Claim]) -> None:
    code = phone.newest_code()
    SendCounter.objects.all().delete()
    of_another_browser = register(claim(), client_ip=ADDRESS, keep=in_no_browser)
    OneTimeCode.objects.filter(flow=of_another_browser.digest).exclude(digest="").update(tries=0)
    if phone.newest_code() == code:
        pytest.fail("Two codes in a row are equal: one in a million, run again.")
    with pytest.raises(codes.WrongCode):
        codes.take(of_another_browser, code)


def test_a_code_of_another_person_is_refused(begun: CodeFlow, phone: Phone, stranger: User) -> None:
    with pytest.raises(codes.CodeRefused):
        codes.take(CodeFlow(Purpose.REGISTRATION, stranger.pk, begun.key), phone.newest_code())


def test_after_a_resend_the_old_code_is_refused_and_the_new_one_works(begun: CodeFlow, phone: Phone) -> None:
    old = phone.newest_code()
    SendCounter.objects.all().delete()
    codes.resend(begun, ADDRESS)
    new = phone.newest_code()
    if old != new:
        with pytest.raises(codes.WrongCode):
            codes.take(begun, old)
    registration.prove_mobile(begun, new, keep=in_no_browser)
    assert User.objects.get(pk=begun.user_id).mobile_proven_at


def test_a_code_ends_after_five_minutes_of_the_databases_clock(begun: CodeFlow, phone: Phone) -> None:
    code = OneTimeCode.objects.get()
    assert abs(code.expires_at - clock.read() - timedelta(minutes=5)) < timedelta(seconds=30)
    OneTimeCode.objects.update(expires_at=clock.ahead(timedelta(seconds=-1)))
    with pytest.raises(codes.CodeExpired):
        codes.take(begun, phone.newest_code())


def test_no_code_and_no_number_of_a_message_stands_clear_in_the_database(begun: CodeFlow, phone: Phone) -> None:
    code = phone.newest_code()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            assert code not in [str(value) for row in cursor.fetchall() for value in row], table


@pytest.mark.parametrize("model", [m for m in apps.get_models() if m._meta.app_label == "accounts"])
def test_no_table_of_accounts_has_a_column_for_a_code(model: Any) -> None:
    assert {"code", "token", "otp"}.isdisjoint(field.name for field in model._meta.get_fields() if field.concrete)


@pytest.mark.parametrize("code", ["000000", "111111", "123456", "999999"])
def test_no_code_is_magic(code: str, begun: CodeFlow, phone: Phone) -> None:
    if phone.newest_code() != code:
        with pytest.raises(codes.WrongCode):
            codes.take(begun, code)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("DEMO_MODE", True, "portal.E001"),
        ("OVER_HTTPS", False, "portal.E002"),
        ("TRUSTED_PROXY_COUNT", 0, "portal.W002"),
        ("DEBUG", True, "security.W018"),
        ("SMS_GATEWAYS", ["messaging.gateways.demo_phone.DemoPhone"], "messaging.E002"),
        ("SMS_GATEWAYS", ["messaging.gateways.console.Console"], "messaging.E001"),
    ],
)
def test_what_is_for_trying_out_stops_a_deployment(name: str, value: Any, problem: str, settings: Any) -> None:
    production = {
        "DEMO_MODE": False,
        "OVER_HTTPS": True,
        "TRUSTED_PROXY_COUNT": 1,
        "SMS_GATEWAYS": ["messaging.gateways.http.Http"],
    }
    for key, usual in production.items():
        setattr(settings, key, usual)
    settings.SMS_HTTP = settings.SMS_HTTP | {"url": "https://sms.example/send"}
    setattr(settings, name, value)
    with pytest.raises(SystemCheckError) as stopped:
        call_command("check", deploy=True, fail_level="WARNING")
    assert problem in str(stopped.value)


def _sent_to_mobiles(claim: Callable[..., Claim], **facts: Any) -> int:
    register(claim(**facts), client_ip=facts.pop("client_ip", ADDRESS), keep=in_no_browser)
    return Message.objects.count()


def test_a_phone_gets_one_code_a_minute_five_an_hour_and_ten_a_day(begun: CodeFlow, phone: Phone) -> None:
    with pytest.raises(OverBudget):
        codes.resend(begun, ADDRESS)
    for limit, budget in ((5, "sms-hour"), (10, "sms-day")):
        while Message.objects.count() < limit:
            SendCounter.objects.filter(key__startswith="sms-minute").delete()
            SendCounter.objects.filter(key__startswith="sms-hour" if budget == "sms-day" else "none").delete()
            SendCounter.objects.filter(key__startswith="sends-").delete()
            codes.resend(begun, ADDRESS)
        SendCounter.objects.filter(key__startswith="sms-minute").delete()
        with pytest.raises(OverBudget) as over:
            codes.resend(begun, ADDRESS)
        assert over.value.budget.name == budget
    assert Message.objects.filter(to=phone.mobile).count() == 10


def test_only_another_pages_code_keeps_a_code_that_is_asked_for_from_being_written(resident: User) -> None:
    flow = CodeFlow.new(Purpose.NEW_MOBILE, resident.pk, mobile="no mobile")
    with pytest.raises(IntegrityError, match="a_message_goes_to_a_mobile"):
        codes.resend(flow, ADDRESS)


def test_an_id_number_gets_five_codes_an_hour_whatever_the_mobiles(claim: Callable[..., Claim], person: Person) -> None:
    for n in range(8):
        register(claim(mobile=f"+96651234560{n}"), client_ip=f"198.51.100.{n}", keep=in_no_browser)
    assert Message.objects.count() == 5


def test_an_address_gets_twenty_five_codes_in_five_minutes(claim: Callable[..., Claim], db: None) -> None:
    for n in range(30):
        facts = {"id_number": luhn_number(f"2000010{n:02}"), "mobile": f"+9665123456{n:02}"}
        register(claim(**facts), client_ip=ADDRESS, keep=in_no_browser)
    assert Message.objects.count() == 25


def test_a_daily_ceiling_stops_all_codes(claim: Callable[..., Claim], person: Person, settings: Any) -> None:
    settings.SMS_DAILY_CEILING = 2
    for n in range(4):
        register(claim(mobile=f"+96651234560{n}"), client_ip=f"198.51.100.{n}", keep=in_no_browser)
    assert Message.objects.count() == 2


def test_over_budget_the_page_is_the_same_and_says_when(browser: Client, person: Person) -> None:
    first = fill_in(browser, username="samer2026")
    second = fill_in(Client(), username="samer2027")
    assert (first.status_code, first.url) == (second.status_code, second.url)
    assert Message.objects.count() == 1
    assert User.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"captcha": "111111"},
        {"captcha": None},
        {"id_number": "2000000007"},
        {"pledge": None},
        {"mobile": "0112345678"},
        {"password_again": "Other7Lantern"},
    ],
)
def test_nothing_is_sent_before_everything_is_right(wrong: dict[str, Any], browser: Client, person: Person) -> None:
    assert fill_in(browser, **wrong).status_code == 200
    assert Message.objects.count() == User.objects.count() == SendCounter.objects.count() == 0


def test_the_counters_hold_no_number(begun: CodeFlow, phone: Phone, resident: User) -> None:
    kept = [*SendCounter.objects.values_list("key", flat=True), *TryCounter.objects.values_list("key", flat=True)]
    assert kept and not any(phone.mobile[-9:] in key or resident.id_number in key for key in kept)


def test_strangers_who_register_with_a_number_do_not_use_up_its_holders_codes(
    claim: Callable[..., Claim], activated: User, phone: Phone
) -> None:
    for n in range(6):
        register(claim(mobile=f"+96651234560{n}"), client_ip=f"198.51.100.{n}", keep=in_no_browser)
    sign_in.send_code(activated, client_ip=ADDRESS)
    assert phone.newest().purpose == "login_code"
