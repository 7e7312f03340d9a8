"""A returned request: exactly what the officer asks for is open, and the answer is whole or not sent."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from registry.models import DependencyLink, Person, Relation
from services.actions import attachments, decisions, requests
from services.actions.requests import RequestRefused
from services.catalogue import services
from services.models import Attachment, Reason, RequestMessage, ServiceRequest
from services.states import RequestState
from services.uploads import FILES_AT_MOST, FileRefused
from tests.cast import luhn_number, sign_in
from tests.decided import approve
from tests.officers.conftest import enter
from tests.officers.requests import read_now
from tests.services.hostile import image, pdf
from tests.services.papers import attach_required

pytestmark = pytest.mark.django_db

DEATH = "register-death"
WHY = "The certificate cannot be read. Please photograph it in daylight."


@pytest.fixture
def paper() -> str:
    """The name of the document that the service asks for."""
    return next(entry.name for entry in services()[DEATH].documents if entry.is_required)


@pytest.fixture
def in_review(activated: User, person: Person, make_person: Callable[..., Person], officer: User) -> ServiceRequest:
    child = make_person(luhn_number("200003001"), first_name_en="Lama", birth_date="2015-01-01")
    link = DependencyLink.objects.create(head=person, dependent=child, relation=Relation.DAUGHTER, since="2020-01-01")
    draft = requests.begin(services()[DEATH], activated, "d")
    requests.keep(draft, {"member": link.pk, "died_on": "2026-11-03", "place": "Riyadh"})
    attach_required(draft)
    requests.submit(draft)
    decisions.take(draft, officer)
    return draft


@pytest.fixture
def returned(in_review: ServiceRequest, officer: User, paper: str) -> ServiceRequest:
    """For the place and the certificate."""
    decisions.send_back(in_review, officer, reason=Reason(WHY), fields=["place"], documents=[paper])
    return in_review


def page_of(client: Client, request: ServiceRequest, step: str = "") -> str:
    return client.get(f"/en/requests/{request.number}/{step}", follow=True).content.decode()


def test_a_word_to_the_officer_is_not_called_as_the_message_that_is_corrected(
    applicant: Client, activated: User, officer: User
) -> None:
    request: Any = requests.begin(services()["civil-affairs-messages"], activated, "m")
    requests.keep(request, {"topic": "family", "message": "Hello"})
    requests.submit(request)
    decisions.take(request, officer)
    decisions.send_back(request, officer, reason=Reason(WHY), fields=["message"])
    page = page_of(applicant, request)
    assert page.count("Your message</label>") == 1 and "A word to the officer <span" in page


def answer(client: Client, request: ServiceRequest, **typed: str) -> str:
    address = f"/en/requests/{request.number}/write/"
    return client.post(address, {"place": "Jeddah", "text": ""} | typed, follow=True).content.decode()


def give(client: Client, request: ServiceRequest, document: str, content: bytes) -> str:
    posted = {"document": document, "file": SimpleUploadedFile("again.pdf", content)}
    return client.post(f"/en/requests/{request.number}/files/", posted, follow=True).content.decode()


def test_the_officer_chooses_fields_and_documents(
    in_review: ServiceRequest, officer: User, paper: str, give_role: Callable[[User, Role], User]
) -> None:
    desk = enter(Client(), give_role(officer, Role.CIVIL_AFFAIRS))
    address = reverse("admin:services_request", args=[in_review.number])
    posted = {"decision": "return", "text": WHY, "fields_to_correct": ["place"], "asked_documents": [paper]}
    desk.post(address, posted | read_now(in_review))
    asked = RequestMessage.objects.get(returns=True)
    assert (asked.asked_fields, asked.asked_documents) == (["place"], [paper])
    assert Attachment.objects.get().is_returned


def test_nobody_is_told_to_wait_while_the_answer_is_theirs(
    applicant: Client, in_review: ServiceRequest, officer: User, paper: str
) -> None:
    waits = page_of(applicant, in_review)
    assert "Answer due by" in waits and "An officer answers within" in waits
    decisions.send_back(in_review, officer, reason=Reason(WHY), fields=[], documents=[paper])
    page = page_of(applicant, in_review)
    assert "Answer due by" not in page and "An officer answers within" not in page
    assert "Back to the request" in page_of(applicant, in_review, "files/")


def test_the_page_says_what_is_asked_and_how_it_stands(applicant: Client, returned: ServiceRequest, paper: str) -> None:
    page = page_of(applicant, returned)
    assert (
        WHY in page and "to be given anew" in page and "to be corrected" in page and "Returned by the officer" in page
    )
    assert 'name="place"' in page and 'name="member"' not in page
    give(applicant, returned, paper, pdf())
    assert ": given anew" in page_of(applicant, returned)


def test_it_is_not_sent_back_before_the_document_is_given_anew(
    applicant: Client, returned: ServiceRequest, paper: str
) -> None:
    assert "Attach this document: the request cannot be sent without it." in answer(applicant, returned)
    returned.refresh_from_db()
    assert (returned.state, returned.answers["place"]) == (RequestState.RETURNED, "Riyadh")
    give(applicant, returned, paper, pdf())
    assert "Your answer was sent." in answer(applicant, returned)
    returned.refresh_from_db()
    assert (returned.state, returned.answers["place"], returned.typed) == (RequestState.IN_REVIEW, "Jeddah", {})


def test_the_file_that_was_returned_does_not_do_once_more(
    applicant: Client, returned: ServiceRequest, paper: str
) -> None:
    assert "This is the file that the officer returned." in give(applicant, returned, paper, image())
    with pytest.raises(RequestRefused, match="not_documented"):
        requests.answer(returned, {"place": "Jeddah"}, "")


def test_the_file_that_was_returned_stays_with_the_request_and_takes_no_place(
    applicant: Client, returned: ServiceRequest, paper: str
) -> None:
    seen = Attachment.objects.get()
    assert f"/files/{seen.pk}/remove/" not in page_of(applicant, returned, "files/")
    address = reverse("request_file_remove", args=[returned.number, seen.pk]).replace("/ar/", "/en/")
    assert "The officer has seen this file" in applicant.post(address, follow=True).content.decode()
    for n in range(FILES_AT_MOST):
        attachments.attach(returned, paper, f"{n}.png", image(size=(20 + n, 20)))
    assert Attachment.objects.filter(pk=seen.pk, is_returned=True).exists()


def test_no_other_document_is_attached_or_removed(
    applicant: Client, in_review: ServiceRequest, officer: User, paper: str
) -> None:
    decisions.send_back(in_review, officer, reason=Reason(WHY), fields=["place"])
    attachment = Attachment.objects.select_related("request").get()
    with pytest.raises(FileRefused, match="not_asked"):
        attachments.attach(in_review, paper, "a.pdf", pdf())
    with pytest.raises(FileRefused, match="not_asked"):
        attachments.remove(attachment)
    assert applicant.get(f"/en/requests/{in_review.number}/files/").url == f"/en/requests/{in_review.number}/"
    page = applicant.post(
        reverse("request_file_remove", args=[in_review.number, attachment.pk]).replace("/ar/", "/en/"), follow=True
    ).content.decode()
    assert "The officer did not ask for this document" in page
    assert list(Attachment.objects.all()) == [attachment]


def test_what_is_typed_waits_while_the_documents_are_given(
    applicant: Client, returned: ServiceRequest, activated: User
) -> None:
    typed = {"place": "A new place", "text": "My explanation", "files": "yes"}
    response = applicant.post(f"/en/requests/{returned.number}/write/", typed)
    assert response.url.endswith("/files/")
    page = page_of(applicant, returned)
    assert "A new place" in page and "My explanation" in page
    returned.refresh_from_db()
    assert returned.answers["place"] == "Riyadh"


def test_a_wrong_correction_is_told_and_kept(applicant: Client, returned: ServiceRequest) -> None:
    assert "Write at most 120 characters" in answer(applicant, returned, place="x" * 121, text="Why")
    page = page_of(applicant, returned)
    assert "x" * 121 in page and "Why" in page


def test_a_second_return_opens_nothing_of_the_first(
    applicant: Client, returned: ServiceRequest, officer: User, paper: str
) -> None:
    give(applicant, returned, paper, pdf())
    answer(applicant, returned)
    returned.refresh_from_db()
    decisions.send_back(returned, officer, reason=Reason("Just tell me the hospital."), fields=[])
    page = page_of(applicant, returned)
    assert 'name="place"' not in page and "to be given anew" not in page
    assert "Write what you want to say." in answer(applicant, returned)
    assert "Your answer was sent." in answer(applicant, returned, text="King Fahd Hospital", place="Hacked")
    returned.refresh_from_db()
    assert returned.answers["place"] == "Jeddah"


def test_a_corrected_answer_is_judged_with_those_that_stay(
    applicant: Client, in_review: ServiceRequest, officer: User
) -> None:
    """The date is asked for; that it lies before the daughter's birth shows in the answer beside it."""
    decisions.send_back(in_review, officer, reason=Reason(WHY), fields=["died_on"])
    day = {"died_on_calendar": "gregorian", "died_on_day": "1", "died_on_month": "1", "died_on_year": "2014"}
    assert "This day lies before the birth" in answer(applicant, in_review, **day)
    in_review.refresh_from_db()
    assert in_review.is_returned


