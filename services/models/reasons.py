"""What officers tell applicants, and the reasons that they choose instead of writing them."""

from dataclasses import dataclass, field
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Reason:
    """What an applicant reads of a decision, in their language; by language, too, where it is a ready-made reason that is sent
    as it stands."""

    text: str
    in_both: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: dict[str, str], language: str) -> Self:
        """`texts` by language; what an officer has written is the same in both."""
        return cls(texts[language], texts if texts["ar"] != texts["en"] else {})

    @property
    def told(self) -> str:
        """In the language of the page."""
        return self.in_both.get(get_language() or "", self.text)

    def kept_in(self, text: str, in_both: str) -> dict[str, Any]:
        """The two columns of a row, by their names."""
        return {text: self.text, in_both: self.in_both}


class ReadyReasonQuerySet(models.QuerySet["ReadyReason"]):
    def for_request(self, department: str, service: str) -> Self:
        """Those of the service, and those of its whole department."""
        return self.filter(department=department, service__in=("", service)).order_by("pk")


class ReadyReason(models.Model):
    """A text that officers choose instead of writing it: a reason with what the applicant can do, in both languages."""

    department = models.SlugField(_("department"), max_length=40, db_index=False)
    service = models.SlugField(_("service"), max_length=60, blank=True, db_index=False)
    title_ar = models.CharField(_("title in Arabic"), max_length=80)
    title_en = models.CharField(_("title in English"), max_length=80)
    text_ar = models.TextField(_("text in Arabic"))
    text_en = models.TextField(_("text in English"))

    objects = ReadyReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("ready-made reason")
        verbose_name_plural = _("ready-made reasons")
        indexes = [models.Index(fields=["department", "service", "id"], name="ready_reasons_of_a_service")]
        constraints = [
            models.CheckConstraint(
                name="a_ready_reason_is_written_in_both_languages",
                condition=~Q(title_ar="") & ~Q(title_en="") & ~Q(text_ar="") & ~Q(text_en=""),
            ),
            models.UniqueConstraint(
                fields=["department", "service", "title_ar"], name="a_ready_reason_is_told_by_its_arabic_title"
            ),
            models.UniqueConstraint(
                fields=["department", "service", "title_en"], name="a_ready_reason_is_told_by_its_english_title"
            ),
        ]

    def __str__(self) -> str:
        return self.title_ar if get_language() == "ar" else self.title_en

    @property
    def texts(self) -> dict[str, str]:
        return {"ar": self.text_ar, "en": self.text_en}
