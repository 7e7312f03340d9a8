"""Files of a request: attached one by one, seen by their owner and the officers of the department, and by nobody else."""

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from registry.models import Document, DocumentKind, Person
from services import keeping
from services.actions import attachments, decisions, requests
from services.catalogue import services
from services.models import Attachment, ServiceRequest
from services.uploads import FILES_AT_MOST, FileRefused
from tests.cast import sign_in
from tests.officers.conftest import enter
from tests.officers.requests import page_of
from tests.parallel import at_the_same_moment
from tests.services.hostile import image, pdf

pytestmark = pytest.mark.django_db

SERVICE = "report-lost-documents"


@pytest.fixture(autouse=True)
def folder(attachments_folder: Path) -> Path:
    return attachments_folder


@pytest.fixture
def draft(activated: User, person: Person) -> ServiceRequest:
    document = Document.objects.create(holder=person, kind=DocumentKind.PASSPORT, number="N1", expires_on="2032-06-30")
    begun = requests.begin(services()[SERVICE], activated, "t")
    requests.keep(
        begun, {"document": document.pk, "lost_on": "2026-11-03", "place": "Riyadh", "circumstances": "In a taxi."}
    )
    return begun


def attach(client: Client, request: ServiceRequest, content: bytes, name: str = "report.pdf", **sent: str) -> str:
    """The page that follows."""
    file = SimpleUploadedFile(name, content)
    posted = {"document": "police_report", "file": file} | sent
    response = client.post(reverse("request_files", args=[request.number]).replace("/ar/", "/en/"), posted, follow=True)
    return response.content.decode()


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def test_a_file_is_attached_shown_and_downloaded(applicant: Client, draft: ServiceRequest, folder: Path) -> None:
    page = attach(applicant, draft, pdf(), "Police report.pdf")
    assert "Police report.pdf" in page
    attachment = Attachment.objects.get()
    assert [len(path.name) for path in stored(folder)] == [32]
    response = applicant.get(reverse("request_file", args=[draft.number, attachment.pk]))
    assert (
        response["Content-Disposition"].startswith("attachment;") and "sandbox" in response["Content-Security-Policy"]
    )
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert response.content.startswith(b"%PDF-")


def test_the_same_file_twice_is_one(applicant: Client, draft: ServiceRequest, folder: Path) -> None:
    content = pdf()
    for _ in range(2):
        attach(applicant, draft, content)
    assert (Attachment.objects.count(), len(stored(folder))) == (1, 1)


def test_each_file_stands_under_its_document_in_their_order(activated: User, person: Person) -> None:
    marriage = services()["register-marriage"]
    draft = requests.begin(marriage, activated, "t")
    names = [one.name for one in marriage.documents]
    for number, name in enumerate(reversed(names)):
        attachments.attach(draft, name, f"{number}.png", image())
    found = [(label, [file.document for file in files]) for label, files in keeping.documents(draft, marriage)]
    assert found == [(str(one.label), [one.name]) for one in marriage.documents] and len(found) == 3


def test_review_request_and_receipt_name_the_document_of_a_file(applicant: Client, draft: ServiceRequest) -> None:
    attachments.attach(draft, "police_report", "photo.png", image())

    def named(page: str) -> bool:
        content = applicant.get(f"/en/requests/{draft.number}/{page}").content.decode()
        return content.index("Attachments") < content.index("Police report") < content.index("photo.png")

    assert named("review/")
    requests.submit(draft)
    assert named("") and named("receipt/")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a.pdf.exe", "a.pdf.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\me\\scan.png", "scan.png"),
        ("صورة الجواز.png", "صورة الجواز.png"),
        ("\u202egnp.exe", "gnp.png"),
        ("x" * 300 + ".png", "x" * 115 + ".png"),
        ("...", "file.png"),
    ],
)
def test_a_name_has_no_folder_and_the_ending_of_what_the_file_is(name: str, shown: str) -> None:
    assert attachments.shown_name(name, "png") == shown


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"MZ" + b"\0" * 99, "Only PDF, JPEG and PNG can be attached."),
        (b"\xff\xd8\xff" + b"\0" * (11 * 1024 * 1024), "This file is larger than 10 MB."),
        (b"%PDF-1.7\n", "This file cannot be read"),
    ],
)
def test_a_refused_file_is_answered_beside_its_field(
    content: bytes, sentence: str, applicant: Client, draft: ServiceRequest, folder: Path
) -> None:
    page = attach(applicant, draft, content)
    assert f">{sentence}" in page and f": {sentence}" in page and 'aria-invalid="true"' in page
    assert (Attachment.objects.count(), stored(folder)) == (0, [])


def test_what_the_proxy_refused_is_told_by_the_page(applicant: Client, draft: ServiceRequest) -> None:
    page = applicant.get(f"/en/requests/{draft.number}/files/?refused=too_big").content.decode()
    assert "This file is larger than 10 MB." in page


