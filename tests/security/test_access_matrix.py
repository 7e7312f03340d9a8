"""AZ-1: each of the cast asks for every route, with the objects of the owner, and is answered as its class says."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.files.base import ContentFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import URLResolver
from django.urls.resolvers import RegexPattern
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from accounts.models import Branch, ClosedDay, User
from accounts.roles import Role
from accounts.states import State
from activation.actions import cases
from activation.models import ChannelOutage
from audit.models import Entry
from messaging.models import Message, ReceivedText, SendCounter
from partners.models import Call, Device, Partner, Webhook
from partners.words import WebhookEvent
from registry.models import DependencyLink, Document, DocumentKind, Person, Relation
from services.actions import attachments, decisions, requests
from services.catalogue import services
from services.models import Attachment, ReadyReason, ServiceRequest
from tests.cast import PASSWORD, luhn_number, sign_in
from tests.officers.conftest import enter
from tests.programs import Program
from tests.security.access import CLASSES, RECORDS, SIMULATED, TABLE, Answer, Route, Who, routes
from tests.services.hostile import image

pytestmark = pytest.mark.django_db

ROUTES = [route for route in routes() if not route.name.startswith(SIMULATED)]
# Where somebody is sent who may not go on; an address with more behind it is not the gate, but what the sign-in leads to.
_SIGN_INS = {"/en/admin/login/": Answer.DESK_SIGN_IN, "/en/sign-in/": Answer.SIGN_IN, "/ar/sign-in/": Answer.SIGN_IN}
_GATES = {"/en/activation/": Answer.ACTIVATION, "/ar/activation/": Answer.ACTIVATION, "/en/admin/": Answer.DESK}
# Without these fields an address is not what it is.
_SENT = {"request_files": {"document": "police_report"}}
Sign = Callable[[Who], Client]


def answer_of(response: HttpResponse) -> Answer:
    if response.status_code in (301, 302):
        address = response["Location"].partition("?")[0]
        return _SIGN_INS.get(address) or _GATES.get(address) or Answer.LED_ON
    return Answer.SHOWN if response.status_code < 300 else Answer(str(response.status_code))


@pytest.fixture
def head(person: Person, make_person: Callable[..., Person], make_account: Callable[..., User]) -> User:
    """The owner depends on them, and has an account nevertheless: it is never opened to the head."""
    father = make_person(luhn_number("200009002"), birth_date="1950-01-01")
    DependencyLink.objects.create(head=father, dependent=person, relation=Relation.SON)
    return make_account("father77", father.id_number, "+966511110002", state=State.ACTIVATED)


@pytest.fixture
def registered(make_person: Callable[..., Person], make_account: Callable[..., User]) -> User:
    return make_account("newcomer77", make_person(luhn_number("200009001")).id_number, "+966511110001")


@pytest.fixture
def sign_in_as(
    activated: User, stranger: User, head: User, registered: User, passports: User, civil_affairs: User, branch: Branch,
    make_account: Callable[..., User], give_role: Callable[[User, Role], User],
) -> Sign:  # fmt: skip
    residents = {Who.OWNER: activated, Who.STRANGER: stranger, Who.HEAD: head, Who.REGISTERED: registered}
    roles = {Who.SUPERVISOR: Role.SUPERVISOR, Who.AUDITOR: Role.AUDITOR}

    def officer(who: Who) -> User:
        if who in (Who.PASSPORTS, Who.CIVIL_AFFAIRS):
            return passports if who == Who.PASSPORTS else civil_affairs
        number, root = luhn_number("105000001"), who == Who.SUPERUSER
        user = make_account("officer77", number, "", state=State.STAFF, is_staff=True, branch=branch, is_superuser=root)
        return user if root else give_role(user, roles[who])

    def sign(who: Who) -> Client:
        client = Client()
        if who == Who.HALF_SIGNED_IN:
            client.post("/en/sign-in/", {"login_name": activated.username, "password": PASSWORD})
        elif who in residents:
            sign_in(client, residents[who])
        elif who != Who.ANONYMOUS:
            enter(client, officer(who))
        SendCounter.objects.all().delete()
        return client

    return sign


@pytest.fixture
def owners(
    activated: User, person: Person, civil_affairs: User, tmp_path: Path, settings: Settings
) -> dict[str, ServiceRequest]:
    """A request of the owner in each state in which somebody does something with it; with a file where files are seen."""
    stored: Any = settings.STORAGES | {"attachments": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}
    stored["attachments"]["OPTIONS"] = {"location": str(tmp_path)}
    settings.STORAGES = stored
    passport = {"kind": DocumentKind.PASSPORT, "number": "N1", "expires_on": "2032-06-30"}
    lost = Document.objects.create(holder=person, **passport)
    answered = {"document": lost.pk, "lost_on": "2026-11-03", "place": "Riyadh", "circumstances": "In a taxi."}
    made = {
        name: requests.begin(services()["report-lost-documents"], activated, name) for name in ("draft", "new", "taken")
    }
    for name, request in made.items():
        requests.keep(request, answered)
        facts = {"document": "police_report", "name": "a.png", "media_type": "image/png", "bytes": 9, "sha256": name}
        file = Attachment.objects.create(request=request, **facts)
        attachments.storage().save(file.stored_name, ContentFile(image()))
    requests.submit(made["new"])
    requests.submit(made["taken"])
    decisions.take(made["taken"], civil_affairs)
    return made


@pytest.fixture
def records(
    activated: User, person: Person, branch: Branch, passports: User, bank: Partner, owners: object
) -> dict[str, int]:
    """A row of each model that the administration shows, by the name of its pages."""
    call = {"correlation_id": "c", "operation": "echo", "status": 200, "latency_ms": 1}
    place = {"identifier": "k-1", "kind": "atm", "place_ar": "بهو البلدية", "place_en": "Town hall"}
    reason = {"reason_ar": "صيانة.", "reason_en": "Repairs."}
    made = {
        "audit_entry": Entry.objects.latest("pk"),
        "messaging_message": Message.objects.latest("pk"),
        "messaging_receivedtext": ReceivedText.objects.create(gateway="a", gateway_reference="1", outcome="stranger"),
        "registry_person": person,
        "partners_partner": bank,
        "partners_device": Device.objects.create(partner=bank, **place),
        "partners_call": Call.objects.create(partner=bank, **call),
        "partners_webhook": Webhook.objects.create(partner=bank, event=WebhookEvent.values[0], reference="r"),
        "accounts_user": passports,
        "accounts_branch": branch,
        "accounts_closedday": ClosedDay.objects.create(day="2027-01-05", **reason),
        "otp_totp_totpdevice": TOTPDevice.objects.create(user=activated, name="a"),
        "services_readyreason": ReadyReason.objects.create(
            department="civil-affairs",
            title_ar="نقص",
            title_en="Something is missing",
            text_ar="أرفق.",
            text_en="Attach.",
        ),
        "activation_channeloutage": ChannelOutage.objects.create(channel="atm", **reason),
    }
    return {name: row.pk for name, row in made.items()}


@pytest.fixture
def arguments(
    owners: dict[str, ServiceRequest],
    records: dict[str, int],
    registered: User,
    bank: Partner,
    program: Program,
    branch: Branch,
) -> Callable[[Route], dict[str, object]]:
    """Which object each route is asked for."""
    draft, new, taken = (owners[name] for name in ("draft", "new", "taken"))
    attempt = cases.begin(registered, "officer")
    usual: dict[str, object] = {
        "number": draft.number, "slug": "my-data", "department": "civil-affairs", "channel": "officer", "branch": branch.pk,
        "day": "2027-01-06", "at": "09:00", "mode": "app", "purpose": "login", "gateway": "unifonic", "reference": "r" * 26,
        "form_name": "registration", "language": "en", "key": "0" * 32, "name": "waiting", "app_label": "accounts",
        "content_type_id": 1, "object_id": 1, "url": "nothing/", "pk": attempt.pk,
    }  # fmt: skip
    of_file = {"number": draft.number, "key": draft.attachments.get().pk}
    own: dict[str, dict[str, object]] = {
        "api_problem": {"slug": "not-found"},
        "request_start": {"slug": "civil-affairs-messages"},
        "activation_state": {"channel": "bank"},
        **{f"request{name}": {"number": new.number} for name in ("", "_write", "_withdraw", "_receipt")},
        **dict.fromkeys(("request_file", "request_file_small", "request_file_remove"), of_file),
        "admin:services_take": {"number": new.number},
        **{f"admin:services_{name}": {"number": taken.number} for name in _OF_A_TAKEN_ONE},
        "admin:services_work_list": {"name": "new"},
        "admin:services_answer": {"number": taken.number, "key": 1},
        "admin:services_file": {"number": taken.number, "key": taken.attachments.get().pk},
        "admin:partners_partner_key_revoke": {"pk": records["partners_partner"], "key": bank.keys.get().pk},
    }
    for name, pk in records.items():
        own |= {f"admin:{name}_{page}": {"object_id": pk, "pk": pk} for page in _OF_A_ROW}

    def of(route: Route) -> dict[str, object]:
        return usual | own.get(route.name, {})

    return of


_OF_A_TAKEN_ONE = ("request", "release", "look", "assign", "second", "take_back", "ask", "write")
_OF_A_ROW = ("change", "delete", "password", "authenticator", "keys", "replay")


@pytest.mark.parametrize("who", Who)
def test_each_of_the_cast_is_answered_as_the_class_of_the_route_says(
    who: Who, sign_in_as: Sign, arguments: Callable[[Route], dict[str, object]]
) -> None:
    client, wrong = sign_in_as(who), []
    for route in ROUTES:
        access, path, sent = TABLE[route.name], route.path(arguments(route)), _SENT.get(route.name, {})
        for method, allowed in (("GET", access.get[who]), ("POST", access.post[who])):
            response = _undone(client, method, path, sent)
            answered = answer_of(response)
            if answered not in allowed:
                wrong.append(f"{method} {path} ({route.name}): {answered}, not {' or '.join(sorted(allowed))}")
            if access.is_personal and "no-store" not in response["Cache-Control"]:
                wrong.append(f"{method} {path} ({route.name}): may stay in a cache")
    assert not wrong, "\n".join(wrong)


def _undone(client: Client, method: str, path: str, sent: dict[str, str]) -> HttpResponse:
    """Whatever was asked for has not happened for the next one."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        response = client.get(path) if method == "GET" else client.post(path, sent)
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


