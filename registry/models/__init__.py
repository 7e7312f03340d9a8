"""The population register: who there is, who belongs to whom, and their documents. It only holds facts; what may be
done with them is judged on the floors above."""

from registry.models.documents import EXPIRES_SOON, Document, DocumentKind, DocumentQuerySet, DocumentStatus
from registry.models.links import SPOUSES, WOMEN, DependencyLink, DependencyLinkQuerySet, Relation
from registry.models.people import (
    NAME_FIELDS,
    SHORTEST_SEARCH_WORD,
    Kind,
    Life,
    MaritalStatus,
    NameKeyField,
    Person,
    PersonQuerySet,
    Sex,
)

__all__ = [
    "EXPIRES_SOON",
    "NAME_FIELDS",
    "SHORTEST_SEARCH_WORD",
    "SPOUSES",
    "WOMEN",
    "DependencyLink",
    "DependencyLinkQuerySet",
    "Document",
    "DocumentKind",
    "DocumentQuerySet",
    "DocumentStatus",
    "Kind",
    "Life",
    "MaritalStatus",
    "NameKeyField",
    "Person",
    "PersonQuerySet",
    "Relation",
    "Sex",
]
