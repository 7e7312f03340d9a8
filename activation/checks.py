from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from activation import policy
from core import plugins

# Listed where it is configured (settings).
_NAFATH = "activation.channels.nafath.Nafath"


def check_channels(app_configs: Any, **options: Any) -> list[CheckMessage]:
    faults = plugins.check("activation.channels", "ACTIVATION_CHANNELS", settings.ACTIVATION_CHANNELS, known=[_NAFATH])
    return faults or _without_policy()


def _without_policy() -> list[CheckMessage]:
    names = plugins.load(settings.ACTIVATION_CHANNELS).keys() - policy.channels().keys()
    return [
        Error(f"activation/policy.toml says nothing of the channel “{name}”.", id="activation.E001") for name in names
    ]
