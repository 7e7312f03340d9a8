"""Photos of a phone: made smaller in the browser, each with its progress, sent again after a lost connection; and the draft and
its dates beside them."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, Request, Route, expect
from pytest_django import Settings

from accounts.models import User
from registry.models import DependencyLink, Person, Relation
from services.actions import decisions, requests
from services.catalogue import services
from services.models import Attachment, Reason, ServiceRequest
from services.uploads import FILES_AT_MOST
from tests.browser.conftest import sign_in
from tests.browser.looking import look_at
from tests.cast import luhn_number
from tests.services.hostile import pdf
from tests.services.papers import attach_required

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LONGEST_SIDE = 2000
NAMES = {
    "en": ("Send again", "Attach", "Choose files or photos"),
    "ar": ("إعادة الإرسال", "إرفاق", "اختيار ملفات أو صور"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> None:
    stored = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path / "files")},
    }
    settings.STORAGES = settings.STORAGES | {"attachments": stored}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """As a camera writes it: large, lying on its side, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "at home"
    path = tmp_path / "IMG_0001.jpg"
    Image.effect_noise((3200, 2400), 40).convert("RGB").save(path, "JPEG", quality=90, exif=exif.tobytes())
    return path


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "notification.pdf"
    path.write_bytes(pdf())
    return path


@pytest.fixture
def draft(activated: User, person: Person, make_person: Callable[..., Person]) -> ServiceRequest:
    child = make_person(luhn_number("200003001"), first_name_en="Lama", birth_date="2015-01-01")
    DependencyLink.objects.create(head=person, dependent=child, relation=Relation.DAUGHTER, since="2020-01-01")
    return requests.begin(services()["register-death"], activated, "d")


