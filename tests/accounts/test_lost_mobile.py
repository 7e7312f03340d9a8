"""A lost SIM: the password, a code to the new number, and the ways to be proven again – and nothing else."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.actions import mobiles, profile
from accounts.models import MobileChange, Session, User
from accounts.states import MobileChangeState, State
from activation.actions import cases
from audit.events import Event
from audit.models import Entry
from core import clock
from messaging.models import Message, SendCounter
from tests import walk
from tests.cast import PASSWORD, Phone
from tests.cast import sign_in as signed_in
from tests.steps import look_at_image
from tests.walk import path

pytestmark = pytest.mark.django_db

NEW, OTHER = Phone("+966598765432"), Phone("+966598765499")


def with_password(client: Client, user: User, password: str = PASSWORD) -> HttpResponse:
    return client.post(path("login"), {"login_name": user.username, "password": password})


def ask(client: Client, mobile: str = "0598765432", **facts: str) -> HttpResponse:
    sent = {"mobile": mobile} | look_at_image(client, client.get(path("new_mobile"))) | facts
    return client.post(path("new_mobile"), sent)


def come_back(client: Client, user: User, mobile: Phone = NEW) -> HttpResponse:
    """To the ways to be proven, with the password and a new number."""
    SendCounter.objects.all().delete()
    with_password(client, user)
    ask(client, mobile.mobile)
    return client.post(path("new_mobile_code"), {"code": mobile.newest_code()})


def test_a_lost_sim_leads_from_the_password_over_the_new_number_to_the_ways_to_be_proven(
    browser: Client, activated: User, phone: Phone
) -> None:
    with_password(browser, activated)
    assert path("new_mobile") in browser.get(path("login_code")).text
    assert "Prove once more who you are" in browser.get(path("new_mobile")).text
    assert ask(browser).url == path("new_mobile_code")
    assert browser.post(path("new_mobile_code"), {"code": NEW.newest_code()}).url == path("activation")
    page = browser.get(path("activation")).text
    assert "Prove that the account is yours" in page and "05••••••32" in page
    assert path("dashboard") not in page and path("logout") in page
    assert User.objects.get().mobile == phone.mobile
    assert [entry.event for entry in Entry.objects.order_by("pk")][-2:] == [
        Event.MOBILE_CHANGE_ASKED,
        Event.RE_PROVING_BEGUN,
    ]


def test_the_account_itself_stays_as_it_was(activated: User, browser: Client) -> None:
    elsewhere = signed_in(Client(), activated)
    come_back(browser, activated)
    page = elsewhere.get(path("dashboard"))
    assert page.status_code == 200 and "Stop this change" in page.text


def test_a_session_to_be_proven_opens_the_ways_and_nothing_of_the_account(browser: Client, activated: User) -> None:
    come_back(browser, activated)
    browser.post("/en/activation/begin/officer/")
    shown = {name for name, address in walk.pages().items() if browser.get(address).status_code == 200}
    ways = {"activation", "activation_officer", "activation_visit", "activation_visit_print", "activation_state"}
    assert shown == {*walk.PUBLIC, *walk.MACHINES, *ways, "captcha_refresh"}


@pytest.mark.parametrize("name", [*walk.SIGNED_IN, *walk.ENQUIRIES])
def test_it_is_led_to_the_sign_in_from_everything_else(name: str, browser: Client, activated: User) -> None:
    come_back(browser, activated)
    if not name.startswith("activation"):
        assert browser.get(path(name)).url.startswith(path("login"))


def test_it_opens_no_administration_and_ends_with_the_sign_out(browser: Client, activated: User) -> None:
    come_back(browser, activated)
    assert browser.get("/en/admin/").url.startswith("/en/admin/login/")
    browser.post(path("logout"))
    assert browser.get(path("activation")).url.startswith(path("login"))
    assert not Session.objects.filter(user=activated).exists()


def test_it_lives_as_long_as_a_residents_and_can_be_extended(browser: Client, activated: User) -> None:
    come_back(browser, activated)
    row = Session.objects.get(user=activated)
    assert row.idle_seconds == 15 * 60
    assert 14 * 60 < browser.post(path("session_extend")).json()["seconds_left"] <= 15 * 60
    Session.objects.update(expire_date=clock.now())
    assert browser.get(path("activation")).url.startswith(path("login"))


def test_the_key_of_the_session_changes_with_password_and_code(browser: Client, activated: User) -> None:
    browser.get(path("login"), {"next": "/en/account/"})
    keys = [browser.cookies["session"].value]
    with_password(browser, activated)
    keys.append(browser.cookies["session"].value)
    ask(browser)
    browser.post(path("new_mobile_code"), {"code": NEW.newest_code()})
    keys.append(browser.cookies["session"].value)
    assert len(set(keys)) == 3
    for old in keys[:2]:
        thief = Client()
        thief.cookies["session"] = old
        assert thief.get(path("activation")).status_code == 302


@pytest.mark.parametrize("end", ["password", "pause", "stop", "another number"])
def test_it_ends_when_what_it_was_opened_for_has_ended(end: str, browser: Client, activated: User) -> None:
    come_back(browser, activated)
    match end:
        case "password":
            profile.set_password(activated, "Green4Harbour")
        case "pause":
            profile.pause(activated)
        case "stop":
            mobiles.withdraw(activated)
        case _:
            mobiles.ask(activated, OTHER.mobile)
    page = browser.get(path("activation"), follow=True)
    assert page.redirect_chain[0][0].startswith(path("login"))
    assert ("There is nothing left to prove" in page.text) == (end in ("stop", "another number"))
    assert browser.post("/en/activation/begin/officer/").status_code == 302
    assert not activated.activation_cases.exists()


def test_a_stop_by_whoever_asked_ends_it_too(browser: Client, activated: User) -> None:
    come_back(browser, activated)
    page = browser.post(path("new_mobile_stop"), follow=True)
    assert "The change of your mobile number is stopped." in page.text and page.redirect_chain[-1][0] == path("login")
    assert MobileChange.objects.get().state == MobileChangeState.WITHDRAWN
    assert browser.get(path("activation")).status_code == 302


def test_who_comes_back_days_later_goes_on_with_the_number_asked_for(browser: Client, activated: User) -> None:
    come_back(Client(), activated)
    case = cases.begin(activated, "officer").case
    SendCounter.objects.all().delete()
    with_password(browser, activated)
    assert "Go on with the new number" in browser.get(path("new_mobile")).text
    SendCounter.objects.all().delete()
    assert browser.post(path("new_mobile_again")).url == path("new_mobile_code")
    browser.post(path("new_mobile_code"), {"code": NEW.newest_code()})
    assert "Go on" in browser.get(path("activation")).text
    assert cases.begin(activated, "officer").case == case
    assert MobileChange.objects.count() == 1


def test_with_nothing_asked_for_there_is_nothing_to_go_on_with(browser: Client, activated: User) -> None:
    with_password(browser, activated)
    page = browser.post(path("new_mobile_again"), follow=True)
    assert "This change of your mobile number has ended" in page.text


def test_after_a_proof_from_afar_the_page_says_when_the_number_works(
    browser: Client, activated: User, phone: Phone
) -> None:
    come_back(browser, activated)
    mobiles.prove(MobileChange.objects.get(), at_once=False, actor=activated)
    page = browser.get(path("activation")).text
    assert "The new number works soon" in page and "You are proven." in page
    SendCounter.objects.all().delete()
    again = Client()
    with_password(again, activated)
    page = again.get(path("new_mobile")).text
    assert "You are proven, and the account moves to it soon." in page and 'name="mobile"' not in page
    assert again.post(path("new_mobile"), {"mobile": OTHER.mobile}).status_code == 200
    assert not OTHER.messages()
    MobileChange.objects.update(moves_at=clock.now())
    mobiles.move_due()
    assert "The mobile number of your account has changed." in browser.get(path("activation"), follow=True).text
    SendCounter.objects.all().delete()
    activated.refresh_from_db()
    assert signed_in(browser, activated).get(path("dashboard")).status_code == 200


def test_a_registered_account_that_lost_its_sim_has_the_new_number_with_its_code(
    browser: Client, resident: User, phone: Phone
) -> None:
    with_password(browser, resident)
    assert "it takes the place of" in browser.get(path("new_mobile")).text
    ask(browser)
    page = browser.post(path("new_mobile_code"), {"code": NEW.newest_code()}, follow=True)
    assert page.redirect_chain == [(path("login"), 302)]
    assert "Your account has the new mobile number." in page.text
    resident.refresh_from_db()
    assert (resident.mobile, resident.state) == (NEW.mobile, State.REGISTERED)
    assert phone.newest().purpose == NEW.newest().purpose == "mobile_changed"
    assert browser.get(path("activation")).status_code == 302


def test_a_claim_that_is_activated_while_its_code_is_typed_moves_nowhere(browser: Client, resident: User) -> None:
    with_password(browser, resident)
    ask(browser)
    User.objects.update(state=State.ACTIVATED, activated_at=clock.now(), claim_ends_at=None)
    assert browser.post(path("new_mobile_code"), {"code": NEW.newest_code()}).url == path("activation")
    assert User.objects.get().mobile == resident.mobile


def test_an_account_whose_own_codes_are_locked_still_gets_one_to_a_new_number(browser: Client, activated: User) -> None:
    with_password(browser, activated)
    for n in range(10):
        if n == 5:
            SendCounter.objects.all().delete()
            browser.post(path("login_resend"))
        browser.post(path("login_code"), {"code": f"{(int(Phone(activated.mobile).newest_code()) + 1) % 10**6:06d}"})
    page = browser.get(path("login_code")).text
    assert "Too many wrong codes were typed" in page and path("new_mobile") in page
    assert ask(browser).url == path("new_mobile_code")
    assert browser.post(path("new_mobile_code"), {"code": NEW.newest_code()}).url == path("activation")


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"mobile": "0512345621"}, "This is the number that the account has already."),
        ({"mobile": "0112345678"}, "a landline cannot receive the code"),
        ({"mobile": "+201001234567"}, "Codes are sent to Saudi mobile numbers only."),
        ({"captcha": "wrong1"}, "error-summary"),
        ({"captcha": ""}, "error-summary"),
    ],
)
def test_what_does_not_do_is_said_and_nothing_is_sent(
    facts: dict[str, str], sentence: str, browser: Client, activated: User
) -> None:
    with_password(browser, activated)
    page = ask(browser, **facts)
    assert page.status_code == 200 and sentence in page.text
    assert not Message.objects.filter(purpose="new_mobile_code").exists()


def test_another_image_keeps_what_was_typed(browser: Client, activated: User) -> None:
    with_password(browser, activated)
    page = browser.post(path("new_mobile"), {"mobile": "0598765432", "new_captcha": "1"})
    assert 'value="0598765432"' in page.text and "error-summary" not in page.text


def test_the_page_of_the_code_leads_back_to_the_number(browser: Client, activated: User) -> None:
    with_password(browser, activated)
    ask(browser)
    assert "Change the mobile number" in browser.get(path("new_mobile_code")).text
    assert ask(browser, OTHER.mobile).url == path("new_mobile_code")
    assert browser.post(path("new_mobile_code"), {"code": NEW.newest_code()}).url == path("new_mobile_code")
    assert browser.post(path("new_mobile_code"), {"code": OTHER.newest_code()}).url == path("activation")


@pytest.mark.parametrize("name", ["new_mobile", "new_mobile_code", "paused", "paused_code"])
def test_without_the_password_no_page_of_it_is_reached(name: str, browser: Client, activated: User) -> None:
    assert browser.get(path(name), follow=True).redirect_chain[-1][0] == path("login")


def test_a_wrong_password_and_an_unknown_name_look_alike(browser: Client, activated: User) -> None:
    for name in (activated.username, "nobody2026"):
        page = browser.post(path("login"), {"login_name": name, "password": "Wrong1Guess"})
        assert "Username or password is not right." in page.text and path("new_mobile") not in page.text
        assert browser.get(path("new_mobile")).url == path("login")


def test_a_password_that_was_changed_meanwhile_asks_for_no_number(browser: Client, activated: User) -> None:
    with_password(browser, activated)
    ask(browser)
    profile.set_password(activated, "Green4Harbour")
    assert browser.post(path("new_mobile_code"), {"code": NEW.newest_code()}).url == path("new_mobile")
    assert browser.get(path("new_mobile")).url == path("login")
    assert not MobileChange.objects.exists()


def test_an_account_that_lost_its_number_to_another_one_proves_one_at_the_sign_in(
    browser: Client, activated: User, stranger: User
) -> None:
    mobiles.move(stranger, activated.mobile, actor=None)
    with_password(browser, activated)
    assert browser.get(path("new_mobile")).url == path("login_mobile")


def test_somebody_signed_in_has_no_use_for_the_pages_of_a_lost_one(activated: User) -> None:
    client = signed_in(Client(), activated)
    assert client.get(path("paused")).url == client.get(path("paused_code")).url == path("account")
    assert client.post(path("new_mobile_again")).url == path("account")


def test_the_recovery_says_what_to_do_when_the_mobile_is_lost(browser: Client, db: None) -> None:
    assert "choose “I no longer have this mobile”" in browser.get(path("recovery")).text


# --- A paused account


def test_a_code_to_the_mobile_of_a_paused_account_opens_the_ways(browser: Client, paused: User, phone: Phone) -> None:
    assert with_password(browser, paused).url == path("paused")
    assert "Your account is paused" in browser.get(path("paused")).text
    assert browser.post(path("paused")).url == path("paused_code")
    assert phone.newest_text().startswith("Identity code: ")
    assert path("new_mobile") in browser.get(path("paused_code")).text
    assert browser.post(path("paused_code"), {"code": phone.newest_code()}).url == path("activation")
    assert "Open your paused account" in browser.get(path("activation")).text
    assert browser.get(path("dashboard")).status_code == 302
    browser.post("/en/activation/begin/officer/")
    assert browser.get(path("activation_officer")).status_code == 200
    assert paused.activation_cases.get().purpose == "lift_of_pause"


def test_a_password_alone_opens_of_a_paused_account_two_pages(browser: Client, paused: User) -> None:
    with_password(browser, paused)
    shown = {name for name, address in walk.pages().items() if browser.get(address).status_code == 200}
    assert shown == {*walk.PUBLIC, *walk.MACHINES, "captcha_refresh", "paused", "new_mobile"}
    assert browser.post(path("paused_resend")).status_code == 302 and not Message.objects.exists()


def test_a_wrong_code_and_another_one_are_told_on_the_paused_page(browser: Client, paused: User, phone: Phone) -> None:
    with_password(browser, paused)
    browser.post(path("paused"))
    wrong = f"{(int(phone.newest_code()) + 1) % 10**6:06d}"
    page = browser.post(path("paused_code"), {"code": wrong}, follow=True)
    assert "That is not the code of the newest message." in page.text
    SendCounter.objects.all().delete()
    assert browser.post(path("paused_resend")).url == path("paused_code")
    assert browser.post(path("paused_code"), {"code": phone.newest_code()}).url == path("activation")


def test_the_holder_of_the_paused_accounts_mobile_ends_what_a_stranger_asked_for(
    browser: Client, paused: User, phone: Phone
) -> None:
    come_back(Client(), paused)
    assert MobileChange.objects.get().is_asked
    with_password(browser, paused)
    browser.post(path("paused"))
    browser.post(path("paused_code"), {"code": phone.newest_code()})
    assert MobileChange.objects.get().state == MobileChangeState.WITHDRAWN
    assert "Open your paused account" in browser.get(path("activation")).text


def test_a_paused_account_whose_sim_is_lost_asks_for_a_new_number(browser: Client, paused: User) -> None:
    assert come_back(browser, paused).url == path("activation")
    page = browser.get(path("activation")).text
    assert "Prove that the account is yours" in page and "05••••••32" in page


def test_the_text_pause_stops_a_change_of_an_account_that_is_paused_already(paused: User) -> None:
    from accounts.keywords.pause import Pause

    change = mobiles.ask(paused, NEW.mobile)
    mobiles.prove(change, at_once=False, actor=None)
    assert Pause().answer(paused, ["pause"]) == profile.PAUSED
    change.refresh_from_db()
    assert change.state == MobileChangeState.WITHDRAWN


def test_an_account_that_is_open_again_has_nothing_on_the_paused_pages(
    browser: Client, paused: User, make_account: Callable[..., User]
) -> None:
    with_password(browser, paused)
    browser.post(path("paused"))
    User.objects.update(state=State.ACTIVATED, paused_at=None)
    assert browser.get(path("paused_code")).url == path("paused")
    assert browser.get(path("paused")).url == path("login")
