"""What decisions on a family's requests write into the register (services.effects says what an effect is). Each looks once more
whether it is still possible: weeks may lie between the request and the decision."""

from datetime import date

from django.db.models import Q

from accounts.actions import endings
from dependents import marriages
from registry.models import SPOUSES, DependencyLink, Document, DocumentStatus, Life, Person
from services.actions import requests
from services.effects import Granted, NoLongerPossible


def register_death(granted: Granted) -> None:
    """The person is deceased, nobody depends on them any more nor they on anybody, a wife or husband is widowed, and their
    documents are of no use. Nobody signs in as them, and what they asked for is withdrawn."""
    link, died_on = _link(granted), date.fromisoformat(granted.answers["died_on"])
    deceased = link.dependent
    living = Person.objects.living().filter(pk=deceased.pk, birth_date__lte=died_on)
    survivors = list(marriages.spouses_of(deceased))
    if not living.update(life=Life.DECEASED, died_on=died_on):
        raise NoLongerPossible
    for one in DependencyLink.objects.current().filter(Q(head=deceased) | Q(dependent=deceased)):
        end(one, on=died_on)
    marriages.widowed(survivors)
    Document.objects.valid().filter(holder=deceased).update(status=DocumentStatus.CANCELLED)
    requests.withdraw_all_of(deceased.id_number)
    endings.end_of_person(deceased.id_number)


def register_divorce(granted: Granted) -> None:
    """Both are divorced, unless another marriage of theirs goes on."""
    link = _link(granted)
    end(link, on=date.fromisoformat(granted.answers["divorced_on"]))
    marriages.divorced(link)


def separate(granted: Granted) -> None:
    """A wife or husband who is separated stays married: only the household ends."""
    link = _link(granted)
    end(link, on=granted.on)
    if link.relation in SPOUSES:
        DependencyLink.objects.filter(pk=link.pk).update(marriage_goes_on=True)


def _link(granted: Granted) -> DependencyLink:
    """Still the applicant's."""
    links = DependencyLink.objects.current().filter(head=granted.applicant).select_related("head", "dependent")
    link = links.filter(pk=granted.answers["member"]).first()
    if link is None:
        raise NoLongerPossible
    return link


def end(link: DependencyLink, *, on: date) -> None:
    """Raises NoLongerPossible when it has ended already."""
    until = max(on, link.since) if link.since else on
    if not DependencyLink.objects.current().filter(pk=link.pk).update(until=until):
        raise NoLongerPossible
