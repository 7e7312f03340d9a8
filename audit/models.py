"""The append-only trail. Rows are written in the transaction of the act they tell of, and never changed.

A row carries a keyed digest of itself, so an altered row shows. Batches of rows are sealed into a chain (`Seal`),
so a removed row shows. Sealing is done behind the acts, because chaining rows as they are written would let only one
transaction in the whole portal proceed at a time. What is older than the trail is kept goes seal by seal, and a `Cut` holds the
link from which the chain goes on. A database trigger refuses to change a row; on PostgreSQL also to delete one, but for those
before a cut that are old enough.
"""

from django.db import models
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from audit.events import Event


class Entry(models.Model):
    at = models.DateTimeField(_("time"), db_default=Now(), editable=False)
    event = models.CharField(_("event"), max_length=40, choices=Event)
    actor_id = models.BigIntegerField(_("account that acted"), null=True)
    subject_id = models.BigIntegerField(_("account acted upon"), null=True)
    details = models.JSONField(_("details"), default=dict)
    request_id = models.CharField(_("request"), max_length=32, blank=True)
    client_ip = models.GenericIPAddressField(_("network address"), null=True)
    digest = models.CharField(max_length=64, editable=False)
    seal = models.ForeignKey("Seal", models.PROTECT, null=True, editable=False, db_index=False, related_name="entries")

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        indexes = [
            models.Index(fields=["subject_id", "-id"], name="audit_by_subject"),
            models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
            models.Index(fields=["event", "-id"], name="audit_by_event"),
            models.Index(fields=["request_id"], name="audit_by_request", condition=~models.Q(request_id="")),
            models.Index(
                KeyTransform("request", "details"),
                name="audit_by_asked_request",
                condition=models.Q(details__request__isnull=False),
            ),
            models.Index(fields=["seal"], name="audit_by_seal"),
            models.Index(fields=["id"], name="audit_unsealed", condition=models.Q(seal=None)),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.event}"


class Seal(models.Model):
    """A batch of entries, chained to the batch before."""

    number = models.PositiveBigIntegerField(primary_key=True)
    size = models.PositiveIntegerField()
    chain = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("audit seal")
        verbose_name_plural = _("audit seals")

    def __str__(self) -> str:
        return f"#{self.number}"


class Cut(models.Model):
    """The last seal that was removed with everything before it, and its link of the chain. The digest is keyed, so that nobody
    who has only the database can cut the trail."""

    number = models.PositiveBigIntegerField(primary_key=True)
    chain = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
    cut_at = models.DateTimeField(db_default=Now())
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("cut of the audit trail")
        verbose_name_plural = _("cuts of the audit trail")

    def __str__(self) -> str:
        return f"#{self.number}"
