"""Requests that wait at the desk."""

from typing import Any

from django.urls import reverse

from accounts.models import TryCounter, User
from services.actions import decisions
from services.actions.handling import mark_of_answers
from services.actions.requests import SUBMISSIONS_A_DAY
from services.models import ServiceRequest
from tests.asking import submitted

REASON = "Bring the birth certificate to any branch."


def ask(
    applicant: User, slug: str = "civil-affairs-messages", token: str = "t", officer: User | None = None, **answers: Any
) -> ServiceRequest:
    """Submitted, and taken by the officer; as many as a test wants of one applicant."""
    request = submitted(applicant, slug, token=token, **answers)
    TryCounter.objects.forget(SUBMISSIONS_A_DAY.of(str(applicant.pk)))
    if officer:
        decisions.take(request, officer)
    return request


def read_now(request: ServiceRequest) -> dict[str, str]:
    """What the form of a decision sends along from a page that was opened just now."""
    return {"seen": mark_of_answers(ServiceRequest.objects.get(pk=request.pk))}


def page_of(request: ServiceRequest, name: str = "services_request", *more: Any) -> str:
    return reverse(f"admin:{name}", args=[request.number, *more]).replace("/ar/", "/en/")
