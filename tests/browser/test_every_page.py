"""Every page in both languages: axe finds nothing, nothing scrolls sideways, targets are large enough."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils.translation import override
from playwright.sync_api import Page, expect

from accounts.actions import mobiles, profile, recovery
from accounts.actions.codes import WRONG_PER_PHONE
from accounts.actions.sign_in import PER_ACCOUNT
from accounts.models import Branch, MobileChange, TryCounter, User
from accounts.roles import Role
from accounts.states import LAPSE
from activation.actions import cases, visits
from activation.actions.nafath import REQUESTS
from activation.models import Attempt, ChannelOutage, Fingerprint, Visit
from activation.states import RefusalReason
from core import clock
from core.throttle import Charge
from messaging.actions import sending
from messaging.actions.ceilings import FIVE_AN_HOUR
from messaging.models import Message, SendCounter
from registry.models import DependencyLink, Document, DocumentKind, Person, Relation
from services.actions import consultations, proposals
from services.models import Reason
from tests import walk
from tests.booking import book
from tests.browser.conftest import (
    answer_for_the_date,
    begin_recovery,
    register_to_code,
    send,
    send_answers,
    sign_in,
    sign_in_officer,
    type_image_code,
)
from tests.browser.looking import look_at, nothing
from tests.cast import PASSWORD, Phone, luhn_number
from tests.officers.requests import ask

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LANGUAGES = ["ar", "en"]
HANDED_OVER = {"state": "sent", "gateway": "demo_phone", "sealed_body": "", "sent_at": clock.now()}


def _walk(page: Page, names: tuple[str, ...], language: str) -> list[str]:
    wrong = []
    for name in names:
        page.goto(walk.path(name, language))
        wrong += look_at(page, name, language)
    return wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_public_pages(language: str, window: Page) -> None:
    nothing(_walk(window, walk.PUBLIC, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_with_errors_and_pages_of_errors(language: str, window: Page, resident: User) -> None:
    wrong = []
    for name in ("registration", "login", "recovery"):
        window.goto(walk.path(name, language))
        send(window)
        wrong += look_at(window, f"{name} with errors", language)
    window.goto(f"/{language}/no-such-page/")
    wrong += look_at(window, "404", language)
    window.goto(walk.path("login", language))
    window.fill("[name=login_name]", resident.username)
    window.fill("[name=password]", PASSWORD)
    send(window)
    wrong += look_at(window, "login_code", language)
    window.fill("[name=code]", "000000")
    send(window)
    nothing(wrong + look_at(window, "login_code with an error", language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_the_registered(language: str, window: Page, resident: User, served: None) -> None:
    sign_in(window, resident, language)
    window.goto(walk.path("activation", language))
    window.locator(".advisor summary").click()
    wrong = look_at(window, "activation with its questions", language)
    send_answers(window, bank_account="no")
    wrong += look_at(window, "activation with a question unanswered", language)
    send_answers(window, bank_account="no", nafath_app="no", leaving_home="yes")
    wrong += look_at(window, "activation with advice", language)
    ChannelOutage.objects.create(channel="atm", starts_at=clock.now(), reason_ar="صيانة.", reason_en="Repairs.")
    window.goto(walk.path("activation", language))
    wrong += look_at(window, "activation with an outage", language)
    ChannelOutage.objects.all().delete()
    for channel in ("officer", "bank", "kiosk", "atm", "nafath"):
        cases.begin(resident, channel)
    window.goto(f"{walk.path('activation_kiosk', language)}?city=Atlantis")
    wrong += look_at(window, "activation_kiosk with an unknown city", language)
    nothing(wrong + _walk(window, walk.SIGNED_IN, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_an_activation_at_the_bank(
    language: str, portal: str, window: Page, resident: User, phone: Phone
) -> None:
    cases.begin(resident, "bank")
    sign_in(window, resident, language)
    SendCounter.objects.all().delete()
    wrong = []
    window.goto(f"/{language}/activation/bank/demo-bank/phone/")
    wrong += look_at(window, "activation_bank_steps phone", language)
    for mode in ("app", "website", "atm"):
        window.goto(f"/{language}/activation/bank/demo-bank/{mode}/")
        wrong += look_at(window, f"activation_bank_steps {mode}", language)
        window.goto(f"/{language}/demo/bank/{mode}/")
        window.locator(".press").click()
        expect(window.locator("a.choice").first).to_be_visible()
        wrong += look_at(window, f"demo_bank_services {mode}", language)
    window.locator("a.choice").first.click()
    window.locator("[value=other_mobile]").click()
    expect(window.locator(".answer")).to_be_focused()
    wrong += look_at(window, "demo_bank_activation with a problem", language)
    window.locator("[value=twice]").click()
    expect(window.locator(".aside-note")).to_be_visible()
    wrong += look_at(window, "demo_bank_code", language)
    window.fill("[name=code]", phone.newest_code())
    window.locator(".press").click()
    expect(window.locator(".good")).to_be_visible()
    nothing(wrong + look_at(window, "demo_bank_done", language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_a_request_in_the_nafath_app(language: str, nafath: str, window: Page, resident: User) -> None:
    cases.begin(resident, "nafath")
    sign_in(window, resident, language)
    window.goto(walk.path("activation_nafath", language))
    send(window)
    expect(window.locator(".compare-number")).to_be_visible()
    wrong = look_at(window, "activation_nafath with a number", language)
    app = window.context.new_page()
    app.goto(walk.path("demo_nafath", language))
    expect(app.locator(".numbers")).to_be_visible()
    wrong += look_at(app, "demo_nafath with a request", language)
    app.locator("[value=forged]").click()
    expect(app.locator(".aside-note")).to_contain_text("400")
    wrong += look_at(app, "demo_nafath after a failure", language)
    app.locator("[value=reject]").click()
    expect(window.locator(".notice-danger")).to_be_visible()
    wrong += look_at(window, "activation_nafath rejected", language)
    for _time in range(REQUESTS.limit - 1):
        TryCounter.objects.spend(REQUESTS.of(f"account:{resident.pk}"))
    window.reload()
    expect(window.locator("[data-wait]")).to_be_visible()
    wrong += look_at(window, "activation_nafath at a limit", language)
    app.goto(f"/{language}/demo/nafath/consent/?redirect_uri=/nowhere")
    wrong += look_at(app, "demo_nafath_consent", language)
    app.locator(".press").click()
    expect(app.locator("a.press")).to_be_visible()
    nothing(wrong + look_at(app, "demo_nafath_consent answered", language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_phone_banking(language: str, portal: str, window: Page, resident: User, phone: Phone) -> None:
    window.goto(walk.path("demo_phone_banking", language))
    _go_on(window, "main .press")
    wrong = look_at(window, "demo_phone_banking with an error", language)
    window.fill("[name=mobile]", "0512345621")
    _go_on(window, "main .press")
    wrong += look_at(window, "demo_phone_call", language)
    _go_on(window, f".key[value='{1 if language == 'ar' else 2}']")
    _enter(window, "2000")
    wrong += look_at(window, "demo_phone_call with an error", language)
    _enter(window, resident.id_number)
    _go_on(window, ".key[value='9']")
    wrong += look_at(window, "demo_phone_call with no such choice", language)
    for key in "21":
        _go_on(window, f".key[value='{key}']")
    _go_on(window, "[value=other_mobile]")
    wrong += look_at(window, "demo_phone_call with a problem", language)
    _go_on(window, "[value=twice]")
    wrong += look_at(window, "demo_phone_call at the code", language)
    _enter(window, phone.newest_code())
    wrong += look_at(window, "demo_phone_call at the agreement", language)
    _go_on(window, ".key[value='1']")
    nothing(wrong + look_at(window, "demo_phone_call at its end", language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_a_cash_machine(
    language: str,
    portal: str,
    window: Page,
    phone: Phone,
    make_person: Callable[..., Person],
    make_account: Callable[..., User],
) -> None:
    visitor = make_account("karim2026", make_person("4123456784").id_number, phone.mobile)
    window.goto(walk.path("demo_atm", language))
    _go_on(window, ".slot .press")
    wrong = look_at(window, "demo_atm with an error", language)
    window.fill("[name=mobile]", "0512345621")
    _go_on(window, ".slot .press")
    wrong += look_at(window, "demo_atm_session", language)
    _go_on(window, f".side[value={language}]")
    _enter(window, "12")
    wrong += look_at(window, "demo_atm_session with an error", language)
    _enter(window, "1234")
    _go_on(window, ".side[value=cash]")
    wrong += look_at(window, "demo_atm_session without money", language)
    for choice in ("services", "activation"):
        _go_on(window, f".side[value={choice}]")
    _enter(window, visitor.id_number)
    wrong += look_at(window, "demo_atm_session at the code", language)
    _enter(window, phone.newest_code())
    wrong += look_at(window, "demo_atm_session at the hand", language)
    _go_on(window, ".side[value=left_index]")
    _go_on(window, "[value=not_matched]")
    wrong += look_at(window, "demo_atm_session with a problem", language)
    _go_on(window, ".finger")
    nothing(wrong + look_at(window, "demo_atm_session at its end", language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_a_kiosk(language: str, portal: str, window: Page, activated: User, phone: Phone) -> None:
    window.goto(walk.path("demo_kiosk", language))
    _go_on(window, f".tongue[lang={language}]")
    wrong = look_at(window, "demo_kiosk_visit", language)
    _go_on(window, ".choice[value=mobile_change]")
    _enter(window, "2000")
    wrong += look_at(window, "demo_kiosk_visit with an error", language)
    _enter(window, activated.id_number)
    wrong += look_at(window, "demo_kiosk_visit at the reader", language)
    for _finger in ("right", "left"):
        _go_on(window, "[value=not_matched]")
    _enter(window, "0555555599")
    wrong += look_at(window, "demo_kiosk_visit with a problem", language)
    window.goto(walk.path("demo_kiosk", language))
    _go_on(window, f".tongue[lang={language}]")
    _go_on(window, ".choice[value=lift_of_pause]")
    _enter(window, activated.id_number)
    for _finger in ("right", "left"):
        _go_on(window, ".finger")
    _go_on(window, "button[value=visit_code]")
    _enter(window, "ABC")
    wrong += look_at(window, "demo_kiosk_visit at the visit code, with an error", language)
    window.goto(walk.path("demo_kiosk", language))
    _go_on(window, f".tongue[lang={language}]")
    _go_on(window, ".choice[value=password_reset]")
    _enter(window, activated.id_number)
    for _finger in ("right", "left"):
        _go_on(window, ".finger")
    wrong += look_at(window, "demo_kiosk_visit at the agreement", language)
    _go_on(window, ".press")
    wrong += look_at(window, "demo_kiosk_visit at the code", language)
    _enter(window, phone.newest_code())
    expect(window.locator(".slip")).to_be_visible()
    nothing(wrong + look_at(window, "demo_kiosk_visit at its end", language))


def _go_on(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.locator(button).first.click()


def _enter(page: Page, digits: str) -> None:
    page.fill("#keyed", digits)
    _go_on(page, ".key[value=enter]")


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_the_activated(language: str, window: Page, activated: User) -> None:
    sign_in(window, activated, language)
    nothing(_walk(window, ("dashboard", "family", "family_record", *walk.ENQUIRIES), language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_officers(
    language: str,
    window: Page,
    resident: User,
    person: Person,
    branch: Branch,
    officer: User,
    second_officer: User,
    give_role: Callable[[User, Role], User],
) -> None:
    attempt = cases.begin(resident, "officer")
    give_role(officer, Role.SUPERVISOR)
    window.goto(f"/{language}/admin/login/")
    wrong = look_at(window, "sign-in of officers", language)
    sign_in_officer(window, officer)
    desk = f"/{language}/admin/activation/attempt/"
    addresses = [
        desk,
        f"{desk}list/waiting/",
        f"{desk}list/second/",
        f"{desk}visits/",
        f"{desk}{attempt.pk}/",
        f"{desk}{attempt.pk}/refuse/",
    ]
    addresses += [
        f"/{language}/admin/{place}/"
        for place in (
            "accounts/user",
            "accounts/branch",
            "accounts/closedday",
            "activation/channeloutage",
            "messaging/message",
            "registry/person",
        )
    ]
    addresses += [f"/{language}/admin/activation/channeloutage/add/"]
    addresses += [f"/{language}/admin/accounts/user/{resident.pk}/change/", f"/{language}/admin/password_change/"]
    addresses += [
        f"/{language}/admin/accounts/branch/{branch.pk}/change/",
        f"/{language}/admin/accounts/closedday/add/",
    ]
    booked = book(attempt, branch)
    Visit.objects.filter(pk=booked.pk).update(starts_at=clock.now())
    for address in addresses:
        window.goto(address)
        wrong += look_at(window, address, language)
        if window.locator("[name=look]").count():
            send(window)
            wrong += look_at(window, f"{address} without a reason", language)
            window.locator("[name=reason]").first.check()
            send(window)
            wrong += look_at(window, f"{address} with a reason", language)
    document = visits.Document(person.id_number, "Somebody Else", person.birth_date)
    visits.check_document(attempt, second_officer, document, Fingerprint.MATCHED)
    window.goto(f"{desk}{attempt.pk}/")
    nothing(wrong + look_at(window, "second officer", language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_a_registration(
    language: str, window: Page, person: Person, phone: Phone, make_account: Callable[..., User]
) -> None:
    register_to_code(window, "0512345621", language)
    wrong = look_at(window, "registration_code", language)
    window.locator(".in-place summary").click()
    wrong += look_at(window, "registration_code with another mobile", language)
    window.fill("[name=code]", "")
    send(window)
    wrong += look_at(window, "registration_code with an error", language)
    window.goto(walk.path("registration_mobile", language))
    send(window)
    wrong += look_at(window, "registration_mobile with an error", language)

    make_account("samer2026", luhn_number("212000000"), "+966555555577")
    window.goto(walk.path("registration_code", language))
    window.fill("[name=code]", phone.newest_code())
    send(window)
    wrong += look_at(window, "registration_username", language)
    window.fill("[name=username]", "samer2027")
    send(window)
    nothing(wrong + look_at(window, "registration_completed", language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_a_recovery(language: str, window: Page, activated: User, phone: Phone) -> None:
    begin_recovery(window, activated, language)
    wrong = look_at(window, "recovery_question", language)
    send(window)
    wrong += look_at(window, "recovery_question with errors", language)
    answer_for_the_date(window, "31", "1", "2029")
    wrong += look_at(window, "recovery_code", language)
    window.fill("[name=code]", phone.newest_code())
    send(window)
    wrong += look_at(window, "recovery_password", language)
    profile.pause(activated)
    send(window)
    wrong += look_at(window, "recovery_password with errors, paused", language)
    begin_recovery(window, activated, language)
    _lock(recovery.WRONG_PER_PHONE.of(phone.mobile))
    window.reload()
    expect(window.locator("[data-wait]")).to_be_focused()
    nothing(wrong + look_at(window, "recovery_question at a lock", language))


NEW_MOBILE = Phone("+966598765432")


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_the_requests_desk(
    language: str,
    window: Page,
    activated: User,
    person: Person,
    officer: User,
    second_officer: User,
    give_role: Callable[[User, Role], User],
    make_person: Callable[..., Person],
) -> None:
    """Empty and full, before and after a reason, with errors, as the first and as the second officer."""
    first = give_role(second_officer, Role.CIVIL_AFFAIRS)
    give_role(officer, Role.SUPERVISOR)
    desk = f"/{language}/admin/services/servicerequest/"
    window.goto(f"/{language}/admin/login/")
    sign_in_officer(window, officer)
    wrong = _look_at_each(window, [desk, f"{desk}list/new/", f"{desk}questions/"], language)
    child = make_person(luhn_number("200003001"), first_name_en="Maximiliana-Konstantina", birth_date="2015-01-01")
    link = DependencyLink.objects.create(head=person, dependent=child, relation=Relation.DAUGHTER)
    death = {"member": link.pk, "died_on": "2026-11-03", "place": "Riyadh"}
    new = ask(activated)
    proposed = ask(activated, "register-death", token="2", officer=first, **death)
    asked = ask(activated, token="3", officer=first)
    mine = ask(activated, "register-death", token="4", officer=officer, **death)
    proposals.propose(proposed, first, reason=Reason("Done as the documents say."))
    consultations.ask(asked, first, colleague=officer, text="Is this stamp genuine?")
    lists = [f"{desk}list/{name}/" for name in ("new", "mine", "second")]
    wrong += _look_at_each(window, [desk, *lists, f"{desk}questions/"], language)
    for one in (new, proposed, asked, mine):
        window.goto(f"{desk}{one.number}/")
        wrong += look_at(window, f"request {one.service} {one.state}", language)
    window.check("[name=decision][value=approve]")
    _send_form(window, "form:has([name=decision])")
    expect(window.locator(".field-wrong").first).to_be_visible()
    wrong += look_at(window, "a decision with errors", language)
    window.goto(f"{desk}list/new/")
    window.check("[name=numbers]")
    window.select_option("[name=act]", "reject")
    _send_form(window, "form:has([name=act])")
    expect(window.locator("[name=sure]")).to_have_count(1)
    wrong += look_at(window, "the preview of a batch", language)
    window.fill("[name=text]", "Bring the birth certificate to any branch.")
    _send_form(window, "form:has([name=sure])")
    expect(window).to_have_url(re.compile("/batch/done/$"))
    wrong += look_at(window, "what a batch did", language)
    wrong += _look_at_each(window, [f"/{language}/admin/services/readyreason/add/"], language)
    nothing(wrong)


def _look_at_each(page: Page, addresses: list[str], language: str) -> list[str]:
    wrong = []
    for address in addresses:
        page.goto(address)
        wrong += look_at(page, address, language)
    return wrong


def _send_form(page: Page, form: str) -> None:
    with page.expect_navigation():
        page.locator(f"{form} button.button[type=submit]").last.click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_a_change_of_mobile(language: str, window: Page, activated: User, served: None) -> None:
    sign_in(window, activated, language)
    wrong = _walk(window, ("new_mobile", "account_email", "account_pause"), language)
    for name in ("account_email", "account_pause", "new_mobile"):
        window.goto(walk.path(name, language))
        send(window)
        wrong += look_at(window, f"{name} with errors", language)
    window.fill("[name=mobile]", NEW_MOBILE.mobile)
    window.fill("[name=old_password]", PASSWORD)
    send(window)
    wrong += look_at(window, "new_mobile_code", language)
    SendCounter.objects.all().delete()
    window.fill("[name=code]", NEW_MOBILE.newest_code())
    send(window)
    wrong += look_at(window, "new_mobile_consent", language)
    wrong += _walk(window, ("account", "dashboard", "activation"), language)
    mobiles.prove(MobileChange.objects.get(), at_once=False, actor=None)
    nothing(wrong + _walk(window, ("account", "activation", "new_mobile"), language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_a_lost_mobile_and_of_a_paused_account(
    language: str, window: Page, activated: User, served: None
) -> None:
    profile.pause(activated)
    window.goto(walk.path("login", language))
    window.fill("[name=login_name]", activated.username)
    window.fill("[name=password]", PASSWORD)
    send(window)
    expect(window).to_have_url(re.compile("/paused/$"))
    wrong = look_at(window, "paused", language)
    send(window)
    wrong += look_at(window, "paused_code", language)
    mobiles.ask(User.objects.get(), "+966598765499")
    wrong += _walk(window, ("new_mobile",), language)
    window.fill("[name=mobile]", "0112345678")
    _send_number(window)
    wrong += look_at(window, "new_mobile for a lost one, with errors", language)
    window.fill("[name=mobile]", NEW_MOBILE.mobile)
    _send_number(window)
    window.fill("[name=code]", NEW_MOBILE.newest_code())
    send(window)
    wrong += look_at(window, "activation for another mobile", language)
    for channel in ("officer", "bank"):
        cases.begin(User.objects.get(), channel)
    nothing(wrong + _walk(window, ("activation_officer", "activation_bank"), language))


def _send_number(page: Page) -> None:
    type_image_code(page)
    with page.expect_navigation():
        page.locator("form:has([name=mobile]) button.button[type=submit]").last.click()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_other_questions_of_a_recovery(
    language: str,
    window: Page,
    phone: Phone,
    make_person: Callable[..., Person],
    make_account: Callable[..., User],
) -> None:
    citizen = make_person(luhn_number("101234000"), nationality="SAU", id_expires_on=None)
    account = make_account("citizen2026", citizen.id_number, phone.mobile)
    passport = Document(holder=citizen, kind=DocumentKind.PASSPORT, number="AB123456", expires_on="2030-01-01")
    passport.save()
    begin_recovery(window, account, language)
    expect(window.locator("[name=answer][autocapitalize=characters]")).to_be_visible()
    wrong = look_at(window, "recovery_question for a passport", language)
    passport.delete()
    DependencyLink.objects.create(head=citizen, dependent=make_person(luhn_number("200004000")), relation=Relation.SON)
    window.reload()
    expect(window.locator("[name=answer][inputmode=numeric]")).to_be_visible()
    nothing(wrong + look_at(window, "recovery_question for a dependent", language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_limits_and_locks(language: str, window: Page, person: Person, phone: Phone, resident: User) -> None:
    register_to_code(window, "0512345621", language)
    for _time in range(FIVE_AN_HOUR.limit - 1):
        SendCounter.objects.spend(FIVE_AN_HOUR.of(phone.mobile))
    window.reload()
    wrong = look_at(window, "registration_code at a limit", language)
    _lock(WRONG_PER_PHONE.of(phone.mobile))
    window.reload()
    wrong += look_at(window, "registration_code at a lock", language)
    window.goto(walk.path("login", language))
    window.fill("[name=login_name]", resident.username)
    window.fill("[name=password]", PASSWORD)
    _lock(PER_ACCOUNT.of(f"account:{resident.pk}"))
    send(window)
    type_image_code(window)
    window.fill("[name=password]", PASSWORD)
    send(window)
    expect(window.locator("[data-wait]")).to_be_focused()
    nothing(wrong + look_at(window, "login at a lock", language))


def _lock(charge: Charge) -> None:
    for _time in range(charge.budget.limit):
        TryCounter.objects.spend(charge)
    TryCounter.objects.fail(charge)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_page_in_each_state(language: str, window: Page, resident: User) -> None:

    def look(state: str, sign: str) -> list[str]:
        window.goto(walk.path("login_code", language))
        expect(window.locator(f"main {sign}").first).to_be_visible()
        return look_at(window, f"login_code {state}", language)

    def sign_in_to_code() -> None:
        window.goto(walk.path("login", language))
        window.fill("[name=login_name]", resident.username)
        window.fill("[name=password]", PASSWORD)
        send(window)

    sign_in_to_code()
    Message.objects.update(**HANDED_OVER)
    wrong = look("at the operator", ".notice-info")
    Message.objects.update(state="delivered", ended_at=clock.now())
    wrong += look("delivered", ".notice-success")
    Message.objects.update(state="failed", problem="phone_off")
    wrong += look("failed", ".notice-danger")
    # Within a minute of the first one no other is sent.
    SendCounter.objects.update(window_ends_at=clock.ahead(timedelta(minutes=10)))
    sign_in_to_code()
    expect(window.locator(".track")).to_have_count(0)
    expect(window.locator("[data-sends-itself]")).to_be_visible()
    wrong += look_at(window, "login_code to be sent by itself", language)
    _lock(WRONG_PER_PHONE.of(resident.mobile))
    nothing(wrong + look("locked", ".notice-warning"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_somebody_whose_mobile_moved(language: str, window: Page, activated: User) -> None:
    User.objects.move_one(LAPSE, activated.pk, mobile="", mobile_proven_at=None)
    window.goto(walk.path("login", language))
    window.fill("[name=login_name]", activated.username)
    window.fill("[name=password]", PASSWORD)
    send(window)
    expect(window.locator("[name=mobile]")).to_be_visible()
    nothing(look_at(window, "login_mobile", language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_a_refused_attempt_and_of_a_session_that_ends(
    language: str, window: Page, resident: User, officer: User
) -> None:
    visits.refuse(cases.begin(resident, "officer"), officer, RefusalReason.FINGERPRINT)
    sign_in(window, resident, language)
    window.goto(walk.path("activation", language))
    expect(window.locator(".timeline li")).to_have_count(1)
    wrong = look_at(window, "activation after a refusal", language)
    window.evaluate("document.getElementById('session-dialog').showModal()")
    nothing(wrong + look_at(window, "session dialog", language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_the_administration(language: str, window: Page, resident: User, officer: User) -> None:
    """Every list, form and record that a superuser reaches."""
    User.objects.filter(pk=officer.pk).update(is_superuser=True)
    cases.begin(resident, "officer")
    code = {"to": resident.mobile, "purpose": "login_code", "context": {"code": "471302", "reference": "KM"}}
    sending.send(**code, language=language)
    Message.objects.update(**HANDED_OVER)
    window.goto(f"/{language}/admin/login/")
    sign_in_officer(window, officer)
    wrong = []
    for address in _administration(officer, language):
        answer = window.goto(address)
        assert answer and answer.ok, address
        wrong += look_at(window, address, language)
        if window.locator("[name=look]").count():
            window.locator("[name=reason]").first.check()
            with window.expect_navigation():
                window.locator("[name=look] ~ .actions button").click()
            expect(window.locator("[name=reason]")).to_have_count(0)
            wrong += look_at(window, address, language)
    nothing(wrong)


def _administration(officer: User, language: str) -> list[str]:
    with override(language):
        pages = [reverse(f"admin:accounts_{page}") for page in ("user_add", "branch_add")]
        pages += [reverse(f"admin:messaging_{page}") for page in ("delivery", "texts")]
        pages += [reverse(f"admin:services_{page}") for page in ("reopening", "holidays", "export")]
        pages += [reverse(f"admin:accounts_user_{page}", args=[officer.pk]) for page in ("password", "authenticator")]
        for model in admin.site._registry.keys() - {Attempt}:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            pages.append(reverse(f"{name}_changelist"))
            pages += [reverse(f"{name}_change", args=[record.pk]) for record in model._default_manager.all()[:1]]
        pages.append(reverse("admin:accounts_branch_delete", args=[officer.branch_id]))
        return [*pages, reverse("admin:password_change_done")]
