"""The family as its head sees it: for each member what the register holds, what will soon need doing, what can be done, and
which requests are under way. It reads the register and the head's own requests, and nothing of anybody else's account."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Case, CharField, Exists, OuterRef, Value, When
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy

from accounts.models import User
from dependents.ages import age, age_in_words
from dependents.arrivals import who_came_to_stay
from dependents.births import without_iqama
from dependents.coming import COMPANION_AT_YEARS, SPONSORED, Coming, FirstIqama, coming
from registry.models import EXPIRES_SOON, SPOUSES, DependencyLink, Document, Person, Relation, Sex
from services import catalogue
from services.catalogue import Service
from services.facts import validity
from services.family import CHILDREN, in_family_order
from services.models import ServiceRequest
from services.states import OPEN, RequestState

_SHOWN_REQUESTS = 50


class Standing(StrEnum):
    """Of whoever needs a sponsor (domain §6)."""

    DEPENDENT = "dependent"
    COMPANION = "companion"


_STANDINGS_OF: dict[tuple[str, str], Promise] = {
    (Standing.DEPENDENT, Sex.MALE): pgettext_lazy("of a man", "Dependent"),
    (Standing.COMPANION, Sex.MALE): pgettext_lazy("of a man", "Companion"),
    (Standing.DEPENDENT, Sex.FEMALE): pgettext_lazy("of a woman", "Dependent"),
    (Standing.COMPANION, Sex.FEMALE): pgettext_lazy("of a woman", "Companion"),
}


@dataclass(frozen=True)
class Paper:
    """An identity or a passport: how long it is valid, as a colour and in words."""

    expires_on: date | None
    tone: str
    words: str

    @classmethod
    def of(cls, expires_on: date | None, today: date) -> "Paper":
        return cls(expires_on, _tone(expires_on, today), validity(expires_on, today))


@dataclass(frozen=True)
class Doing:
    """A service with this member chosen already."""

    slug: str
    title: str
    address: str


@dataclass(frozen=True)
class UnderWay:
    request: ServiceRequest
    service: Service


@dataclass(frozen=True)
class Member:
    link: DependencyLink
    standing: Standing | None
    first_iqama: FirstIqama | None
    passport: Document | None
    doings: list[Doing]
    under_way: list[UnderWay]
    today: date

    @property
    def person(self) -> Person:
        return self.link.dependent

    @property
    def first_name(self) -> str:
        """Enough within a family."""
        return self.person.first_name_ar if get_language() == "ar" else self.person.first_name_en

    @property
    def standing_name(self) -> str:
        """Arabic has two words for each."""
        return str(_STANDINGS_OF[self.standing, self.person.sex]) if self.standing else ""

    @property
    def age(self) -> str:
        return age_in_words(self.person.birth_date, on=self.today)

    @property
    def identity(self) -> Paper:
        return Paper.of(self.person.id_expires_on, self.today)

    @property
    def passport_paper(self) -> Paper | None:
        return Paper.of(self.passport.expires_on, self.today) if self.passport else None

    @cached_property
    def coming(self) -> list[Coming]:
        if not self.person.is_living:
            return []
        return coming(self.link, self.passport, today=self.today, first_iqama=self.first_iqama)

    @property
    def steps(self) -> list[tuple[Coming, Doing | None]]:
        """What is coming, each with the service that asks for it unless that is under way."""
        asked = {one.service.slug for one in self.under_way}
        by_slug = {one.slug: one for one in self.doings if one.slug not in asked}
        return [(one, by_slug.get(one.service)) for one in self.coming]

    @property
    def most_urgent(self) -> Coming | None:
        return next((one for one in self.coming if one.tone != "info"), None)


@dataclass(frozen=True)
class Household:
    """`under_way` are the requests that will change the register and are about nobody of the members yet."""

    members: list[Member]
    under_way: list[UnderWay]

    @property
    def urgent(self) -> list[Member]:
        return [member for member in self.members if member.most_urgent]


def household(head: Person, account: User, *, today: date) -> Household:
    """In three queries, however many they are: wife or husband first, then the children, then the parents."""
    links = in_family_order(_links(head))
    about = _requests_by_person(account, {link.dependent_id for link in links})
    passports = _passports([link.dependent_id for link in links])
    services = [service for service in catalogue.services_for(head.kind) if service.is_request]
    further_wives = _further_wives(links)
    members = [
        Member(
            link,
            standing_of(link, today=today, is_further_wife=link.pk in further_wives),
            first_iqama,
            passports.get(link.dependent_id),
            doings_for(link, passports.get(link.dependent_id), services, first_iqama),
            about.get(link.dependent_id, []),
            today,
        )
        for link, first_iqama in zip(links, map(_first_iqama, links), strict=True)
    ]
    return Household(members, about.get(None, []))


def standing_of(link: DependencyLink, *, today: date, is_further_wife: bool) -> Standing | None:
    """None of a citizen, here or in another GCC state."""
    if link.dependent.kind not in SPONSORED:
        return None
    is_grown_son = link.relation == Relation.SON and age(link.dependent.birth_date, on=today) >= COMPANION_AT_YEARS
    is_parent = link.relation not in (*SPOUSES, *CHILDREN)
    return Standing.COMPANION if is_grown_son or is_parent or is_further_wife else Standing.DEPENDENT


def doings_for(
    link: DependencyLink,
    passport: Document | None,
    services: Iterable[Service],
    first_iqama: FirstIqama | None = None,
) -> list[Doing]:
    """Every request whose form lets the head choose this member, or the member's passport; the first iqama of who has none."""
    if not link.dependent.is_living:
        return []
    choices = {"member": link.pk, "person": link.dependent_id}
    choices |= {"spouse": link.pk} if link.relation in SPOUSES else {}
    choices |= {"document": passport.pk} if passport else {}
    choices |= {str(first_iqama): link.dependent_id} if first_iqama else {}
    return [
        Doing(service.slug, str(service.title), _begun(service, {field.name: choices[chosen]}))
        for service in services
        for field in service.fields
        if (chosen := service.slug if field.type == "chosen_person" else field.type) in choices
    ]


