"""What operators and supervisors look at: how the gateways do, how texts arrive, and what they say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from core.admin_pages import admin_page
from core.hijri import in_both_calendars
from core.plugins import load
from core.throttle import OverBudget
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
# Whoever reloads a page is not to make the database count again.
_COUNTED_AT_MOST_EVERY = timedelta(minutes=1)


class Within(NamedTuple):
    """The time in which half of them were done, and 95 of 100."""

    half: str
    most: str


@dataclass(frozen=True)
class Integration:
    """One gateway, in words. `errors_share`, `call` and `hand_over` are of this hour and the last; the hand-over is counted
    from the writing of the message on."""

    name: str
    place: int
    tone: str
    standing: str
    faults: Sequence[str]
    health: GatewayHealth | None
    weight: str
    paused_until: datetime | None
    problem: str
    errors_share: str
    call: Within | None
    hand_over: Within | None
    receipts_url: str


@require_http_methods(["GET", "HEAD", "POST"])
def integrations(request: HttpRequest) -> HttpResponse:
    _require(request, LOOKS)
    form = LiftForm(request.POST or None)
    if request.method == "POST":
        _require(request, LIFTS)
        if form.is_valid():
            return _lift(request, form)
    figures.roll_up(at_most_every=_COUNTED_AT_MOST_EVERY)
    health.forget_readings()
    ceiling = ceilings.daily_ceiling()
    variables = {
        "integrations": _integrations(),
        "ceiling": ceiling,
        "spent": number_format(ceiling.spent, force_grouping=True),
        "limit": number_format(ceiling.limit, force_grouping=True),
        "lifted": number_format(ceiling.lifted, force_grouping=True),
        "lifts": CeilingLift.objects.filter(lifted_at__gt=clock.ahead(-timedelta(days=30))).order_by("-pk")[:5],
        "form": form if request.user.has_perm(LIFTS) else None,
        "sees_addresses": request.user.is_superuser,
    }
    return _page(request, "integrations", _("Integrations"), **variables)


def _lift(request: HttpRequest, form: LiftForm) -> HttpResponse:
    try:
        ceilings.lift_daily_ceiling(supervisor=request.user, **form.cleaned_data)  # type: ignore[arg-type]
    except OverBudget:
        messages.info(
            request, _("The same lift was noted a moment ago. It counts once; a further one needs its own reason.")
        )
    else:
        messages.success(request, _("The ceiling is lifted. The trail keeps your reason."))
    return redirect(INTEGRATIONS)


@require_safe
def delivery(request: HttpRequest) -> HttpResponse:
    """Charts of the last day by hour, and of the last two weeks by day."""
    _require(request, LOOKS)
    figures.roll_up(at_most_every=_COUNTED_AT_MOST_EVERY)
    now = timezone.localtime(clock.read())
    rows = list(HourlyFigures.objects.filter(hour__gt=now - timedelta(days=_DAYS)).order_by("hour"))
    hours = [now.replace(minute=0, second=0, microsecond=0) - HOUR * back for back in reversed(range(_HOURS))]
    names = dict.fromkeys([*health.listed(), *(row.gateway for row in rows if row.hour >= hours[0])])
    by_gateway = [(name, _charts_of(name, rows, hours)) for name in names]
    variables = {"by_gateway": by_gateway, "by_day": _charts_by_day(rows, now)}
    return _page(request, "delivery", _("Delivery figures"), **variables)


@require_safe
def previews(request: HttpRequest) -> HttpResponse:
    """For every officer: whoever answers residents may know what they are told."""
    shown = [(purpose, title, texts.previews(purpose)) for purpose, title in texts.TITLES.items()]
    return _page(request, "texts", _("Texts of messages"), shown=shown)


def _integrations() -> list[Integration]:
    gateways = load(settings.SMS_GATEWAYS).values()
    recent = list(HourlyFigures.objects.filter(hour__gt=clock.ahead(-2 * HOUR)))
    return [
        _integration(gateway, place, [row for row in recent if row.gateway == gateway.name])
        for place, gateway in enumerate(gateways, start=1)
    ]


def _integration(gateway: Gateway, place: int, recent: Sequence[HourlyFigures]) -> Integration:
    row = health.read().get(gateway.name)
    faults = [str(message.msg) for message in gateway.check_config()]
    tone, standing = _standing(row, faults)
    errors, sent = sum(hour.errors for hour in recent), sum(hour.sent for hour in recent)
    return Integration(
        name=gateway.name,
        place=place,
        tone=tone,
        standing=standing,
        faults=faults,
        health=row,
        weight=_percent(health.weight_of(row)),
        paused_until=row.open_until if row and health.is_open(row) else None,
        problem=of_problem(row.last_problem) if row and row.last_problem else "",
        errors_share=_share(errors, errors + sent),
        call=_within([hour.gateway_call for hour in recent]),
        hand_over=_within([hour.to_gateway for hour in recent]),
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
    slots = [(date_format(hour, "H:i"), by_hour.get(hour) or HourlyFigures()) for hour in hours]
    in_time = [_share_bar(label, label, row.delivered_in_time, row.sent) for label, row in slots]
    lost = [Bar(label, f"{label}: {row.lost}", row.lost if row.sent or row.lost else None) for label, row in slots]
    losses = [row.lost for _label, row in slots]
    all_in_time = _share(sum(row.delivered_in_time for _label, row in slots), sum(row.sent for _label, row in slots))
    return [
        Chart(_("Delivered within 10 seconds, of those sent"), all_in_time, in_time, 100, _percent(100)),
        Chart(
            _("Lost: not delivered, or too late"),
            number_format(sum(losses)),
            lost,
            max(losses),
            number_format(max(losses)),
        ),
        _durations(_("From writing to hand-over: half of them within"), slots, lambda row: row.to_gateway),
        _durations(_("From writing to the handset: half of them within"), slots, lambda row: row.to_handset),
    ]


def _charts_by_day(rows: Sequence[HourlyFigures], now: datetime) -> list[Chart]:
    days = [now.date() - timedelta(days=back) for back in reversed(range(_DAYS))]
    costs, used, halalas = [], [], sum(row.price_halalas for row in rows)
    for day in days:
        of_day = [row for row in rows if timezone.localtime(row.hour).date() == day]
        label, riyals = date_format(day, "j/n"), sum(row.price_halalas for row in of_day) / 100
        told = in_both_calendars(day)
        costs.append(Bar(label, f"{told}: {_riyals(riyals)}", riyals if of_day else None))
        codes = sum(row.codes_used for row in of_day), sum(row.codes_sent for row in of_day)
        used.append(_share_bar(label, told, *codes))
    top = max((bar.value or 0 for bar in costs), default=0)
    all_used = _share(sum(row.codes_used for row in rows), sum(row.codes_sent for row in rows))
    return [
        Chart(_("Estimated cost by day"), _riyals(halalas / 100), costs, top, _riyals(top)),
        Chart(_("Codes used, of codes sent"), all_used, used, 100, _percent(100)),
    ]


def _share_bar(label: str, told: str, part: int, whole: int) -> Bar:
    says = _share(part, whole) or _("nothing sent")
    return Bar(label, f"{told}: {says}", 100 * part / whole if whole else None)


def _share(part: int, whole: int) -> str:
    """Empty when there is nothing to share."""
    said = {"share": _percent(100 * part / (whole or 1)), "part": number_format(part), "whole": number_format(whole)}
    return _("%(share)s (%(part)s of %(whole)s)") % said if whole else ""


def _riyals(amount: float) -> str:
    return _("%(amount)s riyals") % {"amount": number_format(amount, 2)}


def _within(counts: Sequence[Sequence[int]]) -> Within | None:
    half, most = figures.percentile(counts, 0.5), figures.percentile(counts, 0.95)
    return None if half is None else Within(_seconds(half), _seconds(most))


def _durations(
    title: str, slots: Sequence[tuple[str, HourlyFigures]], counts_of: Callable[[HourlyFigures], Sequence[int]]
) -> Chart:
    """The median as a bar, the 95th percentile as a mark above it."""
    is_sent = any(row.sent for _label, row in slots)
    empty_says = _("No delivery receipt came in this time.") if is_sent else _("Nothing was sent in this time.")
    counts = [(label, [counts_of(row)]) for label, row in slots]
    known = [(label, figures.percentile(of_hour, 0.5), figures.percentile(of_hour, 0.95)) for label, of_hour in counts]
    finite = [value for _label, _half, value in known if value is not None and value != float("inf")]
    top = max(finite, default=1)
    bars = [Bar(label, f"{label}: {_seconds(half)} – {_seconds(most)}", half, most) for label, half, most in known]
    whole = _within([of_row for _label, of_hour in counts for of_row in of_hour])
    mark = _("mark: 95 of 100 within %(time)s") % {"time": whole.most} if whole else ""
    return Chart(title, whole.half if whole else "", bars, top, _seconds(top), mark, empty_says)


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    if value == float("inf"):
        return _("over %(n)s s") % {"n": number_format(figures.STEPS[-1])}
    return (_("%(n)s s") % {"n": number_format(value)}).replace(" ", "\N{NO-BREAK SPACE}")


def _percent(share: float) -> str:
    return _("%(n)s%%") % {"n": number_format(round(share))}


def _require(request: HttpRequest, right: str) -> None:
    if not request.user.has_perm(right):
        raise PermissionDenied


def _page(request: HttpRequest, name: str, title: str, **variables: Any) -> HttpResponse:
    return admin_page(request, f"messaging/{name}", title, **variables)
