"""The bank's pages: which banks there are, what to do there, and how the page learns that it is done."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from accounts.models import User
from activation import channel_views, pages, sentences
from activation.actions import at_partners, cases, visits
from activation.actions.at_partners import Holder, Where
from activation.models import Attempt, PartnerAttempt
from activation.states import CasePurpose, RefusalReason
from core import clock
from messaging.models import SendCounter
from partners.actions import admission
from partners.models import Partner
from partners.states import State
from partners.words import Mode, Purpose
from registry.models import Person
from tests.cast import Phone, sign_in
from tests.programs import admit, agreement_of
from tests.walk import path

pytestmark = pytest.mark.django_db

ACTIVATED = "Your account is activated."


def _go_live(partner: Partner, **agreed: object) -> Partner:
    admission.change(partner, agreement_of(partner, **agreed), state=State.LIVE, actor=None)
    return Partner.objects.get(pk=partner.pk)


@pytest.fixture
def bank(db: None) -> Partner:
    return _go_live(admit(modes=(Mode.APP, Mode.PHONE)))


@pytest.fixture
def attempt(resident: User, bank: Partner) -> Attempt:
    return cases.begin(resident, "bank")


def _shown(window: Client, name: str = "activation_bank", language: str = "en") -> str:
    return window.get(path(name, language)).content.decode()


def _steps(window: Client, slug: str = "riyadh-bank", mode: str = "app") -> str:
    return window.get(
        reverse("activation_bank_steps", args=[slug, mode]), headers={"accept-language": "en"}
    ).content.decode()


def _begin_at(bank: Partner, resident: User, mode: Mode = Mode.APP) -> PartnerAttempt:
    SendCounter.objects.all().delete()
    sent = at_partners.begin(Holder(resident.id_number, resident.mobile), Where(bank, mode), "bank")
    found = at_partners.of_partner(bank, "bank", sent.reference)
    assert found
    return found


def _confirm(at_partner: PartnerAttempt, phone: Phone) -> None:
    at_partners.confirm(at_partner, phone.newest_code())


def test_live_banks_with_that_purpose_are_listed_with_their_modes(
    attempt: Attempt, bank: Partner, window: Client
) -> None:
    admit("in-test", name_en="Bank In Test")
    _go_live(admit("for-pauses", name_en="Bank For Pauses"), purposes=(Purpose.LIFT_OF_PAUSE,))
    shown = _shown(window)
    assert "Trial Bank" in shown and "بنك التجربة" in _shown(window, language="ar")
    assert [title in shown for title in ("App", "Phone banking", ">Website<")] == [True, True, False]
    assert "Bank In Test" not in shown and "Bank For Pauses" not in shown


def test_a_bank_and_a_mode_show_the_steps_the_reference_and_its_qr(
    attempt: Attempt, bank: Partner, window: Client
) -> None:
    with_app, by_phone = _steps(window), _steps(window, mode="phone")
    assert "Open your bank&#x27;s app" in with_app and "Call the number" in by_phone
    for shown in (with_app, by_phone):
        assert f'dir="ltr">{attempt.visit_code}</p>' in shown and 'src="data:image/svg+xml' in shown
        assert "05••••••21" in shown and "+966512345621" not in shown
        assert "Nobody asks for the code by phone" in shown


@pytest.mark.parametrize(("slug", "mode"), [("riyadh-bank", "atm"), ("riyadh-bank", "kiosk"), ("no-bank", "app")])
def test_what_no_bank_offers_leads_to_the_list(
    slug: str, mode: str, attempt: Attempt, bank: Partner, window: Client
) -> None:
    answer = window.get(reverse("activation_bank_steps", args=[slug, mode]))
    assert answer.status_code == 302 and answer.url.endswith("/activation/bank/")


def test_without_an_attempt_the_page_leads_to_the_ways(bank: Partner, window: Client) -> None:
    assert window.get(path("activation_bank")).url == path("activation")


def test_an_attempt_whose_time_is_up_is_begun_anew(attempt: Attempt, bank: Partner, window: Client) -> None:
    Attempt.objects.update(expires_at=clock.ahead(-timedelta(seconds=1)))
    answer = window.get(path("activation_bank"), follow=True)
    assert answer.redirect_chain == [(path("activation"), 302)]
    assert "Choose the bank once more to begin anew." in answer.content.decode()
    assert "This attempt has ended." in _shown(window, "activation_state")


def test_the_page_tells_where_the_attempt_goes_on(
    attempt: Attempt, bank: Partner, resident: User, window: Client
) -> None:
    assert "Not activated yet." in _shown(window, "activation_state")
    _begin_at(bank, resident)
    assert "Trial Bank · App" in _shown(window, "activation_state")


def test_an_attempt_that_began_at_the_bank_has_a_page_without_a_reference(
    bank: Partner, resident: User, window: Client
) -> None:
    _begin_at(bank, resident)
    shown = _shown(window)
    assert "Trial Bank · App" in shown and "Reference of your case" not in shown


def test_the_page_notices_the_activation_although_it_ends_the_session(
    attempt: Attempt, bank: Partner, resident: User, window: Client, phone: Phone
) -> None:
    _confirm(_begin_at(bank, resident), phone)
    for _round in range(2):
        told = _shown(window, "activation_state")
        assert ACTIVATED in told and f'href="{path("login")}"' in told and "data-poll-end" in told
    assert "Your account has been activated. Sign in again." in _shown(window, "login")


def test_a_page_that_read_the_account_before_the_proof_and_the_attempt_after_it_says_activated(
    attempt: Attempt, bank: Partner, resident: User, phone: Phone
) -> None:
    read_before = User.objects.get(pk=resident.pk)
    _confirm(_begin_at(bank, resident), phone)
    state = channel_views._state(read_before, pages.newest(read_before, "bank"))
    assert state["is_activated"]


def test_a_reload_without_a_script_leads_to_the_sign_in_that_says_why(
    attempt: Attempt, bank: Partner, resident: User, window: Client, phone: Phone
) -> None:
    assert f'<a href="{path("activation_bank")}">Check now</a>' in _shown(window)
    _confirm(_begin_at(bank, resident), phone)
    answer = window.get(path("activation_bank"), follow=True)
    assert "Your account has been activated. Sign in again." in answer.content.decode()


def test_nobody_else_is_told_anything(client: Client, resident: User, bank: Partner, officer: User) -> None:
    assert client.get(path("activation_state")).status_code == 204
    client.force_login(officer)
    assert client.get(path("activation_state")).status_code == 204


def test_the_time_line_names_the_place_of_each_attempt(
    bank: Partner, resident: User, window: Client, officer: User
) -> None:
    cases.begin(resident, "bank")
    assert 'place">Your bank<' in _shown(window, "activation")
    _begin_at(bank, resident, Mode.PHONE)
    visits.refuse(cases.begin(resident, "officer"), officer, RefusalReason.NO_DOCUMENT)
    shown = _shown(window, "activation")
    assert shown.index('place">Passports or Civil Affairs officer<') < shown.index('place">Trial Bank · Phone banking<')


def test_without_a_fingerprint_the_bank_is_closed_and_says_why(person: Person, window: Client) -> None:
    Person.objects.update(fingerprint_on_file=False)
    shown = _shown(window, "activation")
    assert "These ways can take it:" in shown and "/begin/bank/" not in shown and "/begin/officer/" in shown
    assert "It needs a fingerprint on file, and none of yours is there yet." in shown


def test_a_visitor_reads_that_the_bank_is_for_others(
    make_person: Callable[..., Person], make_account: Callable[..., User]
) -> None:
    visitor = make_account("visitor26", make_person("3000000004").id_number, "+966512345677")
    shown = _shown(sign_in(Client(), visitor), "activation")
    assert "/begin/bank/" not in shown and "/begin/officer/" in shown
    assert "It cannot prove people with your kind of identity number." in shown


def test_who_is_taken_everywhere_reads_of_no_closed_way(window: Client) -> None:
    assert "Not open to you at present" not in _shown(window, "activation")


@pytest.mark.parametrize(
    ("mode", "menu"), [("app", "Portal services"), ("phone", "spoken menu"), ("atm", "E-services")]
)
def test_a_banks_menu_is_named_by_the_purpose(mode: str, menu: str) -> None:
    said = {
        CasePurpose.ACTIVATION: "“Activate account”",
        CasePurpose.LIFT_OF_PAUSE: "“Open a paused account”",
        CasePurpose.NEW_MOBILE: "“Confirm a new mobile number”",
    }
    with override("en"):
        for purpose, service in said.items():
            (step,) = [step for step in sentences.steps_at_bank(mode, purpose) if menu in step]
            assert service in step
