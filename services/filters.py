"""How somebody narrows the list of their requests."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.text import compact_digits
from services.catalogue import DEPARTMENTS, services_for
from services.models import RequestQuerySet
from services.states import RequestState

_NUMBER_AT_MOST = 10


class RequestFilter(forms.Form):
    """What does not stand in its choices, and a number that is none, narrow nothing."""

    AGES = (
        ("", _("Any time")),
        ("7", _("The last seven days")),
        ("30", _("The last 30 days")),
        ("365", _("The last twelve months")),
    )

    number = forms.CharField(label=_("Request number, or part of it"), required=False)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("All")), *RequestState.choices], required=False)
    service = forms.ChoiceField(label=_("Service"), required=False)
    age = forms.ChoiceField(label=_("Begun in"), choices=AGES, required=False)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        """`kind`: of the person."""
        super().__init__(*args, **kwargs)
        self.fields["number"].widget.attrs |= {"inputmode": "numeric", "dir": "ltr", "autocomplete": "off", "size": 10}
        self.fields["service"].choices = [("", _("All")), *_services_by_department(kind)]  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def is_narrow(self) -> bool:
        return any(self.cleaned_data.values())

    def clean_number(self) -> str:
        digits = compact_digits(self.cleaned_data["number"])
        return digits[:_NUMBER_AT_MOST] if digits.isdigit() else ""

    def narrowed(self, own: RequestQuerySet) -> RequestQuerySet:
        chosen = {name: value for name, value in self.cleaned_data.items() if value}
        narrowings = {
            "number": lambda digits: {"number__contains": digits},
            "state": lambda state: {"state": state},
            "service": _service_or_department,
            "age": lambda days: {"begun_at__gte": timezone.now() - timedelta(days=int(days))},
        }
        for name, value in chosen.items():
            own = own.filter(**narrowings[name](value))
        return own

    def page(self, before: int | None) -> str:
        """The query of the page that goes on before this key; empty on the last one."""
        if before is None:
            return ""
        return urlencode({name: value for name, value in self.cleaned_data.items() if value} | {"before": before})


def _service_or_department(value: str) -> dict[str, str]:
    return {"department": value} if value in DEPARTMENTS else {"service": value}


def _services_by_department(kind: str) -> list[tuple[Promise, Any]]:
    """A department chooses all of its services."""
    offered = [one for one in services_for(kind) if one.is_request]
    return [
        (title, [(name, _("All of %(department)s") % {"department": title}), *((one.slug, one.title) for one in of)])
        for name, title in DEPARTMENTS.items()
        if (of := [one for one in offered if one.department == name])
    ]
