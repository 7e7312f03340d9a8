from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage

from core import plugins

# Ours, for one to choose from. Any other file in the package is forgotten unless it is listed.
_SHIPPED = [
    "messaging.gateways.console.Console",
    "messaging.gateways.demo_phone.DemoPhone",
    "messaging.gateways.http.Http",
]


def check_gateways(app_configs: Any, **options: Any) -> list[CheckMessage]:
    return plugins.check("messaging.gateways", "SMS_GATEWAYS", settings.SMS_GATEWAYS, known=_SHIPPED)
