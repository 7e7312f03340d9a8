"""Whatever an applicant, two officers and their supervisor do with a request, in whichever order and from however old a page:
what holds of it holds after every step. Once for a service that one officer decides, and once for one that takes two.

A move is one method of `Requests`: `self.by(…)` says when it is allowed, what it makes of the request, what the trail and the
applicant are told. Everything else is in the invariants."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from accounts.roles import Role
from accounts.states import State
from audit.events import Event
from audit.models import Entry
from messaging.models import Message
from registry.models import DependencyLink, Document, DocumentKind, DocumentStatus, MaritalStatus, Person, Relation
from services.actions import (
    assignments,
    attachments,
    consultations,
    decisions,
    inbox,
    proposals,
    reopening,
    requests,
)
from services.actions.handling import DecisionRefused
from services.actions.reopening import ReopeningRefused
from services.actions.requests import RequestRefused
from services.catalogue import services
from services.models import Attachment, ColleagueNote, Notice, Reason, ServiceRequest
from services.states import DECIDED, ENDED, OPEN, RequestState
from services.uploads import FileRefused
from tests.cast import luhn_number
from tests.services.hostile import image

pytestmark = pytest.mark.django_db

# Of each service.
EXAMPLES, STEPS = 40, 7
APPLICANT, FIRST, SECOND, SUPERVISOR = "applicant", "first", "second", "supervisor"
OFFICERS, DESK = st.sampled_from([FIRST, SECOND]), st.sampled_from([FIRST, SECOND, SUPERVISOR])
REASON = "Bring the birth certificate to any branch; it takes ten minutes."
AGAIN = "The certificate was overlooked; it is looked at again."
SUBMITTED, IN_REVIEW, RETURNED = OPEN
REFUSED = (RequestRefused, DecisionRefused, FileRefused, ReopeningRefused)
PICTURES = [image(size=(40, side)) for side in (30, 31)]
COLLEAGUES = {FIRST: SECOND, SECOND: FIRST}
# How far it is when somebody does whatever comes to their mind.
BEGINNINGS = ["", "submitted", "with an officer", "returned", "rejected", *["almost decided"] * 4]

ACTS_OF_TWO = ("propose", "confirm", "decline", "take_back")
# By name, with what they take besides who does it.
ACTS_OF_OFFICERS: dict[str, tuple[object, ...]] = {
    **dict.fromkeys(
        ("take", "release", "ask_a_colleague", "approve", "reject", "write_to_applicant", *ACTS_OF_TWO), ()
    ),
    "assign": (SECOND,),
    "send_back": (True,),
}
PRESSED = st.lists(st.tuples(OFFICERS, st.sampled_from(sorted(ACTS_OF_OFFICERS))), min_size=1, max_size=4)
ACTS_OF_HOLDER = ("release", "assign", "send_back", "approve", "reject", "propose", "confirm", "decline")
# In review, while a second officer is asked.
PROPOSED = "proposed"


def offered(*places: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Where a page offers the act. The two rules that begin with `press_what` try it everywhere else."""
    return precondition(lambda self: self.place in places)


@dataclass(frozen=True)
class Asked:
    """For a service: `field` and `document` are what an officer returns it for. The register allows it until it `changes`, and
    says afterwards whether it `was_granted`."""

    service: str
    field: str
    document: str
    answers: dict[str, Any]
    is_possible: Callable[[], bool]
    changes: Callable[[], object]
    was_granted: Callable[[], bool]

    @property
    def takes_two(self) -> bool:
        return services()[self.service].second_officer


