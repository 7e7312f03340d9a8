"""What superusers type about partners."""

from ipaddress import ip_network
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.signatures import KeyRefused, PublicKey, read_public_key
from partners import destinations
from partners.actions.admission import Agreement
from partners.models import Device, Partner
from partners.states import State
from partners.words import Mode, Purpose

_KEY_REFUSED = {
    "private_key": _(
        "This is a private key. Nobody but its owner may ever see it: make a new pair, and send the public key only."
    ),
    "unreadable": _("This is no public key in PEM form. It begins with -----BEGIN PUBLIC KEY-----."),
    "unsupported": _("Keys are Ed25519 or ECDSA P-256. Make one of these."),
}

_URL_REFUSED = {
    "unreadable": _("This is no address. It begins with https:// and holds Latin letters, digits and signs only."),
    "not_https": _("Webhooks go over https:// only."),
    "too_much": _("Leave out the name, the password and whatever follows a #."),
    "private": _(
        "This address lies in a private network. An operator of the portal allows it in WEBHOOK_NETWORKS first."
    ),
}


class PublicKeyField(forms.CharField):
    widget = forms.Textarea(attrs={"rows": 6, "dir": "ltr", "spellcheck": "false", "autocomplete": "off"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=_("Public key (PEM)"), max_length=2000, **kwargs)

    def bound_data(self, data: Any, initial: Any) -> Any:
        """A secret is not shown again on a page."""
        return "" if "PRIVATE" in str(data).upper() else super().bound_data(data, initial)

    def clean(self, value: Any) -> PublicKey | None:
        text = super().clean(value)
        try:
            return read_public_key(text) if text else None
        except KeyRefused as refused:
            raise ValidationError(_KEY_REFUSED[refused.reason], code=refused.reason) from None


class NetworksField(forms.CharField):
    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else " ".join(value or ())

    def clean(self, value: Any) -> tuple[str, ...]:
        return tuple(dict.fromkeys(str(_network(typed)) for typed in super().clean(value).split()))


def _network(typed: str) -> Any:
    try:
        return ip_network(typed)
    except ValueError:
        raise ValidationError(
            _("“%(typed)s” is no network. Write it as 192.0.2.0/24, with the first address of the network."),
            params={"typed": typed},
            code="network",
        ) from None


class WebhookUrlField(forms.CharField):
    widget = forms.URLInput(attrs={"dir": "ltr", "autocomplete": "off"})

    def clean(self, value: Any) -> str:
        url = str(super().clean(value)).strip()
        try:
            if url:
                destinations.judge(url)
        except destinations.AddressRefused as refused:
            raise ValidationError(_URL_REFUSED[refused.reason], code=refused.reason) from None
        return url


class PartnerForm(forms.ModelForm):  # type: ignore[type-arg]
    modes = forms.MultipleChoiceField(label=_("Modes"), choices=Mode.choices, widget=forms.CheckboxSelectMultiple)
    purposes = forms.MultipleChoiceField(
        label=_("Purposes"), choices=Purpose.choices, widget=forms.CheckboxSelectMultiple
    )
    networks = NetworksField(
        label=_("Networks"), required=False, max_length=600,
        help_text=_("Addresses its calls come from, such as 192.0.2.0/24, separated by spaces; empty: any."),
    )  # fmt: skip

    webhook_url = WebhookUrlField(
        label=_("Webhook address"), required=False, max_length=300,
        help_text=_("Where the portal tells this partner what became of its activations, beginning with https://."),
    )  # fmt: skip

    class Meta:
        model = Partner
        fields = (
            "slug", "kind", "name_ar", "name_en", "modes", "purposes", "networks", "calls_a_minute", "webhook_url",
            "webhook_is_on", "state",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.fields.pop("state", None)

    def clean_modes(self) -> tuple[str, ...]:
        return tuple(self.cleaned_data["modes"])

    def clean_purposes(self) -> tuple[str, ...]:
        return tuple(self.cleaned_data["purposes"])

    def agreement(self) -> Agreement:
        return Agreement(**{name: self.cleaned_data[name] for name in Agreement.__dataclass_fields__})

    def state(self) -> State:
        return State(self.cleaned_data["state"])


class KeyForm(forms.Form):
    public_key = PublicKeyField()


class ReplayForm(forms.Form):
    """Which of a partner's webhooks that were given up are sent again."""

    partner = forms.ModelChoiceField(
        label=_("Partner"), queryset=Partner.objects.filter(webhook_is_on=True).order_by("slug")
    )
    hours = forms.TypedChoiceField(
        label=_("What happened in the last"), coerce=int, initial=24,
        choices=[(1, _("hour")), (24, _("24 hours")), (24 * 7, _("7 days")), (24 * 90, _("90 days"))],
    )  # fmt: skip


class DeviceForm(forms.ModelForm):  # type: ignore[type-arg]
    pem = PublicKeyField(required=False, help_text=_("Of a kiosk: it signs what its fingerprint reader found."))

    class Meta:
        model = Device
        fields = (
            "partner", "identifier", "kind", "place_ar", "place_en", "city_ar", "city_en", "hours_ar", "hours_en", "state",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pem"].initial = self.instance.public_key

    def clean(self) -> dict[str, Any]:
        """Before the constraints judge the device."""
        cleaned = super().clean() or {}
        if "pem" in cleaned:
            key = cleaned["pem"] or PublicKey("", "")
            self.instance.algorithm, self.instance.public_key = key.algorithm, key.pem
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"algorithm", "public_key"}  # type: ignore[misc]
