"""A service that is nothing but an entry: no code knows it, and it is asked for, decided, and written about in both languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from services import catalogue
from services.models import ServiceRequest
from services.states import RequestState
from tests.cast import sign_in
from tests.officers.conftest import enter
from tests.officers.requests import REASON, page_of, read_now
from tests.services.hostile import pdf

pytestmark = pytest.mark.django_db

ENTRY = """
[[service]]
slug = "certify-residence"
department = "civil-affairs"
group = "records"
kind = "request"
audience = ["citizen", "resident"]
title = { ar = "إفادة سكن", en = "Certificate of residence" }
summary = { ar = "إفادة بعنوان سكنك.", en = "A certificate of where you live." }
rules = ["services.rules.identity_in_force"]
checks = [{ ar = "العنوان مطابق للعقد.", en = "The address agrees with the contract." }]

[[service.field]]
name = "since"
type = "past_date"
label = { ar = "تسكن فيه منذ", en = "You live there since" }

[[service.field]]
name = "member"
type = "member"
required = false
label = { ar = "لمن الإفادة؟", en = "For whom?" }

[[service.field]]
name = "address"
type = "text"
label = { ar = "العنوان", en = "Address" }

[[service.document]]
name = "contract"
label = { ar = "عقد الإيجار", en = "Rental contract" }
"""
DAY = {"since_calendar": "hijri", "since_day": "1", "since_month": "9", "since_year": "1445"}


@pytest.fixture(autouse=True)
def _entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "residence.toml").write_text(ENTRY)
    monkeypatch.setattr("services.catalogue.ENTRIES", tmp_path)
    _read_again()
    yield
    monkeypatch.undo()
    _read_again()


def _read_again() -> None:
    for read in vars(catalogue).values():
        if hasattr(read, "cache_clear"):
            read.cache_clear()


@pytest.mark.parametrize(
    ("language", "title", "label"),
    [("en", "Certificate of residence", "You live there since"), ("ar", "إفادة سكن", "تسكن فيه منذ")],
)
def test_it_stands_in_the_centre_and_has_a_form_in_both_languages(
    language: str, title: str, label: str, activated: User, browser: Client
) -> None:
    client = sign_in(browser, activated)
    assert title in client.get(f"/{language}/requests/at/civil-affairs/").content.decode()
    start = f"/{language}/requests/new/certify-residence/"
    assert 'class="finding' in client.get(start).content.decode()
    assert label in client.post(start, {"token": "t"}, follow=True).content.decode()


def test_it_is_asked_for_and_decided(activated: User, browser: Client, civil_affairs: User) -> None:
    client = sign_in(browser, activated)
    client.post("/en/requests/new/certify-residence/", {"token": "t"})
    request = ServiceRequest.objects.get()
    page = f"/en/requests/{request.number}"
    answers = {"address": "Riyadh, Olaya 7"}
    refused = client.post(f"{page}/form/", answers).content.decode()
    assert "Type day, month and year." in refused and "Riyadh, Olaya 7" in refused
    assert client.post(f"{page}/form/", answers | DAY).url.endswith("/files/")
    assert client.get(f"{page}/review/").status_code == 302
    client.post(f"{page}/files/", {"document": "contract", "file": SimpleUploadedFile("contract.pdf", pdf())})
    client.post(f"{page}/review/", {"pledge": "on"})
    desk = enter(Client(), civil_affairs)
    desk.post(page_of(request, "services_take"))
    shown = desk.get(page_of(request)).content.decode()
    assert "11 March 2024" in shown and "The address agrees with the contract." in shown and "contract.pdf" in shown
    desk.post(page_of(request), {"decision": "approve", "text": REASON, "checks": ["0"]} | read_now(request))
    request.refresh_from_db()
    assert request.state == RequestState.APPROVED and REASON in client.get(f"{page}/").content.decode()