class Requests(RuleBasedStateMachine):
    """Each of the cast acts from the page as they saw it last: `pages`. What is expected of the row stands beside it."""

    cast: dict[str, User]
    asked: Asked

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.state, self.officer, self.proposer = RequestState.DRAFT, None, None
        self.events: list[str] = []
        self.told: list[str] = []
        self.thread: list[str] = []
        self.unread = self.uploads = self.remarks = self.reopened = 0
        self.questions: dict[int, str] = {}
        self.begin_anew()

    def begin_anew(self) -> None:
        """With what has to be attached; what hostile files become is tested elsewhere."""
        draft = requests.begin(services()[self.asked.service], self.cast[APPLICANT], "t")
        requests.keep(draft, self.asked.answers)
        facts = {"document": self.asked.document, "name": "a.png", "media_type": "image/png", "bytes": 9, "sha256": "0"}
        Attachment.objects.create(request=draft, **facts)
        self.number, self.due_on = draft.number, None
        self.files, self.returned_files, self.is_file_asked = 1, 0, False
        self.ended: dict[str, Any] | None = None
        self.pages = {who: self.row() for who in self.cast}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    def row(self) -> ServiceRequest:
        return ServiceRequest.objects.get()

    def by(
        self,
        who: str,
        act: Callable[[ServiceRequest], object],
        *,
        may: bool,
        becomes: RequestState | None = None,
        event: Event | None = None,
        tells: str = "",
        says: str = "",
        officer: str | bool | None = False,
    ) -> None:
        """`officer` names who has it afterwards; False: who had it before."""
        if not may:
            with pytest.raises(REFUSED):
                act(self.pages[who])
            self.pages[who] = self.row()
            return
        act(self.pages[who])
        self.state = becomes or self.state
        self.officer = self.officer if isinstance(officer, bool) else officer
        self.events += [event] if event else []
        self.told += [tells] if tells else []
        self.unread += bool(tells)
        self.thread += [says] if says else []

    def has(self, who: str) -> bool:
        """Whether the officer has it, and their page says so, too."""
        return self.officer == who and self.pages[who].officer_id == self.cast[who].pk

    def is_as_shown(self, who: str) -> bool:
        """With the same officer, and proposed by the same one or nobody."""
        row, page = self.row(), self.pages[who]
        return (row.officer_id, row.proposed_by_id) == (page.officer_id, page.proposed_by_id)

    def is_free(self, who: str) -> bool:
        """No second officer is asked, which their page says, too."""
        return self.is_as_shown(who) and not self.pages[who].is_proposed

    def can_be_decided_by(self, who: str) -> bool:
        return self.state == IN_REVIEW and self.has(who) and self.is_free(who)

    @property
    def place(self) -> str:
        """Its state, or PROPOSED."""
        return PROPOSED if self.state == IN_REVIEW and self.proposer else self.state

    @initialize(
        beginning=st.sampled_from(BEGINNINGS),
        asks_for_file=st.booleans(),
        acts=PRESSED,
    )
    def begins(self, beginning: str, asks_for_file: bool, acts: list[tuple[str, str]]) -> None:
        if beginning:
            self.submit()
        if beginning not in ("", "submitted"):
            self.take_next(FIRST)
        if beginning == "returned":
            self.send_back(FIRST, asks_for_file)
        if beginning == "almost decided" and self.asked.takes_two:
            self.propose(FIRST)
            # Until it is confirmed, declined or taken back, its officer does nothing else with it.
            self.press_what_old_pages_of_officers_offer([(FIRST, act) for act in ACTS_OF_HOLDER])
        if beginning == "rejected":
            self.reject(FIRST)
        self.pages = {who: self.row() for who in self.cast}
        self.press_what_old_pages_of_officers_offer(acts)

    # From pages that are open still.

    @precondition(lambda self: self.state != RequestState.DRAFT)
    @rule(act=st.sampled_from(["submit", "discard", "answer", "keep", "write"]))
    def press_what_an_old_page_of_the_applicant_offers(self, act: str) -> None:
        words = {"answer": ("In Jeddah.",), "keep": ("Riyadh",)}
        getattr(self, act)(*words.get(act, ()))

    @rule(acts=PRESSED)
    def press_what_old_pages_of_officers_offer(self, acts: list[tuple[str, str]]) -> None:
        for who, act in acts:
            if self.asked.takes_two or act not in ACTS_OF_TWO:
                getattr(self, act)(who, *ACTS_OF_OFFICERS[act])

    # The clock, and who looks.

    @rule(days=st.integers(1, 20))
    def days_pass(self, days: int) -> None:
        """What is written down is so much older then."""
        back = timedelta(days)
        times = {name: F(name) - back for name in ("begun_at", "submitted_at", "ended_at")}
        ServiceRequest.objects.update(**times)
        if self.due_on:
            self.due_on -= back
            ServiceRequest.objects.update(due_on=self.due_on)
        self.ended = self.ended and self._facts()

    @rule(who=st.sampled_from([APPLICANT, FIRST, SECOND, SUPERVISOR]))
    def open_the_page_again(self, who: str) -> None:
        self.pages[who] = self.row()

    @rule()
    def the_register_changes(self) -> None:
        self.asked.changes()

    # The applicant.

    @rule()
    def begin_from_the_same_page_again(self) -> None:
        """Refused when the register does not allow it any more, and else nothing new."""
        with suppress(RequestRefused):
            requests.begin(services()[self.asked.service], self.cast[APPLICANT], "t")

    @offered(RequestState.DRAFT, RETURNED)
    @rule(value=st.sampled_from(["Riyadh", "Jeddah"]))
    def keep(self, value: str) -> None:
        """Of a returned request what is typed, and not yet as its answer."""
        typed = {self.asked.field: value}
        may, answers = self.state in (RequestState.DRAFT, RETURNED), self.row().answers
        self.by(APPLICANT, lambda page: requests.keep(page, typed), may=may)
        assert self.row().answers == answers | (typed if self.state == RequestState.DRAFT else {})

    @offered(RequestState.DRAFT, RETURNED)
    @precondition(lambda self: self.uploads < len(PICTURES))
    @rule()
    def attach(self) -> None:
        """At most twice: each is read by a process of its own."""
        picture, self.uploads = PICTURES[self.uploads], self.uploads + 1
        may = self.state == RequestState.DRAFT or (self.state == RETURNED and self.is_file_asked)
        document = self.asked.document
        self.by(APPLICANT, lambda page: attachments.attach(page, document, "a.png", picture), may=may)
        self.files += may

    @offered(RequestState.DRAFT, RETURNED)
    @precondition(lambda self: self.files + self.returned_files)
    @rule()
    def remove(self) -> None:
        """What an officer has returned stays."""
        newest = self.row().attachments.latest("pk")
        may = self.state == RequestState.DRAFT or (self.state == RETURNED and self.is_file_asked)
        may = may and not newest.is_returned
        self.by(APPLICANT, lambda page: attachments.remove(newest), may=may)
        self.files -= may

    @offered(RequestState.DRAFT)
    @rule()
    def submit(self) -> None:
        """Once; and what had to hold when it was begun has to hold still."""
        if self.state != RequestState.DRAFT:
            requests.submit(self.pages[APPLICANT])
            return
        is_documented = self.files or self.asked.document == "police_report"
        self.by(
            APPLICANT, requests.submit, may=self.asked.is_possible() and is_documented, becomes=SUBMITTED,
            event=Event.REQUEST_SUBMITTED, tells="request_submitted",
        )  # fmt: skip

    @offered(RequestState.DRAFT)
    @precondition(lambda self: self.state != RequestState.DRAFT or self.asked.is_possible())
    @rule()
    def discard(self) -> None:
        """A draft only, with all that it had. From a page that shows it still, nothing is kept or sent; the page on which it
        began begins another one."""
        is_draft, gone = self.state == RequestState.DRAFT, self.pages[APPLICANT]
        self.by(APPLICANT, requests.discard, may=is_draft) if not is_draft else requests.discard(gone)
        if is_draft:
            assert not ServiceRequest.objects.exists() and not Attachment.objects.exists()
            for act in (requests.submit, requests.withdraw, lambda page: requests.keep(page, {})):
                with pytest.raises(RequestRefused):
                    act(gone)
            self.begin_anew()

    @offered(RETURNED)
    @rule(text=st.sampled_from(["", "In Jeddah."]))
    def answer(self, text: str) -> None:
        """Once the documents are there that were asked for."""
        corrected = {self.asked.field: "Jeddah"}
        self.by(
            APPLICANT, lambda page: requests.answer(page, corrected, text),
            may=self.state == RETURNED and bool(self.files or not self.is_file_asked), becomes=IN_REVIEW,
            event=Event.REQUEST_ANSWERED, tells="request_in_review", says=text,
        )  # fmt: skip

    @rule()
    def read_the_inbox(self) -> None:
        assert inbox.mark_read(self.cast[APPLICANT]) == self.unread
        self.unread = 0

    @offered(*OPEN)
    @rule()
    def write(self) -> None:
        text = "How much longer does it take?"
        self.by(APPLICANT, lambda page: requests.write(page, text), may=self.state in OPEN, says=text)

    @rule()
    def withdraw(self) -> None:
        self.by(
            APPLICANT, requests.withdraw, may=self.state in OPEN, becomes=RequestState.WITHDRAWN,
            event=Event.REQUEST_WITHDRAWN, tells="request_withdrawn",
        )  # fmt: skip

    # The officers, and who gives out their work.

    @offered(SUBMITTED)
    @rule(who=OFFICERS)
    def take(self, who: str) -> None:
        may = self.state == SUBMITTED and self.pages[who].officer_id is None
        self.by(
            who, lambda page: decisions.take(page, self.cast[who]), may=may, becomes=IN_REVIEW, officer=who,
            event=Event.REQUEST_TAKEN, tells="request_in_review",
        )  # fmt: skip

    @offered(SUBMITTED)
    @rule(who=OFFICERS)
    def take_next(self, who: str) -> None:
        taken = decisions.take_next(self.cast[who], "civil-affairs")
        assert (taken is not None) == (self.state == SUBMITTED)
        if taken:
            self.pages[who] = taken
            self.by(
                who, lambda page: None, may=True, becomes=IN_REVIEW, officer=who, event=Event.REQUEST_TAKEN,
                tells="request_in_review",
            )  # fmt: skip

    @offered(IN_REVIEW)
    @rule(who=DESK)
    def release(self, who: str) -> None:
        may_assign = who == SUPERVISOR or self.has(who)
        self.by(
            who, lambda page: decisions.release(page, self.cast[who]),
            may=self.state == IN_REVIEW and may_assign and self.is_free(who), becomes=SUBMITTED, officer=None,
            event=Event.REQUEST_RELEASED, tells="request_released",
        )  # fmt: skip

    @offered(*OPEN)
    @rule(who=DESK, to=OFFICERS)
    def assign(self, who: str, to: str) -> None:
        """By its officer, or by the supervisor also before anybody has it; from a page that shows whether it is with the
        applicant."""
        may_assign = who == SUPERVISOR or self.has(who)
        shown = self.pages[who].is_returned
        sources = (RETURNED,) if shown else (SUBMITTED, IN_REVIEW)
        self.by(
            who, lambda page: assignments.assign(page, self.cast[who], to=self.cast[to]),
            may=self.state in sources and may_assign and self.is_free(who), officer=to,
            becomes=RETURNED if shown else IN_REVIEW, event=Event.REQUEST_ASSIGNED,
            tells="request_in_review" if self.state == SUBMITTED else "",
        )  # fmt: skip

    @offered(IN_REVIEW, RETURNED)
    @rule(who=OFFICERS)
    def ask_a_colleague(self, who: str) -> None:
        other = COLLEAGUES[who]
        may = self.state in OPEN and self.has(who)
        self.by(
            who, lambda page: consultations.ask(page, self.cast[who], colleague=self.cast[other], text="Is it known?"),
            may=may, event=Event.COLLEAGUE_ASKED,
        )  # fmt: skip
        if may:
            self.questions[ColleagueNote.objects.latest("pk").pk] = ""

    @precondition(lambda self: self.questions)
    @rule(who=OFFICERS, text=st.sampled_from(["Yes.", "No."]))
    def answer_a_colleague(self, who: str, text: str) -> None:
        """The newest question, once, whatever has become of the request."""
        newest = max(self.questions)
        question = ColleagueNote.objects.get(pk=newest)
        may = question.addressee == self.cast[who] and not self.questions[newest]
        self.by(
            who, lambda page: consultations.answer(question, self.cast[who], text=text), may=may,
            event=Event.COLLEAGUE_ANSWERED,
        )  # fmt: skip
        self.questions[newest] = text if may else self.questions[newest]

    @rule(who=OFFICERS)
    def view(self, who: str) -> None:
        self.by(who, lambda page: decisions.view(page, self.cast[who]), may=True, event=Event.REQUEST_VIEWED)

    @offered(IN_REVIEW)
    @rule(who=OFFICERS, asks_for_file=st.booleans())
    def send_back(self, who: str, asks_for_file: bool) -> None:
        """For a field, and for the document as well."""
        may, documents = self.can_be_decided_by(who), [self.asked.document] if asks_for_file else []
        asked: dict[str, Any] = {"fields": [self.asked.field], "documents": documents}
        self.by(
            who, lambda page: decisions.send_back(page, self.cast[who], reason=Reason(REASON), **asked), may=may,
            becomes=RETURNED, event=Event.REQUEST_RETURNED, tells="request_returned", says=REASON,
        )  # fmt: skip
        if may:
            self.is_file_asked = asks_for_file
        if may and asks_for_file:
            self.files, self.returned_files = 0, self.returned_files + self.files

    @offered(IN_REVIEW, RETURNED)
    @rule(who=OFFICERS)
    def write_to_applicant(self, who: str) -> None:
        text = "The archive answers on Sunday."
        self.by(
            who, lambda page: decisions.write(page, self.cast[who], text=text), may=self.state in OPEN and self.has(who),
            event=Event.REQUEST_MESSAGE, tells="request_message", says=text,
        )  # fmt: skip

    @offered(IN_REVIEW)
    @rule(who=OFFICERS)
    def approve(self, who: str) -> None:
        may = self.can_be_decided_by(who) and self.asked.is_possible() and not self.asked.takes_two
        self.by(
            who, lambda page: decisions.approve(page, self.cast[who], reason=Reason(REASON)), may=may,
            becomes=RequestState.APPROVED, event=Event.REQUEST_APPROVED, tells="request_approved",
        )  # fmt: skip

    @offered(IN_REVIEW)
    @rule(who=OFFICERS)
    def reject(self, who: str) -> None:
        self.by(
            who, lambda page: decisions.reject(page, self.cast[who], reason=Reason(REASON)), may=self.can_be_decided_by(who),
            becomes=RequestState.REJECTED, event=Event.REQUEST_REJECTED, tells="request_rejected",
        )  # fmt: skip

    # Two of them.

    @offered(IN_REVIEW)
    @rule(who=OFFICERS)
    def propose(self, who: str) -> None:
        may = self.can_be_decided_by(who) and self.asked.takes_two
        self.by(
            who, lambda page: proposals.propose(page, self.cast[who], reason=Reason(REASON)), may=may,
            event=Event.REQUEST_PROPOSED,
        )  # fmt: skip
        self.proposer = who if may else self.proposer

    @offered(PROPOSED)
    @precondition(lambda self: self.asked.takes_two)
    @rule(who=DESK)
    def confirm(self, who: str) -> None:
        """Who has not proposed it, and has read the proposal that stands."""
        row, seen = self.row(), proposals.mark_of(self.pages[who])
        is_seconds = row.is_proposed and self.proposer != who
        self.by(
            who, lambda page: proposals.confirm(row, self.cast[who], seen=seen),
            may=is_seconds and seen == proposals.mark_of(row) and self.asked.is_possible(),
            becomes=RequestState.APPROVED, event=Event.REQUEST_APPROVED, tells="request_approved",
        )  # fmt: skip

    @offered(PROPOSED)
    @precondition(lambda self: self.asked.takes_two)
    @rule(who=DESK)
    def decline(self, who: str) -> None:
        may = self._is_shown_as_proposed(who) and self.proposer != who
        self.by(
            who, lambda page: proposals.decline(page, self.cast[who], seen=proposals.mark_of(page), text="Another court's."),
            may=may, event=Event.REQUEST_DECLINED,
        )  # fmt: skip
        self.remarks += may
        self.proposer = None if may else self.proposer

    @offered(PROPOSED)
    @precondition(lambda self: self.asked.takes_two)
    @rule(who=DESK)
    def take_back(self, who: str) -> None:
        may = self._is_shown_as_proposed(who) and self.proposer == who
        self.by(who, lambda page: proposals.take_back(page, self.cast[who]), may=may, event=Event.REQUEST_DECLINED)
        self.proposer = None if may else self.proposer

    def _is_shown_as_proposed(self, who: str) -> bool:
        return self.state == IN_REVIEW and self.pages[who].is_proposed and self.is_as_shown(who)

    @offered(RequestState.REJECTED)
    @rule()
    def reopen(self) -> None:
        """By a supervisor: what was rejected is new again. What was read of the decision stands in the thread."""
        self.pages[SUPERVISOR], was_rejected = self.row(), self.state == RequestState.REJECTED
        self.by(
            SUPERVISOR, lambda page: reopening.reopen(page, self.cast[SUPERVISOR], reason=AGAIN), may=was_rejected,
            becomes=SUBMITTED, officer=None, event=Event.REQUEST_REOPENED, tells="request_reopened",
        )  # fmt: skip
        if was_rejected:
            self.thread += [REASON, AGAIN]
            self.ended = None
            self.reopened += 1

    # What holds after every step.

    @invariant()
    def there_is_one_request_with_one_number(self) -> None:
        assert [row.number for row in ServiceRequest.objects.all()] == [self.number]

    @invariant()
    def its_state_and_its_officer_are_those_of_the_last_move(self) -> None:
        row = self.row()
        assert row.state == self.state
        assert row.officer == (self.cast[self.officer] if self.officer else None)
        assert row.proposed_by == (self.cast[self.proposer] if self.proposer else None)

    @invariant()
    def state_dates_and_officer_belong_together(self) -> None:
        row = self.row()
        assert (row.state == RequestState.DRAFT) == (row.submitted_at is None) == (row.due_on is None)
        assert (row.state in ENDED) == (row.ended_at is not None)
        assert row.officer_id or row.state not in (IN_REVIEW, RETURNED, *DECIDED)
        assert row.officer_id is None or row.state not in (RequestState.DRAFT, SUBMITTED)
        assert bool(row.reason) == (row.state in DECIDED)
        assert bool(row.reopened_at) == bool(self.reopened)

    @invariant()
    def who_proposes_does_not_confirm(self) -> None:
        row = self.row()
        assert (row.proposed_by is None) == (row.proposed_at is None) == (row.proposed_text == "")
        assert bool(row.confirmed_by) == (row.state == RequestState.APPROVED and self.asked.takes_two)
        if row.confirmed_by:
            assert row.confirmed_by not in (row.proposed_by, row.applicant) and row.reason == row.proposed_text
        assert not row.proposed_by or row.state in (IN_REVIEW, RequestState.APPROVED, RequestState.WITHDRAWN)

    @invariant()
    def an_ended_one_stays_as_it_ended(self) -> None:
        if self.state in ENDED:
            self.ended = self.ended or self._facts()
            assert self._facts() == self.ended

    @invariant()
    def a_due_date_never_moves_back(self) -> None:
        due_on = self.row().due_on
        assert self.due_on is None or due_on >= self.due_on
        self.due_on = due_on

    @invariant()
    def the_register_says_it_when_it_is_approved_and_else_never(self) -> None:
        assert self.asked.was_granted() == (self.state == RequestState.APPROVED)

    @invariant()
    def the_trail_has_an_entry_for_each_act(self) -> None:
        of_requests = Q(event__startswith="request_") | Q(event__startswith="colleague_")
        entries = Entry.objects.filter(of_requests).order_by("pk")
        assert list(entries.values_list("event", flat=True)) == self.events

    @invariant()
    def the_applicant_is_told_once_by_text_and_in_the_inbox(self) -> None:
        texts = Message.objects.filter(to=self.cast[APPLICANT].mobile).order_by("pk")
        assert list(texts.values_list("purpose", flat=True)) == self.told
        assert list(Notice.objects.order_by("pk").values_list("name", flat=True)) == self.told

    @invariant()
    def the_count_in_the_header_is_that_of_the_inbox(self) -> None:
        account = User.objects.get(pk=self.cast[APPLICANT].pk)
        assert account.unread_notices == Notice.objects.of(account).unread().count() == self.unread

    @invariant()
    def colleagues_are_answered_once(self) -> None:
        notes = ColleagueNote.objects.order_by("pk")
        assert dict(notes.filter(is_question=True).values_list("pk", "answer")) == self.questions
        assert notes.filter(is_question=False).count() == self.remarks

    @invariant()
    def the_thread_only_grows(self) -> None:
        assert [message.text for message in self.row().thread.order_by("pk")] == self.thread

    @invariant()
    def files_are_those_that_were_attached(self) -> None:
        files = self.row().attachments
        assert files.filter(is_returned=False).count() == self.files
        assert files.filter(is_returned=True).count() == self.returned_files

    def _facts(self) -> dict[str, Any]:
        return ServiceRequest.objects.values().get()


