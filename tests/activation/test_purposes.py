"""A case is for something: an activation, the lift of a pause, another mobile. What was asked for first must not carry what
somebody else asks for later."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actions import mobiles, profile
from accounts.models import MobileChange, Session, User
from accounts.states import MobileChangeState, State
from activation.actions import at_partners, cases, visits
from activation.actions.at_partners import Holder, Where
from activation.actions.cases import ActivationRefused
from activation.actions.visits import Document
from activation.models import ActivationCase, Attempt, Fingerprint, PartnerAttempt
from activation.states import AttemptState, CasePurpose, CaseState, RefusalReason
from core import clock
from messaging.models import SendCounter
from partners.actions import admission
from partners.models import Partner
from partners.words import Mode, Purpose
from registry.models import Person
from tests.accounts.test_lost_mobile import NEW, OTHER, come_back, with_password
from tests.cast import Phone
from tests.cast import sign_in as signed_in
from tests.programs import agreement_of
from tests.walk import path

pytestmark = pytest.mark.django_db

PAPER = Document("2000000006", "Samer Nabil Hasan Alomari", date(1988, 4, 17))


@pytest.fixture
def asked(activated: User) -> MobileChange:
    return mobiles.ask(activated, NEW.mobile)


@pytest.fixture
def where(bank: Partner) -> Where:
    purposes = (Purpose.ACTIVATION, Purpose.MOBILE_CHANGE, Purpose.LIFT_OF_PAUSE)
    admission.change(bank, agreement_of(bank, purposes=purposes), state=bank.state, actor=None)
    return Where(Partner.objects.get(pk=bank.pk), Mode.APP)


def _begun(sent: at_partners.Sent, where: Where) -> PartnerAttempt:
    """As the bank's next call finds it."""
    found = at_partners.of_partner(where.partner, "bank", sent.reference)
    assert found
    return found


def _check(attempt: Attempt, officer: User) -> list[str]:
    return visits.check_document(attempt, officer, PAPER, Fingerprint.MATCHED)


def test_what_an_account_has_left_to_prove(activated: User) -> None:
    assert cases.purpose_of(activated) is None
    profile.pause(activated)
    activated.refresh_from_db()
    assert cases.purpose_of(activated) == CasePurpose.LIFT_OF_PAUSE
    mobiles.ask(activated, NEW.mobile)
    assert cases.purpose_of(activated) == CasePurpose.NEW_MOBILE


def test_an_officer_moves_the_number_at_once(asked: MobileChange, activated: User, officer: User, phone: Phone) -> None:
    client = signed_in(Client(), activated)
    attempt = cases.begin(activated, "officer")
    assert attempt.case.purpose == CasePurpose.NEW_MOBILE
    assert NEW.newest().purpose == "visit_code"
    assert _check(attempt, officer) == []
    activated.refresh_from_db()
    assert (activated.mobile, activated.state) == (NEW.mobile, State.ACTIVATED)
    assert NEW.newest().purpose == phone.newest().purpose == "mobile_changed"
    assert "The mobile number of your account has changed." in client.get(path("dashboard"), follow=True).text
    asked.refresh_from_db()
    assert asked.state == MobileChangeState.MOVED
    assert ActivationCase.objects.get().state == CaseState.ACTIVATED


def test_a_visit_code_proves_nothing_that_was_asked_for_after_it(
    asked: MobileChange, activated: User, officer: User, phone: Phone
) -> None:
    attempt = cases.begin(activated, "officer")
    mobiles.ask(activated, OTHER.mobile)
    assert visits.find_attempts(officer, str(attempt.visit_code)) == []
    with pytest.raises(ActivationRefused, match="overtaken"):
        _check(attempt, officer)
    assert User.objects.get(pk=activated.pk).mobile == phone.mobile
    later = cases.begin(activated, "officer")
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.VOIDED and later.case != attempt.case
    assert _check(later, officer) == []
    assert User.objects.get(pk=activated.pk).mobile == OTHER.mobile


def test_a_second_officer_does_not_approve_what_was_asked_for_meanwhile(
    asked: MobileChange, activated: User, officer: User, second_officer: User
) -> None:
    attempt = cases.begin(activated, "officer")
    paper = Document(PAPER.id_number, "Another Name", PAPER.birth_date)
    assert visits.check_document(attempt, officer, paper, Fingerprint.MATCHED) == ["name"]
    mobiles.ask(activated, OTHER.mobile)
    with pytest.raises(ActivationRefused, match="overtaken"):
        visits.approve(Attempt.objects.get(pk=attempt.pk), second_officer)


def test_a_stopped_change_leaves_nothing_to_prove(asked: MobileChange, activated: User, officer: User) -> None:
    attempt = cases.begin(activated, "officer")
    mobiles.withdraw(activated)
    with pytest.raises(ActivationRefused, match="overtaken"):
        _check(attempt, officer)
    with pytest.raises(ActivationRefused, match="already_activated"):
        cases.begin(activated, "officer")
    assert signed_in(Client(), activated).get(path("activation")).url == path("dashboard")


