"""Approvals that end or change accounts which are in use at this moment. Requests, accounts and people are locked in one order:
whoever is in the middle of something else with them goes on, and the approval after it; in another order PostgreSQL would have
to end one of the two."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.actions import claims
from accounts.models import User
from accounts.states import State
from audit.events import Event
from audit.models import Entry
from messaging.models import Message, SendCounter
from registry.actions import record_fingerprint
from registry.models import DependencyLink, Document, DocumentKind, Life, Person, Relation
from services.actions import decisions
from services.models import Reason, ServiceRequest
from services.states import RequestState
from tests.asking import REASON, asked, submitted
from tests.cast import PASSWORD, Phone
from tests.decided import approve
from tests.parallel import at_the_same_moment, somebody_waits_for_this_transaction
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

TODAY = timezone.localdate()


@pytest.fixture
def wifes_account(wife: DependencyLink, make_account: Callable[..., User]) -> User:
    return make_account("rana1990", wife.dependent.id_number, "+966555000222", state=State.ACTIVATED)


@pytest.fixture
def death(activated: User, wife: DependencyLink, wifes_account: User, officer: User) -> ServiceRequest:
    return asked(activated, "register-death", officer, member=wife.pk, died_on="2026-11-03", place="Riyadh")


@pytest.fixture
def arrival(person: Person, make_person: Callable[..., Person]) -> Person:
    son = make_person("3000000004", birth_date="2006-07-07", entered_on=TODAY - timedelta(days=20))
    DependencyLink.objects.create(head=person, dependent=son, relation=Relation.SON)
    visa = {"kind": DocumentKind.VISA, "number": "V1", "details": {"purpose": "residence", "entry_fee_paid": True}}
    Document.objects.create(holder=son, sponsor=person, **visa)
    return son


@pytest.fixture
def arrivals_account(arrival: Person, make_account: Callable[..., User]) -> User:
    return make_account("rayan2006", arrival.id_number, "+966555000333", state=State.ACTIVATED)


@pytest.fixture
def joining(activated: User, arrival: Person, arrivals_account: User, officer: User) -> ServiceRequest:
    insured = {"insurance_number": "TW771204", "insurance_expires_on": str(TODAY + timedelta(days=300))}
    return asked(activated, "add-resident-dependent", officer, arrival=arrival.pk, relation="son", **insured)


@pytest.fixture
def approve_after(officer: User, second_officer: User) -> Callable[..., None]:
    """Another transaction does `first`, then waits until the approval of the request waits for it, and does `then`."""

    def meet(request: ServiceRequest, *, first: Callable[[], object], then: Callable[[], object]) -> None:
        has_begun = threading.Event()

        @transaction.atomic
        def other() -> None:
            first()
            has_begun.set()
            wait_until(somebody_waits_for_this_transaction)
            then()

        def decide() -> None:
            has_begun.wait(PATIENCE_SECONDS)
            approve(request, officer, second_officer, text=REASON)

        assert at_the_same_moment([other, decide]) == [None, None]
        assert ServiceRequest.objects.get(pk=request.pk).state == RequestState.APPROVED

    return meet


@pytest.mark.parametrize("whose", ["of the deceased", "of the applicant"])
def test_a_kiosk_puts_a_fingerprint_on_file_while_a_death_is_registered(
    whose: str,
    person: Person,
    activated: User,
    wife: DependencyLink,
    wifes_account: User,
    death: ServiceRequest,
    approve_after: Callable[..., None],
) -> None:
    visitor, account = (wife.dependent, wifes_account) if whose == "of the deceased" else (person, activated)
    Person.objects.update(fingerprint_on_file=False)
    approve_after(death, first=lambda: claims.take_turn(account), then=lambda: record_fingerprint(visitor, on=TODAY))
    visitor.refresh_from_db()
    assert visitor.fingerprint_on_file
    wife.dependent.refresh_from_db()
    wifes_account.refresh_from_db()
    assert (wife.dependent.life, wifes_account.state) == (Life.DECEASED, State.VOIDED)


def test_a_kiosk_puts_a_fingerprint_on_file_while_a_new_arrival_joins(
    arrival: Person, arrivals_account: User, joining: ServiceRequest, approve_after: Callable[..., None]
) -> None:
    Person.objects.filter(pk=arrival.pk).update(fingerprint_on_file=False, birth_date="2016-07-07")
    approve_after(
        joining,
        first=lambda: claims.take_turn(arrivals_account),
        then=lambda: record_fingerprint(arrival, on=TODAY),
    )
    arrival.refresh_from_db()
    arrivals_account.refresh_from_db()
    assert arrival.fingerprint_on_file and arrivals_account.id_number == arrival.id_number != "3000000004"


def test_a_request_of_the_deceased_is_decided_before_the_death_is(
    death: ServiceRequest, wife: DependencyLink, wifes_account: User, second_officer: User, officer: User,
    approve_after: Callable[..., None],
) -> None:  # fmt: skip
    own = asked(wifes_account, "amend-name", second_officer, person=wife.dependent_id, first_name_en="Reem", reason="-")
    other = submitted(wifes_account, token="another")
    approve_after(
        death,
        first=lambda: ServiceRequest.objects.select_for_update().get(pk=own.pk),
        then=lambda: approve(own, second_officer, officer, text=REASON),
    )
    assert Person.objects.get(pk=wife.dependent_id).first_name_en == "Reem"
    other.refresh_from_db()
    assert other.state == RequestState.WITHDRAWN


@pytest.mark.parametrize("round_", range(3))
def test_a_sign_in_under_way_goes_on_under_the_new_number(
    round_: int, arrival: Person, arrivals_account: User, joining: ServiceRequest, officer: User
) -> None:
    """The password was right under the border number; the code is typed when the person becomes a resident."""
    under_way, late = Client(), Client()
    under_way.post("/en/sign-in/", {"login_name": arrival.id_number, "password": PASSWORD})
    code = Phone(arrivals_account.mobile).newest_code()
    sent = {"login_name": arrival.id_number, "password": PASSWORD}
    outcomes = at_the_same_moment(
        [
            lambda: decisions.approve(joining, officer, reason=Reason(REASON)),
            lambda: under_way.post("/en/sign-in/code/", {"code": code}).status_code,
            lambda: late.post("/en/sign-in/", sent).status_code,
        ]
    )
    assert outcomes[0] is None and outcomes[1] == 302 and outcomes[2] in (200, 302)
    account = User.objects.get(pk=arrivals_account.pk)
    arrival.refresh_from_db()
    assert account.id_number == arrival.id_number != sent["login_name"]
    assert arrival.id_number in under_way.get("/en/services/my-data/").content.decode()
    assert Entry.objects.filter(event=Event.SIGNED_IN, subject_id=account.pk).count() == 1
    assert Message.objects.filter(purpose="number_replaced", to=account.mobile).count() == 1
    # From now on by the new number, and by the old one no more.
    SendCounter.objects.all().delete()
    assert late.post("/en/sign-in/", sent).status_code == 200
    assert late.post("/en/sign-in/", sent | {"login_name": arrival.id_number}).status_code == 302