def test_no_file_chosen_is_told(applicant: Client, draft: ServiceRequest) -> None:
    page = applicant.post(f"/en/requests/{draft.number}/files/", {"document": "police_report"}).content.decode()
    assert "Choose a file first." in page


def test_a_document_nobody_asked_for_is_not_there(applicant: Client, draft: ServiceRequest) -> None:
    response = applicant.post(
        f"/en/requests/{draft.number}/files/", {"document": "x", "file": SimpleUploadedFile("a", b"a")}
    )
    assert response.status_code == 404


def test_ten_files_and_no_more(draft: ServiceRequest) -> None:
    for n in range(FILES_AT_MOST):
        attachments.attach(draft, "police_report", "a.png", image(size=(10 + n, 10)))
    with pytest.raises(FileRefused, match="too_many"):
        attachments.attach(draft, "police_report", "a.png", image(size=(99, 10)))


def test_a_full_disk_leaves_no_row_and_loses_nothing_else(
    applicant: Client, draft: ServiceRequest, folder: Path
) -> None:
    folder.write_text("There is no room: a file lies where the folder should be.")
    page = attach(applicant, draft, image())
    assert "The file could not be stored just now." in page
    assert Attachment.objects.count() == 0
    draft.refresh_from_db()
    assert draft.answers["place"] == "Riyadh"


