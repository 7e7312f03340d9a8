"""A visit to an officer in a browser, with a script and without: booked, moved, printed, cancelled; Back does nothing twice."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Branch, User
from activation.actions import bookings, cases
from activation.models import Attempt, Visit
from activation.states import VisitState
from core import clock
from messaging.models import Message
from registry.models import Person
from tests.booking import address_of, book, free_times
from tests.browser.conftest import DESKTOP, check_document, in_every_way, sign_in, sign_in_officer
from tests.browser.looking import look_at
from tests.cast import Phone, luhn_number
from tests.walk import path

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visitor(resident: User) -> Attempt:
    return cases.begin(resident, "officer")


def _follow(page: Page, selector: str) -> None:
    with page.expect_navigation():
        page.locator(selector).first.click()


def _choose(page: Page, *, day: int, time: int) -> str:
    """Branch, day and time by their links; returns the time as it stands on the page."""
    _follow(page, ".choice-row a")
    page.locator(".choice-row a").nth(day).click()
    page.wait_for_url("**/*-*-*/")
    chosen = page.locator("a.time").nth(time)
    shown = chosen.locator("strong").inner_text()
    chosen.click()
    page.wait_for_url(re.compile(r"/\d\d:\d\d/$"))
    return shown


@in_every_way
def test_a_visit_is_booked_moved_printed_and_cancelled(
    language: str, javascript: bool, open_window: Callable[..., Page], visitor: Attempt, branch: Branch
) -> None:
    page = open_window(java_script_enabled=javascript)
    sign_in(page, visitor.case.user, language)
    page.goto(path("activation_officer", language))
    _follow(page, "a[href$='/officer/visit/']")
    first = _choose(page, day=3, time=2)
    _follow(page, "main form button[type=submit]")
    expect(page.locator(".visit-time")).to_contain_text(first)
    expect(page.locator(".notice-success")).to_be_visible()

    page.go_back()
    expect(page.locator(".visit-time")).to_contain_text(first)
    assert Visit.objects.count() == Message.objects.filter(purpose="visit_booked").count() == 1

    _follow(page, "a[href$='/officer/visit/']")
    expect(page.locator(".notice-info")).to_contain_text(first)
    second = _choose(page, day=4, time=5)
    _follow(page, "main form button[type=submit]")
    expect(page.locator(".visit-time")).to_contain_text(second)

    _follow(page, "a[href$='/print/']")
    page.emulate_media(media="print")
    expect(page.locator(".visit-code")).to_have_text(str(visitor.visit_code))
    expect(page.locator("dl.summary")).to_contain_text(second)
    expect(page.locator(".actions").first).to_be_hidden()
    page.emulate_media(media="screen")

    page.goto(path("activation_officer", language))
    with page.expect_download() as saved:
        page.locator("a[href$='/calendar/']").click()
    assert saved.value.suggested_filename == "visit.ics"

    _follow(page, "a[href$='/cancel/']")
    _follow(page, "main form button[type=submit]")
    expect(page.locator(".visit-time")).to_have_count(0)
    expect(page.locator("a[href$='/officer/visit/']")).to_be_visible()
    assert bookings.booked(visitor) is None


@pytest.mark.parametrize("language", ["ar", "en"])
def test_who_comes_to_a_booked_visit_is_activated(
    language: str,
    open_window: Callable[..., Page],
    visitor: Attempt,
    branch: Branch,
    person: Person,
    passports: User,
    phone: Phone,
) -> None:
    """The portal's page beside the officer's list of the day."""
    page, desk, resident = open_window(), open_window(viewport=DESKTOP), visitor.case.user
    sign_in(page, resident, language)
    page.goto(path("activation_visit", language))
    _choose(page, day=3, time=2)
    _follow(page, "main form button[type=submit]")
    expect(page.locator(".visit-time")).to_be_visible()
    Visit.objects.update(starts_at=clock.now())

    desk.goto(f"/{language}/admin/activation/attempt/visits/")
    sign_in_officer(desk, passports)
    expect(desk.locator("main, #content").first).to_contain_text(str(visitor.visit_code)[-3:])
    desk.goto(f"/{language}/admin/activation/attempt/")
    check_document(desk, str(visitor.visit_code), person, language)
    assert Visit.objects.get().state == VisitState.KEPT

    page.reload()
    expect(page).to_have_url(re.compile("/sign-in/"))
    sign_in(page, resident, language)
    expect(page.locator(".badge-activated")).to_be_visible()
    assert [message.purpose for message in phone.messages()].count("activated") == 1


def test_who_loses_the_last_place_chooses_the_nearest_one(
    window: Page,
    visitor: Attempt,
    branch: Branch,
    make_person: Callable[..., object],
    make_account: Callable[..., User],
) -> None:
    Branch.objects.update(places_at_once=1)
    branch.refresh_from_db()
    wished = free_times(visitor, branch, days_ahead=5)[3]
    sign_in(window, visitor.case.user, "en")
    window.goto(address_of(branch, wished))
    make_person(luhn_number("200050001"))
    faster = make_account("faster2026", luhn_number("200050001"), "+966512345699")
    book(cases.begin(faster, "officer"), branch, wished)
    _follow(window, "main form button[type=submit]")
    expect(window.get_by_role("alert")).to_contain_text("That place went a moment ago")
    _follow(window, ".notice-warning a.time")
    _follow(window, "main form button[type=submit]")
    expect(window.locator(".visit-time")).to_be_visible()


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_pages_of_a_visit_are_accessible(language: str, window: Page, visitor: Attempt, branch: Branch) -> None:
    Branch.objects.update(places_at_once=1)
    branch.refresh_from_db()
    times = free_times(visitor, branch, days_ahead=4)
    sign_in(window, visitor.case.user, language)
    book(visitor, branch, times[4])
    days = path("activation_visit", language)
    addresses = {
        "booked": path("activation_officer", language),
        "printed": path("activation_visit_print", language),
        "branches": days,
        "days": f"{days}{branch.pk}/",
        "times": address_of(branch, times[0], "time", language),
        "a time that went": f"{address_of(branch, times[4], 'time', language)}?full={times[4]:%H:%M}",
        "confirm": address_of(branch, times[0], "confirm", language),
        "cancel": path("activation_visit_cancel", language),
    }
    wrong = []
    for name, address in addresses.items():
        window.goto(address)
        wrong += look_at(window, name, language)
    assert not wrong, "\n".join(wrong)
