"""The officers' desk: find a case, check the document, decide. Pages of the administration; `activation.admin` gives them
their addresses."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest, officer_required
from accounts.models import User
from accounts.roles import DECIDES
from activation import sentences, worklists
from activation.actions import bookings, cases, visits
from activation.actions.bookings import BookingRefused
from activation.actions.cases import ActivationRefused
from activation.forms import ApprovalForm, DocumentForm, RefusalForm, SearchForm, WorkListForm
from activation.models import Attempt, Fingerprint, Visit
from activation.states import AttemptState, CasePurpose, VisitState
from core.admin_looks import question, reason_given
from core.admin_pages import admin_page
from core.text import row_key
from registry.lookup import person_of

View = Callable[..., HttpResponse]
DESK, CASE, VISITS = "admin:activation_attempt_changelist", "admin:activation_case", "admin:activation_visits"
# In the session: the case that this officer has just found by its visit code.
_FOUND_BY_CODE = "case_found_by_code"
_FIELD_NAMES: dict[str, Promise] = {
    "id_number": gettext_lazy("Number"),
    "birth_date": gettext_lazy("Date of birth"),
    "name": gettext_lazy("Name"),
}


def officers_only(view: View) -> View:
    return require_http_methods(["GET", "HEAD", "POST"])(officer_required(DECIDES)(view))


@officers_only
def desk(request: SignedInRequest) -> HttpResponse:
    """What waits, and a search. What is searched for never stands in an address."""
    form = SearchForm(request.POST or None)
    found = None
    request.session.pop(_FOUND_BY_CODE, None)
    if request.method == "POST" and form.is_valid():
        found = visits.find_attempts(request.user, form.cleaned_data["searched"])
        if len(found) == 1:
            if form.is_code_of(found[0]):
                request.session[_FOUND_BY_CODE] = found[0].pk
            return redirect(CASE, found[0].pk)
    lists = [
        (work_list, worklists.page_of(work_list.attempts(), size=worklists.ROWS_ON_THE_DESK))
        for work_list in worklists.WORK_LISTS.values()
    ]
    today = _visits(request.user, timezone.localdate())
    today["next"] = [visit for visit in today["visits"] if visit.state == VisitState.BOOKED][
        : worklists.ROWS_ON_THE_DESK
    ]
    return _page(request, "desk", _("Activation desk"), form=form, found=found, work_lists=lists, today=today)


@officers_only
def work_list(request: SignedInRequest, name: str) -> HttpResponse:
    if name not in worklists.WORK_LISTS:
        raise Http404
    request.session.pop(_FOUND_BY_CODE, None)
    listed = worklists.WORK_LISTS[name]
    form = WorkListForm(request.GET, with_branch=listed.has_branch)
    form.is_valid()
    chosen = listed.filtered(age_hours=int(form.cleaned_data.get("age") or 0), branch=form.cleaned_data.get("branch"))
    page = worklists.page_of(chosen, size=worklists.ROWS_ON_A_PAGE, after=row_key(request.GET.get("after")))
    older = request.GET.copy()
    older["after"] = str(page.next_after)
    return _page(
        request, "work_list", str(listed.title), work_list=listed, page=page, form=form, next_query=older.urlencode()
    )


@officers_only
def visit_list(request: SignedInRequest) -> HttpResponse:
    """The booked visits of the officer's own branch on a day: today, unless `?day=` names another."""
    request.session.pop(_FOUND_BY_CODE, None)
    day = _day(request.GET.get("day")) or timezone.localdate()
    variables = {"earlier": day - timedelta(days=1), "later": day + timedelta(days=1)} | _visits(request.user, day)
    return _page(request, "visits", _("Visits"), **variables)


@officers_only
def visit_missed(request: SignedInRequest, pk: int) -> HttpResponse:
    if request.method != "POST":
        return redirect(VISITS)
    visit = get_object_or_404(Visit.objects.select_related("attempt__case__user"), pk=pk, branch=request.user.branch_id)
    try:
        bookings.mark_missed(visit, request.user)
        messages.success(request, _("Marked: did not come. The resident can book another visit."))
    except BookingRefused as refused:
        messages.error(request, sentences.of_booking(refused.code))
    return redirect(f"{reverse(VISITS)}?day={timezone.localtime(visit.starts_at):%Y-%m-%d}")


def _visits(officer: User, day: date) -> dict[str, Any]:
    rows = list(worklists.visits_on(officer.branch, day)) if officer.branch else []
    at = {"day": day, "now": timezone.now(), "is_today": day == timezone.localdate()}
    return {"branch": officer.branch, "visits": rows} | at


@officers_only
def case(request: SignedInRequest, pk: int) -> HttpResponse:
    """Where a case stands decides what the officer sees: the form to type the document into, or both columns to compare."""
    attempt = _attempt(pk)
    return (
        _second_look(request, attempt)
        if attempt.state == AttemptState.SECOND_OFFICER
        else _first_look(request, attempt)
    )