def test_a_removed_file_is_gone(
    applicant: Client, draft: ServiceRequest, folder: Path, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    attachment = attachments.attach(draft, "police_report", "a.png", image())
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        applicant.post(reverse("request_file_remove", args=[draft.number, attachment.pk]))
    assert (Attachment.objects.count(), stored(folder)) == (0, [])


def test_what_is_submitted_stays_as_it_was_sent(applicant: Client, draft: ServiceRequest) -> None:
    attachment = attachments.attach(draft, "police_report", "a.png", image())
    requests.submit(draft)
    applicant.post(reverse("request_file_remove", args=[draft.number, attachment.pk]))
    attach(applicant, draft, image(size=(50, 50)))
    assert list(Attachment.objects.all()) == [attachment]


def test_for_a_stranger_a_file_is_not_there(applicant: Client, draft: ServiceRequest, stranger: User) -> None:
    attachment = attachments.attach(draft, "police_report", "a.png", image())
    other = sign_in(Client(), stranger)
    assert other.get(reverse("request_file", args=[draft.number, attachment.pk])).status_code == 404
    assert other.get(reverse("request_files", args=[draft.number])).status_code == 404
    assert other.post(reverse("request_file_remove", args=[draft.number, attachment.pk])).status_code == 404
    assert Client().get(reverse("request_file", args=[draft.number, attachment.pk])).status_code == 302


def test_a_file_of_one_request_is_not_found_through_another(applicant: Client, draft: ServiceRequest) -> None:
    attachment = attachments.attach(draft, "police_report", "a.png", image())
    other = requests.begin(services()["civil-affairs-messages"], draft.applicant, "other")
    assert applicant.get(reverse("request_file", args=[other.number, attachment.pk])).status_code == 404


def test_an_officer_of_the_department_looks_at_it_in_place(
    draft: ServiceRequest, civil_affairs: User, passports: User
) -> None:
    attachment = attachments.attach(draft, "police_report", "a.png", image())
    requests.submit(draft)
    decisions.take(draft, civil_affairs)
    address = reverse("admin:services_file", args=[draft.number, attachment.pk])
    desk = enter(Client(), civil_affairs)
    assert (
        f'src="{address}"'.replace("/ar/", "/en/")
        in desk.get(reverse("admin:services_request", args=[draft.number]).replace("/ar/", "/en/")).content.decode()
    )
    assert desk.get(address)["Content-Type"] == "image/png"
    assert enter(Client(), passports).get(address).status_code == 404


def test_a_pdf_is_shown_in_its_place_on_the_officers_page_and_nowhere_else(
    draft: ServiceRequest, civil_affairs: User
) -> None:
    attachment = attachments.attach(draft, "police_report", "a.pdf", pdf())
    requests.submit(draft)
    desk = enter(Client(), civil_affairs)
    address, page = page_of(draft, "services_file", attachment.pk), page_of(draft)
    assert desk.get(address).url == page
    decisions.take(draft, civil_affairs)
    framed, kept = desk.get(f"{address}?shown=1"), desk.get(address)
    assert framed["Content-Disposition"].startswith("inline") and framed["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in framed["Content-Security-Policy"]
    assert kept["Content-Disposition"].startswith("attachment") and "sandbox" in kept["Content-Security-Policy"]
    assert kept["X-Frame-Options"] == "DENY"
    assert "frame-src 'self'" in desk.get(page)["Content-Security-Policy"]
    assert "frame-src" not in desk.get("/en/admin/services/servicerequest/")["Content-Security-Policy"]


def test_a_deleted_draft_takes_its_files_along(
    applicant: Client, draft: ServiceRequest, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    attach(applicant, draft, pdf())
    attach(applicant, draft, image(), "scan.png")
    assert len(stored(folder)) == 3  # the image has a thumbnail
    with django_capture_on_commit_callbacks(execute=True):
        requests.discard(draft)
    assert (stored(folder), ServiceRequest.objects.count()) == ([], 0)


def test_a_file_that_a_killed_process_left_without_its_row_goes_after_a_day(
    draft: ServiceRequest, folder: Path
) -> None:
    assert attachments.sweep() == 0
    attachment = attachments.attach(draft, "police_report", "a.png", image())
    (folder / "ab").mkdir(exist_ok=True)
    for name, hours in (("ab1", 25), ("ab1.small", 25), ("ab2", 23)):
        (folder / "ab" / name).write_bytes(b"x")
        os.utime(folder / "ab" / name, (time.time() - hours * 3600,) * 2)
    for path in folder.glob(f"{attachment.stored_name}*"):
        os.utime(path, (0, 0))
    assert attachments.sweep() == 2
    left = {str(path.relative_to(folder)) for path in stored(folder)}
    assert left == {"ab/ab2", attachment.stored_name, f"{attachment.stored_name}.small"}


def test_a_file_that_is_not_as_it_was_stored_reaches_nobody(
    activated: User, draft: ServiceRequest, civil_affairs: User, folder: Path
) -> None:
    """Its digest is that of the stored file, which was written anew from the one that was sent."""
    attachment = attachments.attach(draft, "police_report", "a.pdf", pdf())
    file = folder / attachment.stored_name
    assert attachment.stored_sha256 == hashlib.sha256(file.read_bytes()).hexdigest() != attachment.sha256
    requests.submit(draft)
    decisions.take(draft, civil_affairs)
    file.write_bytes(file.read_bytes() + b"%")
    of_desk = page_of(draft, "services_file", attachment.pk)
    own = sign_in(Client(), activated).get(f"/en/requests/{draft.number}/files/{attachment.pk}/")
    for answer in (own, enter(Client(), civil_affairs).get(of_desk)):
        assert answer.status_code == 500 and "not as it was stored" in answer.text


def test_an_altered_picture_is_not_shown_small_in_place_of_its_thumbnail(
    activated: User, draft: ServiceRequest, folder: Path
) -> None:
    attachment = attachments.attach(draft, "police_report", "a.png", image())
    (folder / f"{attachment.stored_name}.small").unlink()
    (folder / attachment.stored_name).write_bytes(b"another")
    answer = sign_in(Client(), activated).get(f"/en/requests/{draft.number}/files/{attachment.pk}/small/")
    assert answer.status_code == 500 and "not as it was stored" in answer.text


def test_a_storage_that_is_away_is_told_with_the_time_to_come_back(
    activated: User, draft: ServiceRequest, folder: Path
) -> None:
    attachment = attachments.attach(draft, "police_report", "a.png", image())
    (folder / attachment.stored_name).unlink()
    (folder / attachment.stored_name).mkdir()
    client = sign_in(Client(raise_request_exception=False), activated)
    answer = client.get(f"/en/requests/{draft.number}/files/{attachment.pk}/")
    assert answer.status_code == 503 and "Wait half a minute" in answer.content.decode()


def test_a_draft_that_was_submitted_in_another_tab_is_not_deleted(
    draft: ServiceRequest, applicant: Client, folder: Path
) -> None:
    attach(applicant, draft, pdf())
    before = ServiceRequest.objects.get(pk=draft.pk)
    requests.submit(draft)
    with pytest.raises(requests.RequestRefused):
        requests.discard(before)
    assert len(stored(folder)) == ServiceRequest.objects.count() == 1


def test_a_page_that_was_opened_before_the_request_was_sent_changes_no_file(draft: ServiceRequest) -> None:
    old = ServiceRequest.objects.get()
    attachments.attach(draft, "police_report", "a.png", image())
    attachment = Attachment.objects.select_related("request").get()
    requests.submit(draft)
    with pytest.raises(FileRefused, match="closed"):
        attachments.attach(old, "police_report", "b.png", image(size=(50, 50)))
    with pytest.raises(FileRefused, match="closed"):
        attachments.remove(attachment)
    assert list(Attachment.objects.all()) == [attachment]


def test_a_deleted_draft_leaves_no_file(
    applicant: Client, draft: ServiceRequest, folder: Path, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    attachments.attach(draft, "police_report", "a.png", image())
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        applicant.post(reverse("request_withdraw", args=[draft.number]))
    assert (ServiceRequest.objects.count(), stored(folder)) == (0, [])


@pytest.mark.django_db(transaction=True)
def test_twenty_files_at_the_same_moment_are_ten(draft: ServiceRequest) -> None:
    files = [image(size=(10 + n, 10)) for n in range(2 * FILES_AT_MOST)]
    outcomes = at_the_same_moment(
        [lambda content=content: attachments.attach(draft, "police_report", "a.png", content) for content in files]  # type: ignore[misc]
    )
    refused = [one for one in outcomes if isinstance(one, FileRefused)]
    assert (Attachment.objects.count(), len(refused)) == (FILES_AT_MOST, FILES_AT_MOST)
