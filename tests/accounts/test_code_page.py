"""The code page: what it says for each purpose, and what becomes of a refused code, which neither Back nor a reload sends
once more."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import CODE_TRIES, OneTimeCode, Session, User
from accounts.sessions import SessionStore
from core import clock
from messaging.models import Message, SendCounter
from tests.cast import PASSWORD, Phone
from tests.steps import fill_in
from tests.walk import path

pytestmark = pytest.mark.django_db

WRONG = "That is not the code of the newest message. 4 tries are left."


@pytest.fixture
def registering(browser: Client, person: Any) -> Client:
    fill_in(browser)
    return browser


@pytest.fixture
def signing_in(browser: Client, activated: User) -> Client:
    browser.post(path("login"), {"login_name": activated.username, "password": PASSWORD})
    return browser


def _other_than(code: str) -> str:
    return "000000" if code != "000000" else "111111"


def test_a_refused_registration_code_leads_to_its_page_which_says_why_once(registering: Client, phone: Phone) -> None:
    typed = _other_than(phone.newest_code())
    answer = registering.post(path("registration_code"), {"code": typed})
    assert (answer.status_code, answer.url) == (302, path("registration_code"))
    page = registering.get(answer.url).content.decode()
    assert WRONG in page and 'class="error-summary"' in page and f'value="{typed}"' in page
    assert page.count("<title>Error:") == 1
    assert WRONG not in registering.get(answer.url).content.decode()


def test_a_refused_sign_in_code_leads_to_its_page_which_says_why(signing_in: Client, phone: Phone) -> None:
    answer = signing_in.post(path("login_code"), {"code": _other_than(phone.newest_code())})
    assert (answer.status_code, answer.url) == (302, path("login_code"))
    assert WRONG in signing_in.get(answer.url).content.decode()


def test_a_try_is_counted_once_however_often_the_page_is_looked_at(registering: Client, phone: Phone) -> None:
    registering.post(path("registration_code"), {"code": _other_than(phone.newest_code())})
    for _look in range(3):
        registering.get(path("registration_code"))
    assert OneTimeCode.objects.get().tries == 1


def test_what_is_no_code_is_said_in_the_language_of_the_page(registering: Client) -> None:
    page = registering.post(path("registration_code", "ar"), {"code": ""}, follow=True)
    assert page.redirect_chain == [(path("registration_code", "ar"), 302)]
    assert page.content.decode().count("يُرجى كتابة أرقام الرمز الستة.") == 2  # beside the field and in the summary


def test_a_code_of_an_earlier_tab_is_kept_sealed_and_the_next_post_is_of_this_tab(
    registering: Client, phone: Phone
) -> None:
    code = phone.newest_code()
    registering.post(path("registration_code"), {"code": code, "flow": "0" * 12})
    (session,) = Session.objects.all()
    assert code not in str(SessionStore().decode(session.session_data))
    page = registering.get(path("registration_code")).content.decode()
    assert f'value="{code}"' in page and f'value="{"0" * 12}"' not in page


def test_a_refusal_does_not_reach_the_page_of_a_registration_begun_anew(registering: Client, phone: Phone) -> None:
    registering.post(path("registration_code"), {"code": _other_than(phone.newest_code())})
    fill_in(registering, username="samer2027")
    assert WRONG not in registering.get(path("registration_code")).content.decode()


def test_something_very_long_is_refused_and_not_kept_whole(registering: Client) -> None:
    page = registering.post(path("registration_code"), {"code": "1" * 5000}, follow=True).content.decode()
    assert "error-summary" in page and "1" * 41 not in page


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Type the code here to finish your registration."),
        ("ar", "يُكتب الرمز هنا لإتمام التسجيل."),
    ],
)
def test_a_registration_is_told_what_its_code_is_for(language: str, sentence: str, registering: Client) -> None:
    page = registering.get(path("registration_code", language)).content.decode()
    assert sentence in page and '<bdi dir="ltr" class="number">05••••••21</bdi>' in page


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "Type the code here to sign in."), ("ar", "يُكتب الرمز هنا لتسجيل الدخول.")]
)
def test_somebody_who_signs_in_is_told_what_the_code_is_for(language: str, sentence: str, signing_in: Client) -> None:
    assert sentence in signing_in.get(path("login_code", language)).content.decode()


@pytest.fixture
def without_code(browser: Client, activated: User) -> Client:
    """Signs in less than a minute after another code went to the same mobile."""
    Client().post(path("login"), {"login_name": activated.username, "password": PASSWORD})
    browser.post(path("login"), {"login_name": activated.username, "password": PASSWORD})
    return browser


@pytest.mark.parametrize(
    ("language", "button", "when", "again"),
    [
        ("en", "Send the code", "It can be sent in", "Send again"),
        ("ar", "إرسال الرمز", "يمكن إرساله بعد", "إعادة الإرسال"),
    ],
)
def test_who_was_sent_nothing_is_not_offered_to_have_it_sent_again(
    language: str, button: str, when: str, again: str, without_code: Client
) -> None:
    page = without_code.get(path("login_code", language)).content.decode()
    assert f">{button}</button>" in page and when in page and again not in page
    assert re.search(r'id="resend"[^>]*data-countdown="[1-6]\d?"', page)


def test_the_first_code_of_a_flow_replaces_none(without_code: Client) -> None:
    SendCounter.objects.all().delete()
    page = without_code.post(path("login_resend"), follow=True).content.decode()
    assert "The code is on its way." in page and "does not work any more" not in page
    assert ">Send again</button>" in page
    SendCounter.objects.all().delete()
    assert (
        "The one before does not work any more."
        in without_code.post(path("login_resend"), follow=True).content.decode()
    )


@pytest.fixture
def spoil(registering: Client, phone: Phone) -> Callable[[str], None]:
    """Makes the code that is out useless, in one of four ways."""

    def spoil(how: str) -> None:
        match how:
            case "expired":
                OneTimeCode.objects.update(expires_at=clock.now())
            case "used up":
                for _try in range(CODE_TRIES):
                    registering.post(path("registration_code"), {"code": _other_than(phone.newest_code())})
            case "phone off":
                Message.objects.update(state="failed", problem="phone_off", sealed_body="", ended_at=clock.now())
            case "void":
                OneTimeCode.objects.update(voided_at=clock.now())
        SendCounter.objects.all().delete()

    return spoil


USELESS = [
    ("expired", "That code has expired. Ask for a new one."),
    ("used up", "That code was tried too often. Ask for a new one."),
    ("phone off", "Switch it on, then ask for a new code."),
    ("void", "No code is on its way to you yet. Ask for a new one."),
]


@pytest.mark.parametrize(("how", "sentence"), USELESS)
def test_a_code_of_no_use_is_not_asked_for_and_a_new_one_is_the_thing_to_do(
    how: str, sentence: str, registering: Client, spoil: Callable[[str], None]
) -> None:
    spoil(how)
    page = registering.get(path("registration_code")).content.decode()
    assert sentence in page and 'name="code"' not in page
    assert "The code is good for" not in page and "Finish registration" not in page
    (button,) = re.findall(r'<button class="([^"]*)" type="submit">Send again', page)
    assert button == "button" and page.count(path("registration_resend")) == 1


@pytest.mark.parametrize(("how", "sentence"), USELESS)
def test_who_types_a_code_of_no_use_is_told_so_in_a_summary_once(
    how: str, sentence: str, registering: Client, spoil: Callable[[str], None]
) -> None:
    spoil(how)
    registering.get(path("registration_code"))  # What was refused on the way here has been told.
    page = registering.post(path("registration_code"), {"code": "123456"}, follow=True).content.decode()
    assert page.count("<title>Error:") == 1 and page.count('class="error-summary"') == 1
    assert page.count(sentence) == 1 and 'tabindex="-1" autofocus' in page and 'href="#id_code"' not in page
    assert 'class="button" type="submit">Send again' in page and page.count(path("registration_resend")) == 1
    later = registering.get(path("registration_code")).content.decode()
    assert sentence in later and "error-summary" not in later and "<title>Error:" not in later


def test_a_code_that_has_expired_is_told_in_the_summary_of_the_arabic_page_as_well(
    registering: Client, spoil: Callable[[str], None]
) -> None:
    spoil("expired")
    page = registering.post(path("registration_code", "ar"), {"code": "123456"}, follow=True).content.decode()
    assert page.count("<title>خطأ:") == 1
    assert "انتهت صلاحية الرمز." in page.partition('class="error-summary"')[2].partition("</ul>")[0]


@pytest.mark.parametrize("how", [how for how, _sentence in USELESS])
def test_the_poll_says_that_the_page_has_changed(how: str, registering: Client, spoil: Callable[[str], None]) -> None:
    poll = reverse("code_state", args=["registration"])
    assert registering.get(poll).status_code == 200
    spoil(how)
    assert registering.get(poll).status_code == 205


def test_a_code_whose_message_may_still_come_can_be_typed(registering: Client) -> None:
    Message.objects.update(state="failed", problem="no_answer", sealed_body="", ended_at=clock.now())
    page = registering.get(path("registration_code")).content.decode()
    assert 'name="code"' in page and "did not confirm that it took the message" in page


IN_PLACE = re.compile(r'<details class="in-place">.*?</details>', re.DOTALL)


@pytest.mark.parametrize(
    ("language", "words", "button"),
    [
        ("en", "Change the mobile number", "Send the code to this number"),
        ("ar", "تغيير رقم الجوال", "إرسال الرمز إلى هذا الرقم"),
    ],
)
def test_another_mobile_is_typed_on_the_code_page_of_a_registration(
    language: str, words: str, button: str, registering: Client
) -> None:
    page = registering.get(path("registration_code", language)).content.decode()
    (form,) = IN_PLACE.findall(page)
    assert f"<summary>{words}</summary>" in form and f">{button}</button>" in form and 'name="mobile"' in form
    assert f'action="{path("registration_mobile", language)}"' in form
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert sorted(set(ids)) == sorted(ids)


def test_another_mobile_is_sent_with_the_token_of_the_page(registering: Client) -> None:
    registering.get(path("registration_code"))  # The letter is written by now.
    (form,) = IN_PLACE.findall(registering.get(path("registration_code")).content.decode())
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', form)
    registering.handler.enforce_csrf_checks = True
    SendCounter.objects.all().delete()
    answer = registering.post(path("registration_mobile"), {"mobile": "0512345622", "csrfmiddlewaretoken": token})
    assert (answer.status_code, answer.url) == (302, path("registration_code"))
    assert User.objects.get().mobile == "+966512345622"


def test_a_wrong_mobile_has_its_error_on_a_page_of_its_own_with_what_was_typed(registering: Client) -> None:
    page = registering.post(path("registration_mobile"), {"mobile": "0112345678"}).content.decode()
    assert 'class="error-summary"' in page and 'value="0112345678"' in page and "<title>Error:" in page


def test_a_code_of_no_use_leaves_another_mobile_in_place(registering: Client, spoil: Callable[[str], None]) -> None:
    spoil("expired")
    assert IN_PLACE.search(registering.get(path("registration_code")).content.decode())


def test_who_signs_in_changes_no_mobile_on_the_code_page(signing_in: Client) -> None:
    assert not IN_PLACE.search(signing_in.get(path("login_code")).content.decode())


TIME_OF_DAY = r"<noscript>\((tomorrow )?at \d\d?:\d\d[^<]*\)</noscript>"


def test_without_a_script_the_times_stand_there_as_times_of_day(registering: Client) -> None:
    page = registering.get(path("registration_code")).content.decode()
    assert len(re.findall(TIME_OF_DAY, page)) == 2


def test_without_a_script_who_waits_for_a_first_code_reads_when_to_ask(without_code: Client) -> None:
    page = without_code.get(path("login_code")).content.decode()
    assert re.search(f"It can be sent in.*{TIME_OF_DAY}", page, re.DOTALL)
