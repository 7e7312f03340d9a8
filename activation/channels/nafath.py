from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.translation import gettext_lazy as _

from activation.channels.base import Channel, Need, Outage, Text
from activation.nafath import line
from core.calling import THIS_MACHINE
from registry.models import Person

# What each mode cannot do without.
_NEEDED = {
    "mfa": ("app_id", "app_key", "issuer", "audience", "activation_service", "sign_in_service"),
    "oidc": ("client_id", "client_secret"),
}

STEPS = (
    _("Open the Nafath app on your phone. It has to be activated in your own name."),
    _("The app shows who asks and for what. Compare both with this page."),
    _("Choose the number that stands on this page, and confirm with your PIN or your face."),
)


class Nafath(Channel):
    """The person confirms in the Nafath app; the proof is Nafath's answer, whichever way it comes first."""

    name = "nafath"
    title = _("Nafath app")
    summary = _("Confirm in the Nafath app on your phone that it is you. No code is sent.")
    time_needed = _("About one minute, without leaving home")
    advice = _("It is the quickest way, and asks for nothing but the app, activated in your own name.")
    needs = frozenset({Need.NAFATH_APP})
    page = "activation_nafath"

    def steps(self, person: Person, purpose: str) -> Sequence[Text]:
        return STEPS

    def outage(self) -> Outage | None:
        until = line.down_until()
        return Outage(_("Nafath does not answer at present."), until) if until else None

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
        if url.scheme not in ("http", "https") or (url.scheme == "http" and url.hostname not in THIS_MACHINE):
            yield Error(f"NAFATH_{name.upper()} must start with https://.", id="activation.E004")
