"""A kiosk's temporary password: for a day, for one sign-in, which ends with a password of one's own."""

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, PathConverter, SlugConverter, StringConverter
from django.urls.resolvers import RoutePattern
from django.utils.translation import override

from accounts.actions import profile
from accounts.models import Session, User
from accounts.rules import PASSWORD_RULES
from accounts.states import State
from activation.urls import DayConverter, TimeConverter
from audit.models import Entry
from core import clock
from messaging.models import SendCounter
from services.models import Notice
from tests.cast import PASSWORD, Phone
from tests.walk import path

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "Green4Harbour"
PAGE = path("login_password")
_ANY = {
    IntConverter: 1,
    SlugConverter: "some-page",
    StringConverter: "some",
    PathConverter: "some",
    DayConverter: date(2026, 11, 25),
    TimeConverter: time(10, 15),
}


def _sign_in(user: User, password: str) -> Client:
    client = Client()
    client.post(path("login"), {"login_name": user.username, "password": password})
    client.post(path("login_code"), {"code": Phone(user.mobile).newest_code()})
    return client


@pytest.fixture
def temporary(activated: User) -> str:
    return profile.give_temporary_password(activated)


@pytest.fixture
def at_home(activated: User, temporary: str) -> Client:
    return _sign_in(activated, temporary)


def _choose(client: Client, password: str = NEW_PASSWORD, again: str = "") -> str:
    sent = {"password": password, "password_again": again or password}
    return client.post(PAGE, sent, follow=True).content.decode()


def test_it_is_told_by_text_and_ends_sessions_and_the_old_password(activated: User, phone: Phone) -> None:
    browser = _sign_in(activated, PASSWORD)
    profile.give_temporary_password(User.objects.get())
    assert browser.get(path("dashboard")).status_code == 302
    assert [notice.name for notice in Notice.objects.of(activated)] == ["temporary_password"]
    assert phone.newest().purpose == "temporary_password" and not User.objects.get().check_password(PASSWORD)


def test_the_sign_in_ends_with_a_password_of_ones_own(at_home: Client, activated: User, phone: Phone) -> None:
    shown = at_home.get(path("dashboard"), follow=True)
    assert shown.redirect_chain == [(PAGE, 302)]
    page = shown.content.decode()
    assert "Choose your password" in page and "Present password" not in page
    assert all(str(rule.text) in page for rule in PASSWORD_RULES)
    assert path("account") not in page and path("logout") in page
    key = at_home.cookies["session"].value
    assert "Your new password is saved." in _choose(at_home)
    assert at_home.cookies["session"].value != key and at_home.get(path("dashboard")).status_code == 200
    user = User.objects.get()
    assert user.check_password(NEW_PASSWORD) and not user.password_is_temporary and user.password_ends_at is None
    assert phone.newest().purpose == "password_changed"
    assert Entry.objects.filter(event="password_changed", actor_id=activated.pk).count() == 2


def test_every_other_browser_is_signed_out_by_it(at_home: Client, activated: User, temporary: str) -> None:
    SendCounter.objects.all().delete()
    elsewhere = _sign_in(activated, temporary)
    _choose(at_home)
    assert elsewhere.get(PAGE).url.startswith(path("login"))
    assert _choose(elsewhere, "Amber9Lagoon") and User.objects.get().check_password(NEW_PASSWORD)


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [("short1A", "", "You typed 7 characters; a password has 8 to 128."), ("", "x", "Choose a password."),
     (NEW_PASSWORD, PASSWORD, "The two passwords differ. Type both again."),
     ("Password123", "", "This password is on the lists that attackers try first.")],
)  # fmt: skip
def test_what_does_not_do_is_said(password: str, again: str, sentence: str, at_home: Client) -> None:
    assert sentence in _choose(at_home, password, again)
    assert User.objects.get().password_is_temporary


def test_the_temporary_one_is_no_password_of_ones_own(at_home: Client, temporary: str) -> None:
    assert "This is the password that the account has already." in _choose(at_home, temporary)


def test_the_page_is_for_nobody_else(activated: User, browser: Client) -> None:
    assert browser.get(PAGE).url.startswith(path("login"))
    assert _sign_in(activated, PASSWORD).get(PAGE).url == path("dashboard")


