"""Lists stay fast however many rows there are: counted up to a cap, paged by key, searched by what has an index."""

import re
from base64 import b32decode
from collections.abc import Callable

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from accounts.states import State
from audit import actions as audit
from audit.events import Event
from audit.models import Entry
from core import paging
from core.admin_lists import ListAdmin
from messaging.actions import sending as messaging
from messaging.models import GatewayHealth, Message
from registry.models import Person
from tests.cast import luhn_number
from tests.officers.conftest import enter, say_why

pytestmark = pytest.mark.django_db

ACCOUNTS, MESSAGES, TRAIL = (f"/en/admin/{place}/" for place in ("accounts/user", "messaging/message", "audit/entry"))
SEARCHES = {
    ACCOUNTS: ("2000000006", "0512345621", "samer2026"),
    MESSAGES: ("0512345621", "0123456789abcdefghjkmnpqrs"),
    TRAIL: ("17", "0123456789abcdef0123456789abcdef"),
}
# Of the indexes that a search may use; a plan that names none of them reads the table from end to end.
INDEXES = (
    "user_by_id_number", "user_by_mobile", "a_username_belongs_to_one_proven_account", "message_by_mobile",
    "a_reference_belongs_to_one_message", "audit_by_subject", "audit_by_actor", "audit_by_request",
)  # fmt: skip


@pytest.fixture
def superuser(officer: User) -> User:
    User.objects.filter(pk=officer.pk).update(is_superuser=True)
    return officer


@pytest.fixture
def office(superuser: User) -> Client:
    return enter(Client(), superuser)


@pytest.fixture
def fill(make_account: Callable[..., User], superuser: User) -> Callable[[int], None]:
    """Brings each list to at least so many rows."""
    made = iter(range(1000))

    def fill(rows: int) -> None:
        for n in [next(made) for _ in range(rows)]:
            make_account(f"person{n:03}", luhn_number(f"2000300{n:02}"), f"+9665123500{n:02}", password=None)
            messaging.send(to="+966512345621", purpose="activation_refused", language="en")
            audit.record(Event.SIGNED_OUT, actor=superuser, subject=superuser)

    return fill


def _queries(client: Client, address: str) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in queries]


def _of_a_search(client: Client, address: str, searched: str) -> list[str]:
    """Of the list that is shown once the reason is said; at least one reads the table."""
    say_why(client, address)
    queries = _queries(client, f"{address}?q={searched}")
    assert any("LIMIT 51" in sql for sql in queries)
    return queries


@pytest.mark.parametrize("address", [ACCOUNTS, MESSAGES, TRAIL])
def test_a_list_asks_as_often_for_five_rows_as_for_fifty(
    address: str, office: Client, fill: Callable[[int], None]
) -> None:
    counts: list[int] = []
    for more in (5, 45):
        fill(more)
        counts.append(len(_queries(office, address)))
    assert counts[0] == counts[1] <= 12


@pytest.mark.parametrize("address", [f"{ACCOUNTS}?state=staff", MESSAGES, f"{MESSAGES}?state=lost", TRAIL])
def test_a_list_never_counts_all_rows_nor_looks_for_pieces_of_text(address: str, office: Client) -> None:
    for sql in _queries(office, address):
        assert "COUNT(" not in sql or "LIMIT 1001" in sql
        assert not re.search(r"\b(I?LIKE|OFFSET)\b", sql)


@pytest.mark.parametrize("address", SEARCHES)
def test_a_search_is_for_an_exact_value(address: str, office: Client) -> None:
    for searched in SEARCHES[address]:
        assert not any("LIKE" in sql for sql in _of_a_search(office, address, searched))


@pytest.mark.postgres
@pytest.mark.parametrize("address", SEARCHES)
def test_a_search_has_an_index(address: str, office: Client) -> None:
    table = {ACCOUNTS: "accounts_user", MESSAGES: "messaging_message", TRAIL: "audit_entry"}[address]
    for searched in SEARCHES[address]:
        queries = _of_a_search(office, address, searched)
        asked = [sql for sql in queries if f'FROM "{table}"' in sql and "LIMIT 51" in sql]
        assert len(asked) == 1
        assert any(index in _plan(asked[0]) for index in INDEXES), searched


