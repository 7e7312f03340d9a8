"""Makes the README's pictures in docs/pictures: `python scripts/pictures.py` starts a demonstration of its own for them.

Needs Chromium (CHROMIUM says where it is) and what the tests need.
"""

import io
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import run  # noqa: E402
from scripts.test import chromium  # noqa: E402

if TYPE_CHECKING:
    from accounts.models import User

PICTURES = ROOT / "docs" / "pictures"
HOST, PORT = "127.0.0.1", 8765
MOST_BYTES = 120_000
COLOURS = 64
SAMER = {"id_number": "2000000006", "mobile": "0512345621", "email": "samer@example.com", "username": "samer2026"}
PASSWORD = "Blue7Lantern"
# Residents of the demonstration who wait for an officer, and since when.
WAITING = {
    "2000010005": timedelta(hours=7),
    "2000020004": timedelta(hours=5, minutes=20),
    "2000030003": timedelta(hours=3),
    "2000040002": timedelta(minutes=48),
    "2000050001": timedelta(minutes=12),
}
DIFFERING = ("2000020004", "2000040002")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3", "DJANGO_ALLOW_ASYNC_UNSAFE": "true"}
        run.set_environment(HOST, PORT)
        with _demonstration(), sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=os.environ.get("CHROMIUM") or chromium(), args=["--no-sandbox"]
            )
            _resident(_window(browser, 360, 740, scale=2, locale="ar"))
            _officer(_window(browser, 1440, 900, scale=1, locale="en"))
            _civil_affairs_officer(_window(browser, 1440, 900, scale=1, locale="en"))
            browser.close()


@contextmanager
def _demonstration() -> Iterator[None]:
    command = [sys.executable, "scripts/run.py", "--host", HOST, "--port", str(PORT)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert any("Ctrl-C" in line for line in process.stdout), "The demonstration did not start."
            import django

            django.setup()
            yield
        finally:
            process.send_signal(signal.SIGINT)


def _window(browser: Browser, width: int, height: int, *, scale: int, locale: str) -> Page:
    context = browser.new_context(
        base_url=f"http://{HOST}:{PORT}/{locale}/",
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        locale=locale,
    )
    return context.new_page()


def _resident(page: Page) -> None:
    from accounts.models import User
    from messaging.models import SendCounter

    _register(page)
    _type_code(page)
    user = User.objects.get(username=SAMER["username"])
    _activate(user)
    SendCounter.objects.all().delete()  # one text a minute goes to a phone
    page.goto("sign-in/")
    page.fill("[name=login_name]", user.username)
    page.fill("[name=password]", PASSWORD)
    _send(page)
    _type_code(page)
    _save(page, "dashboard-ar-360")
    for name, address in (("centre-ar-360", "requests/at/civil-affairs/"), ("family-ar-360", "family/")):
        page.goto(address)
        _save(page, name)


def _register(page: Page) -> None:
    from captcha.models import CaptchaStore

    page.goto("register/", wait_until="networkidle")
    for name, typed in SAMER.items():
        page.fill(f"[name={name}]", typed)
    page.evaluate("scrollTo(0, 0)")
    _save(page, "registration-ar-360")
    for name in ("password", "password_again"):
        page.fill(f"[name={name}]", PASSWORD)
    page.fill("[name=captcha]", CaptchaStore.objects.latest("pk").response)
    page.check("[name=pledge]")
    _send(page)
    # The relay hands the message over, and the page tells by itself.
    expect(page.locator("[data-poll-url] .notice-success")).to_be_visible(timeout=15_000)
    page.evaluate("document.activeElement.blur()")
    _save(page, "code-ar-360")


def _type_code(page: Page) -> None:
    from messaging.models import DemoText

    page.locator("[data-poll-url] .notice-success").wait_for(timeout=15_000)
    page.fill("[name=code]", DemoText.objects.latest("pk").text.rsplit("#", 1)[1].strip())
    _send(page)


def _send(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main form .button[type=submit]").first.click()


def _activate(user: "User") -> None:
    from accounts.models import User
    from activation.actions import cases, visits
    from activation.models import Fingerprint
    from registry.models import Person

    person = Person.objects.get(id_number=user.id_number)
    document = visits.Document(person.id_number, person.name_en, person.birth_date)
    officer = User.objects.get(username="passports2027")
    differences = visits.check_document(cases.begin(user, "officer"), officer, document, Fingerprint.MATCHED)
    assert not differences, differences


def _officer(page: Page) -> None:
    _fill_the_desk()
    _sign_in(page, "passports2026")
    page.evaluate("document.activeElement.blur()")
    _save(page, "desk-en-1440")


def _civil_affairs_officer(page: Page) -> None:
    """Decides on a date of birth that the register has otherwise."""
    number = _asked_for()
    _sign_in(page, "civil2026")
    page.goto(f"admin/services/servicerequest/{number}/")
    page.evaluate("document.activeElement.blur()")
    _save(page, "request-en-1440")


def _sign_in(page: Page, username: str) -> None:
    from simulators.officers import demo_officers

    officer = next(one for one in demo_officers() if one["username"] == username)
    page.goto("admin/")
    for name, typed in (("username", "username"), ("password", "password"), ("otp_token", "code")):
        page.fill(f"[name={name}]", officer[typed])
    _send(page)


def _asked_for() -> str:
    """The number of Samer's request, with an officer of Civil Affairs."""
    from accounts.models import User
    from registry.models import Person
    from services.actions import attachments, decisions, requests
    from services.catalogue import services

    samer, paper = User.objects.get(username=SAMER["username"]), io.BytesIO()
    Image.new("RGB", (400, 560), "white").save(paper, "PNG")
    request = requests.begin(services()["correct-birth-date"], samer, "picture")
    person = Person.objects.get(id_number=samer.id_number)
    requests.keep(
        request, {"person": person.pk, "birth_date": "1988-04-18", "reason": "A slip at my first registration."}
    )
    attachments.attach(request, "birth_certificate", "birth-certificate.png", paper.getvalue())
    requests.submit(request)
    decisions.take(request, User.objects.get(username="civil2026"))
    return request.number


def _fill_the_desk() -> None:
    from accounts.models import User
    from activation.actions import cases, visits
    from activation.models import Attempt, Fingerprint
    from core import clock
    from registry.models import Person

    officer = User.objects.get(username="passports2027")
    for id_number, age in WAITING.items():
        user = _registered(id_number)
        attempt = cases.begin(user, "officer")
        if id_number in DIFFERING:
            person = Person.objects.get(id_number=id_number)
            document = visits.Document(id_number, "Another Spelling", person.birth_date)
            visits.check_document(attempt, officer, document, Fingerprint.MATCHED)
        Attempt.objects.filter(pk=attempt.pk).update(begun_at=clock.ahead(-age))


def _registered(id_number: str) -> "User":
    from accounts.models import User
    from accounts.states import State
    from core import clock

    user = User(username=f"user{id_number[-6:]}", id_number=id_number, mobile=f"+9665{id_number[-8:]}")
    user.state, user.email, user.language = State.REGISTERED, f"{user.username}@example.com", "ar"
    user.mobile_proven_at = clock.read()
    user.claim_ends_at = clock.read() + timedelta(hours=72)
    user.set_unusable_password()
    user.save()
    return user


def _save(page: Page, name: str) -> None:
    """With few colours, as pages have few, and so small."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    file = PICTURES / f"{name}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    assert file.stat().st_size <= MOST_BYTES, f"{file} has {file.stat().st_size} bytes."
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size // 1000} KB")


if __name__ == "__main__":
    main()