class Line:
    """The way to the server: it can be cut, and remembers the files that went over it."""

    def __init__(self, page: Page) -> None:
        self.is_cut = False
        self.sent: list[bytes] = []
        page.route(re.compile(r"/files/$"), self._carry)

    def _carry(self, route: Route, request: Request) -> None:
        if request.method == "POST":
            if self.is_cut:
                return route.abort("internetdisconnected")
            self.sent.append(request.post_data_buffer or b"")
        return route.continue_()

    def photo(self) -> bytes:
        """The first that was sent."""
        body = self.sent[0]
        return body[body.index(b"\xff\xd8\xff") : body.rindex(b"\xff\xd9") + 2]


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_photo_is_made_smaller_and_a_lost_one_is_sent_again(
    language: str, window: Page, draft: ServiceRequest, activated: User, photo: Path, document: Path
) -> None:
    sign_in(window, activated, language)
    window.goto(f"/{language}/requests/{draft.number}/files/")
    line = Line(window)
    files = window.locator("[data-files] > li")
    expect(window.get_by_role("button", name=NAMES[language][1], exact=True)).to_be_hidden()

    # The button of the browser speaks a language of its own.
    expect(window.locator("label.button:has(input[type=file])")).to_have_text(NAMES[language][2])
    window.locator("input[type=file]").focus()
    window.set_input_files("input[type=file]", [photo, document])
    expect(files).to_have_count(2)
    expect(window.locator("[data-queue] > li")).to_have_count(0)
    with Image.open(BytesIO(line.photo())) as sent:
        assert (sent.width, sent.height) == (LONGEST_SIDE * 3 // 4, LONGEST_SIDE)
        assert not sent.getexif()
    assert b"at home" not in line.sent[0] and len(line.sent[0]) < photo.stat().st_size
    kept = Attachment.objects.order_by("pk")
    assert [(one.name, one.pages) for one in kept] == [("IMG_0001.jpg", None), ("notification.pdf", 1)]
    assert storages["attachments"].exists(kept[0].stored_name)
    window.locator(".file-picture img").evaluate("image => image.decode()")

    line.is_cut = True
    another = document.with_name("another.pdf")
    another.write_bytes(pdf() + b"\n% once more\n")
    window.set_input_files("input[type=file]", another)
    expect(window.locator(".upload-wrong")).to_have_count(1)
    window.get_by_role("button", name=NAMES[language][0]).click()
    expect(window.locator(".upload-wrong")).to_have_count(1)
    line.is_cut = False
    window.context.set_offline(True)
    window.context.set_offline(False)  # the browser notices by itself
    expect(files).to_have_count(3)

    line.is_cut = True
    window.set_input_files("input[type=file]", another)
    row = window.locator("[data-queue] > li")
    expect(row).to_have_class(re.compile("upload-wrong"))
    row.locator("button").last.click()  # cancel
    expect(row).to_have_count(0)
    line.is_cut = False

    wrong = document.with_name("a.pdf.exe")
    wrong.write_bytes(b"MZ" + b"\0" * 99)
    window.set_input_files("input[type=file]", wrong)
    expect(row).to_contain_text("PDF")
    assert Attachment.objects.count() == 3


def test_what_is_typed_is_kept_while_it_is_typed_and_dates_show_in_both_calendars(
    window: Page, open_window: Callable[..., Page], draft: ServiceRequest, activated: User
) -> None:
    sign_in(window, activated)
    window.goto(f"/en/requests/{draft.number}/form/")
    window.fill("[name=place]", "Riyadh, half a")
    for part, value in (("day", "1"), ("month", "9"), ("year", "1446")):
        window.fill(f"[name=died_on_{part}]", value)
    window.select_option("[name=died_on_calendar]", "hijri")
    expect(window.locator("[data-other-calendar]")).to_contain_text("1 Ramadan 1446 AH")
    expect(window.locator("[data-other-calendar]")).to_contain_text("1 March 2025")
    expect(window.locator("[data-kept]")).to_be_visible()
    draft.refresh_from_db()
    assert draft.answers["place"] == "Riyadh, half a" and draft.answers["died_on"] == "2025-03-01"
    window.reload()
    expect(window.locator("[name=place]")).to_have_value("Riyadh, half a")


@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_page_of_a_request_is_good_at_all_sizes(
    language: str, window: Page, draft: ServiceRequest, activated: User, officer: User
) -> None:
    link = DependencyLink.objects.get()
    returned = requests.begin(services()["register-death"], activated, "returned")
    requests.keep(returned, {"member": link.pk, "died_on": "2026-11-03", "place": "Riyadh"})
    attach_required(returned)
    paper = Attachment.objects.get().document
    requests.submit(returned)
    decisions.take(returned, officer)
    decisions.send_back(
        returned, officer, reason=Reason("صوّرها في ضوء النهار."), fields=["place", "died_on"], documents=[paper]
    )
    ready = requests.begin(services()["civil-affairs-messages"], activated, "ready")
    requests.keep(ready, {"topic": "family", "message": "Hello"})
    sign_in(window, activated, language)
    of_request = ("", "files/", "receipt/")
    addresses = [f"requests/{returned.number}/{step}" for step in of_request]
    addresses += [f"requests/{draft.number}/{step}" for step in ("form/?check", "files/")]
    addresses += ["requests/", "requests/?state=approved", f"requests/new/register-death/?member={link.pk}"]
    addresses += [f"requests/{ready.number}/review/", "inbox/", "inbox/?unread", "dashboard/"]
    wrong = []
    for address in addresses:
        window.goto(f"/{language}/{address}")
        wrong += look_at(window, address, language)
    assert not wrong, "\n".join(wrong)


def test_the_receipt_is_a_page_of_paper(window: Page, activated: User) -> None:
    sent: Any = requests.begin(services()["civil-affairs-messages"], activated, "m")
    requests.keep(sent, {"topic": "family", "message": "Hello"})
    requests.submit(sent)
    sign_in(window, activated)
    window.goto(f"/en/requests/{sent.number}/")
    window.get_by_role("link", name="Receipt to print").click()
    window.emulate_media(media="print")
    for hidden in (".site-footer", ".account-nav", ".actions"):
        expect(window.locator(hidden).first).to_be_hidden()
    expect(window.locator(".receipt .number")).to_have_text(sent.number)
    paper = window.pdf(format="A4")
    assert paper.count(b"/Type /Page\n") == 1 and len(paper) > 10_000


LONG_NAMES = {
    "first_name_ar": "عبدالرحمن بدرالدين", "father_name_ar": "عبدالمتعال نورالدين صالح",
    "grandfather_name_ar": "مصطفى شمس الدين علي", "family_name_ar": "الحسني الهاشمي القرشي العدوي",
    "first_name_en": "Abdulrahman Badruddin", "father_name_en": "Abdulmutaali Nuruddin Salih",
    "grandfather_name_en": "Mustafa Shamsuddin Ali", "family_name_en": "Alhasani Alhashimi Alqurashi Aladawi",
}  # fmt: skip
FILE_NAMES = [
    "a.pdf", "IMG_20261103_101112_HDR.png", "تبليغ الولادة من مستشفى الملك فيصل التخصصي.pdf", f"{'without-a-space-' * 7}.pdf",
    "The birth notification as the hospital gave it to us on the third of November, stamped and signed on both sides.pdf",
]  # fmt: skip


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_longest_receipt_is_a_page_of_paper_too(
    language: str, window: Page, activated: User, person: Person, make_person: Callable[..., Person]
) -> None:
    """Every question of the longest form, names of more than a hundred letters, ten files."""
    for name, part in LONG_NAMES.items():
        setattr(person, name, part)
    person.save()
    wife = make_person(luhn_number("200003077"), sex="female", birth_date="1990-01-01", **LONG_NAMES)
    DependencyLink.objects.create(head=person, dependent=wife, relation=Relation.WIFE, since="2015-01-01")
    sent = requests.begin(services()["register-newborn"], activated, "n")
    place = "King Faisal Specialist Hospital and Research Centre, maternity ward, Riyadh"
    answers = {"born_here": "yes", "notice_number": "12345678", "born_on": str(timezone.localdate()), "place": place}
    requests.keep(sent, answers | {"sex": "male", "other_parent": wife.pk} | LONG_NAMES)
    facts = {"request": sent, "document": "birth_notification", "media_type": "application/pdf", "bytes": 9_000_000}
    for number in range(FILES_AT_MOST):
        name = FILE_NAMES[number % len(FILE_NAMES)]
        Attachment.objects.create(name=name, sha256=str(number), pages=number + 1, **facts)
    requests.submit(sent)
    sign_in(window, activated, language)
    window.goto(f"/{language}/requests/{sent.number}/receipt/")
    assert window.pdf(format="A4").count(b"/Type /Page\n") == 1
