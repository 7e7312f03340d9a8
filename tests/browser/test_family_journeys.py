"""A family grows, from the menu to the register: asked for with a mistake, returned, corrected, approved."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from registry.models import DependencyLink, Document, DocumentKind, Kind, Person, Relation
from services.models import ServiceRequest
from tests.browser.asking import approve, attach, begin, correct, send_back, submit, take_next, type_day
from tests.browser.conftest import DESKTOP, digits_in, send, sign_in, sign_in_officer
from tests.cast import luhn_number
from tests.services.hostile import image, pdf
from tests.walk import path

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = timezone.localdate()


@pytest.fixture
def wife(person: Person, make_person: Callable[..., Person]) -> Person:
    spouse = make_person(luhn_number("200003002"), first_name_ar="رنا", first_name_en="Rana", sex="female")
    DependencyLink.objects.create(head=person, dependent=spouse, relation=Relation.WIFE)
    return spouse


@pytest.fixture
def arrival(person: Person, make_person: Callable[..., Person]) -> Person:
    """A son with a border number, whose visa Samer answers for."""
    names = {"first_name_ar": "ريان", "first_name_en": "Rayan"}
    came_on = TODAY - timedelta(days=20)
    son = make_person("3000000004", birth_date="2018-07-07", entered_on=came_on, **names)
    facts = {"kind": DocumentKind.VISA, "number": "V1", "details": {"purpose": "residence", "entry_fee_paid": True}}
    Document.objects.create(holder=son, sponsor=person, **facts)
    return son


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_newborn_and_a_new_arrival_join_a_family(
    language: str,
    open_window: Callable[..., Page],
    activated: User,
    wife: Person,
    arrival: Person,
    civil_affairs: User,
    attachments_folder: Path,
) -> None:
    window, desk = open_window(), open_window(viewport=DESKTOP)
    User.objects.filter(pk=activated.pk).update(language=language)
    sign_in(window, activated, language)
    desk.goto(f"/{language}/admin/")
    sign_in_officer(desk, civil_affairs)
    _register_newborn(window, desk, language)
    _add_arrival(window, desk, language, arrival)
    window.goto(path("family", language))
    for name in ("ليلى", "ريان") if language == "ar" else ("Layla", "Rayan"):
        expect(window.get_by_role("heading", name=re.compile(name))).to_be_visible()
    assert set(DependencyLink.objects.values_list("relation", flat=True)) == {"wife", "daughter", "son"}


def _register_newborn(window: Page, desk: Page, language: str) -> None:
    begin(window, "register-newborn")
    window.check("[name=born_here][value=yes]")
    window.check("[name=sex][value=female]")
    window.fill("[name=notice_number]", digits_in("RH204411", language))
    window.fill("[name=place]", "Riyadh")
    type_day(window, "born_on", TODAY - timedelta(days=40), language)
    window.fill("[name=first_name_ar]", "Layla")
    window.fill("[name=first_name_en]", "Laila")
    send(window)
    expect(window.locator(".field-wrong")).to_have_count(1)
    expect(window.locator("[name=father_name_en]")).to_have_value("Samer")
    window.fill("[name=first_name_ar]", "ليلى")
    send(window)
    attach(window, "birth_notification", "notice.pdf", pdf())
    request = submit(window)
    expect(window.locator("bdi").get_by_text(re.compile(r"^50\b"))).to_be_visible()
    _be_returned_and_corrected(window, desk, request, "first_name_en", "Layla", language)
    child = Person.objects.latest("pk")
    assert (child.kind, child.name_en) == (Kind.RESIDENT, "Layla Samer Nabil Alomari")


def _add_arrival(window: Page, desk: Page, language: str, arrival: Person) -> None:
    begin(window, "add-resident-dependent")
    window.check("[name=relation][value=wife]")
    window.fill("[name=insurance_number]", "TW-77 1204")
    type_day(window, "insurance_expires_on", TODAY + timedelta(days=300), language)
    send(window)
    expect(window.locator(".field-wrong")).to_have_count(1)
    window.check("[name=relation][value=son]")
    send(window)
    for document in ("passport", "insurance", "relation_proof", "photo"):
        attach(window, document, f"{document}.png", image())
    request = submit(window)
    _be_returned_and_corrected(window, desk, request, "insurance_number", "TW771205", language)
    arrival.refresh_from_db()
    assert (arrival.kind, arrival.border_number) == (Kind.RESIDENT, "3000000004")
    papers = dict(Document.objects.valid().filter(holder=arrival).values_list("kind", "number"))
    assert papers == {"iqama": arrival.id_number, "insurance": "TW771205"}


def _be_returned_and_corrected(
    window: Page, desk: Page, request: ServiceRequest, field: str, right: str, language: str
) -> None:
    take_next(desk, language)
    send_back(desk, field)
    window.reload()
    correct(window, field, right)
    approve(desk, request, right, language)
