"""WEB: what applicants write stands on everybody's pages as words: no tag, no template, no formula, no turned-round line."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from registry.models import Document, DocumentKind, Person
from services.actions import consultations, decisions, requests
from services.catalogue import services
from services.models import Attachment, Reason, ServiceRequest
from tests.cast import sign_in
from tests.officers.conftest import enter
from tests.officers.requests import ask, page_of
from tests.services.hostile import image

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>{{ 7|add:7 }}{% now 'Y' %}{number}%(n)s"


@pytest.fixture
def hostile(activated: User, civil_affairs: User, colleague: User, attachments_folder: object) -> ServiceRequest:
    """Every word of it, by both sides."""
    request = ask(activated, officer=civil_affairs, topic="other", message=SCRIPT)
    requests.write(request, SCRIPT + " once more")
    consultations.ask(request, civil_affairs, colleague=colleague, text=SCRIPT)
    decisions.send_back(request, civil_affairs, reason=Reason(SCRIPT), fields=["message"])
    return request


def harmless(page: str) -> None:
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7|add:7 }}{% now &#x27;Y&#x27; %}{number}%(n)s" in page


def test_on_the_applicants_pages(hostile: ServiceRequest, activated: User) -> None:
    client = sign_in(Client(), activated)
    for path in (f"/en/requests/{hostile.number}/", f"/en/requests/{hostile.number}/receipt/", "/en/inbox/"):
        harmless(client.get(path).content.decode())


def test_on_the_officers_pages(hostile: ServiceRequest, civil_affairs: User, colleague: User) -> None:
    harmless(enter(Client(), civil_affairs).get(page_of(hostile)).content.decode())
    harmless(enter(Client(), colleague).get(page_of(hostile)).content.decode())
    harmless(enter(Client(), colleague).get("/en/admin/services/servicerequest/questions/").content.decode())


def test_a_file_name_is_not_turned_round_and_is_no_tag(
    activated: User, person: Person, hostile: ServiceRequest
) -> None:
    """A browser that shows \\u202e writes what follows from right to left: “gnp.exe” would look like “exe.png”."""
    Document.objects.create(holder=person, kind=DocumentKind.PASSPORT, number="N1", expires_on="2032-06-30")
    draft = requests.begin(services()["report-lost-documents"], activated, "files")
    client, address = sign_in(Client(), activated), f"/en/requests/{draft.number}/files/"
    name = "<script>alert(1)<b>\u202egnp.exe\u2066.png"
    page = client.post(address, {"document": "police_report", "file": SimpleUploadedFile(name, image())}, follow=True)
    attachment = Attachment.objects.get()
    assert "\u202e" not in attachment.name and attachment.name.endswith(".png")
    assert "<script>alert" not in page.content.decode()
    download = client.get(f"{address}{attachment.pk}/")
    assert download["Content-Disposition"].startswith("attachment;") and "\u202e" not in download["Content-Disposition"]
