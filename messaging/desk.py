"""What operators and supervisors look at: how the gateways do, how texts arrive, and what they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from core.plugins import load
from messaging import figures, health, texts
from messaging.actions import ceilings
from messaging.charts import Bar, Chart
from messaging.figures import HOUR
from messaging.forms import LiftForm
from messaging.gateways.base import Gateway
from messaging.models import CeilingLift, GatewayHealth, HourlyFigures
from messaging.sentences import of_problem

LOOKS, LIFTS = "messaging.view_gatewayhealth", "messaging.add_ceilinglift"
INTEGRATIONS = "admin:messaging_gatewayhealth_changelist"
_HOURS, _DAYS = 24, 14


@dataclass(frozen=True)
class Integration:
    """One gateway, in words. `errors_share` is of the tries of this hour and the last, in percent."""

    name: str
    place: int
    tone: str
    standing: str
    faults: Sequence[str]
    health: GatewayHealth | None
    weight: int
    problem: str
    errors_share: int | None
    half_within: str
    most_within: str
    receipts_url: str


@require_http_methods(["GET", "HEAD", "POST"])
def integrations(request: HttpRequest) -> HttpResponse:
    _require(request, LOOKS)
    form = LiftForm(request.POST or None)
    if request.method == "POST":
        _require(request, LIFTS)
        if form.is_valid():
            ceilings.lift_daily_ceiling(supervisor=request.user, **form.cleaned_data)  # type: ignore[arg-type]
            messages.success(request, _("The ceiling is lifted. The trail keeps your reason."))
            return redirect(INTEGRATIONS)
    figures.roll_up()
    health.forget()
    ceiling = ceilings.daily_ceiling()
    variables = {
        "integrations": [_integration(gateway, place) for place, gateway in enumerate(_gateways(), start=1)],
        "ceiling": ceiling,
        "spent": number_format(ceiling.spent, force_grouping=True),
        "limit": number_format(ceiling.limit, force_grouping=True),
        "lifted": number_format(ceiling.lifted, force_grouping=True),
        "lifts": CeilingLift.objects.filter(lifted_at__gt=clock.ahead(-timedelta(days=30))).order_by("-pk")[:5],
        "form": form if request.user.has_perm(LIFTS) else None,
        "sees_addresses": request.user.is_superuser,
    }
    return _page(request, "integrations", _("Integrations"), **variables)


@require_safe
def delivery(request: HttpRequest) -> HttpResponse:
    """Charts of the last day by hour, and of the last two weeks by day."""
    _require(request, LOOKS)
    figures.roll_up()
    now = timezone.localtime(clock.read())
    rows = list(HourlyFigures.objects.filter(hour__gt=now - timedelta(days=_DAYS)).order_by("hour"))
    hours = [now.replace(minute=0, second=0, microsecond=0) - HOUR * back for back in reversed(range(_HOURS))]
    names = dict.fromkeys([*health.listed(), *(row.gateway for row in rows if row.hour >= hours[0])])
    by_gateway = [(name, _charts_of(name, rows, hours)) for name in names]
    variables = {"by_gateway": by_gateway, "by_day": _charts_by_day(rows, now)}
    return _page(request, "delivery", _("Delivery figures"), **variables)


@require_safe
def previews(request: HttpRequest) -> HttpResponse:
    _require(request, LOOKS)
    shown = [
        [texts.preview(purpose, language) for language, _name in settings.LANGUAGES] for purpose in texts.purposes()
    ]
    return _page(request, "texts", _("Texts of messages"), previews=shown)


def _integration(gateway: Gateway, place: int) -> Integration:
    row = health.read().get(gateway.name)
    faults = [str(message.msg) for message in gateway.check_config()]
    tone, standing = _standing(row, faults)
    recent = list(HourlyFigures.objects.filter(gateway=gateway.name, hour__gt=clock.ahead(-2 * HOUR)))
    errors, sent = sum(hour.errors for hour in recent), sum(hour.sent for hour in recent)
    counts = [hour.to_gateway for hour in recent]
    return Integration(
        name=gateway.name,
        place=place,
        tone=tone,
        standing=standing,
        faults=faults,
        health=row,
        weight=health.weight_of(row),
        problem=of_problem(row.last_problem) if row and row.last_problem else "",
        errors_share=round(100 * errors / (errors + sent)) if errors + sent else None,
        half_within=_seconds(figures.percentile(counts, 0.5)),
        most_within=_seconds(figures.percentile(counts, 0.95)),
        receipts_url=gateway.receipts_url,
    )


def _standing(row: GatewayHealth | None, faults: Sequence[str]) -> tuple[str, str]:
    if faults:
        return "danger", _("Not set up well")
    if health.is_open(row):
        return "danger", _("Paused after errors")
    if row is None or row.last_success_at is None:
        return "info", _("Has not sent anything yet")
    if health.weight_of(row) < 100:
        return "warning", _("Works, and earns its share back")
    return "success", _("Works")


def _charts_of(gateway: str, rows: Sequence[HourlyFigures], hours: Sequence[datetime]) -> list[Chart]:
    by_hour = {timezone.localtime(row.hour): row for row in rows if row.gateway == gateway}
    slots = [(date_format(hour, "H:i"), by_hour.get(hour)) for hour in hours]
    in_time = [_share_bar(label, row.delivered_in_time if row else 0, row.sent if row else 0) for label, row in slots]
    to_gateway = [(label, row.to_gateway if row else []) for label, row in slots]
    to_handset = [(label, row.to_handset if row else []) for label, row in slots]
    return [
        Chart(_("Delivered within 10 seconds, of those sent"), in_time, 100, _percent(100)),
        _durations(_("To hand-over: half of them within"), to_gateway),
        _durations(_("To the handset: half of them within"), to_handset),
    ]


def _charts_by_day(rows: Sequence[HourlyFigures], now: datetime) -> list[Chart]:
    days = [now.date() - timedelta(days=back) for back in reversed(range(_DAYS))]
    costs, used = [], []
    for day in days:
        of_day = [row for row in rows if timezone.localtime(row.hour).date() == day]
        label, riyals = date_format(day, "j/n"), sum(row.price_halalas for row in of_day) / 100
        says = _("%(amount)s riyals") % {"amount": number_format(riyals, 2)}
        costs.append(Bar(label, f"{label}: {says}", riyals if of_day else None))
        used.append(_share_bar(label, sum(row.codes_used for row in of_day), sum(row.codes_sent for row in of_day)))
    top = max((bar.value or 0 for bar in costs), default=0)
    return [
        Chart(_("Estimated cost by day"), costs, top, _("%(amount)s riyals") % {"amount": number_format(top, 2)}),
        Chart(_("Codes used, of codes sent"), used, 100, _percent(100)),
    ]


def _share_bar(label: str, part: int, whole: int) -> Bar:
    share = 100 * part / whole if whole else None
    says = _("nothing sent") if share is None else f"{_percent(share)} ({part}/{whole})"
    return Bar(label, f"{label}: {says}", share)


def _durations(title: str, slots: Sequence[tuple[str, Sequence[int]]]) -> Chart:
    """The median as a bar, the 95th percentile as a mark above it."""
    known = [(label, figures.percentile([counts], 0.5), figures.percentile([counts], 0.95)) for label, counts in slots]
    finite = [value for _label, _half, value in known if value is not None and value != float("inf")]
    top = max(finite, default=1)
    bars = [
        Bar(label, f"{label}: {_seconds(half)} – {_seconds(most)}", half, most if most is not None else None)
        for label, half, most in known
    ]
    return Chart(title, bars, top, _seconds(top), _("mark: 95 of 100 within"))


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    if value == float("inf"):
        return _("over %(n)s s") % {"n": number_format(figures.STEPS[-1])}
    return _("%(n)s s") % {"n": number_format(value)}


def _percent(share: float) -> str:
    return _("%(n)s%%") % {"n": number_format(round(share))}


def _gateways() -> list[Gateway]:
    return list(load(settings.SMS_GATEWAYS).values())


def _require(request: HttpRequest, right: str) -> None:
    if not request.user.has_perm(right):
        raise PermissionDenied


def _page(request: HttpRequest, name: str, title: str, **variables: Any) -> HttpResponse:
    context: dict[str, Any] = {**admin.site.each_context(request), "title": title, **variables}
    return TemplateResponse(request, f"admin/messaging/{name}.html", context)
