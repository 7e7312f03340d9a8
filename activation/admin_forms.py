"""What supervisors type about the channels."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminSplitDateTime
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activation.models import ChannelOutage
from core import plugins


class OutageForm(forms.ModelForm):  # type: ignore[type-arg]
    channel = forms.ChoiceField(label=_("Way to activate"))
    starts_at = forms.SplitDateTimeField(label=_("From"), widget=AdminSplitDateTime, initial=timezone.now)
    ends_at = forms.SplitDateTimeField(
        label=_("Until"),
        widget=AdminSplitDateTime,
        required=False,
        help_text=_("Empty when nobody knows yet. To call an outage off, give it the end that it began with."),
    )

    class Meta:
        model = ChannelOutage
        fields = ("channel", "starts_at", "ends_at", "reason_ar", "reason_en")
        help_texts = {
            "reason_ar": _("Residents read it in Arabic: what happened, and what to do instead."),
            "reason_en": _("Residents read it in English: what happened, and what to do instead."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = plugins.load(settings.ACTIVATION_CHANNELS).values()
        self.fields["channel"].choices = [(channel.name, channel.title) for channel in listed]  # type: ignore[attr-defined]
