"""The files of requests."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from services.models.requests import ServiceRequest


def new_stored_name() -> str:
    """Where a file lies says nothing of it."""
    name = get_random_string(32, "0123456789abcdef")
    return f"{name[:2]}/{name}"


class Attachment(models.Model):
    """A file of a request, as this portal wrote it anew. `document`: what it is for. `name`: what its sender called it.
    `sha256` is that of the file as it was sent, by which the same one is known again; `stored_sha256` that of what lies in the
    storage, empty where it was stored before this was kept. `is_returned`: an officer asked for another one in its place."""

    request = models.ForeignKey(
        ServiceRequest, models.CASCADE, verbose_name=_("request"), related_name="attachments", db_index=False
    )
    document = models.SlugField(_("document"), max_length=40, db_index=False)
    name = models.CharField(_("name"), max_length=120)
    stored_name = models.CharField(max_length=40, default=new_stored_name, editable=False)
    media_type = models.CharField(_("kind"), max_length=20)
    bytes = models.PositiveIntegerField(_("size"))
    pages = models.PositiveSmallIntegerField(_("pages"), null=True)
    sha256 = models.CharField(max_length=64)
    stored_sha256 = models.CharField(max_length=64, default="", db_default="", editable=False)
    is_returned = models.BooleanField(_("returned"), default=False, db_default=False)
    added_at = models.DateTimeField(_("added"), db_default=Now())

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        indexes = [models.Index(fields=["request", "id"], name="attachments_in_order")]
        constraints = [
            models.UniqueConstraint(fields=["stored_name"], name="a_stored_file_belongs_to_one_attachment"),
            models.UniqueConstraint(
                fields=["request", "document", "sha256"], name="a_file_is_attached_once_to_a_document"
            ),
            models.CheckConstraint(
                name="an_attachment_is_a_pdf_or_an_image",
                condition=Q(media_type__in=("application/pdf", "image/jpeg", "image/png")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")
