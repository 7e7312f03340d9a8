from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security, deploy=True)
def no_demonstration_in_production(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """security.md, OTP-8."""
    if not settings.DEMO_MODE:
        return []
    return [checks.Error("DEMO_MODE shows everybody's codes. Turn it off.", id="portal.E001")]


@checks.register(checks.Tags.security, deploy=True)
def only_over_https(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    if settings.OVER_HTTPS:
        return []
    return [checks.Error("PUBLIC_URL must begin with https://.", id="portal.E002")]


@checks.register(checks.Tags.security, deploy=True)
def proxies_are_counted(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Nobody reaches the web process over HTTPS but through a proxy, whose word is taken only when it is counted."""
    if not settings.OVER_HTTPS or settings.TRUSTED_PROXY_COUNT:
        return []
    problem = "TRUSTED_PROXY_COUNT is 0: behind a proxy every page would lead back to itself, and all people share one address."
    return [checks.Warning(problem, hint="Set it to the number of your proxies.", id="portal.W002")]


@checks.register(checks.Tags.database)
def only_one_driver(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """With both installed Django silently takes psycopg 3, which was measured at 1.2 to 1.5 times the CPU."""
    if find_spec("psycopg") is None:
        return []
    return [checks.Warning("psycopg 3 is installed beside psycopg2, and Django takes it. Remove it.", id="portal.W001")]
