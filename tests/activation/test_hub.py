"""The hub: where the case stands, which way suits, and every way that is open, down or closed."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from activation.actions import at_partners, cases
from activation.actions.at_partners import Holder, Where
from activation.models import Attempt, ChannelOutage
from core import clock
from messaging.models import SendCounter
from partners.models import Partner
from partners.words import Mode
from registry.models import Person
from tests.cast import sign_in
from tests.walk import path

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("served")]

# Session, account, person; outages; one each for what bank, kiosk and ATM know of themselves; the attempts.
QUERIES = 8
ADVICE = "The best way for you"


def _shown(window: Client, language: str = "en", **answers: str) -> str:
    return window.get(path("activation", language), answers).content.decode()


def _asked(window: Client, **answers: str) -> str:
    """By somebody without the Nafath app, unless said otherwise."""
    return _shown(window, ask="1", **({"nafath_app": "no"} | answers))


def _advised(shown: str) -> str:
    return shown[shown.index(ADVICE) :].split("</h2>")[0].rsplit(">", 1)[1]


def test_every_way_stands_there_with_the_time_it_needs(window: Client) -> None:
    shown = _shown(window)
    for channel in ("bank", "kiosk", "atm", "officer"):
        assert f"/begin/{channel}/" in shown
    for said in ("without leaving home", "at the kiosk", "at the ATM", "One visit of about ten minutes"):
        assert said in shown


def test_it_says_what_is_done_and_what_is_left(window: Client) -> None:
    shown = _shown(window)
    assert "its mobile number is proven." in shown and "Your fingerprint is on file." in shown
    assert "choose one of the ways." in shown


def test_without_a_fingerprint_it_names_the_ways_that_take_it_and_advises_at_once(window: Client) -> None:
    Person.objects.update(fingerprint_on_file=False)
    shown = _shown(window)
    assert "No fingerprint of yours is on file." in shown
    assert "These ways can take it: Self-service kiosk, Passports or Civil Affairs officer" in shown
    assert _advised(shown) == "Self-service kiosk" and "here it is taken, and proves who you are." in shown
    assert "Not sure?" not in shown


def test_what_is_under_way_says_where_and_leads_there(window: Client, resident: User, bank: Partner) -> None:
    cases.begin(resident, "kiosk")
    SendCounter.objects.all().delete()
    at_partners.begin(Holder(resident.id_number, resident.mobile), Where(bank, Mode.APP), "bank")
    shown = _shown(window)
    standing = shown[shown.index("Where you stand") : shown.index("Ways to activate")]
    assert standing.index("Trial Bank · App") < standing.index("Self-service kiosk")
    assert f'href="{path("activation_bank")}"' in standing and f'href="{path("activation_kiosk")}"' in standing
    assert shown.count(">Go on</button>") == 2


def test_an_attempt_of_a_channel_that_is_not_there_any_more_is_shown_and_leads_nowhere(
    window: Client, resident: User
) -> None:
    cases.begin(resident, "kiosk")
    Attempt.objects.update(channel="pigeon")
    shown = _shown(window)
    assert 'place">pigeon<' in shown and "Under way:" not in shown


def test_the_questions_wait_until_somebody_asks(window: Client) -> None:
    shown = _shown(window)
    assert ADVICE not in shown and "<details>" in shown
    assert "Do you have an account at one of the approved banks" in shown and "Can you go to a kiosk" in shown
    assert "Do you have the Nafath app" in shown


@pytest.mark.parametrize(
    ("bank_account", "leaving_home", "best"),
    [
        ("yes", "yes", "Your bank"),
        ("yes", "no", "Your bank"),
        ("no", "yes", "Self-service kiosk"),
        ("no", "no", "Self-service kiosk"),
    ],
)
def test_the_answers_name_one_way_with_its_reason_and_the_second_best(
    bank_account: str, leaving_home: str, best: str, window: Client
) -> None:
    shown = _asked(window, bank_account=bank_account, leaving_home=leaving_home)
    assert _advised(shown) == best and "Second best:" in shown and "Change the answers" in shown
    assert ("no way works from home" in shown) == (bank_account == leaving_home == "no")
    assert f'value="{bank_account}"' in shown


def test_who_has_the_nafath_app_and_no_bank_is_led_to_it(window: Client) -> None:
    shown = _asked(window, bank_account="no", nafath_app="yes", leaving_home="no")
    assert _advised(shown) == "Nafath app" and "It is the quickest way" in shown


def test_a_question_without_an_answer_is_told_beside_it_and_the_other_answer_stays(window: Client) -> None:
    shown = _asked(window, bank_account="yes")
    assert ADVICE not in shown and "<details open>" in shown
    assert (
        shown.count("Choose yes or no: can you go to one of these places?") == 2
    )  # in the summary, and beside the question
    checked = shown[shown.index('name="bank_account" value="yes"') :].split(">")[0]
    assert "checked" in checked


def test_what_is_down_is_not_advised(window: Client) -> None:
    ChannelOutage.objects.create(channel="bank", starts_at=clock.now(), reason_ar="صيانة.", reason_en="Repairs.")
    assert _advised(_asked(window, bank_account="yes", leaving_home="yes")) == "Self-service kiosk"


def test_what_is_asked_besides_the_questions_changes_nothing(window: Client) -> None:
    assert ADVICE not in _asked(window, nafath_app="yes", pigeon="yes")


def test_a_look_costs_the_same_however_much_was_tried(
    window: Client, resident: User, bank: Partner, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _shown(window)
    for channel in ("bank", "kiosk", "atm", "officer"):
        cases.begin(resident, channel)
    with django_assert_num_queries(QUERIES):
        _asked(window, bank_account="yes", leaving_home="yes")


def test_who_stands_in_the_register_as_a_visitor_is_led_to_a_kiosk(
    make_person: Callable[..., Person], make_account: Callable[..., User]
) -> None:
    visitor = make_account("visitor26", make_person("3000000004").id_number, "+966512345677")
    shown = _asked(sign_in(Client(), visitor), bank_account="no")
    assert _advised(shown) == "Self-service kiosk"
