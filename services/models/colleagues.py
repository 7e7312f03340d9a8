"""Notes of officers to colleagues beside the requests. Nothing of it is an applicant's."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from services.models.requests import ServiceRequest
from services.states import OPEN


class ColleagueNoteQuerySet(models.QuerySet["ColleagueNote"]):
    def unanswered(self) -> Self:
        return self.filter(is_question=True, answered_at=None)

    def waiting_for(self, officer: User) -> Self:
        """What the officer was asked about requests that are still to be decided."""
        return self.unanswered().filter(addressee=officer, request__state__in=OPEN)


class ColleagueNote(models.Model):
    """Written by one officer to another about a request: a question with its answer, or a remark. Applicants never see it."""

    request = models.ForeignKey(
        ServiceRequest,
        models.CASCADE,
        verbose_name=_("request"),
        related_name="colleague_notes",
        db_index=False,
    )
    author = models.ForeignKey(User, models.PROTECT, verbose_name=_("author"), related_name="+")
    addressee = models.ForeignKey(User, models.PROTECT, verbose_name=_("colleague"), related_name="+")
    is_question = models.BooleanField(_("question"))
    text = models.TextField(_("text"))
    written_at = models.DateTimeField(_("written"), db_default=Now())
    answer = models.TextField(_("answer"), blank=True, default="")
    answered_at = models.DateTimeField(_("answered"), null=True)

    objects = ColleagueNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note to a colleague")
        verbose_name_plural = _("notes to colleagues")
        indexes = [
            models.Index(fields=["request", "id"], name="colleague_notes_in_order"),
            models.Index(
                fields=["addressee", "id"],
                name="colleague_note_waiting",
                condition=Q(is_question=True, answered_at=None),
            ),
        ]
        constraints = [
            models.CheckConstraint(name="a_note_to_a_colleague_says_something", condition=~Q(text="")),
            models.CheckConstraint(name="nobody_writes_a_note_to_oneself", condition=~Q(author=F("addressee"))),
            models.CheckConstraint(
                name="an_answered_question_has_an_answer_and_a_time",
                condition=Q(answer="", answered_at=None)
                | (Q(is_question=True, answered_at__isnull=False) & ~Q(answer="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.pk}"
