"""Whatever is typed into the registration form has its answer: beside the field, in the summary, in the page's language;
and nothing typed is lost but passwords and the image code."""

import re
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.translation import gettext, ngettext, override

from accounts.models import OneTimeCode, User
from tests.steps import ANSWERS, fill_in, hidden, look_at_image

pytestmark = pytest.mark.django_db

LETTERS = "Type digits only. The number has ten digits and no letters."
TEN = "You typed {} digits; an iqama number has 10. Check it against your document."
ONE_WRONG = "One of the digits is not right. Compare the number with your document, digit by digit."
ID_LIKE_MOBILE = (
    "This looks like a mobile number. Type the ID, iqama or border number here: ten digits that do not start with 0."
)
LANDLINE = "This is not a mobile number, and a landline cannot receive the code. Type a number that starts with 05."
FOREIGN = "Codes are sent to Saudi mobile numbers only. Type a number that starts with 05."
MOBILE_LIKE_ID = "This looks like an ID or iqama number. Type your mobile number here: it starts with 05."
LATIN_ONLY = "Use Latin letters (a–z) and digits only: no Arabic letters, no spaces, no signs."
PIECE = "The password contains a large piece of your username. Leave it out."
FREQUENT = "One character makes up more than half of the password. Vary it."
COMMON = "This password is on the lists that attackers try first. Choose another one."
LONG = "You typed {} characters; a password has 8 to 128."
ADDRESS = "Type the address with its domain, for example name@example.com."

WRONG = [
    ("id_number", "200000000", TEN.format(9)),
    ("id_number", "20000000066", TEN.format(11)),
    ("id_number", "20000A0006", LETTERS),
    ("id_number", "2000000007", ONE_WRONG),
    ("id_number", "٢٠٠٠٠٠٠٠٠٧", ONE_WRONG),
    ("id_number", "0512345621", ID_LIKE_MOBILE),
    ("id_number", "+966512345621", ID_LIKE_MOBILE),
    (
        "id_number",
        "7000000001",
        "A national ID starts with 1, an iqama with 2 and a border number with 3, 4, 5 or 6. Check the first digit.",
    ),
    ("id_number", "20000😀0006", LETTERS),
    ("id_number", "", "Type your ID, iqama or border number."),
    ("mobile", "2000000006", MOBILE_LIKE_ID),
    ("mobile", "0112345678", LANDLINE),
    ("mobile", "+14155552671", FOREIGN),
    ("mobile", "0512345621 ext 7", "Type the mobile number without an extension."),
    ("mobile", "051234562", "A mobile number has 10 digits and starts with 05. Check the digits."),
    ("mobile", "05123456211", "A mobile number has 10 digits and starts with 05. Check the digits."),
    ("mobile", "05123😀5621", "Type digits only, for example 05XXXXXXXX."),
    ("mobile", "", "Type your mobile number."),
    ("email", "samer@", ADDRESS),
    ("email", "samer", ADDRESS),
    ("email", "samer@example", ADDRESS),
    ("username", "سامر٢٠٢٦", LATIN_ONLY),
    ("username", "samer20", "You typed 7 characters; a username has 8 to 30."),
    ("username", "s" * 30 + "1", "You typed 31 characters; a username has 8 to 30."),
    ("username", "2026samer", "Begin the username with a Latin letter (a–z)."),
    ("username", "SAMER2026", "Add a small letter (a–z) to the username."),
    ("username", "samersamer", "Add a digit (0–9) to the username."),
    ("username", "samer 2026", LATIN_ONLY),
    ("password", "Samer2026Xy", PIECE),
    ("password", "aaaaaaaaA1", FREQUENT),
    ("password", "Password1", COMMON),
    ("password", "Aa1" + "bcdefghij" * 14, LONG.format(129)),
    ("password", "Ab1", LONG.format(3)),
    ("password", "lantern7blue", "Add a capital letter (A–Z) to the password."),
    ("password", "LANTERN7BLUE", "Add a small letter (a–z) to the password."),
    ("password", "LanternBlue", "Add a digit (0–9) to the password."),
    ("password_again", "Blue8Lantern", "The two passwords differ. Type both again."),
    ("language", "fr", "Choose one of the two languages."),
    ("pledge", None, "Tick this box to go on: without the pledge there is no registration."),
    ("captcha", "111111", "These were not the digits of the image. Type those of the new one."),
    ("captcha", "", "Type the six digits of the image, or listen to them."),
]