def test_signing_out_needs_no_password(at_home: Client) -> None:
    assert "You are signed out." in at_home.post(path("logout"), follow=True).content.decode()


def test_after_its_day_it_opens_nothing_and_the_page_says_what_does(activated: User, temporary: str) -> None:
    User.objects.update(password_ends_at=clock.ahead(-timedelta(seconds=1)))
    client = Client()
    page = client.post(path("login"), {"login_name": activated.username, "password": temporary}).content.decode()
    assert "The temporary password from the kiosk has expired" in page and path("recovery") in page
    assert not Session.objects.filter(user=activated).exists()
    page = client.post(path("login"), {"login_name": activated.username, "password": "Wrong1Guess"}).content.decode()
    assert "has expired" not in page


def test_a_recovery_takes_its_place(activated: User, temporary: str) -> None:
    User.objects.update(password_ends_at=clock.ahead(-timedelta(seconds=1)))
    profile.set_password(User.objects.get(), NEW_PASSWORD)
    SendCounter.objects.all().delete()
    assert _sign_in(activated, NEW_PASSWORD).get(path("dashboard")).status_code == 200


def test_it_works_for_a_day(activated: User, temporary: str) -> None:
    ends_at = User.objects.get().password_ends_at
    assert ends_at and abs(ends_at - clock.read() - timedelta(hours=24)) < timedelta(minutes=1)


def test_a_temporary_password_without_an_end_cannot_be_kept(activated: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.update(password_is_temporary=True)


def test_a_paused_account_is_told_of_its_pause_first(activated: User) -> None:
    profile.pause(activated)
    temporary = profile.give_temporary_password(User.objects.get(state=State.PAUSED))
    typed = {"login_name": activated.username, "password": temporary}
    page = Client().post(path("login"), typed, follow=True).content.decode()
    assert "Your account is paused" in page


def _addresses() -> list[str]:
    """Every page that has a name, with whatever stands for the parts of its address that differ."""

    def walk(resolver: URLResolver) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                yield from () if pattern.namespace in ("admin", "partner_api") else walk(pattern)
            elif isinstance(pattern, URLPattern) and pattern.name and isinstance(pattern.pattern, RoutePattern):
                kinds = {name: type(converter) for name, converter in pattern.pattern.converters.items()}
                yield reverse(pattern.name, kwargs={name: _ANY[kind] for name, kind in kinds.items()})

    with override("en"):
        return list(walk(get_resolver()))


def _end(client: Client, address: str, method: str) -> str:
    answer = getattr(client, method)(address, follow=True, headers={"accept-language": "en"})
    return str(answer.redirect_chain[-1][0] if answer.redirect_chain else address).split("?")[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "some"),
    [("get", ["dashboard", "account", "account_password", "activation", "activation_officer", "activation_bank"]),
     ("post", ["account", "account_password"])],
)  # fmt: skip
def test_whatever_needs_a_sign_in_leads_to_the_page(method: str, some: list[str], at_home: Client) -> None:
    """As SES-1: public pages are as for everybody, and nothing else is to be had."""
    led = set()
    # The demonstration's machines are no pages of the portal, and remember who stands before them.
    addresses = [one for one in _addresses() if one not in (PAGE, path("logout")) and "/demo/" not in one]
    stranger = Client()
    for address in addresses:
        stranger.cookies.clear()
        as_stranger, here = _end(stranger, address, method), _end(at_home, address, method)
        assert here in (PAGE, as_stranger), address
        assert here == PAGE or as_stranger != path("login") or address == path("login"), address
        led |= {address} if here == PAGE else set()
    assert {path(name) for name in some} <= led
    assert User.objects.get().password_is_temporary


def test_when_its_day_is_over_it_opens_no_paused_account_either(activated: User) -> None:
    profile.pause(activated)
    activated.refresh_from_db()
    temporary = profile.give_temporary_password(activated)
    User.objects.update(password_ends_at=clock.now())
    client = Client()
    page = client.post(path("login"), {"login_name": activated.username, "password": temporary})
    assert "The temporary password from the kiosk has expired" in page.text
    assert client.get(path("paused")).url == path("login")
