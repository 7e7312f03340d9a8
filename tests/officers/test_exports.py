"""Lists that supervisors take away: right-limited, audited, without people, and never a formula (EXP-1)."""

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from audit.events import Event
from audit.models import Entry
from services import due, exports
from services.actions import decisions, requests
from services.catalogue import services
from services.models import Reason, ServiceRequest
from tests.asking import day, submitted
from tests.officers.conftest import enter

pytestmark = pytest.mark.django_db

EXPORT = "/en/admin/services/serviceday/export/"
MESSAGE = "=HYPERLINK(my secret message)"
# What spreadsheets have taken for formulas, and what leads there in other letters and widths.
FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|'/C calc'!A0", '=HYPERLINK("http://x","y")', "==", "-",
    "＝1+1", "＋1", "－1", "＠SUM(A1)", "﹦1", "﹢1", "﹣1", "﹫A1", " =1", "   +1", "\u00a0=1", "\u200f=1", "\u202b-1", "\ufeff@A",
    "=جمع(أ1)", "+٩٦٦", "-خمسة", "@سامر", "\u200f=مجموع(أ١)", "\u061c＝مجموع",
]  # fmt: skip
HARMLESS = ["", "Samer", "سامر العمري", "1-1", "a=b", "2612345678", "samer@example.com", "’=1"]


def ask(applicant: User, token: str, department: str = "civil-affairs") -> ServiceRequest:
    return submitted(applicant, f"{department}-messages", token=token, topic="other", message=MESSAGE)


def asked(first: date | None = None, last: date | None = None, **more: str) -> dict[str, str]:
    today = timezone.localdate()
    sent = {"file_format": "csv"}
    return sent | day("first", first or today) | day("last", last or today) | more


def taken(answer: Any) -> bytes:
    assert answer.status_code == 200 and answer["Content-Disposition"].startswith("attachment")
    return b"".join(answer.streaming_content)


def rows_of_csv(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(taken(answer).decode("utf-8-sig"))))


def rows_of_xlsx(content: bytes) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_csv_holds_what_was_asked_for_in_the_language_of_the_page(
    office: Client, activated: User, civil_affairs: User
) -> None:
    request = ask(activated, "t")
    decisions.take(request, civil_affairs)
    decisions.reject(request, civil_affairs, reason=Reason("Send a signed one."))
    today = f"{timezone.localdate()}"
    headings, row = rows_of_csv(office.post(EXPORT, asked()))
    assert headings[:4] == ["Request number", "Department", "Service", "State"]
    assert row == [
        request.number, "Civil Affairs", "Message to Civil Affairs", "Rejected", today, f"{request.due_on}", "", today, "0", "yes",
        civil_affairs.username,
    ]  # fmt: skip
    headings, row = rows_of_csv(office.post(EXPORT.replace("/en/", "/ar/"), asked()))
    assert headings[0] == "رقم الطلب" and row[1] == "الأحوال المدنية"


def test_a_workbook_is_opened_again_with_dates_and_numbers_as_such(
    office: Client, activated: User, civil_affairs: User
) -> None:
    request = ask(activated, "t")
    answer = office.post(EXPORT, asked(file_format="xlsx"))
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    headings, row = rows_of_xlsx(taken(answer))
    assert headings[0] == "Request number" and row[0] == request.number
    assert row[4] == datetime.combine(timezone.localdate(), datetime.min.time())
    assert row[7:] == [None, None, None, None]


@pytest.mark.parametrize("text", FORMULAS)
def test_nothing_that_could_be_a_formula_stays_one(text: str) -> None:
    assert exports.safe(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert exports.safe(text) == text


@given(st.text())
def test_whatever_is_written_no_cell_begins_with_a_sign(text: str) -> None:
    written = exports.safe(text)
    assert not written.startswith(tuple("=+-@\t\r\n＝＋－＠"))
    assert written.removeprefix("'") == text or written == text


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_file_of_hostile_texts_is_read_back_without_a_formula(
    file_format: str, office: Client, activated: User, civil_affairs: User
) -> None:
    """A username is the one text of a list that somebody typed."""
    request = ask(activated, "t")
    decisions.take(request, civil_affairs)
    for text in FORMULAS:
        User.objects.filter(pk=civil_affairs.pk).update(username=text[:30])
        answer = office.post(EXPORT, asked(file_format=file_format))
        _headings, row = rows_of_csv(answer) if file_format == "csv" else rows_of_xlsx(taken(answer))
        assert row[-1].startswith("'"), text


def test_a_list_tells_nothing_of_the_applicant(
    office: Client, activated: User, person: Any, civil_affairs: User
) -> None:
    request = ask(activated, "t")
    decisions.take(request, civil_affairs)
    decisions.reject(request, civil_affairs, reason=Reason("Samer has to come himself."))
    content = taken(office.post(EXPORT, asked())).decode()
    told = (activated.username, activated.id_number, activated.mobile, activated.email, person.name_ar, person.name_en)
    assert not any(fact in content for fact in (*told, "secret", "himself"))


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, {"a", "b", "c"}),
        ({"state": "submitted"}, {"a", "c"}),
        ({"state": "in_review"}, {"b"}),
        ({"department": "passports"}, {"c"}),
        ({"service": "civil-affairs-messages"}, {"a", "b"}),
        ({"service": "report-lost-documents"}, set()),
    ],
)
def test_a_list_is_narrowed(
    more: dict[str, str], found: set[str], office: Client, activated: User, civil_affairs: User
) -> None:
    made = {"a": ask(activated, "a"), "b": ask(activated, "b"), "c": ask(activated, "c", "passports")}
    requests.begin(services()["civil-affairs-messages"], activated, "a draft")
    decisions.take(made["b"], civil_affairs)
    numbers = {row[0] for row in rows_of_csv(office.post(EXPORT, asked(**more)))[1:]}
    assert numbers == {made[name].number for name in found}


