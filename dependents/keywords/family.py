from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.hijri import in_digits
from messaging.inbound import Keyword, Reply, listed
from registry.models import DependencyLink, Person

# More do not fit into the three parts of an Arabic text.
_NAMED_AT_MOST = 5


class Family(Keyword):
    name = "family"
    words = {"ar": ("عائلة", "عائلتي", "أسرة", "أسرتي", "تابعين", "تابعي"), "en": ("family", "dependents")}
    summary = _("Says until when the identity of each of your dependents is valid, by first name.")

    def answer(self, account: User, said: list[str]) -> Reply:
        dependents = [link.dependent for link in _links(account)]
        named = [_line(person, account.language) for person in dependents[:_NAMED_AT_MOST]]
        more = len(dependents) - len(named)
        return Reply("answer_family", {"members": listed(named, account.language), "more": more})


def _links(account: User) -> QuerySet[DependencyLink]:
    links = DependencyLink.objects.current().filter(head__id_number=account.id_number, dependent__life="alive")
    return links.select_related("dependent").order_by("dependent__id_expires_on", "pk")


def _line(person: Person, language: str) -> str:
    first_name = person.first_name_ar if language == "ar" else person.first_name_en
    return f"{first_name} {in_digits(person.id_expires_on, language)}" if person.id_expires_on else first_name
