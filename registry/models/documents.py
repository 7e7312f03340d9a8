"""What people hold."""

from datetime import date, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.models.people import Person
from registry.names import SAUDI_ARABIA

# An identity or a passport that ends within this time is to be renewed: an exit and re-entry asks for as much of a passport
# (domain §6).
EXPIRES_SOON = timedelta(days=90)


class DocumentKind(models.TextChoices):
    PASSPORT = "passport", _("Passport")
    NATIONAL_ID = "national_id", _("National ID")
    IQAMA = "iqama", _("Iqama")
    VISA = "visa", _("Visa")
    BIRTH_CERTIFICATE = "birth_certificate", _("Birth certificate")
    FAMILY_RECORD = "family_record", _("Family record")
    DRIVING_LICENCE = "driving_licence", _("Driving licence")
    INSURANCE = "insurance", _("Medical insurance")


class DocumentStatus(models.TextChoices):
    """Whether it has expired is not a status: the date says it."""

    VALID = "valid", _("Valid")
    REPLACED = "replaced", _("Replaced by a newer one")
    LOST = "lost", _("Reported lost")
    CANCELLED = "cancelled", _("Cancelled")


class DocumentQuerySet(models.QuerySet["Document"]):
    def valid(self) -> Self:
        return self.filter(status=DocumentStatus.VALID)

    def in_force(self, *, on: date) -> Self:
        return self.valid().filter(Q(expires_on=None) | Q(expires_on__gte=on))

    def passports(self) -> Self:
        return self.filter(kind=DocumentKind.PASSPORT)

    def family_records(self) -> Self:
        return self.filter(kind=DocumentKind.FAMILY_RECORD)

    def visas(self) -> Self:
        return self.filter(kind=DocumentKind.VISA)


class Document(models.Model):
    """`details` of a visa: `purpose` (residence or visit) and `entry_fee_paid`; of a birth certificate: the numbers of `father`
    and `mother`, and `place`."""

    holder = models.ForeignKey(Person, models.PROTECT, verbose_name=_("holder"), related_name="documents")
    kind = models.CharField(_("kind"), max_length=20, choices=DocumentKind)
    number = models.CharField(_("number"), max_length=20)
    # Two states may give the same number to two passports.
    issued_by = models.CharField(_("issuing state"), max_length=3, default=SAUDI_ARABIA)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=DocumentStatus, default=DocumentStatus.VALID)
    # Who answers for the holder of a visa.
    sponsor = models.ForeignKey(
        Person,
        models.PROTECT,
        verbose_name=_("sponsor"),
        null=True,
        blank=True,
        related_name="sponsored_documents",
        db_index=False,
    )
    details = models.JSONField(_("details"), default=dict, blank=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        indexes = [
            models.Index(fields=["sponsor"], name="document_by_sponsor", condition=Q(sponsor__isnull=False)),
        ]
        constraints = [
            # Insurers number their members each by themselves, and some a whole family with one number.
            models.UniqueConstraint(
                fields=["kind", "issued_by", "number"],
                name="a_valid_document_number_is_given_once",
                condition=Q(status=DocumentStatus.VALID) & ~Q(kind=DocumentKind.INSURANCE),
                violation_error_message=_("Another valid document has this number."),
            ),
            models.UniqueConstraint(
                fields=["holder", "number"],
                name="a_person_is_insured_once_under_a_number",
                condition=Q(kind=DocumentKind.INSURANCE, status=DocumentStatus.VALID),
                violation_error_message=_("This person is insured under this number already."),
            ),
            models.UniqueConstraint(
                fields=["holder"],
                name="a_person_has_one_valid_passport",
                condition=Q(kind=DocumentKind.PASSPORT, status=DocumentStatus.VALID),
                violation_error_message=_("This person already has a valid passport."),
            ),
            models.UniqueConstraint(
                fields=["holder"],
                name="a_person_has_one_valid_family_record",
                condition=Q(kind=DocumentKind.FAMILY_RECORD, status=DocumentStatus.VALID),
                violation_error_message=_("This person already has a valid family record."),
            ),
            models.CheckConstraint(
                name="a_document_has_a_number",
                condition=~Q(number=""),
                violation_error_message=_("Type the number of the document."),
            ),
            models.CheckConstraint(
                name="an_issuing_state_is_three_capitals",
                condition=Q(issued_by__regex=r"^[A-Z]{3}$"),
                violation_error_message=_("A state is three capital letters, for example SAU."),
            ),
            models.CheckConstraint(
                name="a_document_is_of_a_known_kind_and_status",
                condition=Q(kind__in=DocumentKind.values, status__in=DocumentStatus.values),
            ),
            models.CheckConstraint(
                name="a_passport_expires",
                condition=~Q(kind=DocumentKind.PASSPORT) | Q(expires_on__isnull=False),
                violation_error_message=_("A passport has an expiry date."),
            ),
            models.CheckConstraint(
                name="a_document_expires_after_it_was_issued",
                condition=Q(issued_on=None) | Q(expires_on=None) | Q(expires_on__gt=F("issued_on")),
                violation_error_message=_("The expiry date lies after the date of issue."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"