def test_an_officers_words_stand_in_the_inbox_with_the_way_to_the_request(
    applicant: Client, returned: ServiceRequest
) -> None:
    page = applicant.get("/en/inbox/").content.decode()
    assert page.count(f'href="/en/requests/{returned.number}/"') >= 2
    assert WHY in page and page.index("Waits for you") < page.index("Your request is returned to you")


@pytest.mark.parametrize("end", ["withdraw", "approve", "reject"])
def test_what_has_ended_stays_readable(
    end: str, applicant: Client, in_review: ServiceRequest, officer: User, second_officer: User
) -> None:
    ends: dict[str, Callable[[], Any]] = {
        "withdraw": lambda: requests.withdraw(in_review),
        "approve": lambda: approve(in_review, officer, second_officer, text=WHY),
        "reject": lambda: decisions.reject(in_review, officer, reason=Reason(WHY)),
    }
    ends[end]()
    page = page_of(applicant, in_review)
    assert "Riyadh" in page and "Lama" in page and 'name="text"' not in page
    attachment = Attachment.objects.get()
    assert applicant.get(reverse("request_file", args=[in_review.number, attachment.pk])).status_code == 200
    assert "Ended" in page_of(applicant, in_review, "receipt/")


def test_the_receipt_says_what_was_sent_and_by_when_it_is_answered(
    applicant: Client, in_review: ServiceRequest
) -> None:
    page = page_of(applicant, in_review, "receipt/")
    assert in_review.number in page and "data:image/svg+xml" in page
    assert "Answer due by" in page and " AH)" in page and "Riyadh" in page and ".png" in page


