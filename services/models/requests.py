"""What residents ask for, and the thread between them and their officers."""

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
from services.models.reasons import Reason
from services.states import DECIDED, ENDED, OPEN, WAITING_FOR_APPLICANT, RequestState

# Columns that no list of requests reads.
NOT_LISTED = ("answers", "reason", "reason_in_both", "proposed_text", "proposed_in_both")


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

    def returned(self) -> Self:
        return self.filter(state=RequestState.RETURNED)

    def waiting_for_applicant(self) -> Self:
        """What goes on only when the applicant does something: drafts, and what was returned."""
        return self.filter(state__in=WAITING_FOR_APPLICANT)

    def overdue(self, *, on: date) -> Self:
        return self.open().filter(due_on__lt=on)

    def due_between(self, first: date, last: date) -> Self:
        return self.open().filter(due_on__gte=first, due_on__lte=last)

    def proposed(self) -> Self:
        """One officer proposes to approve it; a second one confirms or declines."""
        return self.filter(state=RequestState.IN_REVIEW, proposed_by__isnull=False)

    def strange_to(self, family: set[str]) -> Self:
        """Neither made by one of these people nor about one of them."""
        return self.exclude(applicant__id_number__in=family).exclude(subject__id_number__in=family)


class ServiceRequest(models.Model):
    """What somebody asks a department for. `answers` are what the service's fields were answered with, as its form cleans
    them; `typed` is what stands in fields that are not answered rightly yet, so that nothing is lost; `token` is that of the
    page it began on, so that however often that page is sent there is one request."""

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
    typed = models.JSONField(default=dict, db_default={}, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=RequestState, default=RequestState.DRAFT)
    officer = models.ForeignKey(User, models.PROTECT, verbose_name=_("officer"), null=True, related_name="+")
    begun_at = models.DateTimeField(_("begun"), db_default=Now())
    touched_at = models.DateTimeField(_("last written by the applicant"), db_default=Now())
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    due_on = models.DateField(_("answer due on"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    reopened_at = models.DateTimeField(_("reopened"), null=True)
    # What the applicant reads of a decision; of a rejection always.
    reason = models.TextField(_("reason"), blank=True)
    reason_in_both = models.JSONField(default=dict, db_default={}, editable=False)
    # Of a service that takes two officers: who proposes to approve it, what the applicant is to read, and who confirms.
    proposed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("first officer"), null=True, related_name="+", db_index=False
    )
    proposed_at = models.DateTimeField(_("proposed"), null=True)
    proposed_text = models.TextField(_("proposed answer"), blank=True, default="", db_default="")
    proposed_in_both = models.JSONField(default=dict, db_default={}, editable=False)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("second officer"), null=True, related_name="+", db_index=False
    )
    # Of the service and its answers: the same asked again is found by it.
    answers_digest = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)

    objects = RequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        permissions = [
            ("decide_request", "Can work on requests and decide them"),
            ("assign_request", "Can give requests to officers"),
        ]
        indexes = [
            models.Index(fields=["applicant", "-id"], name="request_by_applicant"),
            models.Index(
                fields=["applicant", "-id"],
                name="request_waiting_for_applicant",
                condition=Q(state__in=WAITING_FOR_APPLICANT),
            ),
            models.Index(fields=["touched_at"], name="draft_by_age", condition=Q(state=RequestState.DRAFT)),
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
            models.Index(
                fields=["submitted_at", "id"],
                name="request_by_submission",
                condition=Q(submitted_at__isnull=False),
            ),
            models.Index(fields=["ended_at"], name="request_by_end", condition=Q(ended_at__isnull=False)),
            models.Index(
                fields=["department", "due_on", "id"],
                name="request_returned",
                condition=Q(state=RequestState.RETURNED),
            ),
            models.Index(
                fields=["department", "due_on", "id"],
                name="request_proposed",
                condition=Q(state=RequestState.IN_REVIEW, proposed_by__isnull=False),
            ),
            models.Index(fields=["department", "due_on", "id"], name="request_open", condition=Q(state__in=OPEN)),
            models.Index(
                fields=["service", "due_on", "id"], name="request_open_by_service", condition=Q(state__in=OPEN)
            ),
            models.Index(fields=["subject", "-id"], name="request_by_subject", condition=Q(subject__isnull=False)),
            models.Index(fields=["answers_digest"], name="request_by_answers", condition=~Q(answers_digest="")),
            # Whether an account may be removed is asked of each column that names one.
            models.Index(
                fields=["proposed_by"], name="request_by_first_officer", condition=Q(proposed_by__isnull=False)
            ),
            models.Index(
                fields=["confirmed_by"], name="request_by_second_officer", condition=Q(confirmed_by__isnull=False)
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
                name="what_was_reopened_was_submitted_before",
                condition=Q(reopened_at=None) | Q(submitted_at__isnull=False, reopened_at__gte=F("submitted_at")),
            ),
            models.CheckConstraint(
                name="a_rejection_has_a_reason", condition=~Q(state=RequestState.REJECTED) | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="nobody_decides_their_own_request", condition=Q(officer=None) | ~Q(officer=F("applicant"))
            ),
            models.CheckConstraint(
                name="a_proposal_has_an_officer_a_time_and_a_text",
                condition=Q(proposed_by=None, proposed_at=None, proposed_text="")
                | (Q(proposed_by__isnull=False, proposed_at__isnull=False) & ~Q(proposed_text="")),
            ),
            models.CheckConstraint(
                name="a_proposal_waits_in_review_until_it_ends",
                condition=Q(proposed_by=None)
                | Q(state__in=(RequestState.IN_REVIEW, RequestState.APPROVED, RequestState.WITHDRAWN)),
            ),
            models.CheckConstraint(
                name="a_second_officer_confirms_what_another_one_proposed",
                condition=Q(confirmed_by=None)
                | (Q(state=RequestState.APPROVED, proposed_by__isnull=False) & ~Q(confirmed_by=F("proposed_by"))),
            ),
            models.CheckConstraint(
                name="nobody_confirms_their_own_request",
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("applicant")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def asked_on(self) -> date:
        """When it was submitted; for a draft today."""
        return timezone.localdate(self.submitted_at) if self.submitted_at else timezone.localdate()

    @property
    def is_draft(self) -> bool:
        return self.state == RequestState.DRAFT

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_returned(self) -> bool:
        return self.state == RequestState.RETURNED

    @property
    def decided(self) -> Reason:
        return Reason(self.reason, self.reason_in_both)

    @property
    def proposed(self) -> Reason:
        return Reason(self.proposed_text, self.proposed_in_both)

    @property
    def is_proposed(self) -> bool:
        """A second officer is to decide."""
        return self.state == RequestState.IN_REVIEW and self.proposed_by_id is not None


class RequestMessage(models.Model):
    """One entry of the thread between applicant and officer. One that `returns` the request names the fields that are to be
    corrected and the documents that are to be given anew."""

    request = models.ForeignKey(
        ServiceRequest, models.CASCADE, verbose_name=_("request"), related_name="thread", db_index=False
    )
    author = models.ForeignKey(User, models.PROTECT, verbose_name=_("author"), related_name="+")
    text = models.TextField(_("text"))
    text_in_both = models.JSONField(default=dict, db_default={}, editable=False)
    returns = models.BooleanField(_("returns the request"), default=False, db_default=False)
    asked_fields = models.JSONField(_("fields to correct"), default=list)
    asked_documents = models.JSONField(_("documents to give anew"), default=list, db_default=[])
    written_at = models.DateTimeField(_("written"), db_default=Now())

    class Meta:
        verbose_name = _("message of a request")
        verbose_name_plural = _("messages of requests")
        indexes = [models.Index(fields=["request", "id"], name="thread_in_order")]
        constraints = [
            models.CheckConstraint(name="a_message_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="only_what_is_returned_asks_for_documents", condition=Q(returns=True) | Q(asked_documents=[])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.pk}"

    @property
    def told(self) -> str:
        return Reason(self.text, self.text_in_both).told

    @property
    def is_officers(self) -> bool:
        return self.author.is_staff