def test_no_route_escapes_the_table() -> None:
    assert [route.name for route in ROUTES if route.name not in TABLE] == []


def test_the_table_names_no_route_that_is_not_there() -> None:
    named = [name for _access, names in CLASSES.values() for name in names]
    assert [name for name in named if name not in {route.name for route in ROUTES}] == []
    assert len(named) == len(set(named))
    assert [
        f"admin:{model}_change" for model in RECORDS if f"admin:{model}_change" not in {r.name for r in ROUTES}
    ] == []


def test_whatever_names_a_request_is_an_object_of_somebody() -> None:
    """So that a new page of a request cannot be put among those that everybody activated sees."""
    of_requests = {route.name for route in ROUTES if "requests/{number}" in route.pattern}
    owned = [
        names
        for title, (_access, names) in CLASSES.items()
        if title.endswith("of an object") or "about an object" in title
    ]
    assert of_requests and of_requests <= {name for names in owned for name in names}


def test_the_simulators_stand_in_no_production() -> None:
    with override_settings(DEMO_MODE=False):
        patterns = runpy.run_path(str(project.BASE_DIR / "absher_portal" / "urls.py"))["urlpatterns"]
    production = {route.name for route in routes(URLResolver(RegexPattern(r"^/"), patterns))}
    assert production == {route.name for route in ROUTES}
