"""A limit or a lock is told calmly: what happened, until when (a live count and the hour), what works meanwhile."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from accounts.actions.codes import SENDS_PER_ADDRESS, SENDS_PER_ID_NUMBER
from accounts.actions.sign_in import PER_ACCOUNT, PER_ADDRESS
from accounts.models import OneTimeCode, TryCounter, User
from core.templatetags.portal import clock_text, soon
from core.throttle import Charge, Counter
from messaging.actions import ceilings
from messaging.models import Message, SendCounter
from registry.models import Person
from tests.cast import PASSWORD, RESIDENT_NUMBER, Phone
from tests.steps import fill_in, look_at_image
from tests.walk import path

pytestmark = pytest.mark.django_db

PHONE_OF_ANOTHER = "+966555555577"
HOUR = r"\((tomorrow )?at \d\d:\d\d\)"


def _use_up(charge: Charge, counters: type[Counter] = SendCounter) -> None:
    for _time in range(charge.budget.limit):
        counters.objects.spend(charge)


def _the_mobile_for_an_hour(phone: Phone, settings: Settings) -> None:
    _use_up(ceilings.FIVE_AN_HOUR.of(phone.mobile))


def _the_mobile_for_a_day(phone: Phone, settings: Settings) -> None:
    _use_up(ceilings.TEN_A_DAY.of(phone.mobile))


def _the_id_number(phone: Phone, settings: Settings) -> None:
    _use_up(SENDS_PER_ID_NUMBER.of(RESIDENT_NUMBER))


def _the_network(phone: Phone, settings: Settings) -> None:
    _use_up(SENDS_PER_ADDRESS.of("127.0.0.1"))


def _the_block(phone: Phone, settings: Settings) -> None:
    settings.SMS_BLOCK_HOURLY_CEILING = 1
    ceilings.spend_to_send(f"{phone.mobile[:-4]}0000")


def _the_day_of_all(phone: Phone, settings: Settings) -> None:
    settings.SMS_DAILY_CEILING = 1
    ceilings.spend_to_send(PHONE_OF_ANOTHER)


LIMITS = [
    (_the_mobile_for_an_hour, "one mobile gets within an hour (5)", r"(59|60):\d\d|1:00:00"),
    (_the_mobile_for_a_day, "one mobile gets within a day (10)", r"(23|24):\d\d:\d\d"),
    (_the_id_number, "one ID number gets within an hour (5)", r"59:\d\d|1:00:00"),
    (_the_network, "from your network", r"[45]:\d\d"),
    (_the_block, "numbers that begin like this one", r"59:\d\d|1:00:00"),
    (_the_day_of_all, "The portal has sent as many text messages", r"(23|24):\d\d:\d\d"),
]


@pytest.mark.parametrize(("use_up", "happened", "left"), LIMITS, ids=[limit[0].__name__ for limit in LIMITS])
def test_a_registration_over_a_limit_is_told_which_and_until_when(
    use_up: Callable[..., None],
    happened: str,
    left: str,
    browser: Client,
    person: Person,
    phone: Phone,
    settings: Settings,
) -> None:
    use_up(phone, settings)
    fill_in(browser)
    page = browser.get(path("registration_code")).content.decode()
    assert not OneTimeCode.objects.exists()
    assert happened in page and "Everything that needs no sign-in works meanwhile." in page
    assert re.search(rf"A code can be sent again in\s+<span[^>]*>({left})</span>\s+<span[^>]*>{HOUR}</span>", page)
    assert re.search(r'data-enabled-after="\d+">Send the code</button>', page)
    assert 'name="code"' not in page


def test_the_hour_is_the_one_at_which_the_count_ends(browser: Client, person: Person, phone: Phone) -> None:
    _use_up(ceilings.FIVE_AN_HOUR.of(phone.mobile))
    fill_in(browser)
    page = browser.get(path("registration_code")).content.decode()
    (hour,) = re.findall(r"at (\d\d:\d\d)\)", page)
    ends_at = SendCounter.objects.get(key=ceilings.FIVE_AN_HOUR.of(phone.mobile).key).window_ends_at
    # A whole minute that is not over before the count ends.
    assert hour in {f"{timezone.localtime(ends_at + timedelta(seconds=more)):%H:%M}" for more in range(62)}


def test_a_limit_is_told_in_arabic(browser: Client, person: Person, phone: Phone) -> None:
    _use_up(ceilings.FIVE_AN_HOUR.of(phone.mobile))
    fill_in(browser, "ar")
    page = browser.get(path("registration_code", "ar")).content.decode()
    assert "أُرسلت إلى هذا الجوال كل الرموز المتاحة له في الساعة (5)." in page
    assert re.search(r"\((غدًا )?الساعة \d\d:\d\d\)", page)


def test_a_code_that_is_out_can_still_be_typed(browser: Client, activated: User, phone: Phone) -> None:
    browser.post(path("login"), {"login_name": activated.username, "password": PASSWORD})
    for _time in range(ceilings.FIVE_AN_HOUR.limit - 1):
        SendCounter.objects.spend(ceilings.FIVE_AN_HOUR.of(phone.mobile))
    page = browser.get(path("login_code")).content.decode()
    assert "A code that has arrived still works until its time is up." in page and 'name="code"' in page
    assert "sign in again then" in page
    assert browser.post(path("login_code"), {"code": phone.newest_code()}).url == path("dashboard")


def test_a_lifted_ceiling_is_no_limit_any_more(
    browser: Client, person: Person, phone: Phone, settings: Settings, officer: User
) -> None:
    _the_day_of_all(phone, settings)
    fill_in(browser)
    ceilings.lift_daily_ceiling(supervisor=officer, more=5, reason="A new service begins today.")
    assert "data-wait" not in browser.get(path("registration_code")).content.decode()
    browser.post(path("registration_resend"))
    assert Message.objects.count() == 1


def test_the_minute_between_two_codes_is_no_limit(browser: Client, person: Person) -> None:
    fill_in(browser)
    page = browser.get(path("registration_code")).content.decode()
    assert "data-wait" not in page and 'data-enabled-after="' in page


def _sign_in(browser: Client, user: User, language: str = "en") -> str:
    """With the right password and the image code, which is asked for after some failures."""
    sent = {"login_name": user.username, "password": PASSWORD}
    page = browser.post(path("login", language), sent)
    return browser.post(path("login", language), sent | look_at_image(browser, page)).content.decode()


@pytest.mark.parametrize(
    ("language", "happened", "possible", "hour"),
    [
        ("en", "Too many wrong passwords", "Sign-in is possible again in", HOUR),
        ("ar", "كُتبت كلمة المرور خطأً مرات كثيرة", "يمكن تسجيل الدخول من جديد بعد", r"\((غدًا )?الساعة \d\d:\d\d\)"),
    ],
)
def test_a_locked_sign_in_counts_down(
    language: str, happened: str, possible: str, hour: str, browser: Client, resident: User
) -> None:
    charge = PER_ACCOUNT.of(f"account:{resident.pk}")
    _use_up(charge, TryCounter)
    TryCounter.objects.fail(charge)
    page = _sign_in(browser, resident, language)
    assert happened in page and re.search(
        rf"{possible}\s+<span[^>]*>1[45]:\d\d</span>\s+<span[^>]*>{hour}</span>", page
    )
    assert "error-summary" not in page and f'value="{resident.username}"' in page


def test_a_network_with_too_many_tries_counts_down(browser: Client, resident: User) -> None:
    _use_up(PER_ADDRESS.of("127.0.0.1"), TryCounter)
    page = _sign_in(browser, resident)
    assert "Too many tries to sign in came from your network" in page and re.search(r'data-wait="[1-6]\d?"', page)
    assert "Over another network" in page


def test_a_burnt_image_code_is_not_shown_as_typed(browser: Client, resident: User) -> None:
    wrong = {"login_name": resident.username, "password": "Wrong7Password"}
    pages = [browser.post(path("login"), wrong) for _time in range(3)]
    solved = look_at_image(browser, pages[-1])
    page = browser.post(path("login"), wrong | solved).content.decode()
    assert "Username or password is not right." in page
    assert solved["captcha"] not in page and solved["captcha_key"] not in page


def test_a_locked_sign_in_leaves_the_code_that_is_out(browser: Client, activated: User, phone: Phone) -> None:
    """As its page says."""
    browser.post(path("login"), {"login_name": activated.username, "password": PASSWORD})
    charge = PER_ACCOUNT.of(f"account:{activated.pk}")
    _use_up(charge, TryCounter)
    TryCounter.objects.fail(charge)
    assert browser.post(path("login_code"), {"code": phone.newest_code()}).url == path("dashboard")


@pytest.mark.parametrize(("seconds", "said"), [(5, "0:05"), (125, "2:05"), (3600, "1:00:00"), (86_399, "23:59:59")])
def test_a_long_wait_is_counted_in_hours(seconds: int, said: str) -> None:
    assert clock_text(seconds) == said


def test_the_hour_of_another_day_says_so() -> None:
    now = timezone.now()
    with override("en"):
        assert soon(now) == f"at {timezone.localtime(now):%H:%M}"
        assert soon(now + timedelta(hours=24)) == f"tomorrow at {timezone.localtime(now):%H:%M}"
