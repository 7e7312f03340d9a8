"""Who belongs to whom."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _

from registry.models.people import Life, Person


class Relation(models.TextChoices):
    """What the dependent is to the head of household (domain §6)."""

    HUSBAND = "husband", _("Husband")
    WIFE = "wife", _("Wife")
    SON = "son", _("Son")
    DAUGHTER = "daughter", _("Daughter")
    FATHER = "father", _("Father")
    MOTHER = "mother", _("Mother")
    FATHER_IN_LAW = "father_in_law", _("Father-in-law")
    MOTHER_IN_LAW = "mother_in_law", _("Mother-in-law")


SPOUSES = (Relation.HUSBAND, Relation.WIFE)
WOMEN = (Relation.WIFE, Relation.DAUGHTER, Relation.MOTHER, Relation.MOTHER_IN_LAW)


class DependencyLinkQuerySet(models.QuerySet["DependencyLink"]):
    def current(self) -> Self:
        return self.filter(until=None)

    def marriages(self) -> Self:
        """Those that last, also where the two do not share a household any more."""
        apart = Q(marriage_goes_on=True, head__life=Life.ALIVE, dependent__life=Life.ALIVE)
        return self.filter(Q(until=None) | apart, relation__in=SPOUSES)


class DependencyLink(models.Model):
    head = models.ForeignKey(
        Person, models.PROTECT, verbose_name=_("head of household"), related_name="dependent_links"
    )
    dependent = models.ForeignKey(Person, models.PROTECT, verbose_name=_("dependent"), related_name="head_links")
    relation = models.CharField(_("relation"), max_length=14, choices=Relation)
    # Unknown for links that came with an import.
    since = models.DateField(_("from"), null=True, blank=True)
    until = models.DateField(_("to"), null=True, blank=True)
    # Of a wife or husband whose household alone has ended.
    marriage_goes_on = models.BooleanField(_("the marriage goes on"), default=False, db_default=False, editable=False)

    objects = DependencyLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("dependency link")
        verbose_name_plural = _("dependency links")
        constraints = [
            models.CheckConstraint(
                name="nobody_depends_on_oneself",
                condition=~Q(head=F("dependent")),
                violation_error_message=_("Nobody is a dependent of their own."),
            ),
            models.UniqueConstraint(
                fields=["dependent"],
                name="a_dependent_has_one_head_at_a_time",
                condition=Q(until=None),
                violation_error_message=_("This person already has a head of household."),
            ),
            models.UniqueConstraint(
                Least("head", "dependent"),
                Greatest("head", "dependent"),
                name="two_people_are_linked_once_at_a_time",
                condition=Q(until=None),
                violation_error_message=_("These two are already linked."),
            ),
            models.CheckConstraint(
                name="the_relation_is_a_known_one",
                condition=Q(relation__in=Relation.values),
            ),
            models.CheckConstraint(
                name="only_a_marriage_goes_on_after_its_household",
                condition=Q(marriage_goes_on=False) | Q(relation__in=SPOUSES, until__isnull=False),
            ),
            models.CheckConstraint(
                name="a_link_ends_after_it_began",
                condition=Q(until=None) | Q(since=None) | Q(until__gte=F("since")),
                violation_error_message=_("The link does not end before it began."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_relation_display())
