"""A divorce and a lost passport in a browser, from the menu to the changed family page: with a wrong answer, a file, a return and
its correction, and two officers for the divorce."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from accounts.roles import Role
from registry.models import DependencyLink, Document, DocumentKind, Person, Relation
from services.models import ServiceRequest
from tests.browser.asking import approve, attach, begin, correct, follow, send_back, submit, take_next, type_day
from tests.browser.conftest import DESKTOP, send, sign_in, sign_in_officer
from tests.browser.looking import look_at
from tests.cast import luhn_number
from tests.services.hostile import image
from tests.walk import path

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def wife(person: Person, make_person: Callable[..., Person]) -> DependencyLink:
    rana = make_person(
        luhn_number("200003002"), first_name_ar="رنا", first_name_en="Rana", sex="female", birth_date="1990-09-02"
    )
    return DependencyLink.objects.create(head=person, dependent=rana, relation=Relation.WIFE)


@pytest.fixture
def son(person: Person, make_person: Callable[..., Person]) -> DependencyLink:
    nabil = make_person(luhn_number("200003003"), first_name_ar="نبيل", first_name_en="Nabil", birth_date="2014-05-11")
    Document.objects.create(holder=nabil, kind=DocumentKind.PASSPORT, number="N7", expires_on="2032-06-30")
    return DependencyLink.objects.create(head=person, dependent=nabil, relation=Relation.SON)


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_divorce_and_a_lost_passport_change_the_family_page(
    language: str,
    open_window: Callable[..., Page],
    activated: User,
    officer: User,
    civil_affairs: User,
    give_role: Callable[[User, Role], User],
    wife: DependencyLink,
    son: DependencyLink,
    attachments_folder: Path,
) -> None:
    window, desk, second_desk = open_window(), open_window(viewport=DESKTOP), open_window(viewport=DESKTOP)
    User.objects.update(language=language)
    sign_in(window, activated, language)
    for page, sits_there in ((desk, give_role(officer, Role.CIVIL_AFFAIRS)), (second_desk, civil_affairs)):
        page.goto(f"/{language}/admin/")
        sign_in_officer(page, sits_there)
    wrong = _be_divorced(window, desk, second_desk, language, wife)
    wrong += _report_lost(window, desk, language, son)
    window.goto(path("family_record", language))
    assert wrong + look_at(window, "family_record of nobody", language) == []


def _be_divorced(window: Page, desk: Page, second_desk: Page, language: str, wife: DependencyLink) -> list[str]:
    """Two officers decide. Returns what is wrong with the family page meanwhile."""
    follow(window, window.locator("a[href$='/services/report-family/']"))
    expect(card_of(window, wife)).to_be_visible()
    wrong = look_at(window, "family", language)
    begin(window, "register-divorce")
    request = _written_and_sent(window, wife, language)
    window.goto(path("family", language))
    expect(card_of(window, wife).locator(".badge-submitted")).to_be_visible()
    take_next(desk, language)
    send_back(desk, "deed_number")
    window.reload()
    wrong += look_at(window, "family with a returned request", language)
    follow(window, card_of(window, wife).locator("a[href*='/requests/2']"))
    correct(window, "deed_number", "4413")
    approve(desk, request, "4413", language, second=second_desk)
    assert request.answers["deed_number"] == "4413" and request.answers["divorced_on"] == "2026-11-03"
    window.goto(path("family", language))
    expect(card_of(window, wife)).to_have_count(0)
    return wrong


def _report_lost(window: Page, desk: Page, language: str, son: DependencyLink) -> list[str]:
    """Its holder has no passport any more on the family page, and nothing to report."""
    report = card_of(window, son).locator("a[href*='/report-lost-documents/']")
    expect(report).to_have_count(1)
    begin(window, "report-lost-documents")
    window.locator("[name=document]").first.check()
    type_day(window, "lost_on", date(2026, 11, 1), language)
    window.fill("[name=place]", "Riyadh")
    window.fill("[name=circumstances]", "In a taxi.")
    send(window)
    request = submit(window)
    take_next(desk, language)
    send_back(desk, "place")
    window.reload()
    correct(window, "place", "Riyadh, Olaya")
    approve(desk, request, "Riyadh, Olaya", language)
    window.goto(path("family", language))
    expect(card_of(window, son).locator(".badge-success")).to_have_count(1)
    expect(report).to_have_count(0)
    return look_at(window, "family without a passport", language)


def card_of(page: Page, link: DependencyLink) -> Locator:
    return page.locator(f"#member-{link.pk}")


def _written_and_sent(window: Page, wife: DependencyLink, language: str) -> ServiceRequest:
    """A day before her birth first, which is answered beside the field and costs nothing of the rest."""
    window.check(f"[name=member][value='{wife.pk}']")
    window.fill("[name=deed_number]", "4412")
    type_day(window, "divorced_on", date(1980, 11, 3), language)
    send(window)
    expect(window.locator(".field-wrong")).to_have_count(1)
    expect(window.locator("[name=deed_number]")).to_have_value("4412")
    type_day(window, "divorced_on", date(2026, 11, 3), language)
    send(window)
    attach(window, "divorce_deed", "deed.png", image())
    return submit(window)
