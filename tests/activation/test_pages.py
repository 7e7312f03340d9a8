"""What residents read about their activation: where it stands, and what to do next."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import Branch, User
from activation.actions import cases, visits
from activation.models import Attempt
from activation.states import RefusalReason
from core import clock
from tests.cast import sign_in
from tests.walk import path

pytestmark = pytest.mark.django_db

REFUSED = "The officer did not activate your account"
FINGERPRINT = "The fingerprint does not agree with the register. Ask at the Passports office."
VISIT_PAGES = ("activation_officer", "activation_visit_print")


@pytest.fixture
def attempt(resident: User) -> Attempt:
    return cases.begin(resident, "officer")


@pytest.mark.parametrize("page", ["dashboard", "activation"])
def test_a_refusal_stands_above_all_else_with_its_reason_and_what_to_do(
    page: str, attempt: Attempt, officer: User, window: Client
) -> None:
    assert REFUSED not in window.get(path(page)).content.decode()
    visits.refuse(attempt, officer, RefusalReason.FINGERPRINT)
    shown = window.get(path(page)).content.decode()
    assert shown.index(REFUSED) < shown.index("What to do next:") < shown.index('class="card')
    assert shown.count(FINGERPRINT) == 1
    arabic = window.get(path(page, "ar")).content.decode()
    assert FINGERPRINT not in arabic and "لم يفعّل الموظف الحساب" in arabic


@pytest.mark.parametrize("page", ["dashboard", "activation"])
def test_an_officers_own_words_are_read_as_they_were_written(
    page: str, attempt: Attempt, officer: User, window: Client
) -> None:
    visits.refuse(attempt, officer, "Your passport is torn <b>. Have it renewed.")
    assert "Your passport is torn &lt;b&gt;. Have it renewed." in window.get(path(page)).content.decode()


@pytest.mark.parametrize("page", ["dashboard", "activation"])
def test_who_begins_anew_reads_of_the_refusal_among_what_was_only(
    page: str, attempt: Attempt, officer: User, resident: User, window: Client
) -> None:
    visits.refuse(attempt, officer, RefusalReason.FINGERPRINT)
    cases.begin(resident, "officer")
    shown = window.get(path(page)).content.decode()
    assert REFUSED not in shown
    assert shown.count(FINGERPRINT) == (page == "activation")


def test_the_dashboard_of_the_activated_says_nothing_of_earlier_refusals(
    attempt: Attempt, officer: User, resident: User
) -> None:
    visits.refuse(attempt, officer, RefusalReason.NO_DOCUMENT)
    User.objects.filter(pk=resident.pk).update(state="activated", activated_at=clock.now())
    assert REFUSED not in sign_in(Client(), resident).get(path("dashboard")).content.decode()


@pytest.mark.parametrize("page", VISIT_PAGES)
def test_a_visit_code_is_shown_while_it_is_good(page: str, attempt: Attempt, window: Client) -> None:
    assert str(attempt.visit_code) in window.get(path(page)).content.decode()


@pytest.mark.parametrize("page", VISIT_PAGES)
def test_a_visit_code_whose_time_is_up_is_shown_nowhere_and_a_new_one_is_offered(
    page: str, attempt: Attempt, window: Client
) -> None:
    Attempt.objects.update(expires_at=clock.ahead(-timedelta(seconds=1)))
    answer = window.get(path(page), follow=True)
    shown = answer.content.decode()
    assert answer.redirect_chain == [(path("activation"), 302)]
    assert str(attempt.visit_code) not in shown
    assert "Your visit code has expired. Choose the officer once more to get a new one." in shown
    assert 'badge-expired">Expired' in shown and ">Choose</button>" in shown and ">Go on</button>" not in shown
    window.post(path("activation_begin"))
    assert str(Attempt.objects.latest("pk").visit_code) in window.get(path(page)).content.decode()


@pytest.mark.parametrize("page", VISIT_PAGES)
def test_with_a_second_officer_the_visit_page_stays_whatever_the_time(
    page: str, attempt: Attempt, window: Client
) -> None:
    Attempt.objects.update(state="second_officer", expires_at=clock.ahead(-timedelta(seconds=1)))
    assert window.get(path(page)).status_code == 200


@pytest.mark.parametrize("page", VISIT_PAGES)
def test_without_a_visit_its_pages_lead_to_the_activation(
    page: str, attempt: Attempt, officer: User, window: Client
) -> None:
    visits.refuse(attempt, officer, RefusalReason.NO_DOCUMENT)
    answer = window.get(path(page), follow=True)
    assert answer.redirect_chain == [(path("activation"), 302)]
    assert REFUSED in answer.content.decode() and "has expired" not in answer.content.decode()


@pytest.mark.parametrize("page", VISIT_PAGES)
def test_a_visit_page_says_where_the_branches_are_and_when_they_are_open(
    page: str, attempt: Attempt, branch: Branch, window: Client
) -> None:
    for language in ("en", "ar"):
        shown = window.get(path(page, language)).content.decode()
        facts = (getattr(branch, f"{fact}_{language}") for fact in ("name", "city", "address", "hours"))
        assert all(fact in shown for fact in facts)


def test_a_branch_without_hours_says_nothing_of_them(attempt: Attempt, branch: Branch, window: Client) -> None:
    Branch.objects.update(hours_en="", hours_ar="")
    assert "Open:" not in window.get(path("activation_officer")).content.decode()