@officers_only
def refuse(request: SignedInRequest, pk: int) -> HttpResponse:
    attempt = _attempt(pk)
    form = RefusalForm(request.POST or None, language=attempt.case.user.language)
    if request.method == "POST" and form.is_valid():
        try:
            visits.refuse(attempt, request.user, form.text())
        except ActivationRefused as refused:
            return _back_to_desk(request, refused)
        messages.success(
            request, _("Refused. The resident is told by text message and reads the reason on their page.")
        )
        return redirect(DESK)
    return _instead(request, attempt) or _page(
        request, "refuse", _("Refuse the activation"), attempt=attempt, form=form
    )


def _instead(request: SignedInRequest, attempt: Attempt) -> HttpResponse | None:
    """Before a case is shown, and before it is shown again with what does not do, the look is judged, its reason asked for
    where the work is none, and it is audited."""
    about = f"attempt:{attempt.pk}"
    reason = _work_is_reason(request, attempt) or reason_given(request, about)
    try:
        if reason:
            visits.view(attempt, request.user, reason)
            return None
        visits.judge_look(attempt, request.user)
    except ActivationRefused as refused:
        return _back_to_desk(request, refused)
    return question(request, about, _("Activation desk"))


def _work_is_reason(request: SignedInRequest, attempt: Attempt) -> str:
    """A word of the trail for the work that the officer has with the case; empty when there is none yet."""
    if request.session.get(_FOUND_BY_CODE) == attempt.pk:
        return visits.VISIT_CODE
    if attempt.state == AttemptState.SECOND_OFFICER:
        return "first_officer" if attempt.officer_check.maker_id == request.user.pk else "second_officer"
    branch, today = request.user.branch, timezone.localdate()
    is_here = branch is not None and worklists.visits_on(branch, today).filter(attempt=attempt).exists()
    return "visit" if is_here else ""


def _first_look(request: SignedInRequest, attempt: Attempt) -> HttpResponse:
    is_found_by_code = request.session.get(_FOUND_BY_CODE) == attempt.pk
    new_mobile = cases.new_mobile_of(attempt.case)
    form = DocumentForm(request.POST or None, attempt=attempt, asks_code=not is_found_by_code, new_mobile=new_mobile)
    if request.method == "POST" and form.is_valid():
        try:
            differences = visits.check_document(
                attempt, request.user, form.document(), Fingerprint(form.cleaned_data["fingerprint"])
            )
        except ActivationRefused as refused:
            if not refused.code.startswith("fingerprint"):
                return _back_to_desk(request, refused)
            form.add_error("fingerprint", sentences.of_refusal(refused))
        else:
            return _checked(request, attempt, differences)
    return _instead(request, attempt) or _page(request, "check", _("Check the document"), attempt=attempt, form=form)


def _checked(request: SignedInRequest, attempt: Attempt, differences: list[str]) -> HttpResponse:
    if differences:
        return redirect(CASE, attempt.pk)
    messages.success(request, sentences.done_at_the_desk(CasePurpose(attempt.case.purpose)))
    return redirect(DESK)


def _second_look(request: SignedInRequest, attempt: Attempt) -> HttpResponse:
    check = attempt.officer_check
    differing = [_FIELD_NAMES[name] for name in check.differences]
    if check.maker_id == request.user.pk:
        return _instead(request, attempt) or _page(
            request, "handed_on", _("A second officer decides"), attempt=attempt, differing=differing
        )
    form = ApprovalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            visits.approve(attempt, request.user)
        except ActivationRefused as refused:
            return _back_to_desk(request, refused)
        return _checked(request, attempt, [])
    return _instead(request, attempt) or _page(
        request,
        "compare",
        _("Decide as the second officer"),
        attempt=attempt,
        check=check,
        rows=_compared(attempt),
        form=form,
    )


def _compared(attempt: Attempt) -> list[dict[str, Any]]:
    """Each field as the first officer typed it, and as the register has it."""
    check = attempt.officer_check
    typed, person = visits.document_of(check), person_of(attempt.case.user.id_number)
    both = {
        "id_number": (typed.id_number, [person.id_number]),
        "name": (typed.name, [person.name_ar, person.name_en]),
        "birth_date": (typed.birth_date, [person.birth_date]),
    }
    return [
        {
            "label": _FIELD_NAMES[name],
            "typed": left,
            "register": right,
            "differs": name in check.differences,
            "name": name,
        }
        for name, (left, right) in both.items()
    ]


def _attempt(pk: int) -> Attempt:
    related = ("case__user", "officer_check__maker", "officer_check__branch")
    return get_object_or_404(Attempt.objects.select_related(*related), pk=pk, channel="officer")


def _back_to_desk(request: SignedInRequest, refused: ActivationRefused) -> HttpResponse:
    messages.error(request, sentences.of_refusal(refused))
    return redirect(DESK)


def _day(typed: str | None) -> date | None:
    try:
        return date.fromisoformat(typed or "")
    except ValueError:
        return None


def _page(request: SignedInRequest, template: str, title: str, **variables: Any) -> HttpResponse:
    parent = {"url": reverse(DESK), "title": _("Activation desk")}
    return admin_page(request, f"activation/{template}", title, parent=parent, **variables)
