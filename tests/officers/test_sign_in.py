"""The administration asks for a one-time code at every sign-in (AZ-4)."""

import pytest
from django.test import Client

from accounts.models import Session, User
from audit.events import Event
from audit.models import Entry
from tests.cast import PASSWORD, sign_in
from tests.officers.conftest import code_of, enter

pytestmark = pytest.mark.django_db

REFUSED = "Username, password or code is not right. Check all three; the code changes every 30 seconds."
DESK = "/en/admin/activation/attempt/"


def test_an_officer_signs_in_with_password_and_code(passports: User) -> None:
    client = enter(Client(), passports)
    assert client.get(DESK).status_code == 200
    assert Entry.objects.filter(event=Event.OFFICER_SIGNED_IN, actor_id=passports.pk).count() == 1
    assert Session.objects.get(user=passports).idle_seconds == 10 * 60


@pytest.mark.parametrize("wrong", [{"otp_token": "000000"}, {"password": "Wrong1Guess"}, {"username": "nobody99"}])
def test_whatever_is_wrong_the_refusal_is_the_same(wrong: dict[str, str], passports: User) -> None:
    sent = {"username": passports.username, "password": PASSWORD, "otp_token": code_of(passports)} | wrong
    page = Client().post("/en/admin/login/", sent)
    assert page.status_code == 200
    assert REFUSED in page.text
    assert "<title>Error: Officers" in page.text


def test_a_code_works_once(passports: User) -> None:
    code = code_of(passports)
    sent = {"username": passports.username, "password": PASSWORD, "otp_token": code, "next": "/en/admin/"}
    assert Client().post("/en/admin/login/", sent).status_code == 302
    assert REFUSED in Client().post("/en/admin/login/", sent).content.decode()


def test_a_session_without_the_code_opens_nothing(passports: User) -> None:
    client = Client()
    client.force_login(passports)
    assert client.get(DESK)["Location"].startswith("/en/admin/login/")


@pytest.mark.parametrize("wrong", [{"otp_token": "000000"}, {"password": "Wrong1Guess"}])
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Too many wrong passwords or codes. To protect the account, sign-in is paused for 15 minutes."),
        ("ar", "تكررت كتابة كلمات مرور أو رموز خاطئة. لحماية الحساب أُوقف تسجيل الدخول لمدة 15 دقيقة."),
    ],
)
def test_wrong_codes_pause_the_account_like_wrong_passwords(
    language: str, sentence: str, wrong: dict[str, str], passports: User
) -> None:
    for _ in range(5):
        enter(Client(), passports, **wrong)
    page = Client().post(
        f"/{language}/admin/login/",
        {"username": passports.username, "password": PASSWORD, "otp_token": code_of(passports)},
    )
    assert sentence in page.content.decode()


def test_a_resident_has_no_way_in(activated: User) -> None:
    client = sign_in(Client(), activated)
    assert client.get(DESK)["Location"].startswith("/en/admin/login/")
    page = client.post(
        "/en/admin/login/", {"username": activated.username, "password": PASSWORD, "otp_token": "000000"}
    )
    assert REFUSED in page.content.decode()


def test_an_officer_who_may_not_sign_in_any_more_is_out_at_once(desk: Client, passports: User) -> None:
    User.objects.filter(pk=passports.pk).update(is_active=False)
    assert desk.get(DESK).status_code == 302


def test_officers_have_no_pages_of_residents(desk: Client) -> None:
    assert desk.get("/en/dashboard/")["Location"] == "/en/admin/"


def test_an_officers_username_opens_no_resident_sign_in(passports: User) -> None:
    page = Client().post("/en/sign-in/", {"login_name": passports.username, "password": PASSWORD})
    assert "Username or password is not right." in page.content.decode()
