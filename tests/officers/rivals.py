"""What becomes of those who act on one request at the same moment."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from audit.events import Event
from audit.models import Entry
from services.actions.handling import DecisionRefused
from services.actions.reopening import ReopeningRefused
from services.actions.requests import RequestRefused
from services.models import Attachment, ServiceRequest
from services.uploads import FileRefused
from tests.parallel import at_the_same_moment

TOLD = (DecisionRefused, RequestRefused, ReopeningRefused, FileRefused)


def met(acts: list[Callable[[], Any]]) -> list[str]:
    """Of each act the code of its refusal, or nothing; whatever else is raised is a fault."""
    outcomes = at_the_same_moment(acts)
    faults = [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, TOLD)]
    assert faults == []
    return [str(one) if isinstance(one, Exception) else "" for one in outcomes]


def told(acts: list[Callable[[], Any]]) -> list[str]:
    """The refusals of those that lost."""
    return sorted(filter(None, met(acts)))


def again(request: ServiceRequest) -> ServiceRequest:
    """As another process reads it."""
    return ServiceRequest.objects.select_related("applicant", "officer", "proposed_by", "subject").get(pk=request.pk)


def events(event: Event) -> int:
    return Entry.objects.filter(event=event).count()


def every_file_has_its_row(folder: Path) -> bool:
    """And every row its file."""
    stored = {f"{path.parent.name}/{path.name}" for path in folder.rglob("*") if path.is_file()}
    rows = set(Attachment.objects.values_list("stored_name", flat=True))
    return {name.removesuffix(".small") for name in stored} == rows and rows <= stored