@pytest.fixture
def lost(person: Person) -> Asked:
    """One officer decides."""
    passport = Document.objects.create(holder=person, kind=DocumentKind.PASSPORT, number="N1", expires_on="2032-06-30")
    answers = {"document": passport.pk, "lost_on": "2026-11-03", "place": "Riyadh", "circumstances": "In a taxi."}
    return Asked(
        "report-lost-documents", "place", "police_report", answers,
        is_possible=Document.objects.valid().exists,
        changes=lambda: Document.objects.valid().update(status=DocumentStatus.CANCELLED),
        was_granted=Document.objects.filter(status=DocumentStatus.LOST).exists,
    )  # fmt: skip


@pytest.fixture
def divorce(person: Person, make_person: Callable[..., Person]) -> Asked:
    """One officer proposes, another one confirms."""
    wife = make_person(luhn_number("200003002"), sex="female", birth_date="1990-09-02")
    link = DependencyLink.objects.create(head=person, dependent=wife, relation=Relation.WIFE)
    return Asked(
        "register-divorce", "deed_number", "divorce_deed",
        {"member": link.pk, "divorced_on": "2026-11-03", "deed_number": "4412"},
        is_possible=lambda: DependencyLink.objects.current().exists(),
        # As when the court had them separated.
        changes=lambda: DependencyLink.objects.current().update(until=timezone.localdate()),
        was_granted=lambda: Person.objects.filter(marital_status=MaritalStatus.DIVORCED).exists(),
    )  # fmt: skip


@pytest.fixture
def requests_of(
    activated: User, officer: User, civil_affairs: User, make_account: Callable[..., User],
    give_role: Callable[[User, Role], User], attachments_folder: Path,
) -> type[Requests]:  # fmt: skip
    """Two officers of one department, and who stands above them."""
    above = make_account("supervisor7", luhn_number("105000001"), "", state=State.STAFF, is_staff=True)
    officers = {FIRST: give_role(officer, Role.CIVIL_AFFAIRS), SECOND: civil_affairs}
    Requests.cast = {APPLICANT: activated, SUPERVISOR: give_role(above, Role.SUPERVISOR)} | officers
    return Requests


@pytest.mark.slow
@pytest.mark.parametrize("service", ["lost", "divorce"])
def test_whatever_is_done_with_a_request_what_holds_of_it_holds(
    service: str, requests_of: type[Requests], request: pytest.FixtureRequest
) -> None:
    requests_of.asked = request.getfixturevalue(service)
    run_state_machine_as_test(
        requests_of,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, derandomize=True, deadline=None, database=None,
            # With Phase.shrink, somebody who looks into a failure gets the shortest way there.
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