def test_the_visit_of_a_claim_whose_mobile_was_replaced_activates_nothing(
    browser: Client, resident: User, officer: User, phone: Phone
) -> None:
    """Whoever knows the password could else have the holder activate the account for them."""
    client = signed_in(Client(), resident)
    attempt = cases.begin(resident, "officer")
    come_back(browser, resident)
    with pytest.raises(ActivationRefused, match="overtaken"):
        _check(Attempt.objects.get(pk=attempt.pk), officer)
    assert phone.newest().purpose == "mobile_changed"
    assert client.get(path("dashboard")).status_code == 302
    resident.refresh_from_db()
    assert cases.begin(resident, "officer").case != attempt.case


def test_cases_that_were_overtaken_are_closed_with_their_attempts(asked: MobileChange, activated: User) -> None:
    attempt = cases.begin(activated, "officer")
    cases.expire_attempts()
    assert ActivationCase.objects.open().count() == 1
    mobiles.withdraw(activated)
    cases.expire_attempts()
    attempt.refresh_from_db()
    assert (attempt.state, attempt.case.state) == (AttemptState.VOIDED, CaseState.CLOSED)


def test_a_begun_attempt_keeps_the_change_alive(asked: MobileChange, activated: User) -> None:
    cases.begin(activated, "officer")
    MobileChange.objects.update(asked_at=clock.ahead(-mobiles.ASKED_LIFE))
    assert mobiles.purge() == 0
    MobileChange.objects.update(held_until=clock.ahead(-timedelta(seconds=1)))
    assert mobiles.purge() == 1


def test_the_activation_of_long_ago_is_no_part_of_the_new_case(resident: User, officer: User) -> None:
    _check(cases.begin(resident, "officer"), officer)
    resident.refresh_from_db()
    SendCounter.objects.all().delete()
    client = signed_in(Client(), resident)
    mobiles.ask(resident, NEW.mobile)
    page = client.get(path("activation")).text
    assert "So far" not in page and "Choose" in page
    assert client.get(path("activation_officer")).url == path("activation")


def test_a_refusal_is_told_to_the_new_number(asked: MobileChange, activated: User, officer: User) -> None:
    client = signed_in(Client(), activated)
    visits.refuse(cases.begin(activated, "officer"), officer, RefusalReason.FINGERPRINT)
    assert NEW.newest().purpose == "proof_refused"
    assert "The officer could not confirm that it is you" in client.get(path("activation")).text


def test_a_paused_account_without_a_visit_code_is_opened_and_no_number_moves(
    paused: User, officer: User, phone: Phone
) -> None:
    """Somebody with the password may have asked for another number."""
    mobiles.ask(paused, NEW.mobile)
    (attempt,) = visits.find_attempts(officer, paused.id_number)
    assert attempt.case.purpose == CasePurpose.LIFT_OF_PAUSE
    _check(attempt, officer)
    account = User.objects.get(pk=paused.pk)
    assert (account.state, account.mobile) == (State.ACTIVATED, phone.mobile)


def test_a_visit_for_another_mobile_lifts_the_pause_too(paused: User, officer: User, phone: Phone) -> None:
    mobiles.ask(paused, NEW.mobile)
    attempt = cases.begin(paused, "officer")
    assert visits.find_attempts(officer, paused.id_number) == [attempt]
    _check(attempt, officer)
    account = User.objects.get(pk=paused.pk)
    assert (account.state, account.mobile) == (State.ACTIVATED, NEW.mobile)
    assert [message.purpose for message in NEW.messages()][-2:] == ["mobile_changed", "pause_lifted"]


def test_a_case_for_the_lift_of_a_pause_gives_way_to_one_for_another_mobile(paused: User, where: Where) -> None:
    lift = cases.begin(paused, "bank")
    mobiles.ask(paused, NEW.mobile)
    change = cases.begin(paused, "officer")
    lift.refresh_from_db()
    assert (lift.state, lift.case.purpose) == (AttemptState.VOIDED, CasePurpose.LIFT_OF_PAUSE)
    assert change.case.purpose == CasePurpose.NEW_MOBILE
    assert ActivationCase.objects.open().get() == change.case


def test_a_registered_account_is_activated_whatever_it_has_asked_for(resident: User, officer: User) -> None:
    mobiles.ask(resident, NEW.mobile)
    attempt = cases.begin(resident, "officer")
    assert attempt.case.purpose == CasePurpose.ACTIVATION
    _check(attempt, officer)
    assert User.objects.get(pk=resident.pk).mobile == resident.mobile


