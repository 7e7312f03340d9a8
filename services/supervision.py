"""The supervisors' pages: service levels, decisions that are looked at again, holidays, lists to take away. Pages of the
administration; `services.admin` gives them their addresses."""

from datetime import date, timedelta
from typing import IO, Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedInRequest, officer_required
from accounts.actions import closed_days
from accounts.actions.closed_days import ClosedAlready
from accounts.models import User
from accounts.roles import CLOSES_DAYS, SUPERVISES_REQUESTS
from core.admin_pages import admin_page
from core.hijri import in_words
from services import sentences, service_levels
from services.actions import decisions, exporting, reopening
from services.actions.exporting import TooManyRows
from services.actions.handling import is_of_officers_family
from services.actions.reopening import ReopeningRefused
from services.catalogue import services
from services.exports import HEADINGS, MEDIA_TYPES, ROWS_AT_MOST
from services.models import ServiceRequest
from services.supervision_forms import ExportForm, HolidayForm, NumberForm, ReasonForm, ViewForm

LEVELS, HOLIDAYS = "admin:services_serviceday_changelist", "admin:services_holidays"
_HOLIDAYS_SHOWN_SINCE = timedelta(days=60)
_FIRST_EXPORTED = timedelta(days=29)
supervisors_only = officer_required(SUPERVISES_REQUESTS)


@require_safe
@supervisors_only
def levels(request: SignedInRequest) -> HttpResponse:
    form = ViewForm(request.GET)
    period, department = form.chosen
    shown = service_levels.overview(period, department)
    # The form begins with what is shown, whatever was asked for.
    form = ViewForm(initial={"period": period, "department": department})
    return _page(request, "levels", _("Service levels"), overview=shown, form=form, period=period.label)


@require_http_methods(["GET", "HEAD", "POST"])
@supervisors_only
def reopen(request: SignedInRequest) -> HttpResponse:
    """`number` in the address names the decided request."""
    asked = NumberForm(request.GET if "number" in request.GET else None)
    found = _request_of(asked, request.user)
    if found is None:
        return _page(request, "reopening", _("Look at a decision again"), form=asked)
    refusal = reopening.refusal_of(found, request.user)
    form = ReasonForm(request.POST if request.method == "POST" else None, language=found.applicant.language)
    if request.method == "POST" and form.is_valid():
        return _reopened(request, found, form.cleaned_data["reason"])
    decisions.view(found, request.user, "reopening")
    variables = {
        "found": found,
        "service": services()[found.service],
        "refusal": sentences.of_reopening(refusal) if refusal else "",
        "form": None if refusal else form,
    }
    return _page(request, "reopening", _("Look at a decision again"), **variables)


@require_http_methods(["GET", "HEAD", "POST"])
@officer_required(CLOSES_DAYS)
def holidays(request: SignedInRequest) -> HttpResponse:
    form = HolidayForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            closed_days.close(form.holiday, request.user)
        except ClosedAlready as refused:
            said = {"day": f"{refused.day:%Y-%m-%d}", "hijri": in_words(refused.day)}
            form.add_error("first", _("%(day)s (%(hijri)s) is closed for everybody already.") % said)
        else:
            messages.success(request, _("The holiday is in the calendar. Due dates given from now on leave it out."))
            return redirect(HOLIDAYS)
    today = timezone.localdate()
    known = list(closed_days.holidays(since=today - _HOLIDAYS_SHOWN_SINCE))
    return _page(request, "holidays", _("Holidays"), form=form, holidays=known, today=today)


@require_POST
@officer_required(CLOSES_DAYS)
def open_again(request: SignedInRequest) -> HttpResponse:
    """From `first`, or from today when it has begun, to `last`: what is over stays as it was."""
    first, last = (_posted_day(request, name) for name in ("first", "last"))
    opened = closed_days.open_again(max(first, timezone.localdate()), last, request.user) if first and last else 0
    if opened:
        said = ngettext("%(n)d day is a working day again.", "%(n)d days are working days again.", opened)
        messages.success(request, said % {"n": opened})
    else:
        messages.info(request, _("Nothing was closed there any more."))
    return redirect(HOLIDAYS)


@require_http_methods(["GET", "HEAD", "POST"])
@supervisors_only
def export(request: SignedInRequest) -> HttpResponse:
    today = timezone.localdate()
    usual = {"first": today - _FIRST_EXPORTED, "last": today, "file_format": "xlsx"}
    form = ExportForm(request.POST if request.method == "POST" else None, initial=usual)
    if request.method == "POST" and form.is_valid():
        file_format = form.cleaned_data["file_format"]
        try:
            file = exporting.export(form.wanted, file_format, request.user)
        except TooManyRows:
            form.add_error(
                "last", _("More than %(n)s requests. Choose a shorter time, or one service.") % {"n": ROWS_AT_MOST}
            )
        else:
            name = f"requests-{form.wanted.first}-{form.wanted.last}.{file_format}"
            return _download(file, name, MEDIA_TYPES[file_format])
    return _page(request, "export", _("Lists to take away"), form=form, headings=HEADINGS, rows_at_most=_at_most())


def _request_of(asked: NumberForm, supervisor: User) -> ServiceRequest | None:
    """None when nothing was asked for, or there is no such request, or it is one of the supervisor's family; then the field
    says so."""
    if not asked.is_bound or not asked.is_valid():
        return None
    submitted = ServiceRequest.objects.exclude(submitted_at=None).select_related("applicant", "officer", "subject")
    found = submitted.filter(number=asked.cleaned_data["number"]).first()
    if found is None:
        asked.add_error("number", _("There is no submitted request with this number. Compare the digits."))
    elif is_of_officers_family(found, supervisor):
        asked.add_error("number", sentences.of_reopening("own_request"))
        return None
    return found


def _reopened(request: SignedInRequest, found: ServiceRequest, reason: str) -> HttpResponse:
    try:
        reopening.reopen(found, request.user, reason=reason)
    except ReopeningRefused as refused:
        messages.error(request, sentences.of_reopening(refused.code))
        return redirect(f"{request.path}?number={found.number}")
    messages.success(request, _("The request is open again. The applicant is told by text message."))
    return redirect("admin:services_request", found.number)


def _download(file: IO[bytes], name: str, media_type: str) -> Any:
    answer = FileResponse(file, as_attachment=True, filename=name, content_type=media_type)
    answer["Cache-Control"] = "no-store"
    return answer


def _at_most() -> str:
    return number_format(ROWS_AT_MOST, force_grouping=True)


def _posted_day(request: HttpRequest, name: str) -> date | None:
    try:
        return parse_date(request.POST.get(name, ""))
    except ValueError:
        return None


def _page(request: SignedInRequest, template: str, title: str, **variables: Any) -> HttpResponse:
    return admin_page(request, f"services/{template}", title, here=template, **variables)