def test_both_days_are_included_and_no_others(office: Client, activated: User) -> None:
    today = timezone.localdate()
    inside = []
    for n in range(5):
        request = ask(activated, f"{n}")
        last_minute = due.midnight(today - timedelta(days=n - 1)) - timedelta(minutes=1)
        ServiceRequest.objects.filter(pk=request.pk).update(submitted_at=last_minute)
        inside += [request.number] if n in (1, 2, 3) else []
    found = rows_of_csv(office.post(EXPORT, asked(today - timedelta(days=3), today - timedelta(days=1))))
    assert [row[0] for row in found[1:]] == inside[::-1]


def test_who_took_what_and_how_much_stays_in_the_trail(office: Client, supervisor: User, activated: User) -> None:
    ask(activated, "a")
    ask(activated, "b", "passports")
    taken(office.post(EXPORT, asked(department="passports", file_format="xlsx")))
    entry, today = Entry.objects.get(event=Event.REQUESTS_EXPORTED), f"{timezone.localdate()}"
    assert entry.actor_id == supervisor.pk
    assert entry.details == {"format": "xlsx", "rows": 1, "first": today, "last": today, "department": "passports"}


def test_a_list_that_is_too_long_is_refused_with_a_sentence(
    office: Client, activated: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "ROWS_AT_MOST", 2)
    for n in range(2):
        ask(activated, f"{n}")
    assert len(rows_of_csv(office.post(EXPORT, asked()))) == 3
    ask(activated, "one more")
    page = office.post(EXPORT, asked()).content.decode()
    assert "Choose a shorter time, or one service." in page
    assert Entry.objects.filter(event=Event.REQUESTS_EXPORTED).count() == 1


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (asked(first=date(2026, 5, 2), last=date(2026, 5, 1)), "The last day lies before the first."),
        (asked(first=date(2024, 1, 1), last=date(2026, 1, 1)), "A list covers at most a year."),
        (asked(first=date(2026, 1, 1), last=date(9999, 12, 31)), "This day lies in the future."),
        (asked(first=date(1, 1, 1), last=date(1, 1, 2)), "This is too long ago."),
        (asked() | {"first_month": "13"}, "There is no such day in this calendar."),
        (asked() | {"last_day": "", "last_month": "", "last_year": ""}, "Give the last day; it is included."),
        (
            asked() | {"department": "passports", "service": "report-lost-documents"},
            "This service belongs to another department.",
        ),
        (asked() | {"state": "draft"}, "This is not one of the choices."),
        (asked() | {"file_format": "pdf"}, "This is not one of the choices."),
    ],
)
def test_what_cannot_be_listed_is_answered_beside_the_field(
    sent: dict[str, str], sentence: str, office: Client
) -> None:
    assert sentence in office.post(EXPORT, sent).content.decode()
    assert not Entry.objects.filter(event=Event.REQUESTS_EXPORTED).exists()


def test_an_empty_list_has_its_headings(office: Client) -> None:
    assert len(rows_of_csv(office.post(EXPORT, asked()))) == 1


def test_a_look_takes_nothing(office: Client, activated: User) -> None:
    ask(activated, "t")
    assert "Download the list" in office.get(EXPORT, asked()).content.decode()
    assert not Entry.objects.filter(event=Event.REQUESTS_EXPORTED).exists()


def test_only_supervisors_take_lists(activated: User, civil_affairs: User) -> None:
    ask(activated, "t")
    assert enter(Client(), civil_affairs).post(EXPORT, asked()).status_code == 403
    assert not Entry.objects.filter(event=Event.REQUESTS_EXPORTED).exists()
