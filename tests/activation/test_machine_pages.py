"""The pages of kiosk and ATM: what to do there, where they stand, and how the page learns that it is done."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from accounts.actions import claims
from accounts.models import Branch, User
from activation import machines
from activation.actions import cases
from activation.channels.atm import Atm
from activation.models import Attempt, PartnerAttempt
from partners.models import Device, Partner
from partners.states import DeviceState, State
from partners.words import Mode, Purpose
from registry.models import Person
from tests.cast import sign_in
from tests.machines import HARBOUR, operator_of, put_up
from tests.walk import path

pytestmark = pytest.mark.django_db

PAGES = {Device.Kind.KIOSK: "activation_kiosk", Device.Kind.ATM: "activation_atm"}
BOTH = pytest.mark.parametrize("kind", PAGES)
# Session, account, attempt, person, change of mobile, outages; cities, then places, of machines and branches; the person, and
# the banks.
QUERIES = {Device.Kind.KIOSK: 8, Device.Kind.ATM: 10}


@pytest.fixture
def operators(db: None) -> dict[Device.Kind, Partner]:
    """Each with a machine in Riyadh."""
    found = {kind: operator_of(kind) for kind in PAGES}
    for kind, operator in found.items():
        put_up(operator, kind, f"{kind}-riyadh")
    return found


@pytest.fixture
def window(resident: User, operators: dict[Device.Kind, Partner]) -> Client:
    """The resident has chosen both."""
    for kind in PAGES:
        cases.begin(resident, kind)
    return sign_in(Client(), resident)


def _shown(window: Client, kind: Device.Kind, language: str = "en", **asked: str) -> str:
    return window.get(path(PAGES[kind], language), asked).content.decode()


def _steps(shown: str) -> list[str]:
    steps = shown[shown.index('class="steps-list"') :].split("</ol>")[0]
    return [step.split("</li>")[0] for step in steps.split("<li>")[1:]]


@BOTH
def test_the_page_shows_the_visit_code_large_and_left_to_right(kind: Device.Kind, window: Client) -> None:
    attempt = Attempt.objects.get(channel=kind)
    for language in ("en", "ar"):
        shown = _shown(window, kind, language)
        assert "05••••••21" in shown and "+966512345621" not in shown
        assert f'class="visit-code" dir="ltr">{attempt.visit_code}<' in shown and "data:image/svg+xml" in shown


@BOTH
def test_without_an_attempt_the_page_leads_to_the_ways(kind: Device.Kind, resident: User) -> None:
    assert sign_in(Client(), resident).get(path(PAGES[kind])).url == path("activation")


def test_a_kiosk_asks_for_language_number_fingers_mobile_and_code_in_this_order(window: Client) -> None:
    words = ("language", "ID, iqama", "right index", "left index", "mobile number", "code", "Done")
    assert [word in step for word, step in zip(words, _steps(_shown(window, Device.Kind.KIOSK)), strict=True)] == [
        True
    ] * 7


def test_who_has_no_fingerprint_on_file_reads_that_the_kiosk_takes_it(window: Client) -> None:
    assert "for the first time" not in _shown(window, Device.Kind.KIOSK)
    Person.objects.update(fingerprint_on_file=False)
    assert "for the first time" in _shown(window, Device.Kind.KIOSK)


def test_an_atm_asks_for_card_service_number_and_code_in_this_order(window: Client) -> None:
    words = ("card", "E-services", "ID, iqama", "code", "Done")
    assert [word in step for word, step in zip(words, _steps(_shown(window, Device.Kind.ATM)), strict=True)] == [
        True
    ] * 5


def test_an_atm_asks_a_border_number_for_a_finger_of_the_hand_that_is_chosen(
    operators: dict[Device.Kind, Partner], make_person: Callable[..., Person], make_account: Callable[..., User]
) -> None:
    visitor = make_account("visitor26", make_person("3000000004").id_number, "+966512345677")
    cases.begin(visitor, "atm")
    steps = _steps(_shown(sign_in(Client(), visitor), Device.Kind.ATM))
    assert "the right or the left hand" in steps[-2]


@BOTH
def test_machines_are_listed_with_place_city_operator_and_hours(kind: Device.Kind, window: Client) -> None:
    for language, facts in {
        "en": ("Riyadh airport, hall 5", "Riyadh", "Day and night", "Trial "),
        "ar": ("مطار الرياض، صالة 5", "الرياض", "طوال اليوم", "التجربة"),
    }.items():
        assert all(fact in _shown(window, kind, language) for fact in facts)


@BOTH
def test_only_machines_in_service_of_live_partners_with_the_purpose_are_listed(
    kind: Device.Kind, window: Client, operators: dict[Device.Kind, Partner]
) -> None:
    put_up(operators[kind], kind, "broken", place_en="Broken", state=DeviceState.OUT_OF_SERVICE)
    put_up(operator_of(kind, "in-test", state=State.TEST), kind, "tested", place_en="Tested")
    put_up(operator_of(kind, "suspended", state=State.SUSPENDED), kind, "suspended", place_en="Suspended")
    put_up(operator_of(kind, "pauses", purposes=(Purpose.LIFT_OF_PAUSE,)), kind, "pauses", place_en="For pauses")
    shown = _shown(window, kind)
    assert "Riyadh airport" in shown
    assert [place in shown for place in ("Broken", "Tested", "Suspended", "For pauses")] == [False] * 4


@BOTH
def test_a_city_narrows_the_list_and_its_branches(
    kind: Device.Kind, window: Client, operators: dict[Device.Kind, Partner], branch: Branch
) -> None:
    put_up(operators[kind], kind, "harbour", **HARBOUR)
    everywhere, in_jeddah = _shown(window, kind), _shown(window, kind, city="Jeddah")
    assert all(place in everywhere for place in ("Riyadh airport", "Jeddah harbour", "1 Trial Street"))
    assert "Jeddah harbour" in in_jeddah and "Riyadh airport" not in in_jeddah and "1 Trial Street" not in in_jeddah
    assert '<option value="Jeddah" selected>Jeddah</option>' in in_jeddah
    assert '<option value="Jeddah" selected>جدة</option>' in _shown(window, kind, "ar", city="Jeddah")


@BOTH
def test_a_city_with_a_branch_but_no_machine_says_so_and_shows_the_branch(
    kind: Device.Kind, window: Client, branch: Branch
) -> None:
    Device.objects.update(**HARBOUR)
    shown = _shown(window, kind, city="Riyadh")
    assert "in service" in shown and "Choose another city, or go to a branch." in shown and "1 Trial Street" in shown


@BOTH
def test_an_unknown_city_is_answered_beside_the_field_and_everything_is_shown(
    kind: Device.Kind, window: Client
) -> None:
    shown = _shown(window, kind, city="Atlantis <b>")
    assert "Nothing of ours stands in “Atlantis &lt;b&gt;”. Choose a city of the list." in shown
    assert "Riyadh airport" in shown


@BOTH
def test_of_many_machines_the_first_are_shown_and_it_is_said(
    kind: Device.Kind, window: Client, operators: dict[Device.Kind, Partner]
) -> None:
    for number in range(machines.ROWS_SHOWN):
        put_up(operators[kind], kind, f"mall-{number}", place_en=f"Mall {number}")
    assert f"{machines.ROWS_SHOWN} of {machines.ROWS_SHOWN + 1} are shown." in _shown(window, kind)


@BOTH
def test_a_page_costs_the_same_however_many_machines_there_are(
    kind: Device.Kind,
    window: Client,
    operators: dict[Device.Kind, Partner],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    _shown(window, kind)
    for number in range(5):
        put_up(operators[kind], kind, f"mall-{number}")
    with django_assert_num_queries(QUERIES[kind]):
        _shown(window, kind)


def test_the_atm_page_names_the_banks_whose_own_atms_do_it(window: Client, bank: Partner, resident: User) -> None:
    Partner.objects.filter(pk=bank.pk).update(modes=(Mode.APP,))
    assert "Trial Bank" not in _shown(window, Device.Kind.ATM)
    Partner.objects.filter(pk=bank.pk).update(modes=(Mode.ATM,))
    shown = _shown(window, Device.Kind.ATM)
    assert "Trial Bank" in shown and f'action="{path("activation_begin").replace("officer", "bank")}"' in shown


def test_who_no_bank_can_prove_reads_of_no_bank(
    bank: Partner,
    operators: dict[Device.Kind, Partner],
    make_person: Callable[..., Person],
    make_account: Callable[..., User],
) -> None:
    visitor = make_account("visitor26", make_person("3000000004").id_number, "+966512345677")
    cases.begin(visitor, "atm")
    assert "Trial Bank" not in _shown(sign_in(Client(), visitor), Device.Kind.ATM)


def _state(window: Client, channel: str) -> Any:
    return window.get(path("activation_state").replace("/bank/", f"/{channel}/"))


@BOTH
def test_the_page_tells_that_it_goes_on_at_a_machine_and_notices_the_activation(
    kind: Device.Kind, window: Client, operators: dict[Device.Kind, Partner], resident: User
) -> None:
    assert "Not activated yet." in _state(window, kind).content.decode()
    attempt = Attempt.objects.select_related("case__user").get(channel=kind)
    facts = {"partner": operators[kind], "device": Device.objects.get(kind=kind), "mode": Mode(kind), "flow_key": "k"}
    PartnerAttempt.objects.create(attempt=attempt, **facts)
    assert f"{operators[kind].name} · Riyadh airport, hall 5" in _state(window, kind).content.decode()
    claims.take_turn(resident)
    cases.prove(attempt, actor=resident)
    told = _state(window, kind).content.decode()
    assert "Your account is activated." in told and f'href="{path("login")}"' in told


def test_both_pages_of_a_browser_that_ask_at_once_notice_the_activation(
    window: Client, operators: dict[Device.Kind, Partner], resident: User
) -> None:
    """The answer to the one has not replaced the cookie with which the other has asked already."""
    beside = Client()
    beside.cookies.load(window.cookies.output(header="", sep=";"))
    claims.take_turn(resident)
    cases.prove(Attempt.objects.select_related("case__user").get(channel="atm"), actor=resident)
    for page in (window, beside):
        assert "Your account is activated." in _state(page, "atm").text


def test_there_is_no_state_of_a_channel_that_nobody_listed(window: Client) -> None:
    assert _state(window, "no-such-channel").status_code == 404


def test_an_atms_menu_is_named_by_the_purpose(person: Person) -> None:
    with override("en"):
        for purpose, service in [("activation", "Account activation"), ("lift_of_pause", "Open a paused account")]:
            assert f"“{service}”" in str(Atm().steps(person, purpose)[1])
