"""Claims to be somebody: ID-1 to ID-4 as far as registration and activation decide them."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.actions import claims, codes, registration, sign_in
from accounts.claim import Claim
from accounts.flows import CodeFlow
from accounts.models import OneTimeCode, User
from accounts.states import State
from activation.actions import cases
from audit.events import Event
from audit.models import Entry
from core import clock
from messaging.models import Message, SendCounter
from registry.models import Person
from services.actions import requests
from services.catalogue import services
from services.models import ServiceRequest
from tests.cast import PASSWORD, RESIDENT_NUMBER, STRANGER_NUMBER, Phone, in_no_browser
from tests.parallel import at_the_same_moment, somebody_waits_for_this_transaction
from tests.steps import fill_in
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.django_db

ADDRESS = "198.51.100.7"


def test_a_claim_without_a_proven_mobile_reserves_nothing(begun: CodeFlow, claim: Callable[..., Claim]) -> None:
    rival = registration.register(claim(mobile="+966511111111"), client_ip=ADDRESS, keep=in_no_browser)
    registration.prove_mobile(rival, Phone("+966511111111").newest_code(), keep=in_no_browser)
    assert User.objects.get(pk=rival.user_id).state == State.REGISTERED
    assert User.objects.get(pk=begun.user_id).state == State.PENDING


def test_two_people_may_claim_one_number_until_one_proves_it(resident: User, make_account: Callable[..., User]) -> None:
    rival = make_account("rival2026", resident.id_number, "+966511111111")
    claims.activate(rival, actor=None, channel="officer")
    resident.refresh_from_db()
    assert resident.state == State.VOIDED
    assert "closed" in Phone(resident.mobile).newest_text()
    with pytest.raises(sign_in.WrongPassword):
        sign_in.check_password(resident.username, PASSWORD, client_ip=ADDRESS)


def test_an_activation_ends_the_codes_of_its_rivals(
    resident: User, phone: Phone, make_account: Callable[..., User]
) -> None:
    flow = sign_in.send_code(resident, client_ip=ADDRESS)
    code = phone.newest_code()
    rival = make_account("rival2026", resident.id_number, "+966511111111")
    claims.activate(rival, actor=None, channel="officer")
    with pytest.raises(codes.CodeRefused):
        codes.take(flow, code)
    assert not OneTimeCode.objects.live().exists()


def test_a_mobile_leaves_its_account_only_by_another_persons_activation(
    resident: User, stranger: User, make_account: Callable[..., User]
) -> None:
    User.objects.filter(pk=resident.pk).update(mobile=stranger.mobile)
    resident.refresh_from_db()
    assert User.objects.get(pk=stranger.pk).mobile == stranger.mobile
    claims.activate(resident, actor=None, channel="officer")
    before = stranger.mobile
    stranger.refresh_from_db()
    assert (stranger.state, stranger.mobile, stranger.mobile_proven_at) == (State.REGISTERED, "", None)
    assert "no longer belongs to your account" in Phone(before).newest_text()
    assert Entry.objects.filter(event=Event.MOBILE_TAKEN_OVER, subject_id=stranger.pk).count() == 1


def test_an_account_without_its_mobile_proves_a_new_one_at_the_next_sign_in(stranger: User, browser: object) -> None:
    User.objects.filter(pk=stranger.pk).update(state=State.REGISTERED, mobile="", mobile_proven_at=None)
    flow = sign_in.prove_new_mobile(stranger, "+966544444444", client_ip=ADDRESS)
    user = sign_in.complete(flow, Phone("+966544444444").newest_code())
    user.refresh_from_db()
    assert user.mobile == "+966544444444" and user.mobile_proven_at
    assert Entry.objects.filter(event=Event.MOBILE_CHANGED, subject_id=stranger.pk).count() == 1


def test_a_claim_nobody_activates_ends_after_72_hours_and_its_holder_is_told(resident: User, phone: Phone) -> None:
    assert resident.claim_ends_at and resident.claim_ends_at - clock.read() > timedelta(hours=71)
    assert claims.purge() == 0
    User.objects.update(claim_ends_at=clock.ahead(timedelta(seconds=-1)))
    assert claims.purge() == 1
    assert not User.objects.exists()
    assert "the time to activate your account has run out" in phone.newest_text()


def test_a_voided_claim_is_forgotten_after_72_hours(resident: User, stranger: User) -> None:
    User.objects.filter(pk=resident.pk).update(state=State.VOIDED, claim_ends_at=None)
    claims.purge()
    assert User.objects.filter(pk=resident.pk).exists()
    User.objects.update(registered_at=clock.ahead(-timedelta(hours=73)))
    claims.purge()
    assert list(User.objects.all()) == [stranger]


def test_a_voided_account_that_was_activated_once_keeps_its_requests_and_stops_no_purge(
    activated: User, stranger: User
) -> None:
    request = requests.begin(services()["civil-affairs-messages"], activated, "t")
    month_ago = clock.ahead(-timedelta(days=30))
    User.objects.filter(pk=activated.pk).update(state=State.VOIDED, registered_at=month_ago)
    User.objects.filter(pk=stranger.pk).update(state=State.VOIDED, registered_at=month_ago, activated_at=None)
    claims.purge()
    assert list(User.objects.all()) == [activated]
    assert list(ServiceRequest.objects.all()) == [request]


def test_an_attempt_under_way_keeps_its_claim(resident: User) -> None:
    cases.begin(resident, "officer")
    resident.refresh_from_db()
    assert resident.claim_ends_at and resident.claim_ends_at - clock.read() > timedelta(days=13)


@pytest.mark.parametrize("facts", [{"id_number": RESIDENT_NUMBER}, {"mobile": "+966512345621"}])
def test_the_database_keeps_identities_apart(
    facts: dict[str, str], activated: User, make_account: Callable[..., User]
) -> None:
    other = {"id_number": STRANGER_NUMBER, "mobile": "+966599999999"} | facts
    with pytest.raises(IntegrityError), transaction.atomic():
        make_account("other2026", other["id_number"], other["mobile"], state=State.ACTIVATED)


def test_the_database_keeps_usernames_apart_whatever_the_case(
    resident: User, make_account: Callable[..., User]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_account("SAMER2026", STRANGER_NUMBER, "+966599999999")


def test_a_mistyped_mobile_is_put_right_before_it_is_proven(begun: CodeFlow, phone: Phone) -> None:
    SendCounter.objects.all().delete()
    registration.change_mobile(begun, "+966533333333", client_ip=ADDRESS)
    assert User.objects.get(pk=begun.user_id).mobile == "+966533333333"
    old = phone.newest_code()
    new = Phone("+966533333333").newest_code()
    if old != new:
        with pytest.raises(codes.WrongCode):
            codes.take(begun, old)
    registration.prove_mobile(begun, new, keep=in_no_browser)
    assert Message.objects.filter(to=phone.mobile).count() == 1


def test_a_registration_that_rolls_back_leaves_neither_account_nor_message(
    claim: Callable[..., Claim], person: Person
) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        registration.register(claim(), client_ip=ADDRESS, keep=in_no_browser)
        raise RuntimeError
    assert User.objects.count() == Message.objects.count() == Entry.objects.count() == 0


def test_a_claim_that_was_voided_meanwhile_gets_no_code_and_no_failure(
    begun: CodeFlow, phone: Phone, person: Person, make_account: Callable[..., User]
) -> None:
    code = phone.newest_code()
    rival = make_account("rival2026", person.id_number, "+966511111111")
    claims.activate(rival, actor=None, channel="officer")
    SendCounter.objects.all().delete()
    with pytest.raises(codes.ClaimEnded):
        codes.resend(begun, ADDRESS)
    with pytest.raises(codes.ClaimEnded):
        registration.prove_mobile(begun, code, keep=in_no_browser)


def test_the_page_of_a_claim_that_ended_says_so(
    phone: Phone, person: Person, make_account: Callable[..., User]
) -> None:
    browser = Client()
    fill_in(browser)
    claims.activate(make_account("rival2026", person.id_number, "+966511111111"), actor=None, channel="officer")
    for page in (
        browser.get("/en/register/code/", follow=True),
        browser.post("/en/register/code/", {"code": "000000"}, follow=True),
    ):
        assert page.status_code == 200
    assert "/en/register/" in page.redirect_chain[0][0]


def test_nothing_is_kept_of_an_activation_that_came_too_late(resident: User, make_account: Callable[..., User]) -> None:
    claims.activate(resident, actor=None, channel="officer")
    holder = make_account("holder2026", STRANGER_NUMBER, "+966511111111")
    claims.activate(holder, actor=None, channel="officer")
    rival = make_account("rival2026", resident.id_number, holder.mobile)
    with transaction.atomic(), suppress(claims.AlreadyActivated):
        claims.activate(rival, actor=None, channel="officer")
    holder.refresh_from_db()
    assert (holder.state, holder.mobile) == (State.ACTIVATED, rival.mobile)


def test_nobody_is_texted_who_has_no_number(resident: User, make_account: Callable[..., User]) -> None:
    make_account("lapsed2026", resident.id_number, "", mobile_proven_at=None, activated_at=clock.read())
    claims.activate(resident, actor=None, channel="officer")
    assert not Message.objects.filter(to="").exists()


def test_suggested_usernames_are_free_whatever_the_case(make_account: Callable[..., User]) -> None:
    make_account("Samer20267", STRANGER_NUMBER, "+966511111111")
    assert "samer20267" not in registration.suggested_usernames("samer2026")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("person")
def test_a_registration_that_its_browser_cannot_keep_has_not_begun(claim: Callable[..., Claim]) -> None:
    def fail(flow: CodeFlow) -> None:
        raise UpdateError

    with pytest.raises(UpdateError):
        registration.register(claim(), client_ip=ADDRESS, keep=fail)
    assert not User.objects.exists() and not Message.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["registration", "sign-in"])
def test_a_code_that_is_typed_while_a_rival_is_activated_comes_too_late(
    step: str, resident: User, make_account: Callable[..., User], claim: Callable[..., Claim]
) -> None:
    """Both lock accounts before codes; in another order PostgreSQL would have to end one of the two."""
    if step == "registration":
        flow = registration.register(claim(mobile="+966511111111"), client_ip=ADDRESS, keep=in_no_browser)
        take = partial(registration.prove_mobile, flow, Phone("+966511111111").newest_code(), keep=in_no_browser)
    else:
        rival = make_account("rival2026", resident.id_number, "+966511111111")
        flow = sign_in.send_code(rival, client_ip=ADDRESS)
        User.objects.filter(pk=rival.pk).update(mobile_proven_at=None)
        take = partial(sign_in.complete, flow, Phone(rival.mobile).newest_code())
    has_begun = threading.Event()

    @transaction.atomic
    def activate() -> None:
        claims.take_turn(resident)
        has_begun.set()
        wait_until(somebody_waits_for_this_transaction)
        claims.activate(resident, actor=None, channel="officer")

    def type_code() -> None:
        has_begun.wait(PATIENCE_SECONDS)
        take()

    activated, typed = at_the_same_moment([activate, type_code])
    assert activated is None and isinstance(typed, codes.CodeRefused)
    assert User.objects.get(pk=flow.user_id).state == State.VOIDED
