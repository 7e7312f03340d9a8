"""What happens to a draft and its files at the same moment: one wins, the others are told, and no file is without its row."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.models import User
from audit.events import Event
from core import clock
from registry.models import Document, DocumentKind, Person
from services.actions import attachments, requests
from services.catalogue import services
from services.drafts import DRAFTS_KEPT
from services.models import Attachment, ServiceRequest
from services.states import RequestState
from tests.officers.rivals import again, events, every_file_has_its_row, met, told
from tests.services.hostile import image
from tests.services.papers import attach_required

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

ROUNDS = pytest.mark.parametrize("round_", range(3))


@pytest.fixture
def draft(activated: User, person: Person, attachments_folder: Path) -> ServiceRequest:
    """Answered, with a file that it can do without."""
    facts = {"kind": DocumentKind.PASSPORT, "number": "N1", "expires_on": "2032-06-30"}
    passport = Document.objects.create(holder=person, **facts)
    draft = requests.begin(services()["report-lost-documents"], activated, "t")
    answers = {"lost_on": "2026-11-03", "place": "Riyadh", "circumstances": "In a taxi."}
    requests.keep(draft, answers | {"document": passport.pk})
    attachments.attach(draft, "police_report", "report.png", image())
    return draft


def attach(draft: ServiceRequest, n: int) -> Callable[[], Attachment]:
    """Another file for each `n`."""
    return lambda: attachments.attach(draft, "police_report", f"{n}.png", image(size=(30 + n, 20)))


def is_kept_whole(draft: ServiceRequest) -> bool:
    """Rather than deleted with all that it had."""
    return ServiceRequest.objects.filter(pk=draft.pk).exists()


def test_files_that_come_while_the_draft_is_deleted_leave_nothing_behind(
    draft: ServiceRequest, attachments_folder: Path
) -> None:
    told([*[attach(draft, n % 3) for n in range(6)], lambda: requests.discard(again(draft))])
    assert every_file_has_its_row(attachments_folder) and not Attachment.objects.exists()


@ROUNDS
def test_a_draft_is_sent_or_deleted_and_never_both(
    round_: int, draft: ServiceRequest, attachments_folder: Path
) -> None:
    sent, deleted = met([lambda: requests.submit(draft), lambda: requests.discard(draft)])
    assert (sent, deleted) in {("", "moved"), ("gone", "")}
    assert is_kept_whole(draft) == (not sent) == bool(events(Event.REQUEST_SUBMITTED))
    assert Attachment.objects.count() == (not sent) and every_file_has_its_row(attachments_folder)


@ROUNDS
def test_an_old_draft_that_somebody_comes_back_to_is_kept_or_was_gone(
    round_: int, draft: ServiceRequest, attachments_folder: Path
) -> None:
    ServiceRequest.objects.update(touched_at=clock.ahead(-DRAFTS_KEPT - timedelta(days=1)))
    purged, kept, came = met([requests.purge, lambda: requests.keep(draft, {"place": "Jeddah"}), attach(draft, 1)])
    assert purged == ""
    assert is_kept_whole(draft) == (kept == "" or came == "") and kept in ("", "gone") and came in ("", "closed")
    if is_kept_whole(draft):
        assert again(draft).answers["place"] == ("Riyadh" if kept else "Jeddah")
    assert every_file_has_its_row(attachments_folder)
    assert Attachment.objects.count() == (1 + (came == "") if is_kept_whole(draft) else 0)


@ROUNDS
def test_an_old_draft_is_sent_or_was_gone(round_: int, draft: ServiceRequest, attachments_folder: Path) -> None:
    ServiceRequest.objects.update(touched_at=clock.ahead(-DRAFTS_KEPT - timedelta(days=1)))
    purged, sent = met([requests.purge, lambda: requests.submit(draft)])
    assert purged == "" and sent in ("", "gone")
    assert is_kept_whole(draft) == (not sent) == bool(events(Event.REQUEST_SUBMITTED))
    assert Attachment.objects.count() == (not sent) and every_file_has_its_row(attachments_folder)


@ROUNDS
def test_what_is_attached_while_it_is_sent_comes_along_or_is_refused(
    round_: int, draft: ServiceRequest, attachments_folder: Path
) -> None:
    *came, sent = met([*[attach(draft, n) for n in range(3)], lambda: requests.submit(draft)])
    assert sent == "" and set(came) <= {"", "closed"}
    assert again(draft).state == RequestState.SUBMITTED
    assert Attachment.objects.count() == 1 + came.count("") and every_file_has_its_row(attachments_folder)


@ROUNDS
def test_nothing_is_sent_without_the_file_that_it_needs(
    round_: int, activated: User, person: Person, attachments_folder: Path
) -> None:
    draft = requests.begin(services()["amend-name"], activated, "t")
    requests.keep(draft, {"person": person.pk, "first_name_en": "Thamer", "reason": "As in the passport."})
    attach_required(draft)
    file = draft.attachments.get()
    removed, sent = met([lambda: attachments.remove(file), lambda: requests.submit(draft)])
    assert (removed, sent) in {("", "not_documented"), ("closed", "")}
    assert Attachment.objects.count() == bool(removed) and every_file_has_its_row(attachments_folder)
