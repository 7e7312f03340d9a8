"""How a request is typed, submitted and decided."""

from datetime import date

from django.test import Client

from accounts.models import User
from services.actions import decisions, requests
from services.catalogue import services
from services.models import Reason, ServiceRequest
from tests.services.papers import attach_required

REASON = "Done as the documents say; nothing more is needed."
MESSAGE = {"topic": "other", "message": "How do I renew?"}


def day(name: str, on: date, calendar: str = "gregorian") -> dict[str, str]:
    """A date as it is typed."""
    parts = {"calendar": calendar, "day": on.day, "month": on.month, "year": on.year}
    return {f"{name}_{part}": str(value) for part, value in parts.items()}


def form_of(client: Client, slug: str, **typed: object) -> str:
    """The page that follows."""
    client.post(f"/en/requests/new/{slug}/", {"token": slug})
    number = ServiceRequest.objects.latest("pk").number
    return client.post(f"/en/requests/{number}/form/", typed, follow=True).content.decode()


def submitted(
    applicant: User, slug: str = "civil-affairs-messages", *, token: str = "", **answers: object
) -> ServiceRequest:
    """With what has to be attached; without answers a message. A second one of a service needs a token of its own."""
    draft = requests.begin(services()[slug], applicant, token or slug)
    requests.keep(draft, answers or MESSAGE)
    attach_required(draft)
    requests.submit(draft)
    return draft


def asked(applicant: User, slug: str, officer: User, **answers: object) -> ServiceRequest:
    """With an officer, as it was submitted."""
    request = submitted(applicant, slug, **answers)
    decisions.take(request, officer)
    return request


def granted(applicant: User, slug: str, officer: User, **answers: object) -> ServiceRequest:
    request = asked(applicant, slug, officer, **answers)
    decisions.approve(request, officer, reason=Reason(REASON))
    return request
