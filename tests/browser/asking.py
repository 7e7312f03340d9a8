"""A request in a browser: what its applicant does, from the menu on, and what officers do at their desks."""

from datetime import date

from playwright.sync_api import Locator, Page, expect

from messaging.models import SendCounter
from services.models import ServiceRequest
from services.states import RequestState
from tests.browser.conftest import digits_in, send

REASON = "Please write it as it stands on the paper that you have attached."


def follow(page: Page, link: Locator) -> None:
    with page.expect_navigation():
        link.first.click()


def begin(window: Page, service: str) -> None:
    """From the menu through the centre of the department to the form; what has to hold, holds."""
    follow(window, window.locator(".account-nav a[href$='/dashboard/']"))
    follow(window, window.locator("main a[href$='/requests/at/civil-affairs/']"))
    follow(window, window.locator(f"main a[href$='/requests/new/{service}/']"))
    expect(window.locator(".finding-lacks")).to_have_count(0)
    send(window)


def type_day(window: Page, name: str, day: date, language: str) -> None:
    for part in ("day", "month", "year"):
        window.fill(f"[name={name}_{part}]", digits_in(str(getattr(day, part)), language))


def attach(window: Page, document: str, name: str, content: bytes) -> None:
    media_type = "application/pdf" if name.endswith("pdf") else "image/png"
    window.set_input_files(f"#file-{document}", {"name": name, "mimeType": media_type, "buffer": content})
    expect(window.locator(f"section:has(#file-{document}) [data-files] > li")).to_contain_text(name)


def submit(window: Page) -> ServiceRequest:
    """From the files through the review to the page of the request."""
    follow(window, window.locator("main a[href$='/review/']"))
    window.check("[name=pledge]")
    SendCounter.objects.all().delete()
    send(window)
    request = ServiceRequest.objects.latest("pk")
    expect(window.locator("main .number").first).to_have_text(request.number)
    return request


def take_next(desk: Page, language: str) -> None:
    desk.goto(f"/{language}/admin/services/servicerequest/")
    follow(desk, desk.locator("form[action$='/next/civil-affairs/'] button"))


def send_back(desk: Page, field: str) -> None:
    """The request on this page, for one of its answers."""
    desk.check(f"[name=fields_to_correct][value={field}]")
    _decide(desk, "return")


def correct(window: Page, field: str, right: str) -> None:
    """On the page of the returned request, where the officer's words stand."""
    expect(window.locator(".returned")).to_contain_text(REASON)
    window.fill(f"[name={field}]", right)
    window.fill("[name=text]", "Corrected.")
    follow(window, window.locator("form[action$='/write/'] button.button:not(.button-quiet)"))


def approve(desk: Page, request: ServiceRequest, right: str, language: str, *, second: Page | None = None) -> None:
    """What was corrected; by two officers where the service takes them."""
    desk.goto(f"/{language}/admin/services/servicerequest/{request.number}/")
    expect(desk.get_by_text(right).first).to_be_visible()
    _decide(desk, "approve")
    if second:
        second.goto(f"/{language}/admin/services/servicerequest/list/second/")
        follow(second, second.locator(f"main a[href*='/{request.number}/']"))
        _decide(second, "confirm")
    request.refresh_from_db()
    assert request.state == RequestState.APPROVED


def _decide(desk: Page, decision: str) -> None:
    form = desk.locator("form[data-submit-once]:has([name=decision])")
    form.locator(f"[name=decision][value={decision}]").check()
    for check in form.locator("[name=checks]").all():
        check.check()
    if decision != "confirm":
        form.locator("[name=text]").fill(REASON)
    SendCounter.objects.all().delete()
    follow(desk, form.locator("button.button:not(.button-quiet)"))
