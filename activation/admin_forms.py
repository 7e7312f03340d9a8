"""What supervisors type about the channels."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activation.models import ChannelOutage
from core import plugins
from core.forms import CleanCharField

_MINUTE = forms.DateTimeInput({"type": "datetime-local", "dir": "ltr"}, format="%Y-%m-%dT%H:%M")


class OutageForm(forms.ModelForm):  # type: ignore[type-arg]
    channel = forms.ChoiceField(label=_("Way to activate"))
    starts_at = forms.DateTimeField(label=_("From"), widget=_MINUTE, initial=timezone.now)
    ends_at = forms.DateTimeField(
        label=_("Until"),
        widget=_MINUTE,
        required=False,
        help_text=_("Empty when nobody knows yet. To call an outage off, give it the end that it began with."),
    )

    reason_ar = CleanCharField(
        label=_("Reason in Arabic"),
        help_text=_("Residents read it in Arabic: what happened, and what to do instead."),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2, "lang": "ar", "dir": "rtl"}),
        error_messages={"required": _("Write the reason in Arabic, too: residents read it in their own language.")},
    )
    reason_en = CleanCharField(
        label=_("Reason in English"),
        help_text=_("Residents read it in English: what happened, and what to do instead."),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2, "lang": "en", "dir": "ltr"}),
        error_messages={"required": _("Write the reason in English, too: residents read it in their own language.")},
    )

    class Meta:
        model = ChannelOutage
        fields = ("channel", "starts_at", "ends_at", "reason_ar", "reason_en")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = plugins.load(settings.ACTIVATION_CHANNELS).values()
        self.fields["channel"].choices = [(channel.name, channel.title) for channel in listed]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at and ends_at < starts_at:
            self.add_error("ends_at", _("The outage would end before it begins. Compare both times."))
        return cleaned
