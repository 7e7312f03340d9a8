"""AUD-1: the trail is append-only, belongs to its act, and shows what was done to it."""

from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounts.actions import registration
from accounts.claim import Claim
from accounts.models import User
from audit import actions
from audit.events import Event
from audit.models import Entry, Seal
from registry.models import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def trail(resident: User) -> list[Entry]:
    """Five entries in two seals, and one that no seal holds yet."""
    for upto in (3, 5):
        while Entry.objects.count() < upto:
            actions.record(Event.SIGNED_IN, actor=resident, subject=resident, number=Entry.objects.count())
        actions.seal_new_entries()
    actions.record(Event.SIGNED_OUT, actor=resident, subject=resident)
    return list(Entry.objects.order_by("pk"))


def _behind_the_back(sql: str, *values: object) -> None:
    """As somebody would who owns the database: with the triggers out of the way."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(sql, values)
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = origin")


def test_a_whole_trail_has_no_faults(trail: list[Entry]) -> None:
    assert list(actions.verify()) == []
    assert Seal.objects.count() == 2 and actions.head().startswith("2:")


@pytest.mark.parametrize(
    "change", [{"event": "signed_out"}, {"subject_id": 99}, {"details": {}}, {"client_ip": "203.0.113.9"}]
)
def test_the_database_refuses_to_change_an_entry(change: dict[str, object], trail: list[Entry]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.filter(pk=trail[0].pk).update(**change)


@pytest.mark.postgres
def test_the_database_refuses_to_delete_an_entry(trail: list[Entry]) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.filter(pk=trail[0].pk).delete()


@pytest.mark.parametrize(("place", "fault"), [(0, "was altered"), (5, "was altered")])
def test_an_altered_entry_is_found(place: int, fault: str, trail: list[Entry]) -> None:
    _behind_the_back("UPDATE audit_entry SET event = 'signed_out' || '' WHERE id = %s", trail[0].pk)
    _behind_the_back("UPDATE audit_entry SET subject_id = 4711 WHERE id = %s", trail[place].pk)
    assert any(f"Entry {trail[place].pk} {fault}" in found for found in actions.verify())


@pytest.mark.parametrize("place", [0, 4])
def test_a_removed_entry_is_found(place: int, trail: list[Entry]) -> None:
    _behind_the_back("DELETE FROM audit_entry WHERE id = %s", trail[place].pk)
    assert any("entries, but" in fault for fault in actions.verify())


def test_a_removed_seal_is_found(trail: list[Entry]) -> None:
    _behind_the_back("UPDATE audit_entry SET seal_id = 2 WHERE seal_id = 1")
    _behind_the_back("DELETE FROM audit_seal WHERE number = 1")
    assert "Seal 1 is missing." in list(actions.verify())


def test_entries_that_changed_places_are_found(trail: list[Entry]) -> None:
    _behind_the_back("UPDATE audit_entry SET seal_id = 3 - seal_id WHERE seal_id IS NOT NULL")
    assert list(actions.verify()) != []


def test_the_command_ends_with_a_status(trail: list[Entry], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit_verify")
    assert f"whole. Its head is {actions.head()}" in capsys.readouterr().out
    _behind_the_back("UPDATE audit_entry SET subject_id = 4711 WHERE id = %s", trail[0].pk)
    with pytest.raises(SystemExit) as ended:
        call_command("audit_verify")
    assert ended.value.code == 1


def test_an_act_that_is_undone_leaves_no_entry(claim: Callable[..., Claim], person: Person) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        registration.register(claim(), client_ip="198.51.100.7")
        assert Entry.objects.filter(event=Event.REGISTRATION_STARTED).count() == 1
        raise RuntimeError
    assert not Entry.objects.exists()


def test_an_entry_tells_request_and_address(resident: User) -> None:
    from core import context

    token = context.current.set(context.RequestContext("a" * 32, "198.51.100.7"))
    actions.record(Event.SIGNED_IN, actor=resident)
    context.current.reset(token)
    entry = Entry.objects.get()
    assert (entry.request_id, entry.client_ip) == ("a" * 32, "198.51.100.7")
