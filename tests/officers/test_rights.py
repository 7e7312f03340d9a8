"""Each role reaches what it needs and nothing else; nobody changes what is not theirs to change (AZ-5)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import ClosedDay, User
from accounts.roles import Role
from accounts.states import State
from audit import actions as audit
from audit.events import Event
from audit.models import Entry
from messaging.actions import sending as messaging
from messaging.models import Message, Queue
from registry.models import Person
from services.models import ReadyReason
from tests.cast import PASSWORD, sign_in
from tests.officers.conftest import enter, say_why

pytestmark = pytest.mark.django_db

(
    DESK,
    REQUESTS,
    SERVICE_LEVELS,
    ACCOUNTS,
    BRANCHES,
    CLOSED_DAYS,
    MESSAGES,
    TEXTS,
    GATEWAYS,
    PARTNERS,
    DEVICES,
    CALLS,
    WEBHOOKS,
    PERSONS,
    TRAIL,
    OUTAGES,
    READY_REASONS,
) = (
    f"/en/admin/{place}/"
    for place in (
        "activation/attempt",
        "services/servicerequest",
        "services/serviceday",
        "accounts/user",
        "accounts/branch",
        "accounts/closedday",
        "messaging/message",
        "messaging/receivedtext",
        "messaging/gatewayhealth",
        "partners/partner",
        "partners/device",
        "partners/call",
        "partners/webhook",
        "registry/person",
        "audit/entry",
        "activation/channeloutage",
        "services/readyreason",
    )
)
REACHED = {
    Role.PASSPORTS: {DESK, REQUESTS},
    Role.CIVIL_AFFAIRS: {DESK, REQUESTS},
    Role.SUPERVISOR: {
        DESK,
        ACCOUNTS,
        BRANCHES,
        CLOSED_DAYS,
        MESSAGES,
        TEXTS,
        GATEWAYS,
        PARTNERS,
        DEVICES,
        CALLS,
        WEBHOOKS,
        PERSONS,
        REQUESTS,
        SERVICE_LEVELS,
        OUTAGES,
        READY_REASONS,
    },
    Role.AUDITOR: {TRAIL, ACCOUNTS},
}


# What a role may add: supervisors announce outages, and write reasons for officers. Nobody deletes anything else.
ADDED = {Role.SUPERVISOR: {f"{OUTAGES}add/", f"{READY_REASONS}add/"}}
OPEN_TO_EVERY_OFFICER = ("/en/admin/", "/en/admin/jsi18n/", "/en/admin/login/", f"{GATEWAYS}texts/")


def _lists() -> list[str]:
    return [reverse(f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist") for m in admin.site._registry]


@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_what_it_needs_and_nothing_else(
    role: Role, officer: User, give_role: Callable[[User, Role], User]
) -> None:
    client = enter(Client(), give_role(officer, role))
    reached = {
        address.replace("/ar/", "/en/")
        for address in _lists()
        if client.get(address.replace("/ar/", "/en/")).status_code == 200
    }
    assert reached == REACHED[role]


def _addresses(pk: int) -> list[str]:
    """Every address of the administration, with `pk` wherever it takes one."""
    names = {pattern.name for urls in (admin.site.urls[0],) for pattern in _flat(urls) if pattern.name}
    found = []
    for name in sorted(names - {"logout"}):
        for arguments in ([], [pk], ["waiting"], ["accounts"]):
            try:
                found.append(reverse(f"admin:{name}", args=arguments))
                break
            except NoReverseMatch:
                continue
    return [address.replace("/ar/", "/en/") for address in found]


def _flat(patterns: Any) -> Iterator[Any]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _flat(pattern.url_patterns)
        else:
            yield pattern


@pytest.mark.parametrize("role", [None, *Role])
def test_no_address_answers_whoever_has_no_business_there(
    role: Role | None, officer: User, activated: User, give_role: Callable[[User, Role], User]
) -> None:
    """Nobody but superusers has pages beneath other places than those of the role; what is asked is never done."""
    allowed = REACHED[role] if role else set()
    client = enter(Client(), give_role(officer, role) if role else officer)
    before = list(User.objects.order_by("pk").values_list("pk", "password", "is_staff", "is_superuser"))
    addresses = _addresses(activated.pk)
    assert len(addresses) > 40
    for address in addresses:
        for answer in (client.get(address), client.post(address, {"post": "yes"})):
            assert answer.status_code < 500, address
            beneath = any(address.startswith(place) for place in (*allowed, "/en/admin/password_change/"))
            if answer.status_code == 200 and not beneath:
                assert address in OPEN_TO_EVERY_OFFICER or (ACCOUNTS in allowed and address == "/en/admin/accounts/"), (
                    address
                )
    assert list(User.objects.order_by("pk").values_list("pk", "password", "is_staff", "is_superuser")) == before


@pytest.mark.parametrize("role", Role)
def test_no_role_adds_or_deletes_what_is_not_its_own(
    role: Role, officer: User, activated: User, give_role: Callable[[User, Role], User]
) -> None:
    client = enter(Client(), give_role(officer, role))
    for model in admin.site._registry.keys() - {ClosedDay, ReadyReason}:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for place in ("add", "delete"):
            try:
                address = reverse(f"{name}_{place}", args=[activated.pk] if place == "delete" else [])
            except Exception:
                continue
            if address.replace("/ar/", "/en/") not in ADDED.get(role, set()):
                assert client.post(address, {"post": "yes"}).status_code in (403, 404)
    assert User.objects.filter(pk=activated.pk).exists()


def test_a_superuser_cannot_change_a_residents_account(officer: User, activated: User) -> None:
    User.objects.filter(pk=officer.pk).update(is_superuser=True)
    client = enter(Client(), officer)
    before = User.objects.filter(pk=activated.pk).values().get()
    for place in ("change/", "password/", "authenticator/"):
        client.post(
            f"{ACCOUNTS}{activated.pk}/{place}",
            {"is_active": "", "password": "Other7Lantern", "password_again": "Other7Lantern"},
        )
    assert User.objects.filter(pk=activated.pk).values().get() == before


def test_a_superuser_makes_an_officer_and_gives_a_role(officer: User, branch: object) -> None:
    from django.contrib.auth.models import Group

    User.objects.filter(pk=officer.pk).update(is_superuser=True)
    client = enter(Client(), officer)
    role = Group.objects.get(name=Role.AUDITOR.value)
    sent = {
        "username": "auditor77",
        "id_number": "1012345672",
        "email": "auditor@example.com",
        "password": "Green8Harbour",
        "groups": [role.pk],
        "is_superuser": "on",
        "state": "activated",
    }
    client.post(f"{ACCOUNTS}add/", sent)
    made = User.objects.get(username="auditor77")
    assert (made.state, made.is_superuser, list(made.groups.all())) == (State.STAFF, False, [role])
    assert Entry.objects.filter(event=Event.OFFICER_CHANGED, subject_id=made.pk, actor_id=officer.pk).exists()


@pytest.mark.parametrize(
    "more",
    [
        {"state": "activated"},
        {"is_staff": "on"},
        {"is_superuser": "on"},
        {"id_number": "1000000008"},
        {"mobile": "0599999999"},
        {"claim_ends_at": "2099-01-01"},
    ],
)
def test_a_resident_sends_more_than_the_form_asks_for(more: dict[str, str], resident: User) -> None:
    client = sign_in(Client(), resident)
    before = User.objects.filter(pk=resident.pk).values().get()
    client.post("/en/account/", {"language": "ar"} | more)
    after = User.objects.filter(pk=resident.pk).values().get()
    assert {name for name in before if before[name] != after[name]} == {"language"}


def test_the_trail_is_read_only_and_shown(officer: User, give_role: Callable[[User, Role], User]) -> None:
    audit.record(Event.SIGNED_IN, actor=officer, subject=officer)
    client = enter(Client(), give_role(officer, Role.AUDITOR))
    entry = Entry.objects.earliest("pk")
    say_why(client, TRAIL)
    page = client.get(f"{TRAIL}{entry.pk}/change/")
    assert page.status_code == 200
    assert "_save" not in page.content.decode()
    assert client.post(f"{TRAIL}{entry.pk}/change/", {"event": "forged"}).status_code == 403
    assert Entry.objects.get(pk=entry.pk).event == entry.event


def test_messages_show_no_text(officer: User, give_role: Callable[[User, Role], User]) -> None:
    message = messaging.send(
        to="+966512345621",
        purpose="login_code",
        language="en",
        context={"code": "471302", "reference": "KM"},
        queue=Queue.OTP,
    )
    client = enter(Client(), give_role(officer, Role.SUPERVISOR))
    for address in (MESSAGES, f"{MESSAGES}{message.pk}/change/"):
        page = client.get(address).content.decode()
        assert "471302" not in page and Message.objects.get().sealed_body not in page


def test_whoever_has_no_business_in_the_register_is_not_asked_why(desk: Client, person: Person) -> None:
    for address in (PERSONS, f"{PERSONS}{person.pk}/change/"):
        sent = desk.post(address, {"look": "answered", "reason": "complaint"})
        assert (sent.status_code, desk.get(address).status_code) == (403, 403)


def test_signing_out_ends_the_officers_session(desk: Client) -> None:
    desk.post("/en/admin/logout/")
    assert desk.get(DESK)["Location"].startswith("/en/admin/login/")


def test_an_officer_changes_the_own_password_by_the_rules(desk: Client, passports: User) -> None:
    weak = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}
    assert (
        "You typed 5 characters; a password has 8 to 128."
        in desk.post("/en/admin/password_change/", weak).content.decode()
    )
    good = {"old_password": PASSWORD, "new_password1": "Green8Harbour", "new_password2": "Green8Harbour"}
    assert desk.post("/en/admin/password_change/", good).status_code == 302
    passports.refresh_from_db()
    assert passports.check_password("Green8Harbour")


def test_whoever_sits_down_at_an_officers_desk_does_not_guess_the_password(desk: Client) -> None:
    """Neither as the old one, of which a wrong one counts like one at the sign-in, nor as a new one that is the same."""
    same = {"old_password": "Wrong1Guess", "new_password1": PASSWORD, "new_password2": PASSWORD}
    for _guess in range(5):
        page = desk.post("/en/admin/password_change/", same).text
        assert "This is not your present password" in page and "the password you have" not in page
        assert "<title>Error: Password change" in page
    right = {"old_password": PASSWORD, "new_password1": "Green8Harbour", "new_password2": "Green8Harbour"}
    assert "Too many wrong passwords" in desk.post("/en/admin/password_change/", right).text
