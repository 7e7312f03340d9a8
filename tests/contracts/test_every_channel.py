"""What every activation channel promises."""

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from activation import policy
from activation.channels.base import Channel
from activation.models import Attempt
from core import plugins
from registry.models import Kind

CHANNELS = list(plugins.load(settings.ACTIVATION_CHANNELS).values())


@pytest.fixture(params=CHANNELS, ids=lambda channel: channel.name)
def channel(request: pytest.FixtureRequest) -> Channel:
    found: Channel = request.param
    return found


@pytest.mark.parametrize("language", ["ar", "en"])
def test_it_tells_the_resident_what_it_is_in_both_languages(channel: Channel, language: str) -> None:
    with override(language):
        texts = [str(channel.title), str(channel.summary), str(channel.time_needed)]
    is_arabic = [any("\u0600" <= letter <= "\u06ff" for letter in text) for text in texts]
    assert all(texts) and is_arabic == [language == "ar"] * 3


def test_its_attempts_continue_on_a_page_that_exists(channel: Channel) -> None:
    assert reverse(channel.page)


def test_a_beginning_gives_columns_of_an_attempt(channel: Channel) -> None:
    columns = {field.name for field in Attempt._meta.get_fields()}
    assert channel.beginning().keys() <= columns


def test_two_beginnings_share_no_code(channel: Channel) -> None:
    one, other = channel.beginning().get("visit_code"), channel.beginning().get("visit_code")
    assert one is None or one != other


def test_the_policy_says_for_whom_and_for_how_long(channel: Channel) -> None:
    ruled = policy.channels()[channel.name]
    assert set(ruled.kinds) <= set(Kind.values)
    assert ruled.attempt_life.total_seconds() > 0


def test_its_configuration_is_good(channel: Channel) -> None:
    assert channel.check_config() == []