def _begun(service: Service, chosen: dict[str, int]) -> str:
    """Where the service begins with this chosen already."""
    return f"{reverse('request_start', args=[service.slug])}?{urlencode(chosen)}"


def _links(head: Person) -> list[DependencyLink]:
    """With the service that issues their first iqama, if they have none yet."""
    members = OuterRef("dependent")
    first_iqama = Case(
        When(Exists(without_iqama(head).filter(pk=members)), then=Value(FirstIqama.BORN_HERE)),
        When(Exists(who_came_to_stay(head).filter(pk=members)), then=Value(FirstIqama.ARRIVED)),
        default=Value(""),
        output_field=CharField(),
    )
    links = DependencyLink.objects.current().filter(head=head).select_related("dependent")
    return list(links.annotate(first_iqama=first_iqama).order_by("since", "pk"))


def _first_iqama(link: Any) -> FirstIqama | None:
    return FirstIqama(link.first_iqama) if link.first_iqama else None


def _further_wives(links: list[DependencyLink]) -> set[int]:
    """All but the one whose link is the oldest; a link without a date came with an import, before the others."""
    wives = [link for link in links if link.relation == Relation.WIFE]
    wives.sort(key=lambda link: (link.since or date.min, link.pk))
    return {link.pk for link in wives[1:]}


def _passports(holders: list[int]) -> dict[int, Document]:
    """By holder; of several the newest."""
    valid = Document.objects.valid().passports().filter(holder__in=holders)
    return {passport.holder_id: passport for passport in valid.order_by("pk")}


def _requests_by_person(account: User, members: set[int]) -> dict[int | None, list[UnderWay]]:
    """Drafts and open requests of the account by whom of the members they are about."""
    found: dict[int | None, list[UnderWay]] = {}
    of_account = ServiceRequest.objects.of(account).filter(state__in=(RequestState.DRAFT, *OPEN))
    for request in of_account.defer("answers", "typed").order_by("-pk")[:_SHOWN_REQUESTS]:
        service = catalogue.services()[request.service]
        person = request.subject_id if request.subject_id in members else None
        if person or service.effect:
            found.setdefault(person, []).append(UnderWay(request, service))
    return found


def _tone(expires_on: date | None, today: date) -> str:
    if expires_on is None or expires_on > today + EXPIRES_SOON:
        return "success"
    return "danger" if expires_on < today else "warning"