def _text(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def _summary(page: str) -> str:
    found = re.search(r'<div class="error-summary".*?</div>', page, re.DOTALL)
    assert found, "The page has no error summary."
    return found.group(0)


def _beside(page: str, field: str) -> str:
    found = re.search(rf'<ul class="errorlist" id="id_{field}_error">(.*?)</ul>', page, re.DOTALL)
    assert found, f"Nothing is said beside {field}."
    return _text(found.group(1))


def _values(page: str) -> dict[str, str]:
    """What the inputs of the page hold."""
    inputs = re.findall(r"<input[^>]*>", page)
    kept = {}
    for tag in inputs:
        facts = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if facts.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        kept[facts.get("name", "")] = facts.get("value", "")
    return kept


def _translated(sentence: str) -> str:
    """In the language of the page, with its plural of what was counted."""
    counted = re.match(r"You typed (\d+) (digit|character)s", sentence)
    if not counted:
        return gettext(sentence)
    number, unit = counted.groups()
    one = sentence.replace(f"{number} {unit}s", f"one {unit}", 1)
    return ngettext(one, sentence.replace(number, "%(typed)d", 1), int(number)) % {"typed": int(number)}


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize(("field", "typed", "sentence"), WRONG)
def test_a_wrong_answer_has_its_sentence(field: str, typed: Any, sentence: str, language: str, browser: Client) -> None:
    sent = {field: typed} if field != "password" else {"password": typed, "password_again": typed}
    page = fill_in(browser, language, **sent).content.decode()
    with override(language):
        expected = _translated(sentence)
    assert expected != sentence or language == "en"
    assert expected in _beside(page, field)
    assert expected in _text(_summary(page))
    assert f'href="#id_{field}' in _summary(page)
    assert 'role="alert"' in _summary(page) and "autofocus" in _summary(page)
    assert User.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "typed", "sentence"), [w for w in WRONG if w[0] in ("id_number", "mobile", "username")]
)
def test_nothing_typed_is_lost_but_passwords(field: str, typed: str, sentence: str, browser: Client) -> None:
    kept = _values(fill_in(browser, **{field: typed}).content.decode())
    for name in ("id_number", "mobile", "email", "username"):
        assert kept.get(name, "") == (typed if name == field else ANSWERS[name])
    assert kept["language"] == "en" and "pledge" in kept
    assert kept.get("password", "") == kept.get("password_again", "") == ""


@pytest.mark.parametrize(("language", "told"), [("en", "Resident"), ("ar", "مقيم")])
def test_a_page_that_comes_back_tells_beside_the_number_whom_it_stands_for(
    language: str, told: str, browser: Client
) -> None:
    kind = re.compile(r'class="kind"[^>]*>([^<]*)</p>')
    assert kind.findall(browser.get(f"/{language}/register/").content.decode()) == [""]
    assert kind.findall(fill_in(browser, language, mobile="0112345678").content.decode()) == [told]
    assert kind.findall(browser.get(f"/{language}/register/").content.decode()) == [""]


def test_an_address_that_is_longer_than_an_account_keeps_is_not_taken(browser: Client) -> None:
    page = fill_in(browser, email=f"{'a' * 200}@{'b' * 60}.com").content.decode()
    assert "at most 254 characters" in _beside(page, "email")
    assert User.objects.count() == 0


def test_an_error_elsewhere_does_not_cost_a_new_image(browser: Client) -> None:
    page = browser.get("/en/register/")
    image = look_at_image(browser, page)
    again = browser.post("/en/register/", ANSWERS | image | {"mobile": "0112345678"})
    kept = _values(again.content.decode())
    assert (kept["captcha"], kept["captcha_key"]) == (image["captcha"], image["captcha_key"])
    assert browser.post("/en/register/", ANSWERS | image).url == "/en/register/code/"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("id_number", "\u200f2000\u200b000006\u202c"),
        ("id_number", "٢٠٠٠٠٠٠٠٠٦"),
        ("id_number", "۲۰۰۰۰۰۰۰۰۶"),
        ("id_number", "2000 000-006"),
        ("mobile", "\u202a+966 51 234 5621\u202c"),
        ("mobile", "٠٥١٢٣٤٥٦٢١"),
        ("mobile", "00966512345621"),
        ("mobile", "512345621"),
        ("email", "samer@example.com\u200b "),
        ("username", " samer2026\u200e"),
    ],
)
def test_what_is_pasted_along_does_no_harm(field: str, typed: str, browser: Client) -> None:
    assert fill_in(browser, **{field: typed}).url == "/en/register/code/"
    user = User.objects.get()
    assert (user.id_number, user.mobile, user.email, user.username) == (
        "2000000006",
        "+966512345621",
        "samer@example.com",
        "samer2026",
    )


