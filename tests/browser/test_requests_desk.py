"""An officer who decides one request after the other, with the keyboard and a script that writes what was chosen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from services.models import ReadyReason, ServiceRequest
from services.states import RequestState
from tests.browser.conftest import DESKTOP, PHONE, sign_in_officer
from tests.officers.requests import ask

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

UNCLEAR = {
    "title_ar": "صورة غير واضحة",
    "title_en": "Unclear photo",
    "text_ar": "صوّرها من جديد وأرفقها.",
    "text_en": "Take it again.",
}
MISSING = {
    "title_ar": "نقص",
    "title_en": "Something is missing",
    "text_ar": "أرفق الوثيقة الناقصة.",
    "text_en": "Attach it.",
}


@pytest.fixture
def desk(open_window: Callable[..., Page], civil_affairs: User) -> Page:
    window = open_window(viewport=DESKTOP)
    window.goto("/en/admin/login/")
    sign_in_officer(window, civil_affairs)
    return window


def test_a_chosen_reason_stands_in_the_box_and_what_was_written_stays(
    desk: Page, civil_affairs: User, activated: User
) -> None:
    unclear, missing = (ReadyReason.objects.create(department="civil-affairs", **texts) for texts in (UNCLEAR, MISSING))
    User.objects.filter(pk=activated.pk).update(language="ar")
    request = ask(activated, officer=civil_affairs)
    desk.goto(f"/en/admin/services/servicerequest/{request.number}/")
    box = desk.locator("#id_text")
    for reason in (unclear, missing):
        desk.select_option("#id_ready_reason", str(reason.pk))
        expect(box).to_have_value(reason.text_ar)
    desk.select_option("#id_ready_reason", "")
    expect(box).to_have_value("")
    box.fill("كلام الموظف نفسه.")
    desk.select_option("#id_ready_reason", str(unclear.pk))
    expect(box).to_have_value("كلام الموظف نفسه.")


STARTS = "all => new Set(all.map(one => Math.round(one.getBoundingClientRect().left))).size"
GROUNDS = "all => all.map(one => getComputedStyle(one).backgroundColor)"


def test_answers_in_both_scripts_begin_in_one_line_and_rows_of_a_phone_stand_on_the_ground_of_the_page(
    desk: Page, civil_affairs: User, activated: User
) -> None:
    request = ask(activated, officer=civil_affairs, topic="family", message="كيف أضيف ابني؟")
    desk.set_viewport_size(PHONE)
    desk.goto(f"/en/admin/services/servicerequest/{request.number}/")
    answers = desk.locator("[aria-labelledby=answers-title] dd bdi")
    expect(answers).to_have_count(2)
    assert answers.evaluate_all(STARTS) == 1
    ask(activated, token="2", officer=civil_affairs)
    desk.goto("/en/admin/services/servicerequest/list/mine/")
    assert desk.locator(".requests-table tbody tr").evaluate_all(GROUNDS) == ["rgba(0, 0, 0, 0)"] * 2


def test_twenty_requests_are_decided_by_keyboard_one_after_the_other(desk: Page, activated: User) -> None:
    ReadyReason.objects.create(department="civil-affairs", **UNCLEAR)
    for n in range(20):
        ask(activated, token=str(n))
    desk.goto("/en/admin/services/servicerequest/")
    desk.get_by_role("button", name="Take next").press("Enter")
    for left in range(19, -1, -1):
        desk.get_by_role("link", name="Go to the decision").press("Enter")
        expect(desk.locator("#decide-title")).to_be_focused()
        desk.keyboard.press("Tab")
        expect(desk.locator("[name=decision][value=approve]")).to_be_focused()
        for _step in ("return", "reject"):
            desk.keyboard.press("ArrowDown")
        desk.select_option("#id_ready_reason", index=1)
        desk.get_by_role("button", name="Decide, and take the next one").press("Enter")
        expect(desk.locator(".messagelist .success")).to_be_visible()
        assert ServiceRequest.objects.filter(state=RequestState.REJECTED).count() == 20 - left
        assert ServiceRequest.objects.filter(state=RequestState.SUBMITTED).count() == max(left - 1, 0)
    expect(desk.locator(".tile-count").first).to_have_text("0")
    expect(desk.get_by_text("Nothing waits that you may decide.")).to_be_visible()


def test_one_tick_takes_all_rows_of_a_page(desk: Page, activated: User) -> None:
    for n in range(3):
        ask(activated, token=str(n))
    desk.goto("/en/admin/services/servicerequest/list/new/")
    desk.get_by_label("All on this page").check()
    expect(desk.locator("[name=numbers]:checked")).to_have_count(3)
    desk.get_by_label("All on this page").uncheck()
    expect(desk.locator("[name=numbers]:checked")).to_have_count(0)
