"""Requests that officers have decided, however many officers their service takes."""

from accounts.models import User
from services.actions import decisions, proposals
from services.catalogue import services
from services.models import Reason, ServiceRequest


def approve(request: ServiceRequest, officer: User, second: User, *, text: str) -> None:
    """The officer has it; of a sensitive service the second one confirms."""
    if not services()[request.service].second_officer:
        return decisions.approve(request, officer, reason=Reason(text))
    proposals.propose(request, officer, reason=Reason(text))
    return proposals.confirm(request, second, seen=proposals.mark_of(request))