def test_a_draft_has_no_receipt_and_a_stranger_sees_none(
    applicant: Client, in_review: ServiceRequest, stranger: User, activated: User
) -> None:
    draft = requests.begin(services()["civil-affairs-messages"], activated, "m")
    assert applicant.get(reverse("request_receipt", args=[draft.number])).status_code == 404
    other = sign_in(Client(), stranger)
    attachment = Attachment.objects.get()
    assert other.get(reverse("request_receipt", args=[in_review.number])).status_code == 404
    assert other.get(reverse("request_file_small", args=[in_review.number, attachment.pk])).status_code == 404


def test_an_image_has_a_small_picture_and_a_pdf_its_pages(
    applicant: Client, returned: ServiceRequest, paper: str
) -> None:
    give(applicant, returned, paper, pdf())
    picture, paged = Attachment.objects.order_by("pk")
    small = applicant.get(reverse("request_file_small", args=[returned.number, picture.pk]))
    assert (small["Content-Type"], small["Cache-Control"]) == ("image/jpeg", "no-store")
    assert small.content.startswith(b"\xff\xd8\xff")
    assert applicant.get(reverse("request_file_small", args=[returned.number, paged.pk])).status_code == 404
    assert "1 page" in page_of(applicant, returned)
    attachments.storage().delete(picture.stored_name + ".small")
    assert applicant.get(reverse("request_file_small", args=[returned.number, picture.pk])).status_code == 200


def test_the_script_gets_the_files_of_one_document_or_the_reason(
    applicant: Client, returned: ServiceRequest, paper: str
) -> None:
    address = f"/en/requests/{returned.number}/files/"
    posted = {"document": paper, "quietly": "yes"}
    taken = applicant.post(address, posted | {"file": SimpleUploadedFile("new.pdf", pdf())})
    assert taken.status_code == 200 and "new.pdf" in taken.content.decode() and "<html" not in taken.content.decode()
    refused = applicant.post(address, posted | {"file": SimpleUploadedFile("x.pdf", b"MZ")})
    assert (refused.status_code, "Only PDF, JPEG and PNG" in refused.content.decode()) == (422, True)
