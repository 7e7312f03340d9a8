"""Recovery: number, mobile and image; a question that the register can judge; a code; the username and a new password."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actions import codes, profile, recovery, sign_in
from accounts.flows import CodeFlow, RecoveryFlow
from accounts.models import OneTimeCode, Purpose, Session, User
from accounts.states import State
from audit.events import Event
from audit.models import Entry
from core import clock
from messaging.models import Message, SendCounter
from registry.models import DependencyLink, Document, DocumentKind, Life, Person, Relation
from services.models import Notice
from tests import walk
from tests.asking import day
from tests.cast import (
    PASSWORD,
    RESIDENT_NUMBER,
    STRANGER_NUMBER,
    UNKNOWN_NUMBER,
    Phone,
    luhn_number,
)
from tests.cast import sign_in as signed_in
from tests.security.test_enumeration import CountingHasher
from tests.steps import hidden, look_at_image
from tests.walk import path

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "Green4Harbour"
# As the cast's people have it: 2029-01-31.
EXPIRY = day("answer", date(2029, 1, 31))
WRONG = day("answer", date(2029, 1, 30))
REFUSED = "That does not fit what the register holds"
LOCKED = "Too many answers were not right."
NOT_UNDER_WAY = "No recovery is under way in this browser. Begin here."
STEPS = ("recovery_question", "recovery_code", "recovery_password")


def _begin(
    client: Client, id_number: str = RESIDENT_NUMBER, mobile: str = "0512345621", pages: str = "en"
) -> HttpResponse:
    page = client.get(path("recovery", pages))
    sent = {"id_number": id_number, "mobile": mobile} | look_at_image(client, page)
    return client.post(path("recovery", pages), sent)


def _answer(client: Client, **answer: str) -> HttpResponse:
    return client.post(path("recovery_question"), answer or EXPIRY)


def _answered(client: Client, **answer: str) -> HttpResponse:
    """The page that the answer leads to."""
    return client.post(path("recovery_question"), answer or EXPIRY, follow=True)


def _to_password(client: Client, phone: Phone) -> HttpResponse:
    _begin(client)
    _answer(client)
    return client.post(path("recovery_code"), {"code": phone.newest_code()})


def _set(client: Client, password: str = NEW_PASSWORD, **more: str) -> HttpResponse:
    sent = {"password": password, "password_again": password} | more
    return client.post(path("recovery_password"), sent, follow=True)


def _text(response: HttpResponse) -> str:
    return response.content.decode()


def _asked(client: Client) -> str:
    """The question as the page asks it, without what is drawn at random."""
    page = re.sub(r'value="[^"]*"|nonce="[^"]*"', "", _text(client.get(path("recovery_question"))))
    return page[page.index("<main") : page.index("</main>")]


def test_somebody_who_forgot_both_sees_the_username_and_sets_a_password(
    browser: Client, activated: User, phone: Phone
) -> None:
    assert path("recovery") in _text(browser.get(path("login")))
    assert _begin(browser).url == path("recovery_question")
    assert _answer(browser).url == path("recovery_code")
    assert phone.newest_text().startswith("Recovery code: ")
    assert browser.post(path("recovery_code"), {"code": phone.newest_code()}).url == path("recovery_password")
    assert activated.username in _text(browser.get(path("recovery_password")))
    page = _set(browser)
    assert page.redirect_chain == [(path("login"), 302)]
    assert "Your new password is saved. Sign in with it." in _text(page)
    assert phone.newest().purpose == "password_changed"
    assert [notice.name for notice in Notice.objects.of(activated)] == ["password_changed"]
    assert sign_in.check_password(activated.username, NEW_PASSWORD, client_ip="198.51.100.7") == activated
    with pytest.raises(sign_in.WrongPassword):
        sign_in.check_password(activated.username, PASSWORD, client_ip="198.51.100.7")


def test_a_recovery_leaves_its_trail(browser: Client, activated: User, phone: Phone) -> None:
    _begin(browser)
    _answer(browser, **WRONG)
    _answer(browser)
    browser.post(path("recovery_code"), {"code": phone.newest_code()})
    _set(browser)
    events = list(Entry.objects.filter(subject_id=activated.pk).order_by("pk").values_list("event", flat=True))
    assert events == [
        Event.RECOVERY_REFUSED, Event.RECOVERY_ANSWERED, Event.ACCOUNT_RECOVERED, Event.PASSWORD_CHANGED,
    ]  # fmt: skip


def test_the_date_may_be_typed_in_the_other_calendar_and_in_arabic_digits(browser: Client, activated: User) -> None:
    _begin(browser)
    hijri = {"answer_calendar": "hijri", "answer_day": "١٦", "answer_month": "٩", "answer_year": "١٤٥٠"}
    assert _answer(browser, **hijri).url == path("recovery_code")


def test_a_reload_after_a_refused_answer_sends_nothing_again(browser: Client, activated: User) -> None:
    _begin(browser)
    refused = _answered(browser, **WRONG)
    assert refused.redirect_chain == [(path("recovery_question"), 302)]
    assert REFUSED in _text(refused) and 'value="30"' in _text(refused)
    assert REFUSED not in _text(browser.get(path("recovery_question")))
    assert Entry.objects.filter(event=Event.RECOVERY_REFUSED).count() == 1


def test_a_day_that_does_not_exist_costs_no_try_and_is_kept(browser: Client, activated: User) -> None:
    _begin(browser)
    page = _text(_answered(browser, **EXPIRY | {"answer_month": "2"}))
    assert "There is no such day in this calendar." in page and 'value="31"' in page
    assert not Entry.objects.filter(event=Event.RECOVERY_REFUSED).exists()


def test_the_date_of_the_answer_is_sent_nowhere_while_it_is_typed(browser: Client, activated: User) -> None:
    """The conversion of other dates asks by address, and addresses stand in logs."""
    _begin(browser)
    page = _text(browser.get(path("recovery_question")))
    assert 'name="answer_day"' in page and "data-date-url" not in page


@pytest.fixture
def citizen(make_person: Callable[..., Person], make_account: Callable[..., User], phone: Phone) -> Person:
    """Whose document has no expiry date."""
    person = make_person(luhn_number("101234000"), nationality="SAU", id_expires_on=None)
    make_account("citizen2026", person.id_number, phone.mobile, state=State.ACTIVATED)
    return person


def test_a_passport_is_asked_for_where_there_is_one(browser: Client, citizen: Person) -> None:
    Document.objects.create(holder=citizen, kind=DocumentKind.PASSPORT, number="AB 123-456", expires_on="2030-01-01")
    _begin(browser, citizen.id_number)
    assert "Passport number" in _asked(browser)
    assert REFUSED in _text(_answered(browser, answer="AB123457"))
    assert _answer(browser, answer="ab١٢٣٤٥٦").url == path("recovery_code")


def test_any_dependent_will_do(browser: Client, citizen: Person, make_person: Callable[..., Person]) -> None:
    children = [make_person(luhn_number(f"20000400{n}")) for n in range(2)]
    for child in children:
        DependencyLink.objects.create(head=citizen, dependent=child, relation=Relation.SON)
    _begin(browser, citizen.id_number)
    assert "ID or iqama number of one of your dependents" in _asked(browser)
    assert REFUSED in _text(_answered(browser, answer=RESIDENT_NUMBER))
    assert _answer(browser, answer=children[1].id_number).url == path("recovery_code")


def test_who_only_needed_the_username_changes_nothing(browser: Client, activated: User, phone: Phone) -> None:
    elsewhere = signed_in(Client(), activated)
    SendCounter.objects.all().delete()
    _to_password(browser, phone)
    page = browser.post(path("recovery_password"), {"keep": "1"}, follow=True)
    assert page.redirect_chain == [(path("login"), 302)] and "Nothing was changed." in _text(page)
    assert elsewhere.get(path("dashboard")).status_code == 200
    assert not Message.objects.filter(purpose="password_changed").exists()
    assert browser.get(path("recovery_password")).url == path("recovery")


def test_a_new_password_ends_every_session_and_every_code(browser: Client, activated: User, phone: Phone) -> None:
    elsewhere = signed_in(Client(), activated)
    SendCounter.objects.all().delete()
    _to_password(browser, phone)
    SendCounter.objects.all().delete()
    half = Client()
    half.post(path("login"), {"login_name": activated.username, "password": PASSWORD})
    code = phone.newest_code()
    _set(browser)
    assert elsewhere.get(path("dashboard")).status_code == 302
    assert not Session.objects.filter(user=activated).exists()
    assert half.post(path("login_code"), {"code": code}).url == path("login")
    assert "_auth_user_id" not in half.session


def test_a_sign_in_that_was_locked_is_open_again(browser: Client, activated: User, phone: Phone) -> None:
    for n in range(sign_in.PER_ACCOUNT.limit):
        with pytest.raises(sign_in.WrongPassword):
            sign_in.check_password(activated.username, f"Wrong{n}Guess", client_ip=f"198.51.100.{n}")
    _to_password(browser, phone)
    _set(browser)
    assert sign_in.check_password(activated.username, NEW_PASSWORD, client_ip="203.0.113.9") == activated


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [
        (PASSWORD, PASSWORD, "This is the password that the account has already. Choose another one."),
        ("short1A", "short1A", "You typed 7 characters; a password has 8 to 128."),
        ("Xsamer20X9", "Xsamer20X9", "The password contains a large piece of your username. Leave it out."),
        (NEW_PASSWORD, PASSWORD, "The two passwords differ. Type both again."),
        ("", "", "Choose a password."),
    ],
)
def test_a_new_password_follows_the_rules_of_the_registration_and_differs(
    password: str, again: str, sentence: str, browser: Client, activated: User, phone: Phone
) -> None:
    _to_password(browser, phone)
    page = browser.post(path("recovery_password"), {"password": password, "password_again": again})
    assert page.status_code == 200 and sentence in _text(page)
    assert User.objects.get().password == activated.password
    assert "Your new password is saved." in _text(_set(browser))


def test_the_registered_recover_too(browser: Client, resident: User, phone: Phone) -> None:
    assert _to_password(browser, phone).url == path("recovery_password")


def test_a_paused_account_is_told_so_after_the_code(browser: Client, activated: User, phone: Phone) -> None:
    profile.pause(activated)
    _begin(browser)
    assert "paused" not in _asked(browser)
    _answer(browser)
    browser.post(path("recovery_code"), {"code": phone.newest_code()})
    assert "This account is paused" in _text(browser.get(path("recovery_password")))
    assert "Your new password is saved." in _text(_set(browser))
    assert User.objects.get().state == State.PAUSED


@pytest.mark.parametrize("facts", [{"state": State.PENDING}, {"mobile_proven_at": None}, {"is_active": False}])
def test_nobody_recovers_an_account_whose_mobile_is_not_proven_or_that_is_closed(
    facts: dict[str, Any], browser: Client, person: Person, phone: Phone, make_account: Callable[..., User]
) -> None:
    make_account("samer2026", person.id_number, phone.mobile, **facts)
    _begin(browser)
    assert REFUSED in _text(_answered(browser))
    assert phone.messages() == []


@pytest.mark.parametrize("name", [*STEPS, "recovery_resend"])
def test_no_step_can_be_reached_directly(name: str, browser: Client, activated: User) -> None:
    if name != "recovery_resend":
        page = browser.get(path(name), follow=True)
        assert page.redirect_chain == [(path("recovery"), 302)] and NOT_UNDER_WAY in _text(page)
    assert browser.post(path(name), {"password": NEW_PASSWORD, "code": "471302"}).url == path("recovery")


def test_no_step_can_be_skipped(browser: Client, activated: User, phone: Phone) -> None:
    _begin(browser)
    assert [browser.get(path(name)).status_code for name in STEPS] == [200, 302, 302]
    _answer(browser)
    assert [browser.get(path(name)).status_code for name in STEPS] == [200, 200, 302]
    browser.post(path("recovery_code"), {"code": phone.newest_code()})
    assert [browser.get(path(name)).status_code for name in STEPS] == [302, 302, 200]


def test_a_recovery_opens_no_page_of_the_signed_in(browser: Client, activated: User, phone: Phone) -> None:
    _to_password(browser, phone)
    for name in (*walk.SIGNED_IN, *walk.ENQUIRIES):
        assert browser.get(path(name)).url.startswith(f"{path('login')}?next=")


def test_the_key_of_the_session_changes_with_every_proof(browser: Client, activated: User, phone: Phone) -> None:
    _begin(browser)
    keys = [browser.cookies["session"].value]
    _answer(browser)
    keys.append(browser.cookies["session"].value)
    browser.post(path("recovery_code"), {"code": phone.newest_code()})
    keys.append(browser.cookies["session"].value)
    _set(browser)
    keys.append(browser.cookies["session"].value)
    assert len(set(keys)) == 4
    for old in keys[:3]:
        thief = Client()
        thief.cookies["session"] = old
        assert thief.get(path("recovery_password")).url == path("recovery")


def test_somebody_signed_in_has_nothing_to_recover(activated: User) -> None:
    client = signed_in(Client(), activated)
    assert client.get(path("recovery")).url == path("dashboard")


def test_a_code_to_sign_in_recovers_nothing_and_the_other_way_round(activated: User, phone: Phone) -> None:
    flow = sign_in.send_code(activated, client_ip="198.51.100.7")
    with pytest.raises(codes.CodeRefused):
        recovery.prove(CodeFlow(Purpose.RECOVERY, flow.user_id, flow.key), phone.newest_code())
    SendCounter.objects.all().delete()
    typed = RecoveryFlow(activated.id_number, activated.mobile)
    flow = recovery.answer(typed, "2029-01-31", client_ip="198.51.100.7")
    with pytest.raises(codes.CodeRefused):
        sign_in.complete(CodeFlow(Purpose.LOGIN, flow.user_id, flow.key), phone.newest_code())


def test_a_code_works_once_and_only_in_its_browser(browser: Client, activated: User, phone: Phone) -> None:
    _begin(browser)
    _answer(browser)
    code, thief = phone.newest_code(), Client()
    _begin(thief)
    _answer(thief)
    assert thief.post(path("recovery_code"), {"code": code}).url == path("recovery_code")
    flow = CodeFlow.for_purpose(browser.session, Purpose.RECOVERY)
    assert browser.post(path("recovery_code"), {"code": code}).url == path("recovery_password")
    assert flow
    with pytest.raises(codes.CodeAlreadyUsed):
        recovery.prove(flow, code)


def test_of_two_tabs_the_earlier_question_is_not_answered_for_the_later_one(
    browser: Client, activated: User, stranger: User
) -> None:
    _begin(browser, STRANGER_NUMBER, "0555555577")
    earlier = hidden(browser.get(path("recovery_question")))["flow"]
    _begin(browser)
    assert "You began anew in another tab." in _text(_answered(browser, **EXPIRY, flow=earlier))
    assert not Entry.objects.filter(event__in=[Event.RECOVERY_ANSWERED, Event.RECOVERY_REFUSED]).exists()
    later = hidden(browser.get(path("recovery_question")))["flow"]
    assert _answer(browser, **EXPIRY, flow=later).url == path("recovery_code")


def test_of_two_tabs_one_sets_the_password(browser: Client, activated: User, phone: Phone) -> None:
    _to_password(browser, phone)
    mark = hidden(browser.get(path("recovery_password")))["flow"]
    assert "Your new password is saved." in _text(_set(browser, flow=mark))
    assert NOT_UNDER_WAY in _text(_set(browser, "Other8Window", flow=mark))
    assert User.objects.get().check_password(NEW_PASSWORD)


def test_a_proof_ends_when_the_password_changes_elsewhere(browser: Client, activated: User, phone: Phone) -> None:
    _to_password(browser, phone)
    profile.set_password(activated, "Other8Window")
    assert NOT_UNDER_WAY in _text(_set(browser))
    assert User.objects.get().check_password("Other8Window")
    with pytest.raises(profile.ChangedMeanwhile):
        profile.set_password(activated, NEW_PASSWORD)


def test_a_proof_is_good_for_a_quarter_of_an_hour(activated: User, phone: Phone) -> None:
    typed = RecoveryFlow(activated.id_number, activated.mobile)
    flow = recovery.answer(typed, "2029-01-31", client_ip="198.51.100.7")
    proof = recovery.prove(flow, phone.newest_code())
    good = {"credentials": proof.credentials}
    assert proof.is_good(**good, now=clock.read() + recovery.PROOF_LIFE / 2)
    assert not proof.is_good(**good, now=clock.read() + recovery.PROOF_LIFE)


def test_what_was_typed_stays_and_a_new_image_costs_nothing(browser: Client, activated: User) -> None:
    typed = {"id_number": RESIDENT_NUMBER, "mobile": "0512345621"}
    for more in ({}, {"new_captcha": "1"}):
        page = _text(browser.post(path("recovery"), typed | more))
        assert f'value="{RESIDENT_NUMBER}"' in page and 'value="0512345621"' in page
    _begin(browser)
    assert 'value="30"' in _text(_answered(browser, **WRONG))


# Wrong answers.


def _fail(client: Client, times: int, id_number: str = RESIDENT_NUMBER, mobile: str = "0512345621") -> None:
    _begin(client, id_number, mobile)
    for _time in range(times):
        _answer(client, **WRONG)


@pytest.mark.parametrize("id_number", [RESIDENT_NUMBER, STRANGER_NUMBER])
def test_ten_wrong_answers_lock_for_two_hours_whoever_it_is(
    id_number: str, browser: Client, activated: User, make_person: Callable[..., Person]
) -> None:
    make_person(STRANGER_NUMBER)
    _fail(browser, 9, id_number)
    assert LOCKED not in _text(browser.get(path("recovery_question")))
    assert LOCKED in _text(_answered(browser, **WRONG))
    assert LOCKED in _text(_answered(browser))
    anew = Client()
    _begin(anew, id_number)
    page = _text(anew.get(path("recovery_question")))
    assert LOCKED in page and "<form" not in page[page.index("<main") :]
    assert 119 * 60 < recovery.seconds_locked(RecoveryFlow(id_number, activated.mobile)) <= 120 * 60 + 1


def test_wrong_answers_are_limited_like_wrong_codes() -> None:
    for answers, wrong_codes in (
        (recovery.WRONG_PER_ACCOUNT, codes.WRONG_PER_ACCOUNT),
        (recovery.WRONG_PER_PHONE, codes.WRONG_PER_PHONE),
    ):
        assert (answers.limit, answers.window, answers.locks) == (
            wrong_codes.limit,
            wrong_codes.window,
            wrong_codes.locks,
        )


def test_wrong_answers_stop_no_sign_in(browser: Client, activated: User, phone: Phone) -> None:
    _fail(browser, 10)
    assert signed_in(Client(), activated).get(path("dashboard")).status_code == 200


def test_a_stranger_with_another_mobile_locks_nobody_out(browser: Client, activated: User) -> None:
    _fail(Client(), 10, mobile="0512345699")
    _begin(browser)
    assert _answer(browser).url == path("recovery_code")


def test_one_mobile_is_not_tried_with_many_numbers(browser: Client, activated: User) -> None:
    for n in range(5):
        _fail(Client(), 2, _asked_for_the_date(f"20000{n}"))
    _begin(browser)
    assert LOCKED in _text(_answered(browser))


def test_right_answers_cost_no_try(browser: Client, activated: User) -> None:
    for _time in range(11):
        SendCounter.objects.all().delete()
        _begin(browser)
        assert _answer(browser).url == path("recovery_code")


def test_the_tries_of_the_code_are_counted_as_at_the_sign_in(browser: Client, activated: User, phone: Phone) -> None:
    _begin(browser)
    _answer(browser)
    wrong = "000000" if phone.newest_code() != "000000" else "111111"
    for _time in range(5):
        page = browser.post(path("recovery_code"), {"code": wrong}, follow=True)
    assert "That code was tried too often. Ask for a new one." in _text(page)
    assert codes.WRONG_PER_ACCOUNT.limit == 10 and OneTimeCode.objects.get().tries == 5


def test_a_code_over_the_budget_is_told_on_the_code_page(browser: Client, activated: User, phone: Phone) -> None:
    signed_in(Client(), activated)
    _begin(browser)
    assert _answer(browser).url == path("recovery_code")
    assert "The code is not sent yet" in _text(browser.get(path("recovery_code")))
    SendCounter.objects.all().delete()
    assert browser.post(path("recovery_resend")).url == path("recovery_code")
    assert phone.newest().purpose == "recovery_code"


# ENUM-1.


def _asked_for_the_date(first_digits: str) -> str:
    """A number that nobody has, for which the expiry date is drawn."""
    numbers = (luhn_number(f"{first_digits}{n:03}") for n in range(100))
    return next(n for n in numbers if recovery.question(RecoveryFlow(n, "")) == recovery.Question.EXPIRY)


@pytest.fixture
def cases(activated: User, stranger: User, make_person: Callable[..., Person]) -> dict[str, tuple[str, str]]:
    without_account, deceased = luhn_number("200000100"), _asked_for_the_date("101234")
    make_person(without_account)
    make_person(deceased, nationality="SAU", life=Life.DECEASED, died_on="2025-03-01")
    return {
        "known": (RESIDENT_NUMBER, "0512345621"),
        "with another mobile": (RESIDENT_NUMBER, "0512345622"),
        "with another person's mobile": (RESIDENT_NUMBER, "0555555577"),
        "without an account": (without_account, "0512345623"),
        "deceased": (deceased, "0512345624"),
        "unknown": (_asked_for_the_date("299999"), "0512345625"),
    }


def _observed(response: HttpResponse) -> dict[str, Any]:
    headers = {
        name: value for name, value in response.headers.items() if name not in ("X-Request-ID", "Content-Length")
    }
    return {"status": response.status_code, "headers": headers, "to": getattr(response, "url", "")}


def test_every_step_looks_the_same_whoever_it_is(cases: dict[str, tuple[str, str]]) -> None:
    seen = {}
    for case, (number, mobile) in cases.items():
        client = Client()
        begun = _begin(client, number, mobile)
        page, refused = client.get(path("recovery_question")), _answer(client, **WRONG)
        again = client.get(path("recovery_question"))
        sizes = [len(page.content), len(refused.content), len(again.content)]
        seen[case] = [*map(_observed, (begun, page, refused, again)), sizes, REFUSED in _text(again)]
    assert all(one == seen["known"] for one in seen.values())
    assert Message.objects.count() == 0


def test_every_step_is_the_same_work_whoever_it_is(cases: dict[str, tuple[str, str]], settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["tests.security.test_enumeration.CountingHasher"]
    seen, hashes = {}, CountingHasher.hashes
    for case, (number, mobile) in cases.items():
        client, counts = Client(), []
        acts = (
            lambda client=client, number=number, mobile=mobile: _begin(client, number, mobile),
            lambda client=client: client.get(path("recovery_question")),
            lambda client=client: _answer(client, **WRONG),
        )
        for act in acts:
            with CaptureQueriesContext(connection) as statements:
                act()
            counts.append(len(statements))
        seen[case] = counts
    assert all(one == seen["known"] for one in seen.values()), seen
    assert CountingHasher.hashes == hashes


def test_no_right_answer_opens_what_is_not_ones_own(cases: dict[str, tuple[str, str]]) -> None:
    for case, (number, mobile) in cases.items():
        if case != "known":
            client = Client()
            _begin(client, number, mobile)
            assert REFUSED in _text(_answered(client)), case
    assert Message.objects.count() == 0


def test_the_question_of_a_number_does_not_change_with_the_mobile_or_the_browser(activated: User) -> None:
    for number in (RESIDENT_NUMBER, UNKNOWN_NUMBER):
        asked = []
        for mobile in ("0512345621", "0512345622", "0512345621"):
            client = Client()
            _begin(client, number, mobile)
            asked.append(_asked(client))
        assert len(set(asked)) == 1


def test_unknown_numbers_are_asked_all_three_questions(db: None) -> None:
    drawn = {recovery.question(RecoveryFlow(luhn_number(f"2345{n:05}"), "")) for n in range(30)}
    assert drawn == set(recovery.Question)
