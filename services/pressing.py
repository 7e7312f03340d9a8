"""What waits for somebody to do something: it stands above everything else."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import User
from core.prepared import Given
from registry.models import EXPIRES_SOON, Person
from services import catalogue, drafts
from services.facts import validity
from services.models import ServiceRequest

SHOWN_AT_MOST = 10
# For a `Select` that asks for something else of the `user`.
IS_WAITED_FOR = Exists(ServiceRequest.objects.filter(applicant_id=Given("user")).waiting_for_applicant())


@dataclass(frozen=True)
class Errand:
    """`until`: the day by which it has to be done, and what happens then."""

    title: str | Promise
    text: str
    address: str
    button: str
    until: date | None = None
    number: str = ""


def requests_of(user: User) -> list[Errand]:
    """What was returned, then what was begun and not sent; the newest first."""
    waiting = ServiceRequest.objects.of(user).waiting_for_applicant().defer("answers", "typed")
    # Of the two states that wait, “returned” comes after “draft”.
    errands = waiting.order_by("-state", "-pk")[:SHOWN_AT_MOST]
    return [_of_draft(request) if request.is_draft else _of_returned(request) for request in errands]


def of(user: User, person: Person) -> list[Errand]:
    return [*requests_of(user), *_of_identity(user, person)]


def _of_returned(request: ServiceRequest) -> Errand:
    return Errand(
        str(catalogue.services()[request.service].title),
        _("The officer asks you for something. Nothing is decided before you answer."),
        reverse("request", args=[request.number]),
        _("See what is asked"),
        number=request.number,
    )


def _of_draft(draft: ServiceRequest) -> Errand:
    return Errand(
        str(catalogue.services()[draft.service].title),
        _("You have begun this and not sent it. The draft is removed after:"),
        reverse("request", args=[draft.number]),
        _("Continue"),
        until=drafts.kept_until(draft),
    )


def _of_identity(user: User, person: Person) -> list[Errand]:
    today, expires_on = timezone.localdate(), person.id_expires_on
    if not user.is_activated or expires_on is None or expires_on > today + EXPIRES_SOON:
        return []
    title = _("Your identity has expired") if expires_on < today else _("Your identity expires soon")
    address = reverse("enquiry", args=["my-data"])
    return [Errand(title, validity(expires_on, today), address, _("See my data"), until=expires_on)]
