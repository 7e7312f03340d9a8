from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.models import DependencyLink, Person
from services.facts import Fact, Section, validity


def family(head: Person) -> list[Section]:
    """Everybody linked to the head at present, the oldest first."""
    links = DependencyLink.objects.current().filter(head=head).select_related("dependent")
    return [_member(link) for link in links.order_by("dependent__birth_date", "pk")]


def _member(link: DependencyLink) -> Section:
    person, today = link.dependent, timezone.localdate()
    return Section(
        person.name,
        [
            Fact(_("Relation"), link.get_relation_display()),
            Fact(_("Number"), person.id_number, ltr=True),
            Fact(_("Birth date"), person.birth_date),
            Fact(_("Identity"), validity(person.id_expires_on, today)),
        ],
    )
