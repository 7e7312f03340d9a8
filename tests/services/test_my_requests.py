"""My requests: found by number, state, service and age, at a constant number of queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from accounts.models import User
from core import clock
from services.actions import decisions, requests
from services.catalogue import services
from services.models import Reason, ServiceRequest
from services.states import RequestState

pytestmark = pytest.mark.django_db

MESSAGES = ("civil-affairs-messages", "passports-messages")


@pytest.fixture
def sent(activated: User) -> ServiceRequest:
    """To Civil Affairs."""
    draft = requests.begin(services()[MESSAGES[0]], activated, "sent")
    requests.keep(draft, {"topic": "family", "message": "Hello"})
    requests.submit(draft)
    return draft


@pytest.fixture
def begun(activated: User) -> ServiceRequest:
    """To Passports, two months ago."""
    draft = requests.begin(services()[MESSAGES[1]], activated, "begun")
    ServiceRequest.objects.filter(pk=draft.pk).update(begun_at=clock.read() - timedelta(days=60))
    return draft


def shown(client: Client, **asked: str) -> set[str]:
    rows = client.get("/en/requests/", asked).context["requests"]
    return {row.number for row, *_rest in rows}


def test_a_state_is_called_in_arabic_as_the_glossary_calls_it() -> None:
    with override("ar"):
        words = [str(state.label) for state in RequestState]
    assert words == ["مسودة", "مُرسَل", "قيد المراجعة", "معاد لمقدم الطلب", "مقبول", "مرفوض", "مسحوب"]


@pytest.mark.parametrize(
    ("asked", "finds"),
    [
        ({"state": "submitted"}, "sent"),
        ({"state": "draft"}, "begun"),
        ({"service": "civil-affairs"}, "sent"),
        ({"service": "passports"}, "begun"),
        ({"service": "passports-messages"}, "begun"),
        ({"age": "30"}, "sent"),
        ({"age": "365"}, "both"),
        ({"state": "approved"}, "none"),
        ({"state": "nonsense", "age": "x", "service": "' or 1=1", "number": "abc"}, "both"),
    ],
)
def test_the_list_is_narrowed(
    asked: dict[str, str], finds: str, applicant: Client, sent: ServiceRequest, begun: ServiceRequest
) -> None:
    expected = {"sent": {sent.number}, "begun": {begun.number}, "both": {sent.number, begun.number}, "none": set()}
    assert shown(applicant, **asked) == expected[finds]


def test_a_request_is_found_by_its_number_or_a_part_of_it_in_any_digits(
    applicant: Client, sent: ServiceRequest, begun: ServiceRequest
) -> None:
    arabic = sent.number.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    for typed in (sent.number, arabic, f" {sent.number[:5]} {sent.number[5:]} "):
        assert shown(applicant, number=typed) == {sent.number}
    assert sent.number in shown(applicant, number=sent.number[-5:])


def test_nobody_elses_request_is_found(applicant: Client, stranger: User, sent: ServiceRequest) -> None:
    ServiceRequest.objects.update(applicant=stranger)
    assert shown(applicant, number=sent.number) == set()


def test_nothing_found_says_what_to_do(applicant: Client, sent: ServiceRequest) -> None:
    assert "No request of yours is like this." in applicant.get("/en/requests/?state=approved").content.decode()
    ServiceRequest.objects.all().delete()
    assert "There is no request here." in applicant.get("/en/requests/").content.decode()


def test_the_list_says_how_many_there_are_and_leads_to_what_was_returned(
    applicant: Client, civil_affairs: User, sent: ServiceRequest, begun: ServiceRequest
) -> None:
    page = applicant.get("/en/requests/").content.decode()
    assert "2 requests" in page and "waits for your answer" not in page and "<details" in page
    decisions.take(sent, civil_affairs)
    decisions.send_back(sent, civil_affairs, reason=Reason("Say which paper you mean."), fields=["message"])
    page = applicant.get("/en/requests/").content.decode()
    assert '<a href="?state=returned">A request waits for your answer</a>' in page
    page = applicant.get("/en/requests/", {"state": "returned"}).content.decode()
    assert "1 request<" in page and "waits for your answer</a>" not in page and "open>" in page


def test_the_next_page_is_narrowed_alike(applicant: Client, activated: User, sent: ServiceRequest) -> None:
    rows = [
        ServiceRequest(token=f"t{n}", service=MESSAGES[0], department="civil-affairs", applicant=activated)
        for n in range(25)
    ]
    ServiceRequest.objects.bulk_create(rows)
    page = applicant.get("/en/requests/", {"state": "draft"}).content.decode()
    assert "?state=draft&amp;before=" in page
    before = page.split("before=")[1].split('"')[0]
    assert len(shown(applicant, state="draft", before=before)) == 5


@pytest.mark.parametrize("address", ["/en/requests/", "/en/inbox/", "/en/dashboard/"])
def test_a_list_asks_as_often_for_one_as_for_twenty(address: str, applicant: Client, activated: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            applicant.get(address)
        return len(asked)

    requests.begin(services()[MESSAGES[0]], activated, "one")
    queries()
    with_one = queries()
    for n in range(requests.DRAFTS_AT_MOST - 1):
        requests.begin(services()[MESSAGES[n % 2]], activated, f"t{n}")
    assert queries() == with_one
