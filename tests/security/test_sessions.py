"""Who half signed in sees nothing, and sessions end when they should: SES-1, SES-2 and the lives of sessions."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.test import Client

from accounts.actions import claims, profile
from accounts.models import Session, User
from accounts.sessions import SessionStore
from accounts.states import State
from activation.actions import cases
from core import clock
from messaging.models import SendCounter
from registry.models import Person
from tests import walk
from tests.cast import PASSWORD, Phone, sign_in
from tests.steps import fill_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def half_signed_in(activated: User, browser: Client) -> Client:
    """The password was right, the code is still to come."""
    browser.post("/en/sign-in/", {"login_name": activated.username, "password": PASSWORD})
    return browser


@pytest.mark.parametrize("name", [*walk.SIGNED_IN, *walk.ENQUIRIES])
def test_a_password_alone_opens_no_page(name: str, half_signed_in: Client) -> None:
    assert half_signed_in.get(walk.path(name)).url.startswith("/en/sign-in/?next=")


# The code, and what stands beside it, are the second step; nothing of them shows anything of the account.
SECOND_STEP = {"login_code", "code_state", "login_nafath"}


def test_a_password_alone_opens_the_second_step_and_public_pages_only(half_signed_in: Client) -> None:
    shown = {name for name, address in walk.pages().items() if half_signed_in.get(address).status_code == 200}
    assert shown == {*walk.PUBLIC, *walk.MACHINES, *SECOND_STEP, "captcha_refresh", "new_mobile"}


def test_the_page_beside_the_code_tells_nothing_of_the_account(half_signed_in: Client, activated: User) -> None:
    shown = half_signed_in.get(walk.path("login_nafath")).content.decode()
    facts = (activated.id_number, activated.username, activated.email, activated.mobile, "Samer")
    assert [fact for fact in facts if fact in shown] == []


def test_a_password_alone_opens_no_administration(half_signed_in: Client) -> None:
    assert half_signed_in.get("/en/admin/").url.startswith("/en/admin/login/")


@pytest.mark.parametrize(
    "name", ["activation_begin", "activation_nafath_ask", "login_nafath_finish", "session_extend", "new_mobile_stop"]
)
def test_a_password_alone_changes_nothing(name: str, half_signed_in: Client, activated: User) -> None:
    half_signed_in.post(walk.path(name))
    assert not activated.activation_cases.exists()
    assert "_auth_user_id" not in half_signed_in.session


def test_the_key_of_the_session_changes_with_the_password_and_with_the_code(browser: Client, activated: User) -> None:
    browser.get("/en/sign-in/", {"next": "/en/account/"})
    keys = [browser.cookies["session"].value]
    browser.post("/en/sign-in/", {"login_name": activated.username, "password": PASSWORD})
    keys.append(browser.cookies["session"].value)
    browser.post("/en/sign-in/code/", {"code": Phone(activated.mobile).newest_code()})
    keys.append(browser.cookies["session"].value)
    assert len(set(keys)) == 3
    for old in keys[:2]:
        thief = Client()
        thief.cookies["session"] = old
        assert thief.get("/en/dashboard/").status_code == 302


def test_an_old_cookie_is_dead_after_signing_out(activated: User) -> None:
    client = sign_in(Client(), activated)
    cookie = client.cookies["session"].value
    client.post("/en/sign-out/")
    thief = Client()
    thief.cookies["session"] = cookie
    assert thief.get("/en/dashboard/").status_code == 302


def test_activation_ends_every_session_of_the_claim_and_its_rivals(
    resident: User, person: Person, make_account: Callable[..., User]
) -> None:
    rival = make_account("rival2026", person.id_number, "+966511111111")
    browsers = [sign_in(Client(), resident), sign_in(Client(), rival)]
    claims.activate(resident, actor=None, channel="officer")
    assert [client.get("/en/dashboard/").status_code for client in browsers] == [302, 302]


ACTIVATED = "Your account has been activated. Sign in again."


def test_the_browser_of_an_activated_claim_and_no_other_is_told_why_it_signs_in_again(
    resident: User, person: Person, make_account: Callable[..., User]
) -> None:
    rival = make_account("rival2026", person.id_number, "+966511111111")
    own, rivals, strangers = sign_in(Client(), resident), sign_in(Client(), rival), Client()
    claims.activate(resident, actor=None, channel="officer")
    assert [ACTIVATED in _led_to_sign_in(client) for client in (own, rivals, strangers)] == [True, False, False]
    assert ACTIVATED in _led_to_sign_in(own)
    SendCounter.objects.all().delete()
    sign_in(own, resident)
    assert own.get("/en/dashboard/").status_code == 200
    own.post("/en/sign-out/")
    assert ACTIVATED not in _led_to_sign_in(own)


def test_what_is_left_of_an_ended_session_names_nobody_opens_nothing_and_does_not_last(resident: User) -> None:
    client = sign_in(Client(), resident)
    old_key = client.cookies["session"].value
    claims.activate(resident, actor=None, channel="officer")
    (left,) = Session.objects.all()
    assert left.user_id is None and left.session_key != old_key
    assert SessionStore().decode(left.session_data) == {"ended_by": "activated"}
    assert left.expire_date <= clock.read() + timedelta(hours=2)
    Session.objects.update(expire_date=clock.now())
    assert ACTIVATED not in _led_to_sign_in(client)


def test_a_request_under_way_does_not_bring_an_ended_session_back(resident: User) -> None:
    client = sign_in(Client(), resident)
    under_way = SessionStore(client.cookies["session"].value)
    under_way["seen"] = "dashboard"
    claims.activate(resident, actor=None, channel="officer")
    with pytest.raises(UpdateError):
        under_way.save()
    assert ACTIVATED in _led_to_sign_in(client)


def test_a_session_that_was_over_stays_over(resident: User) -> None:
    client = sign_in(Client(), resident)
    Session.objects.update(expire_date=clock.ahead(-timedelta(seconds=1)))
    claims.activate(resident, actor=None, channel="officer")
    assert Session.objects.count() == 0
    assert ACTIVATED not in _led_to_sign_in(client)


def _led_to_sign_in(client: Client) -> str:
    answer = client.get("/en/dashboard/", follow=True)
    assert answer.redirect_chain == [("/en/sign-in/?next=/en/dashboard/", 302)]
    return answer.content.decode()


@pytest.mark.parametrize(
    ("shared", "idle", "whole"),
    [(False, timedelta(minutes=15), timedelta(hours=8)), (True, timedelta(minutes=3), timedelta(minutes=10))],
)
def test_a_session_lives_as_long_as_promised(
    shared: bool, idle: timedelta, whole: timedelta, browser: Client, activated: User
) -> None:
    browser.post(
        "/en/sign-in/",
        {"login_name": activated.username, "password": PASSWORD, **({"shared_computer": "on"} if shared else {})},
    )
    browser.post("/en/sign-in/code/", {"code": Phone(activated.mobile).newest_code()})
    row = Session.objects.get(user=activated)
    assert abs(row.expire_date - clock.read() - idle) < timedelta(seconds=30)
    assert row.ends_at and abs(row.ends_at - clock.read() - whole) < timedelta(seconds=30)


def test_a_session_ends_after_idle_time_by_the_databases_clock(activated: User) -> None:
    client = sign_in(Client(), activated)
    Session.objects.filter(user=activated).update(expire_date=clock.ahead(timedelta(seconds=-1)))
    assert client.get("/en/dashboard/").status_code == 302


def test_somebody_at_work_stays_signed_in_but_not_beyond_the_whole_life(activated: User) -> None:
    client = sign_in(Client(), activated)
    ends = clock.read() + timedelta(minutes=5)
    Session.objects.filter(user=activated).update(
        expire_date=clock.ahead(timedelta(minutes=1)), ends_at=ends, touched_at=clock.ahead(timedelta(minutes=-14))
    )
    client.get("/en/dashboard/")
    assert Session.objects.get(user=activated).expire_date == ends


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(resident: User) -> None:
    client = sign_in(Client(), resident)
    cases.begin(resident, "officer")
    Session.objects.update(
        expire_date=clock.ahead(timedelta(minutes=5)), touched_at=clock.ahead(timedelta(minutes=-10))
    )
    before = Session.objects.get().expire_date
    state = "/en/activation/by/officer/state/"
    assert client.get(state, headers={"X-By-Itself": "1"}).status_code == 200
    assert Session.objects.get().expire_date == before
    client.get(state)
    assert Session.objects.get().expire_date > before


def test_extending_says_how_much_time_there_is(activated: User) -> None:
    client = sign_in(Client(), activated)
    Session.objects.filter(user=activated).update(expire_date=clock.ahead(timedelta(seconds=50)))
    assert 14 * 60 < client.post("/en/session/extend/").json()["seconds_left"] <= 15 * 60


def test_nobody_extends_a_session_that_is_not_there(browser: Client) -> None:
    assert browser.post("/en/session/extend/").json() == {"seconds_left": 0}


def _finish_by_code(client: Client, user: User) -> None:
    client.post(walk.path("login_resend"))
    if (texts := Phone(user.mobile).messages()) and texts[-1].purpose == "login_code":
        client.post(walk.path("login_code"), {"code": Phone(user.mobile).newest_code()})


def test_a_sign_in_that_began_with_an_old_password_does_not_end_with_a_new_code(
    half_signed_in: Client, activated: User
) -> None:
    profile.set_password(User.objects.get(), "Green4Harbour")
    SendCounter.objects.all().delete()
    _finish_by_code(half_signed_in, activated)
    assert "_auth_user_id" not in half_signed_in.session
    half_signed_in.post("/en/sign-in/", {"login_name": activated.username, "password": "Green4Harbour"})
    _finish_by_code(half_signed_in, activated)
    assert half_signed_in.session["_auth_user_id"] == str(activated.pk)


@pytest.mark.parametrize("page", ["login_code", "login_nafath", "login_mobile"])
def test_every_page_of_its_second_step_says_that_it_has_to_begin_anew(
    page: str, half_signed_in: Client, activated: User
) -> None:
    if page == "login_mobile":
        User.objects.update(state=State.REGISTERED, mobile="", mobile_proven_at=None)
        half_signed_in.post("/en/sign-in/", {"login_name": activated.username, "password": PASSWORD})
        assert half_signed_in.get(walk.path(page)).status_code == 200
    User.objects.update(password=make_password("Green4Harbour"))
    shown = half_signed_in.get(walk.path(page), follow=True)
    assert shown.redirect_chain[-1][0] == walk.path("login")
    assert "The password or the mobile of this account has changed" in shown.content.decode()


def test_a_session_that_says_the_same_is_written_once(django_assert_num_queries: Callable[..., object]) -> None:
    session = SessionStore()
    session["code_flow"] = "begun"
    session.save()
    with django_assert_num_queries(0):
        session.save()
    session["code_flow"] = "done"
    session.save()
    assert SessionStore(session.session_key)["code_flow"] == "done"


def test_a_session_that_ends_while_its_code_is_judged_leaves_everything_undone(person: Person, phone: Phone) -> None:
    client = Client(raise_request_exception=False)
    fill_in(client)
    code = phone.newest_code()

    def end_first(execute: Callable[..., object], sql: str, *args: object) -> object:
        if "update" in sql.lower() and "accounts_session" in sql:
            Session.objects.all().delete()
        return execute(sql, *args)

    with connection.execute_wrapper(end_first):
        assert client.post("/en/register/code/", {"code": code}).status_code == 400
    assert User.objects.get().state == State.PENDING