def _plan(sql: str) -> str:
    """What finds the rows. A small table is read from end to end, and in order of its key, unless that is forbidden."""
    found, _order = sql.split(" ORDER BY ")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {found}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("SET LOCAL enable_seqscan = on")
    return plan


def test_the_pages_of_a_list_hold_every_row_once(
    office: Client, fill: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.admin.UserAdmin.list_per_page", 7)
    fill(20)
    shown: list[str] = []
    address = ACCOUNTS
    while address:
        page = office.get(address).content.decode()
        shown += re.findall(r'class="field-username".*?>(\w+)</a>', page)
        older = re.search(r'href="(\?[^"]*before=\d+)" rel="next"', page)
        address = f"{ACCOUNTS}{older.group(1)}" if older else ""
    assert sorted(shown) == sorted(User.objects.values_list("username", flat=True))


def test_a_count_stops_at_the_cap(monkeypatch: pytest.MonkeyPatch, fill: Callable[[int], None]) -> None:
    fill(4)
    assert paging.capped_count(Message.objects.all()) == 4
    monkeypatch.setattr(paging, "COUNTED_UP_TO", 3)
    assert paging.capped_count(Message.objects.all()) == 4
    assert paging.count_text(4) == "3+"


@pytest.mark.parametrize("before", ["abc", "-1", "9" * 30, "١٢"])
def test_a_page_that_never_was_is_the_first(before: str, office: Client) -> None:
    assert office.get(ACCOUNTS, {"before": before}).status_code == 200


def test_accounts_are_found_by_number_mobile_and_name_and_by_nothing_less(office: Client, activated: User) -> None:
    say_why(office, ACCOUNTS)
    for typed in ("٢٠٠٠٠٠٠٠٠٦", "051 234 5621", "+966512345621", "SAMER2026"):
        assert activated.email.split("@")[0] in office.get(ACCOUNTS, {"q": typed}).content.decode(), typed
    for typed in ("200000000", "samer", "345621", "%"):
        assert "field-username" not in office.get(ACCOUNTS, {"q": typed}).content.decode(), typed


def test_lost_messages_stand_in_a_list_of_their_own(office: Client, fill: Callable[[int], None]) -> None:
    fill(2)
    lost = Message.objects.earliest("pk")
    Message.objects.filter(pk=lost.pk).update(state="failed", sealed_body="", ended_at=lost.created_at)
    page = office.get(MESSAGES, {"state": "lost"}).content.decode()
    assert lost.reference in page and Message.objects.latest("pk").reference not in page


def test_the_trail_is_found_by_account_and_by_request(office: Client, superuser: User, activated: User) -> None:
    say_why(office, TRAIL)
    audit.record(Event.SIGNED_IN, actor=activated, subject=activated)
    request_id = Entry.objects.exclude(request_id="").latest("pk").request_id
    assert f">{activated.pk}</a>" in office.get(TRAIL, {"q": str(activated.pk)}).content.decode()
    assert request_id in office.get(TRAIL, {"q": request_id}).content.decode()
    assert "field-event" not in office.get(TRAIL, {"q": request_id[:10] + "x"}).content.decode()


def test_the_register_is_searched_by_the_words_of_a_name(office: Client, person: Person, activated: User) -> None:
    say_why(office, "/en/admin/registry/person/")
    page = office.get("/en/admin/registry/person/", {"q": "alomari samer"}).content.decode()
    assert person.id_number in page
    assert Entry.objects.filter(event=Event.REGISTER_SEARCHED).exists()
    assert activated.state == State.ACTIVATED


@pytest.mark.parametrize(("language", "title"), [("ar", "تعذّرت قراءة الطلب"), ("en", "The request could not be read")])
def test_a_filter_that_is_not_offered_gets_the_portals_own_page(language: str, title: str, office: Client) -> None:
    page = office.get(f"/{language}/admin/messaging/message/", {"to__startswith": "+9665"})
    assert page.status_code == 400
    assert title in page.text and f'lang="{language}"' in page.text


def test_page_filter_and_search_keep_each_other(
    office: Client, fill: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messaging.admin.MessageAdmin.list_per_page", 2)
    fill(3)
    say_why(office, MESSAGES)
    page = office.get(MESSAGES, {"state": "queued", "q": "0512345621"}).text
    older = re.search(r'href="(\?[^"]*)" rel="next"', page)
    assert older and {"state=queued", "q=0512345621"} <= set(older.group(1)[1:].replace("&amp;", "&").split("&"))
    second = office.get(f"{MESSAGES}{older.group(1).replace('&amp;', '&')}").text
    assert '<input type="hidden" name="state" value="queued">' in second and 'value="0512345621"' in second
    assert re.search(r'href="\?q=0512345621&amp;queue__exact=otp&amp;state=queued"', second)


@pytest.mark.parametrize(("language", "name"), [("ar", "الرسائل"), ("en", "Messages")])
def test_a_list_is_headed_by_what_it_lists(language: str, name: str, office: Client) -> None:
    page = office.get(f"/{language}/admin/messaging/message/").text
    assert f"<h1>{name}</h1>" in page
    assert re.search(rf"</a> &rsaquo; {name}</div>", page)


def test_the_trail_tells_details_a_line_each(office: Client, superuser: User) -> None:
    details = {"more": 5000, "reason": "موسم الحج"}
    audit.record(Event.SMS_CEILING_LIFTED, actor=superuser, **details)
    entry = Entry.objects.latest("pk")
    say_why(office, TRAIL)
    for page in (office.get(TRAIL).text, office.get(f"{TRAIL}{entry.pk}/change/").text):
        assert "<bdi>Reason</bdi>: <bdi>موسم الحج</bdi>" in page


def test_a_partner_that_cannot_be_narrows_no_list(office: Client) -> None:
    assert office.get(reverse("admin:partners_call_changelist"), {"partner": "9" * 30}).status_code == 200


def test_no_list_is_narrowed_by_a_column_it_does_not_offer(office: Client) -> None:
    """Else counting rows would spell out numbers and password digests, and nothing of it would be in the trail."""
    lists = {m: r for m, r in admin.site._registry.items() if isinstance(r, ListAdmin) and m is not GatewayHealth}
    assert {User, Message, Entry, Person} <= lists.keys()
    for model, registered in lists.items():
        offered = {str(getattr(item, "parameter_name", item)) for item in registered.list_filter}
        columns = {field.name for field in model._meta.concrete_fields} - offered
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        guesses = [f"{column}__{lookup}=1" for column in columns for lookup in ("startswith", "regex", "in", "isnull")]
        assert {office.get(f"{address}?{guess}").status_code for guess in guesses} == {400}, model


def test_the_register_shows_days_in_both_calendars(office: Client, person: Person) -> None:
    address = f"/en/admin/registry/person/{person.pk}/change/"
    say_why(office, address)
    page = office.get(address).content.decode()
    assert "17 April 1988 (1 Ramadan 1408 AH)" in page and "31 January 2029 (" in page


def test_an_authenticator_is_given_with_a_key_to_type(office: Client, civil_affairs: User) -> None:
    address = f"{ACCOUNTS}{civil_affairs.pk}/authenticator/"
    assert "cannot sign in" in office.get(address).content.decode()
    page = office.post(address).content.decode()
    device = TOTPDevice.objects.get(user=civil_affairs)
    key = re.findall(r'typed-key" dir="ltr">([A-Z2-7 ]+)<', page)[0]
    assert b32decode(key.replace(" ", "")) == device.bin_key
    assert "ends an earlier one" in office.get(address).content.decode()
