"""The family, for its head: of the members there is what the register holds, and nothing of their own accounts."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, activated_required
from audit.actions import record
from audit.events import Event
from dependents import members, records
from registry.lookup import person_of


@require_safe
@activated_required
def family(request: SignedInRequest) -> HttpResponse:
    head = person_of(request.user.id_number)
    household = members.household(head, request.user, today=timezone.localdate())
    record(Event.PERSON_VIEWED, actor=request.user, subject=request.user, service="family")
    variables = {"household": household, "has_record": records.record_of(head) is not None}
    return render(request, "dependents/family.html", variables)


@require_safe
@activated_required
def family_record(request: SignedInRequest) -> HttpResponse:
    """To show and to print."""
    head = person_of(request.user.id_number)
    record(Event.PERSON_VIEWED, actor=request.user, subject=request.user, service="family-record")
    issued = records.record_of(head)
    variables = {
        "record": issued,
        "entries": records.entries(issued) if issued else [],
        "is_outdated": issued is not None and records.is_outdated(issued, head),
    }
    return render(request, "dependents/family_record.html", variables)
