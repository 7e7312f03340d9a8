"""A registered death ends the account of the deceased with the decision: whoever holds the phone or knows the password is nobody."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from accounts.actions import mobiles, profile
from accounts.models import MobileChange, OneTimeCode, Session, User
from accounts.states import MobileChangeState, State
from activation.actions import bookings, cases
from activation.models import Attempt
from activation.states import LIVE
from audit.events import Event
from audit.models import Entry
from core import clock
from messaging.models import Message
from registry.models import DependencyLink
from services.actions import decisions, requests
from services.actions.handling import DecisionRefused
from services.catalogue import services
from services.models import Reason, ServiceRequest
from services.states import RequestState
from tests.asking import REASON
from tests.cast import PASSWORD, luhn_number, sign_in
from tests.decided import approve

pytestmark = pytest.mark.django_db

MOBILE = "+966555000222"
MESSAGE = {"topic": "other", "message": "How do I renew?"}
Die = Callable[[], ServiceRequest]


@pytest.fixture
def account(wife: DependencyLink, make_account: Callable[..., User]) -> User:
    return make_account("rana1990", wife.dependent.id_number, MOBILE, state=State.ACTIVATED)


@pytest.fixture
def die(grant: Callable[..., ServiceRequest], wife: DependencyLink) -> Die:
    return lambda: grant("register-death", member=wife.pk, died_on="2026-11-03", place="Riyadh")


def password_refused(login_name: str) -> str:
    answer = Client().post("/en/sign-in/", {"login_name": login_name, "password": PASSWORD})
    assert answer.status_code == 200
    return answer.content.decode()


def said(page: str) -> list[str]:
    """What stands beside the fields."""
    return re.findall(r'<ul class="errorlist".*?</ul>', page, re.DOTALL)


def test_the_sessions_end_with_the_decision(account: User, die: Die) -> None:
    client = sign_in(Client(), account)
    assert client.get("/en/family/").status_code == 200
    die()
    assert client.get("/en/family/").url.startswith("/en/sign-in/")
    assert not Session.objects.filter(user=account).exists()
    assert not OneTimeCode.objects.live().filter(user=account).exists()


@pytest.mark.parametrize("by", ["username", "id_number"])
def test_the_sign_in_answers_as_for_an_account_that_never_was(by: str, account: User, die: Die) -> None:
    die()
    unknown = "nobody2026" if by == "username" else luhn_number("209999990")
    assert said(password_refused(getattr(account, by))) == said(password_refused(unknown)) != []


def test_a_paused_account_is_not_told_to_be_one(account: User, die: Die) -> None:
    profile.pause(account)
    die()
    assert "paused" not in password_refused(account.username)


def test_nobody_is_texted_at_the_mobile_of_the_deceased(account: User, die: Die, activated: User) -> None:
    mobiles.prove(mobiles.ask(account, "+966555000333"), at_once=False, actor=None)
    own = requests.begin(services()["civil-affairs-messages"], account, "t", MESSAGE)
    requests.submit(own)
    before = Message.objects.exclude(to=activated.mobile).count()
    die()
    assert Message.objects.exclude(to=activated.mobile).count() == before
    assert MobileChange.objects.get().state == MobileChangeState.WITHDRAWN
    assert mobiles.move_due() == 0
    assert profile.sender_of(MOBILE) is None


def test_what_the_deceased_asked_for_is_withdrawn(account: User, die: Die, second_officer: User) -> None:
    request = requests.begin(services()["civil-affairs-messages"], account, "t", MESSAGE)
    requests.submit(request)
    decisions.take(request, second_officer)
    die()
    with pytest.raises(DecisionRefused, match="moved"):
        decisions.approve(request, second_officer, reason=Reason(REASON))
    request.refresh_from_db()
    assert request.state == RequestState.WITHDRAWN


def test_mobile_and_username_are_free_for_the_living(
    account: User, die: Die, make_account: Callable[..., User]
) -> None:
    die()
    make_account("rana1990", luhn_number("200007377"), MOBILE, state=State.ACTIVATED)


def test_a_claim_that_waits_for_an_officer_ends_and_its_visit_is_not_reminded_of(
    wife: DependencyLink, make_account: Callable[..., User], die: Die
) -> None:
    claim = make_account("rana1990", wife.dependent.id_number, MOBILE)
    cases.begin(claim, "officer")
    die()
    claim.refresh_from_db()
    assert (claim.state, claim.claim_ends_at) == (State.VOIDED, None)
    assert not Attempt.objects.filter(state__in=LIVE).exists()
    assert bookings.remind(clock.read() + timedelta(days=3)) == 0


def test_an_officer_who_died_works_no_more(wife: DependencyLink, make_account: Callable[..., User], die: Die) -> None:
    colleague = make_account("officer09", wife.dependent.id_number, "", state=State.STAFF, is_staff=True)
    die()
    colleague.refresh_from_db()
    assert not colleague.may_be_signed_in
    assert Entry.objects.get(event=Event.OFFICER_CHANGED).details["change"] == "died"


def test_the_trail_tells_of_the_end(account: User, die: Die) -> None:
    die()
    assert Entry.objects.filter(event=Event.ACCOUNT_ENDED, subject_id=account.pk).count() == 1


def test_a_decision_that_fails_leaves_the_account_as_it_is(
    account: User, ask: Callable[..., ServiceRequest], wife: DependencyLink, officer: User, second_officer: User
) -> None:
    client = sign_in(Client(), account)
    request = ask("register-death", member=wife.pk, died_on="2026-11-03", place="Riyadh")
    DependencyLink.objects.update(until="2026-11-01")
    with pytest.raises(DecisionRefused, match="register_changed"):
        approve(request, officer, second_officer, text=REASON)
    assert client.get("/en/dashboard/").status_code == 200
    assert not Entry.objects.filter(event=Event.ACCOUNT_ENDED).exists()


def test_the_accounts_of_the_living_stay(account: User, activated: User, die: Die, applicant: Client) -> None:
    die()
    activated.refresh_from_db()
    assert activated.is_activated and applicant.get("/en/family/").status_code == 200
