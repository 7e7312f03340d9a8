"""What waits: the start page, the work lists, and what colleagues have asked."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import SignedInRequest
from audit.actions import record
from audit.events import Event
from core.text import row_key
from services import catalogue, worklists
from services.actions import decisions
from services.actions.batches import AT_MOST, BatchAct
from services.actions.handling import DecisionRefused
from services.colleagues import departments_of
from services.desk import pages
from services.desk.pages import officers_only
from services.desk_forms import NarrowingForm, SearchForm
from services.models import NOT_LISTED, ColleagueNote, ServiceRequest
from services.worklists import Narrowing

_QUESTIONS_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
def desk(request: SignedInRequest) -> HttpResponse:
    """What waits, and a search. What is searched for never stands in an address."""
    departments = departments_of(request.user)
    form = SearchForm(request.POST or None)
    found = _found(request, form, departments) if request.method == "POST" and form.is_valid() else None
    if found is not None and len(found) == 1:
        return redirect(pages.REQUEST, found[0].number)
    narrowing = Narrowing(tuple(departments))
    lists = [
        (one, worklists.page_of(one, request.user, narrowing, size=worklists.ROWS_ON_THE_DESK))
        for one in worklists.WORK_LISTS.values()
    ]
    variables = {
        "form": form,
        "found": None if found is None else worklists.rows_of(found, narrowing.closed),
        "work_lists": lists,
        "mine": {one.name: page for one, page in lists}["mine"],
        "questions": _questions(request)[: worklists.ROWS_ON_THE_DESK],
        "departments": [(name, catalogue.DEPARTMENTS[name]) for name in departments],
    }
    return pages.page(request, "desk", _("Requests"), **variables)


@require_safe
@officers_only
def work_list(request: SignedInRequest, name: str) -> HttpResponse:
    if name not in worklists.WORK_LISTS:
        raise Http404
    listed, departments = worklists.WORK_LISTS[name], departments_of(request.user)
    form = NarrowingForm(request.GET, departments=departments, with_branch=listed.has_branch)
    after = row_key(request.GET.get("after"))
    shown = worklists.page_of(
        listed, request.user, narrowed(form, departments), size=worklists.ROWS_ON_A_PAGE, after=after
    )
    older = request.GET.copy()
    older["after"] = str(shown.next_after)
    variables = {
        "work_list": listed,
        "page": shown,
        "form": form,
        "next_query": older.urlencode(),
        "acts": BatchAct.choices,
        "at_most": AT_MOST,
        "is_continued": after is not None,
    }
    return pages.page(request, "work_list", str(listed.title), **variables)


@require_safe
@officers_only
def questions(request: SignedInRequest) -> HttpResponse:
    """What colleagues wait for an answer to, the oldest first."""
    return pages.page(request, "questions", _("Asked by colleagues"), questions=_questions(request)[:_QUESTIONS_SHOWN])


@require_POST
@officers_only
def take_next(request: SignedInRequest, department: str) -> HttpResponse:
    if department not in departments_of(request.user):
        raise PermissionDenied
    return next_of(request, department)


def next_of(request: SignedInRequest, department: str) -> HttpResponse:
    """Takes the one that is due first, and leads to its page; or says at the desk that nothing waits."""
    try:
        taken = decisions.take_next(request.user, department)
    except DecisionRefused as refused:
        return pages.back_to_desk(request, refused)
    if taken is None:
        messages.info(request, _("Nothing waits that you may decide."))
        return redirect(pages.DESK)
    return redirect(pages.REQUEST, taken.number)


def narrowed(form: NarrowingForm, departments: list[str]) -> Narrowing:
    form.is_valid()
    chosen: dict[str, Any] = form.cleaned_data
    return Narrowing(tuple(departments), chosen.get("service", ""), chosen.get("branch"))


def _questions(request: SignedInRequest) -> QuerySet[ColleagueNote]:
    asked = ColleagueNote.objects.waiting_for(request.user).select_related("request", "author").order_by("pk")
    return asked.defer("request__answers", "request__reason")


def _found(request: SignedInRequest, form: SearchForm, departments: list[str]) -> list[ServiceRequest]:
    """By the exact number of the request or of its applicant, each by its index; the newest first. That a person has asked for
    something is a look at that person, too."""
    typed = form.cleaned_data["searched"]
    of_departments = ServiceRequest.objects.filter(department__in=departments).exclude(submitted_at=None)
    shown = of_departments.select_related("officer").defer(*NOT_LISTED)
    numbered = list(shown.filter(number=typed))
    of_person = shown.filter(applicant__id_number=typed).select_related("officer", "applicant").order_by("-pk")
    found = list(of_person[: worklists.ROWS_ON_A_PAGE])
    person: dict[str, Any] = {"subject": found[0].applicant, "reason": "number_searched"} if found else {}
    record(Event.REQUESTS_SEARCHED, actor=request.user, **person)
    return numbered + found
