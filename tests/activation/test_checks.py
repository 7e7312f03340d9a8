"""What `manage.py check` says of the channels."""

from pytest_django import Settings

from activation.channels.officer import Officer
from activation.checks import check_channels


class Unruled(Officer):
    name = "unruled"


def test_the_channels_that_ship_are_good() -> None:
    assert check_channels(None) == []


def test_a_channel_without_policy_is_named(settings: Settings) -> None:
    settings.ACTIVATION_CHANNELS = [*settings.ACTIVATION_CHANNELS, f"{__name__}.Unruled"]
    assert [message.id for message in check_channels(None)] == ["activation.E001"]


def test_a_channel_that_nobody_listed_is_named(settings: Settings) -> None:
    without_officer = [path for path in settings.ACTIVATION_CHANNELS if not path.endswith(".Officer")]
    settings.ACTIVATION_CHANNELS = [*without_officer, f"{__name__}.Unruled"]
    (message,) = check_channels(None)
    assert message.id == "plugins.W001" and "activation.channels.officer" in message.msg
