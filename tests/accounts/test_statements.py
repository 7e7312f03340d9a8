"""How often a registration asks the database: each statement costs, and a registration makes four requests and an image."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import Phone
from tests.steps import ANSWERS, look_at_image

pytestmark = pytest.mark.django_db

# Constants: whoever changes one has looked at why. Without what begins and ends transactions, and without NOTIFY. Of the form, one
# writes the password, which is still being hashed while the others are asked.
FORM, IMAGE, FORM_SENT, CODE_PAGE, CODE_SENT = 0, 1, 11, 4, 11
_UNCOUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SELECT pg_notify")


def _asked(act: Callable[[], Any]) -> tuple[int, HttpResponse]:
    with CaptureQueriesContext(connection) as queries:
        done = act()
    return sum(not query["sql"].startswith(_UNCOUNTED) for query in queries), done


@pytest.mark.usefixtures("person")
def test_a_registration_asks_the_database_a_known_number_of_times(browser: Client, phone: Phone) -> None:
    form, page = _asked(lambda: browser.get("/en/register/"))
    typed = ANSWERS | look_at_image(browser, page)
    image, _seen = _asked(lambda: look_at_image(browser, page))
    form_sent, _led = _asked(lambda: browser.post("/en/register/", typed))
    code_page, _page = _asked(lambda: browser.get("/en/register/code/"))
    code = {"code": phone.newest_code()}
    code_sent, led = _asked(lambda: browser.post("/en/register/code/", code))
    assert led.url == "/en/register/completed/"
    # The test itself reads the image's digits with one more.
    assert (form, image - 1, form_sent, code_page, code_sent) == (FORM, IMAGE, FORM_SENT, CODE_PAGE, CODE_SENT)
