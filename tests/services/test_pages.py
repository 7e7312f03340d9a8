"""The dashboard and the enquiries: what is open to whom, and how often each page asks the database."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from activation.actions import cases
from audit.events import Event
from audit.models import Entry
from registry.models import Kind, Person, Sex
from services import catalogue
from tests import walk
from tests.cast import sign_in

pytestmark = pytest.mark.django_db

# Constants: whoever changes one has looked at why.
QUERIES = {
    "home": 0,
    "individuals": 0,
    "terms": 0,
    "privacy": 0,
    "registration": 0,
    "login": 1,
    "recovery": 0,
    "inbox": 5,  # with what waits for the person
    "dashboard": 2,
    "account": 2,
    "my-data": 3,
    "resident-identity-validity": 3,
    "family": 6,
    "family_record": 4,
}


@pytest.mark.parametrize("name", [*QUERIES])
def test_a_page_asks_the_database_a_known_number_of_times(name: str, activated: User, browser: Client) -> None:
    client = browser if name in walk.PUBLIC else sign_in(browser, activated)
    client.get(walk.path(name))
    with CaptureQueriesContext(connection) as queries:
        assert client.get(walk.path(name)).status_code == 200
    asked = [
        query["sql"] for query in queries if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
    ]
    assert len(asked) == QUERIES[name], "\n".join(asked)


def test_the_dashboard_of_the_registered_says_what_is_next(resident: User) -> None:
    page = sign_in(Client(), resident).get("/en/dashboard/").content.decode()
    assert "Registered – activate your account" in page
    assert "This is your first sign-in." in page
    assert "Opens when your account is activated." in page
    assert 'href="/en/services/' not in page


def test_the_dashboard_leads_to_the_centres_that_have_something_for_the_person(activated: User) -> None:
    page = sign_in(Client(), activated).get("/en/dashboard/").content.decode()
    assert 'href="/en/requests/at/civil-affairs/"' in page and "<li>Register a newborn</li>" in page
    offered = {centre.department: len(centre.services) for centre in catalogue.centres_for(Kind.GCC)}
    assert offered == {"civil-affairs": 1, "passports": 1}


def test_the_dashboard_tells_the_sign_in_before(activated: User) -> None:
    from messaging.models import SendCounter

    sign_in(Client(), activated)
    SendCounter.objects.all().delete()
    assert "Your last sign-in was on" in sign_in(Client(), activated).get("/en/dashboard/").content.decode()


def test_pages_follow_the_language_of_the_account(browser: Client, activated: User) -> None:
    from tests.cast import PASSWORD, Phone

    User.objects.update(language="ar")
    browser.post("/en/sign-in/", {"login_name": activated.username, "password": PASSWORD})
    assert browser.post("/en/sign-in/code/", {"code": Phone(activated.mobile).newest_code()}).url == "/ar/dashboard/"


def test_choosing_a_language_changes_pages_and_messages(activated: User) -> None:
    client = sign_in(Client(), activated)
    assert client.post("/en/account/", {"language": "ar"}).url == "/ar/account/"
    activated.refresh_from_db()
    assert activated.language == "ar"
    assert Entry.objects.filter(event=Event.LANGUAGE_CHANGED, subject_id=activated.pk).count() == 1


@pytest.mark.parametrize("slug", walk.ENQUIRIES)
def test_who_is_not_activated_is_led_to_the_activation(slug: str, resident: User) -> None:
    assert sign_in(Client(), resident).get(walk.path(slug)).url == "/en/activation/"


def test_a_service_of_others_is_not_there(
    make_person: Callable[..., Person], make_account: Callable[..., User]
) -> None:
    visitor = make_person("3000000004", kind=Kind.VISITOR, sex=Sex.FEMALE)
    user = make_account("visitor77", visitor.id_number, "+966512345699", state="activated")
    client = sign_in(Client(), user)
    assert client.get(walk.path("my-data")).status_code == 200
    assert client.get(walk.path("resident-identity-validity")).status_code == 404


def test_a_look_at_ones_own_data_is_noted(activated: User) -> None:
    sign_in(Client(), activated).get(walk.path("my-data"))
    assert Entry.objects.filter(event=Event.PERSON_VIEWED, actor_id=activated.pk, subject_id=activated.pk).count() == 1


def test_both_calendars_stand_beside_each_other(activated: User) -> None:
    client = sign_in(Client(), activated)
    assert "31 January 2029" in (page := client.get(walk.path("my-data")).content.decode())
    assert "AH" in page
    assert "هـ" in client.get(walk.path("my-data", "ar")).content.decode()


def test_who_has_a_visit_code_is_shown_it_and_goes_on(resident: User, browser: Client) -> None:
    assert "Activate account" in sign_in(browser, resident).get("/en/dashboard/").content.decode()
    attempt = cases.begin(resident, "officer")
    page = browser.get("/en/dashboard/").content.decode()
    assert f'Your visit code <strong dir="ltr">{attempt.visit_code}</strong>, good until' in page
    assert "Continue the activation" in page and "Activate account" not in page


def test_who_is_activated_is_told_of_services_by_text(activated: User, browser: Client) -> None:
    page = sign_in(browser, activated).get("/en/dashboard/").content.decode()
    assert "A text message from your mobile" in page and 'href="/en/sms/"' in page
