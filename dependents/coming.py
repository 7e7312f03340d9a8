"""What will soon need doing for a member of a household, or needs it already (domain §6). Citizens, also of another GCC state,
need no sponsor: of them only the papers end. Who has no iqama yet needs a first one, not another."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from django.utils.translation import gettext as _

from dependents.ages import PROOF_AT_YEARS, SON_LEAVES_AT_YEARS, birthday
from dependents.arrivals import AFTER_ENTRY_AT_MOST
from registry.models import EXPIRES_SOON, DependencyLink, Document, Kind, Person, Relation

BIRTHDAY_SOON = timedelta(days=180)
COMPANION_AT_YEARS = 18
SPONSORED = (Kind.RESIDENT, Kind.VISITOR)


class FirstIqama(StrEnum):
    """Why a member has none yet: the slug of the service that issues it."""

    BORN_HERE = "add-dependent-born-here"
    ARRIVED = "add-resident-dependent"


@dataclass(frozen=True)
class Coming:
    """`tone` is that of a notice; `on` the day by which it is to be done, where there is one; `service` asks for it."""

    tone: str
    text: str
    on: date | None = None
    service: str = ""


def coming(
    link: DependencyLink, passport: Document | None, *, today: date, first_iqama: FirstIqama | None = None
) -> list[Coming]:
    """What is most urgent first."""
    match first_iqama, link.dependent:
        case FirstIqama.BORN_HERE, Person(id_expires_on=date() as ends_on):
            identity = _before_first_iqama(ends_on, today)
        case FirstIqama.ARRIVED, Person(entered_on=date() as entered_on):
            identity = _after_arrival(entered_on, today)
        case _other:
            identity = _identity(link, today)
    found = [*identity, *_passport(passport, today), *_birthdays(link, today)]
    return sorted(found, key=lambda one: (one.tone != "danger", one.on or today))


def is_soon(day: date, today: date, within: timedelta) -> bool:
    return today < day <= today + within


def _identity(link: DependencyLink, today: date) -> Iterator[Coming]:
    expires_on = link.dependent.id_expires_on
    if expires_on is None or expires_on > today + EXPIRES_SOON:
        return
    if expires_on < today:
        yield Coming("danger", _expired(link.dependent.kind), expires_on)
    else:
        yield Coming("warning", _expiring(link.dependent.kind), expires_on)


def _before_first_iqama(number_ends_on: date, today: date) -> Iterator[Coming]:
    """Of whoever was born here: the number of the birth is good for a time."""
    service = FirstIqama.BORN_HERE
    if number_ends_on < today:
        text = _("There is no iqama yet, and the time for it is over. Ask for it as soon as there is a passport.")
        yield Coming("danger", text, number_ends_on, service)
    else:
        text = _("There is no iqama yet. Have a passport made, then ask for the iqama by this day.")
        yield Coming("warning", text, number_ends_on, service)


def _after_arrival(entered_on: date, today: date) -> Iterator[Coming]:
    until = entered_on + AFTER_ENTRY_AT_MOST
    if until < today:
        text = _("More than 90 days since the entry, and no iqama yet. Take the passport to a Passports office now.")
        yield Coming("danger", text, until)
    else:
        text = _("There is no iqama yet. Ask for it before this day, within 90 days of the entry.")
        yield Coming("warning", text, until, FirstIqama.ARRIVED)


def _expired(kind: str) -> str:
    match kind:
        case Kind.RESIDENT:
            return _("The iqama has expired. Renew it at Passports now.")
        case Kind.VISITOR:
            return _("The permitted stay has ended. Go to a Passports branch now.")
        case _other:
            return _("The national ID has expired. Renew it at Civil Affairs.")


def _expiring(kind: str) -> str:
    match kind:
        case Kind.RESIDENT:
            return _("The iqama expires soon. Renew it before this day.")
        case Kind.VISITOR:
            return _("The permitted stay ends soon. Extend it or leave before this day.")
        case _other:
            return _("The national ID expires soon. Renew it before this day.")


def _passport(passport: Document | None, today: date) -> Iterator[Coming]:
    expires_on = passport.expires_on if passport else None
    if expires_on is None or expires_on > today + EXPIRES_SOON:
        return
    if expires_on < today:
        yield Coming("danger", _("The passport has expired. Have a new one made, then have it registered."), expires_on)
    else:
        yield Coming("warning", _("The passport expires soon. Have a new one made before this day."), expires_on)


def _birthdays(link: DependencyLink, today: date) -> Iterator[Coming]:
    if link.dependent.kind not in SPONSORED:
        return
    match link.relation:
        case Relation.SON:
            yield from _son(link.dependent.birth_date, today)
        case Relation.DAUGHTER:
            yield from _daughter(link.dependent.birth_date, today)


def _son(born: date, today: date) -> Iterator[Coming]:
    companion, proof, leaves = (
        birthday(born, years) for years in (COMPANION_AT_YEARS, PROOF_AT_YEARS, SON_LEAVES_AT_YEARS)
    )
    if leaves <= today:
        yield Coming(
            "danger",
            _("He is 25 or older and has to leave your sponsorship. Ask for his separation."),
            service="separate-dependent",
        )
    elif is_soon(leaves, today, BIRTHDAY_SOON):
        yield Coming("warning", _("He turns 25. By that day he has to leave your sponsorship for another."), leaves)
    elif proof <= today:
        yield Coming("info", _("He is over 21: each renewal of his iqama needs proof that he studies."))
    elif is_soon(proof, today, BIRTHDAY_SOON):
        yield Coming("warning", _("He turns 21. From then on each renewal needs proof that he studies."), proof)
    elif is_soon(companion, today, BIRTHDAY_SOON):
        yield Coming(
            "warning",
            _("He turns 18. From then on he is a companion, for whom a monthly fee is due."),
            companion,
        )


def _daughter(born: date, today: date) -> Iterator[Coming]:
    proof = birthday(born, PROOF_AT_YEARS)
    if proof <= today:
        yield Coming("info", _("She is over 21: each renewal of her iqama needs proof that she is unmarried."))
    elif is_soon(proof, today, BIRTHDAY_SOON):
        yield Coming("warning", _("She turns 21. From then on each renewal needs proof that she is unmarried."), proof)
