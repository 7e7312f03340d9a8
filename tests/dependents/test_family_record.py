"""The family record: asked for, issued with the decision, shown to its holder, replaced, lost."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from registry.models import DependencyLink, Document, DocumentKind, DocumentStatus, Person
from services.actions import decisions
from services.actions.handling import DecisionRefused
from services.models import Reason, ServiceRequest
from tests.asking import REASON, form_of
from tests.cast import sign_in
from tests.walk import path

pytestmark = pytest.mark.django_db

SLUG = "issue-family-record"


def record_page(client: Client, language: str = "en") -> str:
    return client.get(path("family_record", language)).content.decode()


def test_it_is_issued_with_the_decision_under_the_number_of_the_request(
    grant: Callable[..., ServiceRequest], person: Person, wife: DependencyLink, daughter: DependencyLink
) -> None:
    request = grant(SLUG, purpose="first")
    issued = Document.objects.get()
    assert (issued.holder, issued.kind, issued.number) == (person, DocumentKind.FAMILY_RECORD, request.number)
    assert issued.details["head"]["id_number"] == person.id_number
    assert [(one["relation"], one["name_en"]) for one in issued.details["members"]] == [
        ("wife", wife.dependent.name_en),
        ("daughter", daughter.dependent.name_en),
    ]


def test_it_is_shown_to_print_with_both_calendars_and_both_names(
    grant: Callable[..., ServiceRequest], applicant: Client, wife: DependencyLink
) -> None:
    request = grant(SLUG, purpose="first")
    page = record_page(applicant)
    for text in (
        request.number,
        "رنا نبيل حسن العمري",
        "Rana Nabil Hasan Alomari",
        "Head of household",
        "Wife",
        "2 September 1990",
    ):
        assert text in page
    assert page.count("AH)") == 3 and "data-print" in page
    assert "رب الأسرة" in record_page(applicant, "ar") and "هـ" in record_page(applicant, "ar")
    assert "Family record" in applicant.get("/en/family/").content.decode()


def test_who_has_none_is_led_to_the_service(applicant: Client, wife: DependencyLink) -> None:
    for page in (record_page(applicant), applicant.get("/en/family/").content.decode()):
        assert f'href="/en/requests/new/{SLUG}/"' in page


def test_it_is_nobody_elses(
    grant: Callable[..., ServiceRequest], wife: DependencyLink, stranger: User, make_account: Callable[..., User]
) -> None:
    number = grant(SLUG, purpose="first").number
    account = make_account("rana1990", wife.dependent.id_number, "+966555000222", state="activated")
    assert number not in record_page(sign_in(Client(), stranger))
    assert number not in record_page(sign_in(Client(), account))


def test_a_family_that_has_changed_since_is_told(
    grant: Callable[..., ServiceRequest], applicant: Client, wife: DependencyLink, daughter: DependencyLink
) -> None:
    sentence = "The family has changed since this record was issued"
    grant(SLUG, purpose="first")
    assert sentence not in record_page(applicant)
    grant("separate-dependent", member=daughter.pk, reason="work")
    page = record_page(applicant)
    assert sentence in page and daughter.dependent.name_en in page


def test_a_new_one_replaces_the_one_before(
    grant: Callable[..., ServiceRequest], applicant: Client, activated: User, officer: User, wife: DependencyLink
) -> None:
    grant(SLUG, purpose="first")
    ServiceRequest.objects.update(token="earlier")
    second = grant(SLUG, purpose="damaged")
    statuses = Document.objects.order_by("pk").values_list("number", "status")
    assert [status for _number, status in statuses] == [DocumentStatus.REPLACED, DocumentStatus.VALID]
    assert statuses[1][0] == second.number and second.number in record_page(applicant)


def test_a_first_one_is_not_for_who_has_one(
    grant: Callable[..., ServiceRequest], applicant: Client, wife: DependencyLink
) -> None:
    number = grant(SLUG, purpose="first").number
    ServiceRequest.objects.update(token="earlier")
    page = form_of(applicant, SLUG, purpose="first")
    assert page.count(f"You have a valid family record, number {number}.") == 2
    assert "What proves the change" in form_of(applicant, SLUG, purpose="lost")


def test_without_a_family_the_requirements_say_so(applicant: Client) -> None:
    page = applicant.get(f"/en/requests/new/{SLUG}/").content.decode()
    assert "Not fulfilled" in page and 'name="token"' not in page


def test_a_family_that_is_gone_at_the_decision_gets_no_record(
    ask: Callable[..., ServiceRequest], officer: User, wife: DependencyLink
) -> None:
    request = ask(SLUG, purpose="first")
    DependencyLink.objects.update(until="2026-01-01")
    with pytest.raises(DecisionRefused, match="register_changed"):
        decisions.approve(request, officer, reason=Reason(REASON))
    assert not Document.objects.exists()


def test_a_lost_one_is_not_shown_any_more(
    grant: Callable[..., ServiceRequest], applicant: Client, wife: DependencyLink
) -> None:
    number = grant(SLUG, purpose="first").number
    grant(
        "report-lost-documents", document=Document.objects.get().pk, lost_on="2026-11-01", place="-", circumstances="-"
    )
    page = record_page(applicant)
    assert number not in page and "No family record has been issued to you yet." in page
