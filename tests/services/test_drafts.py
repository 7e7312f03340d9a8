"""Drafts: whatever is typed stays, on every device; what is old goes with its files; what is sent is whole."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from core import clock, queue
from messaging.models import SendCounter
from registry.models import DependencyLink, Document, DocumentKind, Person, Relation
from services import drafts
from services.actions import attachments, decisions, requests
from services.actions.requests import RequestRefused
from services.catalogue import services
from services.models import Attachment, Reason, ServiceRequest
from services.states import RequestState
from services.tasks import purge_drafts
from tests.cast import Phone, luhn_number, sign_in
from tests.parallel import at_the_same_moment
from tests.services.hostile import image, pdf
from tests.services.papers import attach_required

pytestmark = pytest.mark.django_db

MESSAGE = {"topic": "family", "message": "How do I add my newborn son?"}
LOST = "report-lost-documents"
DEATH = "register-death"


@pytest.fixture
def message(activated: User) -> ServiceRequest:
    return requests.begin(services()["civil-affairs-messages"], activated, "m")


@pytest.fixture
def death(activated: User, daughter: DependencyLink) -> ServiceRequest:
    """Answered, without its papers."""
    draft = requests.begin(services()[DEATH], activated, "d")
    requests.keep(draft, {"member": daughter.pk, "died_on": "2026-11-03", "place": "Riyadh"})
    return draft


def form_of(draft: ServiceRequest) -> str:
    return f"/en/requests/{draft.number}/form/"


def page_of(client: Client, address: str) -> str:
    return client.get(address, follow=True).content.decode()


def test_a_step_left_half_way_is_found_again_on_another_device(
    applicant: Client, activated: User, message: ServiceRequest
) -> None:
    typed = {"topic": "nonsense", "message": "x" * 2100}
    assert "Write at most 2000 characters" in applicant.post(form_of(message), typed).content.decode()
    SendCounter.objects.all().delete()  # one code a minute goes to a phone
    other_device = sign_in(Client(), activated)
    page = page_of(other_device, f"/en/requests/{message.number}/")
    assert "x" * 2100 in page and "Write at most" not in page


def test_an_answer_that_was_right_and_is_typed_over_wrongly_does_not_go_out(
    applicant: Client, message: ServiceRequest
) -> None:
    applicant.post(form_of(message), MESSAGE)
    applicant.post(form_of(message), MESSAGE | {"message": ""})
    page = applicant.post(f"/en/requests/{message.number}/review/", {"pledge": "on"}, follow=True).content.decode()
    assert "Something is not answered yet" in page and "Write an answer." in page
    message.refresh_from_db()
    assert (message.state, message.typed) == (RequestState.DRAFT, {"message": ""})


def test_a_date_half_typed_is_kept_as_it_was_typed(applicant: Client, activated: User, person: Person) -> None:
    Document.objects.create(holder=person, kind=DocumentKind.PASSPORT, number="N1", expires_on="2032-06-30")
    draft = requests.begin(services()[LOST], activated, "l")
    typed = {"lost_on_calendar": "hijri", "lost_on_day": "31", "lost_on_month": "13", "lost_on_year": "1447"}
    applicant.post(form_of(draft), typed | {"later": "yes"})
    page = page_of(applicant, form_of(draft))
    assert all(f'value="{value}"' in page for value in ("31", "13", "1447")) and 'value="hijri" selected' in page


def test_a_nul_that_is_pasted_along_costs_nothing_of_the_rest(
    applicant: Client, activated: User, officer: User
) -> None:
    """PostgreSQL keeps none, in no column."""
    applicant.post("/en/requests/new/civil-affairs-messages/", {"token": "a\0b"})
    draft = ServiceRequest.objects.get()
    applicant.post(form_of(draft), {"topic": "x\0", "message": "How do I\0 renew?"})
    assert "How do I renew?" in page_of(applicant, form_of(draft))
    requests.keep(draft, {"topic": "other", "message": "Hello"}, {})
    ServiceRequest.objects.update(typed={})
    requests.submit(draft)
    decisions.take(draft, officer)
    decisions.send_back(draft, officer, reason=Reason("Which city?"), fields=["message"])
    sent = {"message": "In\0 Jeddah", "text": "As\0 asked", "later": "yes"}
    applicant.post(f"/en/requests/{draft.number}/write/", sent)
    assert ServiceRequest.objects.get().typed == {"message": "In Jeddah", "text": "As asked"}


def test_finish_later_says_until_when_the_draft_is_kept(applicant: Client, message: ServiceRequest) -> None:
    page = applicant.post(form_of(message), {"message": "Half", "later": "yes"}, follow=True).content.decode()
    assert re.search(r"The draft is kept until \d+ \w+ \d{4} \(.* AH\)", page) and "Continue" in page
    assert "Half" in page_of(applicant, form_of(message))


def test_the_script_keeps_what_is_typed_without_leaving_the_page(applicant: Client, message: ServiceRequest) -> None:
    assert applicant.post(form_of(message), {"message": "Half", "quietly": "yes"}).status_code == 204
    message.refresh_from_db()
    assert message.answers == {"message": "Half"}
    requests.discard(message)
    assert applicant.post(form_of(message), {"quietly": "yes"}).status_code == 404


def test_a_draft_goes_on_where_it_was_left(applicant: Client, message: ServiceRequest, death: ServiceRequest) -> None:
    assert applicant.get(f"/en/requests/{message.number}/").url.endswith("/form/")
    assert applicant.get(f"/en/requests/{death.number}/").url.endswith("/files/")
    attach_required(death)
    assert applicant.get(f"/en/requests/{death.number}/").url.endswith("/review/")


@pytest.mark.parametrize("address", ["/en/requests/", "/en/requests/new/civil-affairs-messages/", "/en/dashboard/"])
def test_a_draft_is_offered_where_somebody_looks_for_it(
    address: str, applicant: Client, message: ServiceRequest
) -> None:
    assert f'href="/en/requests/{message.number}/"' in page_of(applicant, address)


def test_two_devices_do_not_overwrite_each_others_answers(message: ServiceRequest) -> None:
    here, there = (ServiceRequest.objects.get(pk=message.pk) for _ in range(2))
    requests.keep(here, {"topic": "family"})
    requests.keep(there, {"message": "Hello"})
    message.refresh_from_db()
    assert message.answers == {"topic": "family", "message": "Hello"}


def test_a_draft_deleted_in_another_tab_is_told(applicant: Client, message: ServiceRequest) -> None:
    stale = ServiceRequest.objects.get(pk=message.pk)
    requests.discard(message)
    for act in (lambda: requests.keep(stale, MESSAGE), lambda: requests.submit(stale)):
        with pytest.raises(RequestRefused, match="gone"):
            act()


def test_a_page_of_a_draft_that_was_sent_leads_to_the_request(applicant: Client, message: ServiceRequest) -> None:
    applicant.post(form_of(message), MESSAGE)
    applicant.post(f"/en/requests/{message.number}/review/", {"pledge": "on"})
    for step in ("form", "review", "files"):
        response = applicant.get(f"/en/requests/{message.number}/{step}/")
        assert response.url == f"/en/requests/{message.number}/"
    told = applicant.post(form_of(message), {"message": "Other"}, follow=True)
    assert told.redirect_chain == [(f"/en/requests/{message.number}/", 302)]
    assert "The request is not any more as this page showed it." in told.content.decode()
    message.refresh_from_db()
    assert message.answers == MESSAGE


def test_what_is_asked_for_is_looked_for_once_more_when_it_is_sent(applicant: Client, death: ServiceRequest) -> None:
    """The review page was opened while the document was there; another tab has removed it since."""
    attach_required(death)
    assert applicant.get(f"/en/requests/{death.number}/review/").status_code == 200
    attachments.remove(Attachment.objects.select_related("request").get())
    page = applicant.post(f"/en/requests/{death.number}/review/", {"pledge": "on"}, follow=True).content.decode()
    assert "Attach this document: the request cannot be sent without it." in page
    with pytest.raises(RequestRefused, match="not_documented"):
        requests.submit(death)
    death.refresh_from_db()
    assert death.is_draft


def test_an_action_submits_nothing_that_is_half_answered(message: ServiceRequest) -> None:
    requests.keep(message, {"topic": "family"}, {"message": ""})
    with pytest.raises(RequestRefused, match="not_answered"):
        requests.submit(message)


def test_requirements_hold_on_the_day_on_which_it_is_sent(
    applicant: Client, message: ServiceRequest, death: ServiceRequest, person: Person
) -> None:
    attach_required(death)
    Person.objects.filter(pk=person.pk).update(id_expires_on="2026-01-01")
    page = applicant.post(f"/en/requests/{death.number}/review/", {"pledge": "on"}, follow=True).content.decode()
    assert "One of the requirements does not hold." in page and "Not fulfilled" in page


def test_a_family_that_changed_while_the_draft_lay_is_told_before_it_is_sent(
    applicant: Client, death: ServiceRequest, daughter: DependencyLink
) -> None:
    attach_required(death)
    DependencyLink.objects.filter(pk=daughter.pk).update(until="2026-11-20")
    page = page_of(applicant, f"/en/requests/{death.number}/review/")
    assert "This is not one of the choices." in page


@pytest.mark.django_db(transaction=True)
def test_a_file_removed_while_the_request_is_sent_is_removed_before_or_not_at_all(death: ServiceRequest) -> None:
    attach_required(death)
    attachment = Attachment.objects.select_related("request").get()
    outcomes = at_the_same_moment([lambda: requests.submit(death), lambda: attachments.remove(attachment)])
    sent = ServiceRequest.objects.get()
    assert sent.is_draft != Attachment.objects.exists()
    assert [isinstance(one, Exception) for one in outcomes].count(True) == 1


@pytest.mark.django_db(transaction=True)
def test_one_draft_sent_by_two_tabs_at_the_same_moment_is_one_request(message: ServiceRequest, phone: Phone) -> None:
    requests.keep(message, MESSAGE)
    tabs = [ServiceRequest.objects.select_related("applicant").get() for _ in range(5)]
    outcomes = at_the_same_moment([lambda tab=tab: requests.submit(tab) for tab in tabs])  # type: ignore[misc]
    assert outcomes == [None] * 5
    assert [told.purpose for told in phone.messages()].count("request_submitted") == 1


@pytest.mark.django_db(transaction=True)
def test_one_start_page_sent_by_two_tabs_at_the_same_moment_is_one_draft(activated: User) -> None:
    begin: Any = lambda: requests.begin(services()["civil-affairs-messages"], activated, "same")  # noqa: E731
    begun: list[Any] = at_the_same_moment([begin] * 5)
    assert {draft.pk for draft in begun} == {ServiceRequest.objects.get().pk}


def test_a_disk_that_is_full_when_a_request_is_sent_leaves_a_draft(
    applicant: Client, message: ServiceRequest, settings: Settings
) -> None:
    """The last statement of the transaction fails: the inbox, which is named in the settings."""
    applicant.post(form_of(message), MESSAGE)
    settings.INBOX = "tests.services.test_drafts.full_disk"
    applicant.raise_request_exception = False
    assert applicant.post(f"/en/requests/{message.number}/review/", {"pledge": "on"}).status_code == 503
    message.refresh_from_db()
    assert (message.state, message.answers) == (RequestState.DRAFT, MESSAGE)


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_a_request_is_sent_and_its_text_waits_for_the_relay(
    message: ServiceRequest, phone: Phone, settings: Settings
) -> None:
    usual = current_app.conf.broker_url
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    current_app.conf.update(broker_url=settings.REDIS_URL)
    queue._publisher.cache_clear()
    try:
        requests.keep(message, MESSAGE)
        requests.submit(message)
    finally:
        current_app.conf.update(broker_url=usual)
        queue._publisher.cache_clear()
    assert message.state == RequestState.SUBMITTED
    assert phone.newest().purpose == "request_submitted"


def full_disk(*told: Any, **places: Any) -> None:
    raise OSError(28, "No space left on device")


def test_old_drafts_go_with_their_files_and_what_was_sent_stays(
    activated: User, message: ServiceRequest, death: ServiceRequest, django_capture_on_commit_callbacks: Any
) -> None:
    attach_required(death)
    file = Attachment.objects.get()
    requests.keep(message, MESSAGE)
    requests.submit(message)
    young = requests.begin(services()["civil-affairs-messages"], activated, "young")
    old = clock.read() - drafts.DRAFTS_KEPT - timedelta(hours=1)
    ServiceRequest.objects.exclude(pk=young.pk).update(touched_at=old)
    with django_capture_on_commit_callbacks(execute=True):
        purge_drafts()
    assert set(ServiceRequest.objects.values_list("pk", flat=True)) == {message.pk, young.pk}
    assert not attachments.storage().exists(file.stored_name)


def test_writing_on_a_draft_or_attaching_to_it_keeps_it_longer(death: ServiceRequest) -> None:
    old = clock.read() - drafts.DRAFTS_KEPT - timedelta(hours=1)
    for touch in (lambda: requests.keep(death, {}), lambda: attach_required(death)):
        ServiceRequest.objects.update(touched_at=old)
        touch()
        assert requests.purge() == 0


def test_of_many_drafts_of_a_service_the_newest_are_shown_and_the_way_to_all(
    applicant: Client, activated: User
) -> None:
    start = reverse("request_start", args=["civil-affairs-messages"]).replace("/ar/", "/en/")
    begun = [requests.begin(services()["civil-affairs-messages"], activated, f"t{number}") for number in range(4)]
    page = page_of(applicant, start)
    assert [draft.number in page for draft in begun] == [False, True, True, True]
    everything = page_of(applicant, "/en/requests/?state=draft&service=civil-affairs-messages")
    assert "All drafts" in page and all(draft.number in everything for draft in begun)


def test_who_comes_from_a_family_member_finds_them_chosen(
    applicant: Client, daughter: DependencyLink, activated: User
) -> None:
    start = reverse("request_start", args=[DEATH]).replace("/ar/", "/en/")
    assert "Lama" in page_of(applicant, f"{start}?member={daughter.pk}")
    applicant.post(start, {"token": "t", "member": daughter.pk})
    assert ServiceRequest.objects.get().answers == {"member": daughter.pk}


@pytest.mark.parametrize("key", ["strangers", "x", "-1", "9" * 30, ""])
def test_a_link_to_somebody_elses_family_chooses_nobody(
    key: str, applicant: Client, stranger: User, make_person: Callable[..., Person]
) -> None:
    head = Person.objects.get(id_number=stranger.id_number)
    child = make_person(luhn_number("200003005"), first_name_en="Huda")
    link = DependencyLink.objects.create(head=head, dependent=child, relation=Relation.DAUGHTER)
    member = str(link.pk) if key == "strangers" else key
    page = page_of(applicant, f"/en/requests/new/{DEATH}/?member={member}")
    assert "Huda" not in page and 'name="member"' not in page
    applicant.post(f"/en/requests/new/{DEATH}/", {"token": "t", "member": member})
    assert not ServiceRequest.objects.exclude(answers={}).exists()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("calendar=gregorian&day=26&month=11&year=2026", "1448 AH"),
        ("calendar=hijri&day=١&month=٩&year=١٤٤٦", "1 Ramadan 1446 AH"),
        ("calendar=gregorian&day=31&month=2&year=2026", ""),
        ("calendar=hijri&day=1&month=1&year=9999", ""),
        ("day=x", ""),
        ("", ""),
    ],
)
def test_a_day_is_shown_in_the_other_calendar_as_it_is_typed(typed: str, shown: str, browser: Client) -> None:
    answer = browser.get(f"/en/dates/?{typed}").content.decode()
    assert shown in answer and bool(answer) == bool(shown)


def test_several_files_are_attached_at_once_and_those_before_a_bad_one_stay(
    applicant: Client, death: ServiceRequest
) -> None:
    document = next(entry.name for entry in services()[DEATH].documents if entry.is_required)
    files = [
        SimpleUploadedFile(name, content) for name, content in (("a.pdf", pdf()), ("b.png", image()), ("c.exe", b"MZ"))
    ]
    page = applicant.post(f"/en/requests/{death.number}/files/", {"document": document, "file": files}).content.decode()
    assert "Only PDF, JPEG and PNG" in page and "a.pdf" in page and "b.png" in page
    assert list(Attachment.objects.order_by("pk").values_list("pages", flat=True)) == [1, None]


def test_the_documents_that_are_missing_are_named_where_they_are_attached(
    applicant: Client, death: ServiceRequest
) -> None:
    answers = {"place": "Riyadh", "died_on": "2026-01-02"}
    requests.keep(death, death.answers | answers)
    page = applicant.get(f"/en/requests/{death.number}/review/", follow=True).content.decode()
    assert page.count("Attach this document: the request cannot be sent without it.") == 2
    assert '<a href="#file-death_notification">Death notification: Attach' in page
    attach_required(death)
    assert "error-summary" not in page_of(applicant, f"/en/requests/{death.number}/files/?check")


def test_each_step_says_which_it_is(applicant: Client, message: ServiceRequest, death: ServiceRequest) -> None:
    assert "Attachments" not in page_of(applicant, form_of(message))
    pages = [page_of(applicant, f"/en/requests/{death.number}/{step}/") for step in ("form", "files")]
    steps = [re.findall(r'aria-current="step".*?step-text">([^<]+)<', page) for page in pages]
    assert steps == [["Answers"], ["Attachments"]]
    requests.keep(message, MESSAGE)
    assert 'aria-current="step"><span class="step-number" aria-hidden="true">2<' in page_of(
        applicant, f"/en/requests/{message.number}/review/"
    )


def test_what_cannot_be_undone_is_asked_once_more(applicant: Client, message: ServiceRequest) -> None:
    """In a part of the page that is closed at first, and opens without a script."""
    end = re.compile(r'<details class="end[^"]*">\s*<summary>([^<]+)</summary>\s*<p>([^<]+)</p>')
    assert end.findall(page_of(applicant, form_of(message)))[0][0] == "Delete this draft"
    requests.keep(message, MESSAGE)
    requests.submit(message)
    word, warning = end.findall(page_of(applicant, f"/en/requests/{message.number}/"))[0]
    assert word == "Withdraw the request" and "make a new one" in warning


def test_a_question_is_no_sentence_with_a_colon(applicant: Client, death: ServiceRequest) -> None:
    page = applicant.post(form_of(death), {}).content.decode()
    assert "Who has died? " in page and "?:" not in page