def test_a_bank_that_holds_the_new_number_proves_the_person_and_the_number_waits(
    browser: Client, activated: User, phone: Phone, where: Where
) -> None:
    come_back(browser, activated)
    browser.post("/en/activation/begin/bank/")
    page = browser.get(path("activation_bank")).text
    assert "The bank has to hold your new mobile number" in page and "Not confirmed yet." in page
    steps = browser.get(reverse("activation_bank_steps", args=[where.partner.slug, "app"])).text
    assert "24 hours later" in steps
    with pytest.raises(ActivationRefused, match="mobile_differs"):
        at_partners.begin(Holder(activated.id_number, phone.mobile), where, "bank")
    SendCounter.objects.all().delete()
    sent = at_partners.begin(Holder(activated.id_number, NEW.mobile), where, "bank")
    assert NEW.newest_text().startswith("Identity code:")
    at_partners.confirm(_begun(sent, where), NEW.newest_code())
    assert User.objects.get(pk=activated.pk).mobile == phone.mobile
    assert phone.newest().purpose == "mobile_will_move"
    assert "It is confirmed that it is you." in browser.get(path("activation_state")).text
    assert "The new number works soon" in browser.get(path("activation")).text
    MobileChange.objects.update(moves_at=clock.now())
    mobiles.move_due()
    assert User.objects.get(pk=activated.pk).mobile == NEW.mobile
    assert "Sign in again" in browser.get(path("activation_state")).text


def test_a_bank_lifts_the_pause_of_who_came_back_with_a_code(
    browser: Client, paused: User, phone: Phone, where: Where
) -> None:
    browser.post(path("login"), {"login_name": paused.username, "password": "Blue7Lantern"})
    browser.post(path("paused"))
    browser.post(path("paused_code"), {"code": phone.newest_code()})
    browser.post("/en/activation/begin/bank/")
    SendCounter.objects.all().delete()
    sent = at_partners.begin(Holder(paused.id_number, phone.mobile), where, "bank")
    assert phone.newest_text().startswith("Identity code:")
    at_partners.confirm(_begun(sent, where), phone.newest_code())
    assert User.objects.get(pk=paused.pk).state == State.ACTIVATED
    assert not Session.objects.filter(user=paused).exists()
    assert "The pause of your account is lifted." in browser.get(path("activation_state")).text


def test_a_bank_that_proves_a_paused_person_for_another_mobile_leaves_the_pause(
    paused: User, phone: Phone, where: Where
) -> None:
    mobiles.ask(paused, NEW.mobile)
    sent = at_partners.begin(Holder(paused.id_number, NEW.mobile), where, "bank")
    at_partners.confirm(_begun(sent, where), NEW.newest_code())
    MobileChange.objects.update(moves_at=clock.now())
    mobiles.move_due()
    account = User.objects.get(pk=paused.pk)
    assert (account.state, account.mobile) == (State.PAUSED, NEW.mobile)


def test_only_banks_that_agreed_to_it_are_shown(
    activated: User, asked: MobileChange, where: Where, bank: Partner
) -> None:
    client = signed_in(Client(), activated)
    client.post("/en/activation/begin/bank/")
    place = reverse("activation_bank_steps", args=[bank.slug, "app"])
    assert client.get(place).status_code == 200
    agreement = agreement_of(where.partner, purposes=(Purpose.ACTIVATION,))
    admission.change(where.partner, agreement, state=bank.state, actor=None)
    assert client.get(place).url == path("activation_bank")


def test_who_has_no_fingerprint_on_file_reads_which_ways_are_closed(activated: User, asked: MobileChange) -> None:
    Person.objects.update(fingerprint_on_file=False)
    page = signed_in(Client(), activated).get(path("activation")).text
    assert "It needs a fingerprint on file" in page


def test_who_opens_a_pause_does_not_prove_a_number_that_somebody_else_asked_for_meanwhile(
    paused: User, phone: Phone
) -> None:
    holder, thief = Client(), Client()
    SendCounter.objects.all().delete()
    with_password(holder, paused)
    holder.post(path("paused"))
    holder.post(path("paused_code"), {"code": phone.newest_code()})
    assert holder.get(path("activation")).status_code == 200
    come_back(thief, paused)
    assert holder.post(reverse("activation_begin", args=["officer"])).status_code == 302
    assert not Attempt.objects.exists()
    SendCounter.objects.all().delete()
    with_password(holder, paused)
    holder.post(path("paused"))
    holder.post(path("paused_code"), {"code": phone.newest_code()})
    assert MobileChange.objects.get().state == MobileChangeState.WITHDRAWN
    holder.post(reverse("activation_begin", args=["officer"]))
    assert Attempt.objects.get().case.purpose == CasePurpose.LIFT_OF_PAUSE
    assert thief.get(path("activation")).status_code == 302


def test_the_code_of_an_attempt_goes_to_the_number_that_it_began_with(paused: User, where: Where, phone: Phone) -> None:
    reference = at_partners.begin(Holder(paused.id_number, phone.mobile), where, "bank").reference
    mobiles.ask(paused, NEW.mobile)
    SendCounter.objects.all().delete()
    at_partner = at_partners.of_partner(where.partner, "bank", reference)
    assert at_partner
    at_partners.send_again(at_partner)
    assert NEW.messages() == []
    at_partners.confirm(at_partner, phone.newest_code())
    paused.refresh_from_db()
    assert (paused.state, paused.mobile) == (State.ACTIVATED, phone.mobile)
