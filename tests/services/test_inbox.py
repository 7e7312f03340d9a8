"""The inbox: what happened to an account stays there, is counted until it is read, and is nobody else's."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actions import mobiles, profile
from accounts.models import User
from core import clock
from services import pressing
from services.actions import decisions, inbox, requests
from services.catalogue import services
from services.models import Notice, Reason
from services.notices import WORDINGS
from tests.asking import asked, submitted
from tests.cast import Phone, sign_in

pytestmark = pytest.mark.django_db


def counted(user: User) -> int:
    return User.objects.get(pk=user.pk).unread_notices


@pytest.fixture
def told(activated: User) -> list[Notice]:
    inbox.put(activated, "password_changed")
    inbox.put(activated, "activated", place={"ar": "مصرف التجربة", "en": "Demonstration Bank"})
    return list(Notice.objects.of(activated).order_by("-pk"))


@pytest.mark.parametrize("name", sorted(WORDINGS))
def test_every_notice_has_a_text_message_of_its_name_and_a_page_that_exists(name: str) -> None:
    assert (Path(settings.BASE_DIR) / "templates" / "messaging" / "sms" / f"{name}.ar.txt").exists()
    assert not WORDINGS[name].page or reverse(WORDINGS[name].page)


def test_the_newest_stands_first_in_the_language_of_the_page(
    told: list[Notice], activated: User, browser: Client
) -> None:
    sign_in(browser, activated)
    english, arabic = (browser.get(f"/{language}/inbox/").content.decode() for language in ("en", "ar"))
    assert english.index("Demonstration Bank") < english.index("Your password was changed")
    assert "مصرف التجربة" in arabic and "Demonstration Bank" not in arabic


def test_every_page_counts_what_is_unread(told: list[Notice], activated: User, browser: Client) -> None:
    sign_in(browser, activated)
    assert "Unread: 2" in browser.get("/en/account/").content.decode()
    browser.post("/en/inbox/read/")
    assert "Unread:" not in browser.get("/en/account/").content.decode()


def test_one_notice_is_marked_as_read_and_counts_down_once(
    told: list[Notice], activated: User, browser: Client
) -> None:
    sign_in(browser, activated)
    for _ in range(2):
        page = browser.post("/en/inbox/read/", {"notice": told[0].pk}, follow=True).content.decode()
    assert counted(activated) == 1
    assert page.count("badge-unread") == 1


def test_looking_at_the_inbox_changes_nothing(told: list[Notice], activated: User, browser: Client) -> None:
    sign_in(browser, activated).get("/en/inbox/")
    assert counted(activated) == 2


def test_what_is_told_of_a_request_is_read_when_the_request_is_opened(activated: User, browser: Client) -> None:
    opened, other = submitted(activated, token="a"), submitted(activated, token="b")
    inbox.put(activated, "request_returned", number=opened.number, said="Which branch?")
    sign_in(browser, activated)
    assert counted(activated) == 3
    page = browser.get(f"/en/requests/{opened.number}/").content.decode()
    assert "Unread: 1" in page and counted(activated) == 1
    assert [notice.places["number"] for notice in Notice.objects.unread()] == [other.number]
    browser.get(f"/en/requests/{other.number}/")
    assert "Unread:" not in browser.get("/en/requests/").content.decode() and counted(activated) == 0


def test_what_is_told_of_a_request_says_what_it_asks_for(activated: User, browser: Client) -> None:
    sign_in(browser, activated)
    for token in ("1", "2", "3"):
        submitted(activated, "passports-messages", token=token)
    with CaptureQueriesContext(connection) as queries:
        page = browser.get("/en/inbox/").text
    assert page.count("<strong>Message to Passports</strong>") == 3
    assert sum("number" in query["sql"] and "servicerequest" in query["sql"] for query in queries) <= 2


def test_what_waits_stands_above_all_notices_and_not_above_the_unread_ones(activated: User, browser: Client) -> None:
    requests.begin(services()["civil-affairs-messages"], activated, "draft")
    sign_in(browser, activated)
    assert "Waits for you" in browser.get("/en/inbox/").content.decode()
    assert "Waits for you" not in browser.get("/en/inbox/?unread").content.decode()


def test_what_an_officer_returned_stands_above_however_many_drafts(activated: User, officer: User) -> None:
    returned = asked(activated, "civil-affairs-messages", officer, topic="other", message="How do I renew?")
    decisions.send_back(returned, officer, reason=Reason("Which document?"), fields=["message"])
    for number in range(pressing.SHOWN_AT_MOST):
        requests.begin(services()["civil-affairs-messages"], activated, f"t{number}")
    errands = pressing.requests_of(activated)
    assert (errands[0].number, len(errands)) == (returned.number, pressing.SHOWN_AT_MOST)


def test_where_nothing_is_unread_no_statement_marks_anything(activated: User, browser: Client) -> None:
    request = submitted(activated)
    sign_in(browser, activated).get(f"/en/requests/{request.number}/")
    with CaptureQueriesContext(connection) as queries:
        browser.get(f"/en/requests/{request.number}/")
    assert not [query["sql"] for query in queries if query["sql"].startswith("UPDATE") and "notice" in query["sql"]]


def test_a_stranger_neither_reads_nor_marks_them(told: list[Notice], stranger: User, browser: Client) -> None:
    sign_in(browser, stranger)
    assert "Demonstration Bank" not in browser.get("/en/inbox/").content.decode()
    browser.post("/en/inbox/read/", {"notice": told[0].pk})
    assert Notice.objects.unread().count() == 2


@pytest.mark.parametrize("key", ["", "x", "-1", "9" * 40, "٣"])
def test_what_is_no_key_of_a_notice_does_no_harm(
    key: str, told: list[Notice], activated: User, browser: Client
) -> None:
    sign_in(browser, activated)
    assert browser.get("/en/inbox/", {"before": key}).status_code == 200


def test_older_notices_follow_on_the_next_page(activated: User, browser: Client) -> None:
    for _ in range(inbox.ROWS_ON_A_PAGE + 1):
        inbox.put(activated, "password_changed")
    first, before = inbox.page_of(activated)
    second, end = inbox.page_of(activated, before)
    assert (len(first), len(second), end) == (inbox.ROWS_ON_A_PAGE, 1, None)
    page = sign_in(browser, activated).get("/en/inbox/").content.decode()
    assert f"?before={before}" in page


def test_an_empty_inbox_says_what_will_stand_there(activated: User, browser: Client) -> None:
    assert "Nothing here yet." in sign_in(browser, activated).get("/en/inbox/").content.decode()


def test_a_changed_password_is_told_to_the_mobile_and_the_inbox(activated: User, phone: Phone) -> None:
    profile.set_password(activated, "Green9Harbour")
    assert phone.newest().purpose == "password_changed"
    assert [notice.name for notice in Notice.objects.of(activated)] == ["password_changed"]


def test_a_moved_mobile_is_told_to_both_numbers_and_once_to_the_inbox(activated: User, phone: Phone) -> None:
    mobiles.move(activated, "+966555000111", actor=activated)
    assert [Phone(number).newest().purpose for number in (phone.mobile, "+966555000111")] == ["mobile_changed"] * 2
    assert Notice.objects.of(activated).count() == 1


def test_notices_past_their_keep_go_and_do_not_count_any_more(told: list[Notice], activated: User) -> None:
    Notice.objects.filter(pk=told[1].pk).update(told_at=clock.read() - inbox.NOTICES_KEPT - timedelta(hours=1))
    assert inbox.purge() == 1
    assert (Notice.objects.count(), counted(activated)) == (1, 1)
