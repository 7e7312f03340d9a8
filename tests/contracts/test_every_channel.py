"""What every activation channel promises."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import resolve
from django.utils.translation import override

from accounts.actions import claims
from accounts.models import User
from accounts.states import State
from activation import policy
from activation.actions import cases
from activation.actions.cases import ActivationRefused
from activation.channels.base import Channel, Need, Outage
from activation.models import Attempt
from activation.states import AttemptState, CasePurpose
from audit.events import Event
from audit.models import Entry
from core import plugins
from messaging.models import Message
from registry.models import Kind, Person

CHANNELS = list(plugins.load(settings.ACTIVATION_CHANNELS).values())
LANGUAGES = pytest.mark.parametrize("language", ["ar", "en"])


@pytest.fixture(params=CHANNELS, ids=lambda channel: channel.name)
def channel(request: pytest.FixtureRequest) -> Channel:
    found: Channel = request.param
    return found


def _is_in(language: str, texts: list[str]) -> bool:
    is_arabic = [any("\u0600" <= letter <= "\u06ff" for letter in text) for text in texts]
    return all(texts) and is_arabic == [language == "ar"] * len(texts)


@LANGUAGES
def test_it_tells_the_resident_what_it_is_in_both_languages(channel: Channel, language: str) -> None:
    with override(language):
        texts = [str(channel.title), str(channel.summary), str(channel.time_needed)]
        advice = str(channel.advice)
    assert _is_in(language, texts + ([advice] if advice else []))


@LANGUAGES
@pytest.mark.parametrize("fingerprint_on_file", [True, False])
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("purpose", CasePurpose)
def test_its_steps_are_told_to_everybody_in_both_languages(
    channel: Channel, purpose: str, kind: str, fingerprint_on_file: bool, language: str
) -> None:
    person = Person(kind=kind, fingerprint_on_file=fingerprint_on_file)
    with override(language):
        steps = [str(step) for step in channel.steps(person, purpose)]
    assert _is_in(language, steps)


def test_it_needs_what_residents_can_be_asked_for(channel: Channel) -> None:
    assert channel.needs <= set(Need)


def test_its_attempts_continue_on_a_page_that_exists(channel: Channel) -> None:
    with override("en"):
        assert resolve(cases.page_of(channel.name))


def test_a_beginning_gives_columns_of_an_attempt(channel: Channel) -> None:
    columns = {field.name for field in Attempt._meta.get_fields()}
    assert channel.beginning().keys() <= columns


def test_two_beginnings_share_no_code(channel: Channel) -> None:
    one, other = channel.beginning().get("visit_code"), channel.beginning().get("visit_code")
    assert one is None or one != other


def test_the_policy_says_for_whom_for_what_and_for_how_long(channel: Channel) -> None:
    ruled = policy.channels()[channel.name]
    assert set(ruled.kinds) <= set(Kind.values) and set(ruled.purposes) <= set(CasePurpose.values)
    assert ruled.attempt_life.total_seconds() > 0
    assert ruled.moves_mobile_at_once or not ruled.lifts_pause_with_mobile
    assert bool(ruled.fingers) == bool(ruled.fingerprint_life)


def test_its_configuration_is_good(channel: Channel) -> None:
    assert channel.check_config() == []


@LANGUAGES
@pytest.mark.django_db
def test_what_it_knows_of_an_outage_is_told_in_both_languages_and_costs_one_query_at_most(
    channel: Channel, language: str, django_assert_max_num_queries: Callable[..., object]
) -> None:
    with override(language), django_assert_max_num_queries(1):
        outage = channel.outage()
        assert outage is None or (isinstance(outage, Outage) and _is_in(language, [str(outage.reason)]))


@pytest.mark.django_db
def test_it_is_up_once_it_is_served(channel: Channel, served: None) -> None:
    assert channel.outage() is None


def _prove(attempt: Attempt) -> None:
    with transaction.atomic():
        claims.take_turn(attempt.case.user)
        cases.prove(attempt, actor=None)


@pytest.mark.django_db
def test_its_proof_activates_the_account_once_and_ends_every_other_attempt(
    channel: Channel, served: None, resident: User
) -> None:
    attempts = [cases.begin(resident, offered.name) for offered in CHANNELS]
    own = next(attempt for attempt in attempts if attempt.channel == channel.name)
    _prove(own)
    for attempt in attempts:
        with pytest.raises(ActivationRefused):
            _prove(attempt)
    assert User.objects.get(pk=resident.pk).state == State.ACTIVATED
    assert Entry.objects.filter(event=Event.ACCOUNT_ACTIVATED, subject_id=resident.pk).count() == 1
    assert Message.objects.filter(purpose="activated", to=resident.mobile).count() == 1
    states = {attempt.channel: attempt.state for attempt in Attempt.objects.all()}
    voided = dict.fromkeys(states, AttemptState.VOIDED)
    assert states == voided | {channel.name: AttemptState.PROVEN}
