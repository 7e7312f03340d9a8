from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage

from core import plugins

# Ours, for one to choose from. Any other file in the package is forgotten unless it is listed.
SHIPPED = [
    "messaging.gateways.console.Console",
    "messaging.gateways.demo_operator.DemoOperator",
    "messaging.gateways.demo_phone.DemoPhone",
    "messaging.gateways.failing.DuplicateReceipts",
    "messaging.gateways.failing.Hang",
    "messaging.gateways.failing.LoseAnswer",
    "messaging.gateways.failing.PhoneOff",
    "messaging.gateways.failing.Refuse",
    "messaging.gateways.failing.Slow",
    "messaging.gateways.http.Http",
    "messaging.gateways.kannel.Kannel",
    "messaging.gateways.providers.Taqnyat",
    "messaging.gateways.providers.Twilio",
    "messaging.gateways.providers.Unifonic",
    "messaging.gateways.smpp.Smpp",
]


def check_keywords(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Keywords live in the rooms that know the answers; whichever room has one listed is looked through."""
    packages = sorted({path.rsplit(".", 2)[0] for path in settings.SMS_KEYWORDS})
    return plugins.check(packages, "SMS_KEYWORDS", settings.SMS_KEYWORDS)


def check_gateways(app_configs: Any, **options: Any) -> list[CheckMessage]:
    return plugins.check("messaging.gateways", "SMS_GATEWAYS", settings.SMS_GATEWAYS, known=SHIPPED)
