from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.translation import gettext_lazy as _

from activation.channels.base import Channel

_LOCAL = ("localhost", "127.0.0.1", "::1")
# What each mode cannot do without.
_NEEDED = {
    "mfa": ("app_id", "app_key", "issuer", "audience", "activation_service", "sign_in_service"),
    "oidc": ("client_id", "client_secret"),
}


class Nafath(Channel):
    """The person confirms in the Nafath app; the proof is Nafath's answer, whichever way it comes first."""

    name = "nafath"
    title = _("Nafath app")
    summary = _(
        "Confirm on your phone: the Nafath app shows some numbers, and you choose the one that this page shows."
    )
    time_needed = _("About one minute, without leaving home")
    page = "activation_nafath"

    def check_config(self) -> list[CheckMessage]:
        return [*self._missing(), *self._unsafe()]

    def _missing(self) -> Iterator[CheckMessage]:
        nafath = settings.NAFATH
        if not nafath["person_claims"]:
            yield Error("NAFATH_PERSON_CLAIMS is empty: a token would be anybody's.", id="activation.E002")
        for name in _NEEDED[nafath["mode"]]:
            if not nafath[name]:
                yield Error(f"NAFATH_{name.upper()} is not set. See .env.example.", id="activation.E003")

    def _unsafe(self) -> Iterator[CheckMessage]:
        name = "url" if settings.NAFATH["mode"] == "mfa" else "issuer"
        url = urlsplit(settings.NAFATH[name])
        if url.scheme not in ("http", "https") or (url.scheme == "http" and url.hostname not in _LOCAL):
            yield Error(f"NAFATH_{name.upper()} must start with https://.", id="activation.E004")
