"""Who there is."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.text import compact_digits, name_key
from registry.names import OTHER_GCC_STATES, SAUDI_ARABIA, NameParts, country_name, folded_names

# A trigram index finds nothing shorter.
SHORTEST_SEARCH_WORD = 3


class Kind(models.TextChoices):
    CITIZEN = "citizen", _("Citizen")
    RESIDENT = "resident", _("Resident")
    VISITOR = "visitor", _("Visitor")
    GCC = "gcc", _("GCC citizen")


class Sex(models.TextChoices):
    MALE = "male", _("Male")
    FEMALE = "female", _("Female")


class Life(models.TextChoices):
    ALIVE = "alive", _("Alive")
    LEFT = "left", _("Left the Kingdom for good")
    DECEASED = "deceased", _("Deceased")


class MaritalStatus(models.TextChoices):
    SINGLE = "single", _("Single")
    MARRIED = "married", _("Married")
    DIVORCED = "divorced", _("Divorced")
    WIDOWED = "widowed", _("Widowed")


# Arabic has two words for each.
_STATUS_OF: dict[tuple[str, str], Promise] = {
    (MaritalStatus.SINGLE, Sex.MALE): pgettext_lazy("of a man", "Single"),
    (MaritalStatus.MARRIED, Sex.MALE): pgettext_lazy("of a man", "Married"),
    (MaritalStatus.DIVORCED, Sex.MALE): pgettext_lazy("of a man", "Divorced"),
    (MaritalStatus.WIDOWED, Sex.MALE): pgettext_lazy("of a man", "Widowed"),
    (MaritalStatus.SINGLE, Sex.FEMALE): pgettext_lazy("of a woman", "Single"),
    (MaritalStatus.MARRIED, Sex.FEMALE): pgettext_lazy("of a woman", "Married"),
    (MaritalStatus.DIVORCED, Sex.FEMALE): pgettext_lazy("of a woman", "Divorced"),
    (MaritalStatus.WIDOWED, Sex.FEMALE): pgettext_lazy("of a woman", "Widowed"),
}

NAME_FIELDS = tuple(f"{part}_name_{language}" for language in ("ar", "en") for part in NameParts._fields)


class NameKeyField(models.TextField):  # type: ignore[type-arg]
    """The folded names of the same row, written with it. A QuerySet.update() of names has to write it too."""

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        key = folded_names(*(getattr(model_instance, name) for name in NAME_FIELDS))
        setattr(model_instance, self.attname, key)
        return key


class PersonQuerySet(models.QuerySet["Person"]):
    def living(self) -> Self:
        """Who may hold an account: neither deceased nor gone for good."""
        return self.filter(life=Life.ALIVE)

    def without_fingerprint(self) -> Self:
        return self.filter(fingerprint_on_file=False)

    def found_by(self, typed: str) -> Self:
        """By the exact ID number (or the border number that it took the place of), or by words of the name in either
        language; each way has an index. Nobody when `typed` is neither."""
        digits = compact_digits(typed)
        if digits.isdigit():
            return self.filter(Q(id_number=digits) | Q(border_number=digits))
        words = name_key(typed).split()
        if not any(len(word) >= SHORTEST_SEARCH_WORD for word in words):
            return self.none()
        return self.filter(*(Q(name_key__contains=word) for word in words))


class Person(models.Model):
    id_number = models.CharField(_("ID / Iqama / Border number"), max_length=10)
    # With which a resident entered, before the iqama; nobody signs in by it any more.
    border_number = models.CharField(_("former border number"), max_length=10, blank=True, default="", db_default="")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    first_name_ar = models.CharField(_("first name in Arabic"), max_length=60)
    father_name_ar = models.CharField(_("father's name in Arabic"), max_length=60, blank=True)
    grandfather_name_ar = models.CharField(_("grandfather's name in Arabic"), max_length=60, blank=True)
    family_name_ar = models.CharField(_("family name in Arabic"), max_length=120, blank=True)
    first_name_en = models.CharField(_("first name in English"), max_length=60)
    father_name_en = models.CharField(_("father's name in English"), max_length=60, blank=True)
    grandfather_name_en = models.CharField(_("grandfather's name in English"), max_length=60, blank=True)
    family_name_en = models.CharField(_("family name in English"), max_length=120, blank=True)
    # On PostgreSQL under a trigram index (migration 0002).
    name_key = NameKeyField(editable=False)
    sex = models.CharField(_("sex"), max_length=6, choices=Sex)
    birth_date = models.DateField(_("date of birth"))
    # Unknown for people who came with an import.
    marital_status = models.CharField(
        _("marital status"), max_length=8, choices=MaritalStatus, blank=True, default="", db_default=""
    )
    nationality = models.CharField(_("nationality"), max_length=3, help_text=_("ISO 3166-1, three letters"))
    id_issued_on = models.DateField(_("ID issued on"), null=True, blank=True)
    id_expires_on = models.DateField(_("ID expires on"), null=True, blank=True)
    entered_on = models.DateField(_("entered the Kingdom on"), null=True, blank=True)
    fingerprint_on_file = models.BooleanField(_("fingerprint on file"), default=False)
    # Unknown for fingerprints that came with an import.
    fingerprint_on = models.DateField(_("fingerprint taken on"), null=True, blank=True)
    life = models.CharField(_("life"), max_length=8, choices=Life, default=Life.ALIVE)
    died_on = models.DateField(_("died on"), null=True, blank=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        constraints = [
            models.UniqueConstraint(
                fields=["id_number"],
                name="a_number_belongs_to_one_person",
                violation_error_message=_("Somebody else in the register has this number."),
            ),
            models.UniqueConstraint(
                fields=["border_number"],
                name="a_border_number_belonged_to_one_person",
                condition=~Q(border_number=""),
                violation_error_message=_("Somebody else in the register entered with this border number."),
            ),
            models.CheckConstraint(
                name="a_former_border_number_is_a_residents",
                condition=Q(border_number="") | Q(kind=Kind.RESIDENT, border_number__regex=r"^[3-6][0-9]{9}$"),
                violation_error_message=_("A former border number has ten digits, and its holder is a resident now."),
            ),
            models.CheckConstraint(
                name="an_id_number_has_ten_digits",
                condition=Q(id_number__regex=r"^[0-9]{10}$"),
                violation_error_message=_("The number has ten digits. Check it against the document."),
            ),
            models.CheckConstraint(
                name="the_first_digit_tells_the_kind",
                condition=Q(kind=Kind.CITIZEN, id_number__startswith="1")
                | Q(kind=Kind.RESIDENT, id_number__startswith="2")
                | Q(kind__in=(Kind.VISITOR, Kind.GCC), id_number__regex=r"^[3-6]"),
                violation_error_message=_(
                    "A citizen's number starts with 1, a resident's with 2, a visitor's or GCC citizen's with 3 to 6."
                ),
            ),
            models.CheckConstraint(
                name="a_person_has_a_name_in_both_languages",
                condition=~Q(first_name_ar="") & ~Q(first_name_en=""),
                violation_error_message=_("Type the name in Arabic and in English."),
            ),
            models.CheckConstraint(name="the_sex_is_male_or_female", condition=Q(sex__in=Sex.values)),
            models.CheckConstraint(
                name="a_marital_status_is_a_known_one_or_unknown",
                condition=Q(marital_status__in=("", *MaritalStatus.values)),
            ),
            models.CheckConstraint(
                name="a_nationality_is_three_capitals",
                condition=Q(nationality__regex=r"^[A-Z]{3}$"),
                violation_error_message=_("A nationality is three capital letters, for example SAU."),
            ),
            models.CheckConstraint(
                name="citizens_and_only_they_are_saudi",
                condition=Q(kind=Kind.CITIZEN, nationality=SAUDI_ARABIA)
                | (~Q(kind=Kind.CITIZEN) & ~Q(nationality=SAUDI_ARABIA)),
                violation_error_message=_("Citizens have the nationality SAU, and nobody else has."),
            ),
            models.CheckConstraint(
                name="a_gcc_citizen_is_of_another_gcc_state",
                condition=~Q(kind=Kind.GCC) | Q(nationality__in=OTHER_GCC_STATES),
                violation_error_message=_("A GCC citizen's nationality is ARE, BHR, KWT, OMN or QAT."),
            ),
            models.CheckConstraint(
                name="residents_and_visitors_stay_until_a_date",
                condition=~Q(kind__in=(Kind.RESIDENT, Kind.VISITOR)) | Q(id_expires_on__isnull=False),
                violation_error_message=_("The iqama or border number of a resident or visitor has an expiry date."),
            ),
            models.CheckConstraint(
                name="an_id_expires_after_it_was_issued",
                condition=Q(id_issued_on=None) | Q(id_expires_on=None) | Q(id_expires_on__gt=F("id_issued_on")),
                violation_error_message=_("The expiry date lies after the date of issue."),
            ),
            models.CheckConstraint(
                name="nobody_enters_before_birth",
                condition=Q(entered_on=None) | Q(entered_on__gte=F("birth_date")),
                violation_error_message=_("The date of entry does not lie before the date of birth."),
            ),
            models.CheckConstraint(
                name="a_fingerprint_date_needs_a_fingerprint",
                condition=Q(fingerprint_on=None) | Q(fingerprint_on_file=True),
                violation_error_message=_("A date needs a fingerprint on file."),
            ),
            models.CheckConstraint(
                name="the_deceased_and_only_they_have_a_date_of_death",
                condition=Q(life=Life.DECEASED, died_on__isnull=False)
                | Q(life__in=(Life.ALIVE, Life.LEFT), died_on=None),
                violation_error_message=_("A deceased person has a date of death, and nobody else has."),
            ),
            models.CheckConstraint(
                name="nobody_dies_before_birth",
                condition=Q(died_on=None) | Q(died_on__gte=F("birth_date")),
                violation_error_message=_("The date of death does not lie before the date of birth."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_ar if get_language() == "ar" else self.name_en

    @property
    def name_ar(self) -> str:
        parts = (self.first_name_ar, self.father_name_ar, self.grandfather_name_ar, self.family_name_ar)
        return " ".join(filter(None, parts))

    @property
    def name_en(self) -> str:
        parts = (self.first_name_en, self.father_name_en, self.grandfather_name_en, self.family_name_en)
        return " ".join(filter(None, parts))

    @property
    def nationality_name(self) -> str:
        return country_name(self.nationality)

    @property
    def marital_status_name(self) -> str:
        """In the word of the person's sex; empty when it is unknown."""
        return str(_STATUS_OF.get((self.marital_status, self.sex), ""))

    @property
    def is_living(self) -> bool:
        return self.life == Life.ALIVE

    def id_is_expired(self, *, on: date) -> bool:
        return self.id_expires_on is not None and self.id_expires_on < on
