"""One act on many requests, each in a transaction of its own: what becomes of one is nothing to the others."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import ASSIGNS_REQUESTS
from services.actions import assignments, decisions
from services.actions.handling import DecisionRefused, mark_of_answers, people_of
from services.catalogue import services
from services.family import numbers_of_family
from services.models import Reason, ServiceRequest
from services.states import RequestState

AT_MOST = 500
# In one answer of the server; a worker that does not answer in time is ended.
AT_ONCE = 100


class BatchAct(models.TextChoices):
    ASSIGN = "assign", _("Give to a colleague")
    RELEASE = "release", _("Release for others")
    REJECT = "reject", _("Reject with the same reason")
    APPROVE = "approve", _("Approve with the same answer")


@dataclass(frozen=True)
class Batch:
    """What `officer` wants to do. `to`: who gets them. `texts`: what applicants read, by their language. `seen`: the marks of
    the requests that were looked at (handling.mark_of_answers), by their numbers; None while they are looked at."""

    act: BatchAct
    officer: User
    to: User | None = None
    texts: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] | None = None

    def obstacle(self, request: ServiceRequest) -> str:
        """Why it will be left out, as the code of a sentence; nothing when it will be done."""
        refusals = {
            "not_taken": self._is_with_nobody(request),
            "moved": request.state not in _SOURCES[self.act],
            "answered_since": self._is_answered_since(request),
            "waits_for_second": request.is_proposed,
            "not_yours": not self._is_officers(request),
            "own_request": self._is_of_family(request),
        }
        if self.act == BatchAct.APPROVE:
            service = services()[request.service]
            refusals["not_in_batches"] = not service.in_batches or service.second_officer
        return next((code for code, refuses in refusals.items() if refuses), "")

    def carry_out(self, requests: Iterable[ServiceRequest]) -> list[tuple[ServiceRequest, str]]:
        """Each with the code of what stood in its way, or with nothing."""
        return [(request, self._done(request)) for request in requests]

    def _done(self, request: ServiceRequest) -> str:
        obstacle = self.obstacle(request)
        if obstacle:
            return obstacle
        try:
            with transaction.atomic():
                self._act(request)
        except DecisionRefused as refused:
            return refused.code
        return ""

    def _act(self, request: ServiceRequest) -> None:
        """Raises DecisionRefused."""
        if self.act == BatchAct.ASSIGN:
            return self._assign(request)
        if self.act == BatchAct.RELEASE:
            return decisions.release(request, self.officer)
        if request.officer_id is None:
            decisions.take(request, self.officer, tells=False)
        reason = Reason.of(self.texts, request.applicant.language)
        if self.act == BatchAct.REJECT:
            return decisions.reject(request, self.officer, reason=reason)
        # One tick stands for the whole check-list of each (services.desk_forms.BatchForm).
        checked = [str(place) for place, _check in enumerate(services()[request.service].checks)]
        return decisions.approve(request, self.officer, reason=reason, checked=checked)

    def _assign(self, request: ServiceRequest) -> None:
        """Raises DecisionRefused, also when the colleague's account has gone since the batch was ordered."""
        if self.to is None:
            raise DecisionRefused("not_a_colleague")
        assignments.assign(request, self.officer, to=self.to)

    def _is_answered_since(self, request: ServiceRequest) -> bool:
        """What decides is decided on what the officer saw; who works on a request is nothing to its answers."""
        return (
            self.seen is not None
            and self.act not in _GIVES
            and self.seen.get(request.number) != mark_of_answers(request)
        )

    def _is_officers(self, request: ServiceRequest) -> bool:
        if request.officer_id == self.officer.pk:
            return True
        if self.act in _GIVES:
            return self._gives_out
        return request.officer_id is None

    def _is_with_nobody(self, request: ServiceRequest) -> bool:
        """So that there is nothing to give away or to release; who gives out requests gives out those, too."""
        is_new = request.state == RequestState.SUBMITTED
        return is_new and (self.act == BatchAct.RELEASE or (self.act == BatchAct.ASSIGN and not self._gives_out))

    @cached_property
    def _gives_out(self) -> bool:
        return self.officer.has_perm(ASSIGNS_REQUESTS)

    def _is_of_family(self, request: ServiceRequest) -> bool:
        """Of the officer's family, or of that of the colleague who would get it."""
        if self.act == BatchAct.RELEASE and request.officer_id == self.officer.pk:
            return False
        return not self._family.isdisjoint(people_of(request))

    @cached_property
    def _family(self) -> set[str]:
        to = numbers_of_family(self.to.id_number) if self.to else set()
        return to | numbers_of_family(self.officer.id_number)


_GIVES = (BatchAct.ASSIGN, BatchAct.RELEASE)
_SOURCES = {
    BatchAct.ASSIGN: (RequestState.SUBMITTED, RequestState.IN_REVIEW, RequestState.RETURNED),
    BatchAct.RELEASE: (RequestState.IN_REVIEW,),
    BatchAct.REJECT: (RequestState.SUBMITTED, RequestState.IN_REVIEW),
    BatchAct.APPROVE: (RequestState.SUBMITTED, RequestState.IN_REVIEW),
}
