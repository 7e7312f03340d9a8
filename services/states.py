from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.states import Move


class RequestState(models.TextChoices):
    """Domain §6."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    IN_REVIEW = "in_review", _("In review")
    RETURNED = "returned", _("Returned to applicant")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", pgettext_lazy("a request", "Withdrawn")


SUBMIT = Move("submit", (RequestState.DRAFT,), RequestState.SUBMITTED)
TAKE = Move("take", (RequestState.SUBMITTED,), RequestState.IN_REVIEW)
RELEASE = Move("release", (RequestState.IN_REVIEW,), RequestState.SUBMITTED)
RETURN = Move("return", (RequestState.IN_REVIEW,), RequestState.RETURNED)
ANSWER = Move("answer", (RequestState.RETURNED,), RequestState.IN_REVIEW)
APPROVE = Move("approve", (RequestState.IN_REVIEW,), RequestState.APPROVED)
PROPOSE = Move("propose", (RequestState.IN_REVIEW,), RequestState.IN_REVIEW)
DECLINE = Move("decline", (RequestState.IN_REVIEW,), RequestState.IN_REVIEW)
ASSIGN = Move("assign", (RequestState.SUBMITTED, RequestState.IN_REVIEW), RequestState.IN_REVIEW)
HAND_OVER_RETURNED = Move("hand over returned", (RequestState.RETURNED,), RequestState.RETURNED)
REJECT = Move("reject", (RequestState.IN_REVIEW,), RequestState.REJECTED)
WITHDRAW = Move(
    "withdraw", (RequestState.SUBMITTED, RequestState.IN_REVIEW, RequestState.RETURNED), RequestState.WITHDRAWN
)

# Another officer decides anew. What an approval wrote into the register cannot be taken back in this way.
REOPEN = Move("reopen", (RequestState.APPROVED, RequestState.REJECTED), RequestState.SUBMITTED)

# With the portal: the time in which an answer is due runs.
OPEN = (RequestState.SUBMITTED, RequestState.IN_REVIEW, RequestState.RETURNED)
DECIDED = (RequestState.APPROVED, RequestState.REJECTED)
ENDED = (*DECIDED, RequestState.WITHDRAWN)
WAITING_FOR_APPLICANT = (RequestState.DRAFT, RequestState.RETURNED)