def test_a_double_click_registers_once(browser: Client) -> None:
    page = browser.get("/en/register/")
    sent = ANSWERS | look_at_image(browser, page)
    first, second = (browser.post("/en/register/", sent) for _ in range(2))
    assert first.url == second.url == "/en/register/code/"
    assert User.objects.count() == OneTimeCode.objects.count() == 1


def test_a_form_that_was_sent_and_changed_is_another_one(browser: Client) -> None:
    page = browser.get("/en/register/")
    sent = ANSWERS | look_at_image(browser, page)
    browser.post("/en/register/", sent)
    again = browser.post("/en/register/", sent | {"password": "Green4Harbour", "password_again": "Green4Harbour"})
    assert "used already" in again.content.decode()
    assert User.objects.count() == 1


def test_a_new_image_without_javascript_keeps_what_was_typed(browser: Client) -> None:
    page = browser.get("/en/register/")
    key = hidden(page)["captcha_key"]
    again = browser.post("/en/register/", ANSWERS | {"captcha_key": key, "captcha": "", "new_captcha": "1"})
    kept = _values(again.content.decode())
    assert kept["captcha_key"] != key
    assert [kept[name] for name in ("id_number", "mobile", "email", "username")] == [
        ANSWERS[name] for name in ("id_number", "mobile", "email", "username")
    ]
    assert "error-summary" not in again.content.decode()


def test_back_after_finishing_says_so(browser: Client, person: Any, phone: Any) -> None:
    fill_in(browser)
    code = phone.newest_code()
    assert browser.post("/en/register/code/", {"code": code}).url == "/en/register/completed/"
    for answer in (
        browser.get("/en/register/code/", follow=True),
        browser.post("/en/register/code/", {"code": code}, follow=True),
    ):
        assert "Your registration is finished already. Sign in and activate your account." in _text(
            answer.content.decode()
        )


def test_a_page_of_an_earlier_tab_is_recognised(browser: Client, person: Any, phone: Any) -> None:
    fill_in(browser)
    earlier = hidden(browser.get("/en/register/code/"))["flow"]
    old_code = phone.newest_code()
    fill_in(browser, mobile="0512345622", username="samer2027")
    page: HttpResponse = browser.post("/en/register/code/", {"code": old_code, "flow": earlier}, follow=True)
    assert "You began anew in another tab. Type the code of the newest message." in _text(page.content.decode())


@pytest.mark.parametrize("name", ["registration_code", "registration_mobile"])
def test_the_pages_between_form_and_end_say_at_which_step_they_are(name: str, browser: Client) -> None:
    from tests.walk import path

    fill_in(browser)
    page = browser.get(path(name)).content.decode()
    current = re.search(r'<li aria-current="step">(.*?)</li>', page)
    assert current and _text(current.group(1)).endswith("Confirmation ")


@pytest.mark.parametrize("language", ["ar", "en"])
def test_everything_wrong_with_a_username_is_told_at_once(language: str, browser: Client) -> None:
    page = fill_in(browser, language, username="7 سا").content.decode()
    told = [
        "You typed 4 characters; a username has 8 to 30.",
        LATIN_ONLY,
        "Begin the username with a Latin letter (a–z).",
    ]
    with override(language):
        for sentence in [*told, "Add a small letter (a–z) to the username."]:
            assert _translated(sentence) in _beside(page, "username") and _translated(sentence) in _text(_summary(page))


@pytest.mark.parametrize(
    "name", ["registration_code", "registration_mobile", "registration_username", "registration_completed"]
)
def test_pages_of_a_registration_lead_to_its_beginning_when_none_is_under_way(name: str, browser: Client) -> None:
    from tests.walk import path

    assert browser.get(path(name)).url == "/en/register/"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type the six digits of the code."),
        ("12345", "You typed 5 digits; the code has six. Type all six as they are shown."),
        ("12345a", "Type digits only. The code has six, as they stand in the message."),
    ],
)
def test_a_code_that_cannot_be_one_costs_no_try(
    typed: str, sentence: str, browser: Client, person: Any, phone: Any
) -> None:
    fill_in(browser)
    assert sentence in _beside(
        browser.post("/en/register/code/", {"code": typed}, follow=True).content.decode(), "code"
    )
    spaced = " ".join(phone.newest_code()).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert browser.post("/en/register/code/", {"code": spaced}).url == "/en/register/completed/"
