"""What an officer sees of a request: whom it is about, its answers beside the register, its history, and requests like it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.events import Event
from audit.models import Entry
from core.text import name_key
from registry.lookup import person_of
from registry.models import DependencyLink, Person
from services import catalogue
from services.catalogue import Service
from services.facts import Fact, validity
from services.family import numbers_of_family
from services.forms import shown
from services.models import Attachment, RequestMessage, ServiceRequest
from services.states import RequestState

# How many requests like it are shown side by side.
ALIKE_AT_MOST = 3
_CHOSEN_MEMBER = ("member", "spouse")
_NOT_A_STEP = (Event.REQUEST_VIEWED,)


@dataclass(frozen=True)
class Compared:
    """An answer beside what the register says; `agrees` is None where it says nothing. `is_new`: asked for again, and answered
    after the request was returned for the last time."""

    answer: Fact
    register: Fact | None
    agrees: bool | None
    is_new: bool = False


@dataclass(frozen=True)
class Attached:
    """`is_new`: given after the request was returned for the last time."""

    file: Attachment
    is_new: bool


@dataclass(frozen=True)
class Step:
    at: Any
    event: str
    officer: str


def subject_of(request: ServiceRequest, applicant: Person) -> tuple[Person, DependencyLink | None]:
    """Whom the request is about: the family member who was chosen, with the link, or the applicant."""
    link = _chosen_link(request)
    if link:
        return link.dependent, link
    return request.subject or applicant, None


def facts_of(person: Person) -> list[Fact]:
    """As the register has them."""
    return [
        Fact(_("Name"), person.name),
        Fact(_("Number"), person.id_number, ltr=True),
        Fact(_("Birth date"), person.birth_date),
        Fact(_("Nationality"), person.nationality_name),
        Fact(_("Identity"), validity(person.id_expires_on, timezone.localdate())),
        Fact(_("Life"), str(person.get_life_display())),
    ]


def compared(
    request: ServiceRequest, service: Service, subject: Person, last_return: RequestMessage | None
) -> list[Compared]:
    """In the order of the questions, and what follows from the answers."""
    answers, applicant = shown(service, request.answers), person_of(request.applicant.id_number)
    follows = service.follows(request.answers, applicant, asked_on=request.asked_on)
    registered = _registered(service, subject, service.known_of(request.answers, applicant))
    asked = last_return.asked_fields if last_return and not request.is_returned else ()
    return [
        *(
            replace(
                _compared(answer, request.answers.get(entry.name), registered.get(entry.name)),
                is_new=entry.name in asked,
            )
            for entry, answer in zip(service.fields, answers, strict=True)
        ),
        *(Compared(fact, None, None) for fact in follows),
    ]


def files_of(
    request: ServiceRequest, service: Service, last_return: RequestMessage | None
) -> list[tuple[str, list[Attached]]]:
    """By the document that they are for, in the order of the entry; what was returned comes after what took its place."""
    attached = [
        Attached(file, is_new=bool(last_return and not file.is_returned and file.added_at >= last_return.written_at))
        for file in request.attachments.order_by("is_returned", "pk")
    ]
    by_document = [
        (str(one.label), [found for found in attached if found.file.document == one.name]) for one in service.documents
    ]
    return [(label, files) for label, files in by_document if files]


def history(request: ServiceRequest) -> list[Step]:
    """Each step from the trail, the oldest first."""
    of_applicant = Entry.objects.filter(subject_id=request.applicant_id, event__startswith="request_")
    entries = list(of_applicant.exclude(event__in=_NOT_A_STEP).filter(details__request=request.pk).order_by("pk"))
    actors = {entry.actor_id for entry in entries} - {request.applicant_id}
    names = dict(User.objects.filter(pk__in=actors).values_list("pk", "username"))
    return [Step(entry.at, str(Event(entry.event).label), names.get(entry.actor_id, "")) for entry in entries]


def alike(request: ServiceRequest, officer: User) -> list[ServiceRequest]:
    """Others that may ask for the same, but for those of the officer's family: of this service by the same applicant or about
    the same person, or with the same answers; the newest first."""
    same = Q(applicant=request.applicant_id)
    ways = [ServiceRequest.objects.filter(same)]
    if request.subject_id:
        ways.append(ServiceRequest.objects.filter(subject=request.subject_id))
    if request.answers_digest:
        ways.append(ServiceRequest.objects.filter(answers_digest=request.answers_digest))
    keys = {key for way in ways for key in _newest(way, request)}
    found = ServiceRequest.objects.filter(pk__in=keys).strange_to(numbers_of_family(officer.id_number))
    return list(found.select_related("applicant", "officer", "subject").order_by("-pk")[:ALIKE_AT_MOST])


def side_by_side(
    service: Service, requests: list[ServiceRequest]
) -> list[tuple[str, list[tuple[ServiceRequest, Fact]], bool]]:
    """The questions, each with every request and its answer, and whether they are all the same."""
    columns = [shown(service, request.answers) for request in requests]
    rows = list(zip(*columns, strict=True))
    return [
        (str(row[0].label), list(zip(requests, row, strict=True)), len({str(fact.value) for fact in row}) == 1)
        for row in rows
    ]


def last_return_of(request: ServiceRequest) -> RequestMessage | None:
    return request.thread.filter(returns=True).order_by("-pk").first()


def _newest(way: QuerySet[ServiceRequest], request: ServiceRequest) -> Iterator[int]:
    submitted = way.filter(service=request.service).exclude(state=RequestState.DRAFT).exclude(pk=request.pk)
    yield from submitted.order_by("-pk").values_list("pk", flat=True)[:ALIKE_AT_MOST]


def _chosen_link(request: ServiceRequest) -> DependencyLink | None:
    fields = catalogue.services()[request.service].fields
    keys = [request.answers.get(entry.name) for entry in fields if entry.type in _CHOSEN_MEMBER]
    links = DependencyLink.objects.select_related("dependent", "head")
    return links.filter(pk=keys[0]).first() if keys and keys[0] else None


def _registered(service: Service, subject: Person, known: dict[str, Any]) -> dict[str, tuple[Any, Fact]]:
    """What the register says to the questions, as answers are kept and as it is shown, where it says something."""
    said = {}
    for entry, fact in zip(service.fields, shown(service, known), strict=True):
        if entry.register:
            display = getattr(subject, f"get_{entry.register}_display", None)
            value = getattr(subject, entry.register)
            said[entry.name] = value, Fact(fact.label, str(display()) if display else value)
        elif known.get(entry.name):
            said[entry.name] = known[entry.name], fact
    return said


def _compared(answer: Fact, kept: Any, registered: tuple[Any, Fact] | None) -> Compared:
    if registered is None or kept in (None, ""):
        return Compared(answer, None, None)
    return Compared(answer, registered[1], _is_same(kept, registered[0]))


def _is_same(kept: Any, known: Any) -> bool:
    """Names however they are spelt."""
    if isinstance(known, date):
        return bool(kept == known.isoformat())
    return name_key(str(kept)) == name_key(str(known or ""))
