"""What residents ask for, and what they find in their inbox."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.states import StatefulQuerySet
from registry.models import Person
from services.notices import WORDINGS, Wording, in_language
from services.states import DECIDED, ENDED, OPEN, RequestState


class NoticeQuerySet(models.QuerySet["Notice"]):
    def of(self, user: User) -> Self:
        return self.filter(user=user)

    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notice(models.Model):
    """Something happened to the account. `places` are what its wording leaves open; values in both languages, so that the
    notice follows the language of the page."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name=_("account"), related_name="notices", db_index=False)
    name = models.SlugField(_("notice"), max_length=40, db_index=False)
    places = models.JSONField(default=dict)
    told_at = models.DateTimeField(_("told"), db_default=Now())
    read_at = models.DateTimeField(_("read"), null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_newest_first"),
            models.Index(fields=["told_at"], name="notice_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_notice_is_read_after_it_was_told",
                condition=Q(read_at=None) | Q(read_at__gte=F("told_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"

    @property
    def wording(self) -> Wording:
        return WORDINGS[self.name]

    @property
    def text(self) -> str:
        return str(self.wording.text).format(**in_language(self.places))


def new_number() -> str:
    """Ten digits that begin with the year, so that a request is named over the phone and texted without doubt."""
    return f"{timezone.localdate():%y}{get_random_string(8, '0123456789')}"


class RequestQuerySet(StatefulQuerySet["ServiceRequest"]):
    def of(self, applicant: User) -> Self:
        return self.filter(applicant=applicant)

    def open(self) -> Self:
        return self.filter(state__in=OPEN)

    def new(self) -> Self:
        return self.filter(state=RequestState.SUBMITTED)

    def with_officer(self, officer: User) -> Self:
        return self.filter(state__in=(RequestState.IN_REVIEW, RequestState.RETURNED), officer=officer)

    def overdue(self, *, on: date) -> Self:
        return self.open().filter(due_on__lt=on)


class ServiceRequest(models.Model):
    """What somebody asks a department for. `answers` are what the service's fields were answered with, as its form cleans
    them; `token` is that of the page it began on, so that however often that page is sent there is one request."""

    number = models.CharField(_("request number"), max_length=10, default=new_number, editable=False)
    token = models.CharField(max_length=32, editable=False)
    service = models.SlugField(_("service"), max_length=60, db_index=False)
    department = models.SlugField(_("department"), max_length=40, db_index=False)
    applicant = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("applicant"), related_name="service_requests", db_index=False
    )
    subject = models.ForeignKey(
        Person, models.PROTECT, verbose_name=_("about"), null=True, related_name="+", db_index=False
    )
    answers = models.JSONField(_("answers"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=RequestState, default=RequestState.DRAFT)
    officer = models.ForeignKey(User, models.PROTECT, verbose_name=_("officer"), null=True, related_name="+")
    begun_at = models.DateTimeField(_("begun"), db_default=Now())
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    due_on = models.DateField(_("answer due on"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    # What the applicant reads of a decision; of a rejection always.
    reason = models.TextField(_("reason"), blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        permissions = [("decide_request", "Can work on requests and decide them")]
        indexes = [
            models.Index(fields=["applicant", "-id"], name="request_by_applicant"),
            models.Index(
                fields=["department", "due_on", "id"],
                name="request_new",
                condition=Q(state=RequestState.SUBMITTED),
            ),
            models.Index(
                fields=["officer", "due_on", "id"],
                name="request_with_officer",
                condition=Q(state__in=(RequestState.IN_REVIEW, RequestState.RETURNED)),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="a_number_names_one_request"),
            models.UniqueConstraint(fields=["applicant", "token"], name="a_page_begins_one_request"),
            models.CheckConstraint(name="a_request_has_a_state", condition=Q(state__in=RequestState.values)),
            models.CheckConstraint(
                name="what_was_submitted_has_a_time_and_a_due_date",
                condition=Q(state=RequestState.DRAFT, submitted_at=None, due_on=None)
                | (~Q(state=RequestState.DRAFT) & Q(submitted_at__isnull=False, due_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="an_ended_request_has_a_time",
                condition=Q(state__in=ENDED, ended_at__isnull=False) | (~Q(state__in=ENDED) & Q(ended_at=None)),
            ),
            models.CheckConstraint(
                name="an_officer_reviews_and_decides",
                condition=~Q(state__in=(RequestState.IN_REVIEW, RequestState.RETURNED, *DECIDED))
                | Q(officer__isnull=False),
            ),
            models.CheckConstraint(
                name="a_rejection_has_a_reason", condition=~Q(state=RequestState.REJECTED) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="nobody_decides_their_own_request", condition=Q(officer=None) | ~Q(officer=F("applicant"))
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_draft(self) -> bool:
        return self.state == RequestState.DRAFT

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_returned(self) -> bool:
        return self.state == RequestState.RETURNED


class RequestMessage(models.Model):
    """One entry of the thread between applicant and officer. With what was returned, `asked_fields` names the fields that are
    to be corrected."""

    request = models.ForeignKey(
        ServiceRequest, models.CASCADE, verbose_name=_("request"), related_name="thread", db_index=False
    )
    author = models.ForeignKey(User, models.PROTECT, verbose_name=_("author"), related_name="+")
    text = models.TextField(_("text"))
    asked_fields = models.JSONField(_("fields to correct"), default=list)
    written_at = models.DateTimeField(_("written"), db_default=Now())

    class Meta:
        verbose_name = _("message of a request")
        verbose_name_plural = _("messages of requests")
        indexes = [models.Index(fields=["request", "id"], name="thread_in_order")]
        constraints = [models.CheckConstraint(name="a_message_says_something", condition=~Q(text=""))]

    def __str__(self) -> str:
        return f"{self.request_id} {self.pk}"

    @property
    def is_officers(self) -> bool:
        return self.author.is_staff


def new_stored_name() -> str:
    """Where a file lies says nothing of it."""
    name = get_random_string(32, "0123456789abcdef")
    return f"{name[:2]}/{name}"


class Attachment(models.Model):
    """A file of a request, as this portal wrote it anew. `document`: what it is for. `name`: what its sender called it.
    `sha256` is that of the file as it was sent."""

    request = models.ForeignKey(
        ServiceRequest, models.CASCADE, verbose_name=_("request"), related_name="attachments", db_index=False
    )
    document = models.SlugField(_("document"), max_length=40, db_index=False)
    name = models.CharField(_("name"), max_length=120)
    stored_name = models.CharField(max_length=40, default=new_stored_name, editable=False)
    media_type = models.CharField(_("kind"), max_length=20)
    bytes = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
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
