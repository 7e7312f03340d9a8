"""What people do in a browser, as one call each: fill in a form with its image code, type a code, sign in."""

import re
from typing import Any

from captcha.models import CaptchaStore
from django.http import HttpResponse
from django.test import Client

from tests.cast import PASSWORD, RESIDENT_NUMBER, Phone

MOBILE = "0512345621"
ANSWERS = {
    "id_number": RESIDENT_NUMBER,
    "mobile": MOBILE,
    "email": "samer@example.com",
    "username": "samer2026",
    "password": PASSWORD,
    "password_again": PASSWORD,
    "language": "en",
    "pledge": "on",
}


def hidden(page: HttpResponse) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode())
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def look_at_image(client: Client, page: HttpResponse) -> dict[str, str]:
    """The two values of the image code, as somebody types them who reads the page's image."""
    image = re.search(r'src="(/captcha/[^"]+\.png)"', page.content.decode())
    assert image, "The page shows no image code."
    assert client.get(image.group(1)).status_code == 200
    return {"captcha_key": hidden(page)["captcha_key"], "captcha": CaptchaStore.objects.latest("pk").response}


def fill_in(client: Client, pages: str = "en", **answers: Any) -> HttpResponse:
    """Sends the registration form, in the language `pages`, with a right image code; an answer that is None is left out."""
    page = client.get(f"/{pages}/register/")
    sent = ANSWERS | look_at_image(client, page) | answers
    return client.post(f"/{pages}/register/", {name: value for name, value in sent.items() if value is not None})


def register(client: Client, phone: Phone, pages: str = "en", **answers: Any) -> HttpResponse:
    """From the form to the page that says: completed."""
    fill_in(client, pages, **answers)
    return client.post(f"/{pages}/register/code/", {"code": phone.newest_code()}, follow=True)
