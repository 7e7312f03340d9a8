"""What one account sends in a day: counted before the work, so that nobody fills a desk, and nothing is lost by it."""

from functools import partial
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import TryCounter, User
from core.throttle import OverBudget
from registry.models import Document, DocumentKind, Person
from services.actions import attachments, requests
from services.actions.attachments import FILES_A_DAY
from services.actions.requests import MESSAGES_A_DAY, SUBMISSIONS_A_DAY
from services.catalogue import services
from services.models import Attachment, ServiceRequest
from services.states import RequestState
from tests.asking import MESSAGE
from tests.cast import Phone, sign_in
from tests.parallel import at_the_same_moment
from tests.services.hostile import image

pytestmark = pytest.mark.django_db


@pytest.fixture
def applicant(activated: User, browser: Client) -> Client:
    return sign_in(browser, activated)


def written(activated: User, token: str = "t") -> ServiceRequest:
    draft = requests.begin(services()["civil-affairs-messages"], activated, token)
    requests.keep(draft, MESSAGE)
    return draft


def used_up_but_for(activated: User, left: int) -> None:
    for _sent in range(SUBMISSIONS_A_DAY.limit - left):
        TryCounter.objects.spend(SUBMISSIONS_A_DAY.of(str(activated.pk)))


def spent(activated: User) -> int:
    return TryCounter.objects.spent(SUBMISSIONS_A_DAY.of(str(activated.pk)))


def review(draft: ServiceRequest) -> str:
    return f"/en/requests/{draft.number}/review/"


def test_who_has_sent_all_of_a_day_is_told_when_to_go_on_and_keeps_the_draft(
    applicant: Client, activated: User, phone: Phone
) -> None:
    draft = written(activated)
    used_up_but_for(activated, 0)
    page = applicant.post(review(draft), {"pledge": "on"}).content.decode()
    assert f"within a day ({SUBMISSIONS_A_DAY.limit})" in page and "A request can be sent again in" in page
    assert "kept as a draft until" in page and "How do I renew?" in page
    draft.refresh_from_db()
    assert (draft.state, draft.answers) == (RequestState.DRAFT, MESSAGE)
    assert "request_submitted" not in [told.purpose for told in phone.messages()]


def test_the_review_says_so_before_anything_is_ticked(applicant: Client, activated: User) -> None:
    draft = written(activated)
    assert "Submit request" in applicant.get(review(draft)).content.decode()
    used_up_but_for(activated, 0)
    page = applicant.get(review(draft)).content.decode()
    assert "A request can be sent again in" in page and "Submit request" not in page


def test_a_request_that_is_sent_once_more_is_counted_once(activated: User) -> None:
    draft = written(activated)
    used_up_but_for(activated, 2)
    for _again in range(3):
        requests.submit(draft)
    assert spent(activated) == SUBMISSIONS_A_DAY.limit - 1
    requests.submit(written(activated, "last"))
    requests.submit(draft)
    assert draft.state == RequestState.SUBMITTED


def test_what_could_not_be_sent_is_not_counted(activated: User) -> None:
    lacking = requests.begin(services()["civil-affairs-messages"], activated, "t")
    with pytest.raises(requests.RequestRefused):
        requests.submit(lacking)
    assert spent(activated) == 0


def test_another_account_has_a_day_of_its_own(activated: User, stranger: User) -> None:
    used_up_but_for(stranger, 0)
    draft = written(activated)
    requests.submit(draft)
    assert draft.state == RequestState.SUBMITTED


@pytest.mark.django_db(transaction=True)
def test_requests_sent_at_the_same_moment_do_not_exceed_the_day(activated: User) -> None:
    drafts = [written(activated, f"t{number}") for number in range(5)]
    used_up_but_for(activated, 2)
    outcomes = at_the_same_moment([partial(requests.submit, draft) for draft in drafts])
    assert [isinstance(one, OverBudget) for one in outcomes].count(True) == 3
    assert ServiceRequest.objects.exclude(state=RequestState.DRAFT).count() == 2
    assert spent(activated) == SUBMISSIONS_A_DAY.limit


@pytest.mark.django_db(transaction=True)
def test_the_last_request_of_a_day_sent_by_two_tabs_is_sent_and_neither_is_refused(activated: User) -> None:
    written(activated)
    used_up_but_for(activated, 1)
    tabs = [ServiceRequest.objects.select_related("applicant").get() for _ in range(5)]
    assert at_the_same_moment([partial(requests.submit, tab) for tab in tabs]) == [None] * 5
    assert ServiceRequest.objects.get().state == RequestState.SUBMITTED


def test_who_has_attached_all_of_a_day_is_told_beside_the_file(
    applicant: Client, activated: User, person: Person, attachments_folder: Path
) -> None:
    Document.objects.create(holder=person, kind=DocumentKind.PASSPORT, number="N1", expires_on="2032-06-30")
    draft = requests.begin(services()["report-lost-documents"], activated, "t")
    for _sent in range(FILES_A_DAY.limit - 1):
        TryCounter.objects.spend(FILES_A_DAY.of(str(activated.pk)))
    attachments.attach(draft, "police_report", "first.png", image())
    sent = {"document": "police_report", "file": SimpleUploadedFile("second.png", image(size=(20, 20)))}
    page = applicant.post(f"/en/requests/{draft.number}/files/", sent).content.decode()
    assert f"within a day ({FILES_A_DAY.limit})" in page and "more can be attached in" in page
    assert "first.png" in page and [one.name for one in Attachment.objects.all()] == ["first.png"]


def test_who_has_written_all_of_a_day_is_told_beside_the_message_which_stays(
    applicant: Client, activated: User
) -> None:
    request = written(activated)
    requests.submit(request)
    for _sent in range(MESSAGES_A_DAY.limit - 1):
        TryCounter.objects.spend(MESSAGES_A_DAY.of(str(activated.pk)))
    write = f"/en/requests/{request.number}/write/"
    assert applicant.post(write, {"text": "One more thing."}).status_code == 302
    page = applicant.post(write, {"text": "And another one."}).content.decode()
    assert f"within a day ({MESSAGES_A_DAY.limit})" in page and "And another one.</textarea>" in page
    assert [message.text for message in request.thread.all()] == ["One more thing."]
