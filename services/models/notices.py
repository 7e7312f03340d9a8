"""What residents find in their inbox."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from services.notices import WORDINGS, Wording, in_language


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

    @property
    def said(self) -> str:
        """The officer's words, of a request."""
        return str(self.places.get("said", ""))

    @property
    def number(self) -> str:
        """Of the request that it tells of."""
        return str(self.places.get("number", ""))

    @property
    def address(self) -> str:
        """The page where something can be done about it: of the request that it names, or the wording's."""
        if "number" in self.places:
            return reverse("request", args=[self.places["number"]])
        return reverse(self.wording.page) if self.wording.page else ""
