"""Who is related to whom, as far as links of the register tell, present and past ones. A wife's motherhood of a child does not
follow from them: its birth certificate says it, and an officer reads that."""

from collections.abc import Callable
from functools import reduce

from django.db.models import QuerySet

from registry.models import SPOUSES, DependencyLink, Person, Relation, Sex
from services.family import CHILDREN, PARENTS

_PARENTS_IN_LAW = (Relation.FATHER_IN_LAW, Relation.MOTHER_IN_LAW)
# Nobody lives to see more.
_GENERATIONS = 5

People = set[int]
"""Their keys."""


def are_forbidden(one: Person, other: Person) -> bool:
    """Whether kinship forbids these two to marry: by blood, by a marriage of theirs or of their line, or because the man's wife
    at present is the woman's sister, aunt or niece."""
    man, woman = (one, other) if one.sex == Sex.MALE else (other, one)
    wives = _spouses({man.pk}, DependencyLink.objects.marriages())
    return other.pk in _blood({one.pk}) | _by_marriage({one.pk}) or woman.pk in _blood(wives)


def _blood(people: People) -> People:
    """The lines up and down, and whoever is near to them: brothers and sisters, aunts and uncles, nieces and nephews."""
    up, down = _line(_parents, people), _line(_children, people)
    siblings = _children(_parents(people))
    return up | down | _children(up) | siblings | _line(_children, siblings)


def _by_marriage(people: People) -> People:
    spouses = _spouses(people)
    of_the_line = _spouses(_line(_parents, people) | _line(_children, people))
    of_the_spouse = _line(_parents, spouses) | _line(_children, spouses)
    return of_the_line | of_the_spouse | _in_laws(people)


def _line(step: Callable[[People], People], people: People) -> People:
    reached: list[People] = [people]
    while reached[-1] and len(reached) <= _GENERATIONS:
        reached.append(step(reached[-1]))
    return reduce(set.union, reached[1:], set())


def _parents(people: People) -> People:
    return _heads(people, CHILDREN) | _dependents(people, PARENTS)


def _children(people: People) -> People:
    return _dependents(people, CHILDREN) | _heads(people, PARENTS)


def _in_laws(people: People) -> People:
    return _dependents(people, _PARENTS_IN_LAW) | _heads(people, _PARENTS_IN_LAW)


def _spouses(people: People, links: QuerySet[DependencyLink] | None = None) -> People:
    """By all links, or by these."""
    return _dependents(people, SPOUSES, links) | _heads(people, SPOUSES, links)


def _dependents(people: People, relations: tuple[str, ...], links: QuerySet[DependencyLink] | None = None) -> People:
    found = _all_or(links).filter(head__in=people, relation__in=relations)
    return set(found.values_list("dependent", flat=True))


def _heads(people: People, relations: tuple[str, ...], links: QuerySet[DependencyLink] | None = None) -> People:
    found = _all_or(links).filter(dependent__in=people, relation__in=relations)
    return set(found.values_list("head", flat=True))


def _all_or(links: QuerySet[DependencyLink] | None) -> QuerySet[DependencyLink]:
    return DependencyLink.objects.all() if links is None else links
