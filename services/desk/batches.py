"""One act on many requests: first what would happen, then what was done."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import SignedInRequest
from accounts.models import User
from services import due, sentences, worklists
from services.actions.batches import AT_MOST, AT_ONCE, Batch, BatchAct
from services.actions.handling import mark_of_answers
from services.colleagues import departments_of
from services.desk import pages
from services.desk.lists import narrowed
from services.desk.pages import officers_only
from services.desk_forms import BatchForm, NarrowingForm
from services.models import ServiceRequest

WHOLE_LIST = "whole"
# In the session: the officer's last batch as it was ordered, the numbers that are left, and what became of the others, [number,
# code] each.
_LAST = "last_batch"


@require_POST
@officers_only
def batch(request: SignedInRequest) -> HttpResponse:
    """The preview; with `sure` and whatever the act needs, the act."""
    chosen = _chosen(request)
    act = request.POST.get("act", "")
    trouble = _trouble(act, chosen)
    if trouble:
        messages.error(request, trouble)
        return redirect(_back(request.POST))
    is_sure, departments = "sure" in request.POST, departments_of(request.user)
    form = BatchForm(request.POST if is_sure else None, act=act, departments=departments, officer=request.user)
    if is_sure and form.is_valid():
        to = form.cleaned_data.get("to")
        ordered = {"act": act, "to": to and to.pk, "texts": form.texts(), "seen": _seen(request)}
        request.session[_LAST] = ordered | {"left": [one.number for one in chosen], "told": []}
        return _go_on(request)
    order = Batch(BatchAct(act), request.user, seen=_seen(request) if is_sure else None)
    return _preview(request, order, chosen, form)


@require_safe
@officers_only
def done(request: SignedInRequest) -> HttpResponse:
    """What became of the last batch so far."""
    last = request.session.get(_LAST)
    if not last:
        return redirect(pages.DESK)
    told = last["told"]
    variables = {
        "done": [number for number, code in told if not code],
        "left_out": [(number, sentences.of_officers(code)) for number, code in told if code],
        "left": len(last["left"]),
        "seen": len(told),
        "all": len(last["left"]) + len(told),
        "act": BatchAct(last["act"]),
    }
    return pages.page(request, "batch_done", str(BatchAct(last["act"]).label), **variables)


@require_POST
@officers_only
def go_on(request: SignedInRequest) -> HttpResponse:
    """With what is left of the last batch."""
    return _go_on(request) if request.session.get(_LAST) else redirect(pages.DESK)


def _go_on(request: SignedInRequest) -> HttpResponse:
    last = request.session[_LAST]
    now, later = last["left"][:AT_ONCE], last["left"][AT_ONCE:]
    to = User.objects.filter(pk=last["to"]).first()
    order = Batch(BatchAct(last["act"]), request.user, to, last["texts"], last.get("seen", {}))
    done = order.carry_out(_of_departments(now, departments_of(request.user)))
    told = last["told"] + [[one.number, code] for one, code in done]
    request.session[_LAST] = last | {"left": later, "told": told}
    return redirect("admin:services_batch_done")


def _preview(request: SignedInRequest, order: Batch, chosen: list[ServiceRequest], form: BatchForm) -> HttpResponse:
    judged = [(row, order.obstacle(row.request)) for row in worklists.rows_of(chosen, due.closed_days())]
    will_be = [row for row, obstacle in judged if not obstacle]
    services = {row.service.slug: row.service for row in will_be}
    variables: dict[str, Any] = {
        "act": order.act,
        "will_be": will_be,
        "left_out": [(row, sentences.of_officers(obstacle)) for row, obstacle in judged if obstacle],
        "checks": [check for service in services.values() for check in service.checks],
        "form": form,
        "back": _back(request.POST),
        "list": request.POST.get("list", ""),
        "numbers": ",".join(row.request.number for row in will_be),
        "seen": ",".join(mark_of_answers(row.request) for row in will_be),
    }
    return pages.page(request, "batch", str(order.act.label), **variables)


def _trouble(act: str, chosen: list[ServiceRequest]) -> str:
    """A sentence, when nothing can be done at all."""
    if act not in BatchAct.values:
        return _("Choose what to do with them.")
    if not chosen:
        return _("Tick the requests first.")
    if len(chosen) > AT_MOST:
        return _("These are more than %(most)d. Narrow the list by service or branch, or tick fewer.") % {
            "most": AT_MOST
        }
    return ""


def _chosen(request: SignedInRequest) -> list[ServiceRequest]:
    """Those that were ticked, or all of the list as it is narrowed; one more than a batch may have at most."""
    departments = departments_of(request.user)
    listed = worklists.WORK_LISTS.get(request.POST.get("list", ""))
    if listed and request.POST.get("which") == WHOLE_LIST:
        form = NarrowingForm(request.POST, departments=departments, with_branch=listed.has_branch)
        rows = worklists.first_of(listed, request.user, narrowed(form, departments), size=AT_MOST + 1)
        return list(_whole().filter(pk__in=[row.pk for row in rows]))
    # Ticked one by one; or all in one field, of which a form may have so many only.
    numbers = list(dict.fromkeys(filter(str.isdigit, _listed(request, "numbers"))))[: AT_MOST + 1]
    return list(_of_departments(numbers, departments))


def _seen(request: SignedInRequest) -> dict[str, str]:
    """What the preview showed: the mark of each request, by its number."""
    marks = zip(_listed(request, "numbers"), _listed(request, "seen"), strict=False)
    return dict(list(marks)[:AT_MOST])


def _listed(request: SignedInRequest, name: str) -> list[str]:
    return ",".join(request.POST.getlist(name)).split(",")


def _of_departments(numbers: list[str], departments: list[str]) -> QuerySet[ServiceRequest]:
    return _whole().filter(number__in=numbers, department__in=departments)


def _whole() -> QuerySet[ServiceRequest]:
    submitted = ServiceRequest.objects.exclude(submitted_at=None).select_related("applicant", "officer", "subject")
    return submitted.order_by("due_on", "pk")


def _back(posted: QueryDict) -> str:
    """The list from which they were chosen, or the desk."""
    name = posted.get("list", "")
    return reverse("admin:services_work_list", args=[name]) if name in worklists.WORK_LISTS else reverse(pages.DESK)
