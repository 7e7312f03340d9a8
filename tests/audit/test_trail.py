"""AUD-1: the trail is append-only, belongs to its act, and shows what was done to it."""

from collections.abc import Callable
from datetime import UTC, timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounts.actions import registration
from accounts.claim import Claim
from accounts.models import User
from audit import actions
from audit.events import Event
from audit.models import Cut, Entry, Seal
from core import clock
from registry.models import Person
from tests.cast import in_no_browser

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
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('audit_entry', 'audit_seal')"
            )
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
        registration.register(claim(), client_ip="198.51.100.7", keep=in_no_browser)
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


# --- What goes after eighteen months ----------------------------------------------------------------------------------
def _age(trail: list[Entry], age: timedelta) -> None:
    """As if all that is sealed had been written so long ago."""
    then = (clock.read() - age).astimezone(UTC)
    at = then if connection.vendor == "postgresql" else f"{then:%Y-%m-%d %H:%M:%S.%f}"
    _behind_the_back("DELETE FROM audit_entry WHERE seal_id IS NULL")
    _behind_the_back("UPDATE audit_entry SET at = %s, seal_id = NULL", at)
    _behind_the_back("DELETE FROM audit_seal")
    while Entry.objects.filter(seal=None).exists():
        actions.seal_new_entries()
    _behind_the_back("UPDATE audit_seal SET sealed_at = %s", at)


@pytest.fixture
def aged(trail: list[Entry], resident: User) -> list[Entry]:
    """Five entries of one seal, a day older than the trail is kept; and three, in two seals, of today."""
    _age(trail, actions.KEPT + timedelta(days=1))
    for _seal in range(2):
        actions.record(Event.SIGNED_IN, actor=resident, subject=resident)
        actions.seal_new_entries()
    actions.record(Event.SIGNED_OUT, actor=resident, subject=resident)
    assert list(actions.verify()) == []
    return list(Entry.objects.order_by("pk"))


def test_what_is_older_than_the_trail_is_kept_goes_and_the_rest_stays_whole(
    aged: list[Entry], capsys: pytest.CaptureFixture[str]
) -> None:
    head = actions.head()
    assert actions.purge() == 5
    assert list(actions.verify()) == [] and actions.head() == head
    assert list(Entry.objects.order_by("pk"))[:3] == aged[5:]
    assert Entry.objects.latest("pk").event == Event.TRAIL_CUT
    assert actions.purge() == 0 and Cut.objects.count() == 1
    actions.seal_new_entries()
    assert list(actions.verify()) == [] and actions.head().startswith("4:")
    call_command("audit_verify")
    assert "It begins after seal 1" in capsys.readouterr().out


def test_nothing_goes_a_day_too_early(trail: list[Entry]) -> None:
    _age(trail, actions.KEPT - timedelta(days=1))
    before = Entry.objects.count()
    assert actions.purge() == 0
    assert Entry.objects.count() == before == 5 and not Cut.objects.exists()


def test_a_purge_that_broke_off_leaves_a_whole_trail_and_is_finished_by_the_next(
    aged: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(actions.batches, "delete", lambda rows: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            actions.purge()
    assert Cut.objects.exists() and list(actions.verify()) == []
    assert actions.purge() == 5 and list(actions.verify()) == []


def test_tampering_behind_a_cut_is_still_found(aged: list[Entry]) -> None:
    actions.purge()
    _behind_the_back("UPDATE audit_entry SET subject_id = 4711 WHERE id = %s", aged[5].pk)
    assert f"Entry {aged[5].pk} was altered." in list(actions.verify())


def test_what_is_removed_right_behind_a_cut_is_found(aged: list[Entry]) -> None:
    actions.purge()
    _behind_the_back("DELETE FROM audit_entry WHERE seal_id = 2")
    assert any("holds 1 entries, but 0" in fault for fault in actions.verify())
    _behind_the_back("DELETE FROM audit_seal WHERE number = 2")
    assert "Seal 2 is missing." in list(actions.verify())


@pytest.mark.parametrize("how", ["forged", "moved_on", "taken_away"])
def test_a_cut_that_the_portal_did_not_make_is_found(how: str, aged: list[Entry]) -> None:
    """By somebody who owns the database, and not the keys."""
    actions.purge()
    second = Seal.objects.get(number=2)
    genuine = Cut.objects.get()
    if how == "taken_away":
        _behind_the_back("DELETE FROM audit_cut")
    else:
        chain = second.chain if how == "forged" else genuine.chain
        Cut.objects.create(number=2, chain=chain, sealed_at=second.sealed_at, digest=genuine.digest)
        _behind_the_back("DELETE FROM audit_entry WHERE seal_id = 2")
        _behind_the_back("DELETE FROM audit_seal WHERE number = 2")
    assert any("cut after seal 2 was forged" in fault or "missing" in fault for fault in actions.verify())


@pytest.mark.parametrize("what", ["seals", "seals and entries"])
def test_nobody_makes_the_trail_old_to_have_it_cut(what: str, aged: list[Entry]) -> None:
    """Whoever owns the database, and not the keys, writes another time; the portal signs no cut for it."""
    long_ago = aged[0].at if connection.vendor == "postgresql" else f"{aged[0].at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    _behind_the_back("UPDATE audit_seal SET sealed_at = %s", long_ago)
    if what != "seals":
        _behind_the_back("UPDATE audit_entry SET at = %s", long_ago)
    assert actions.purge() == 5
    assert Cut.objects.get().number == 1 and Seal.objects.count() == 2
    assert (list(actions.verify()) == []) == (what == "seals")


def test_after_a_cut_that_the_portal_did_not_make_nothing_is_cut(aged: list[Entry]) -> None:
    first = Seal.objects.get(number=1)
    Cut.objects.create(number=0, chain="", sealed_at=first.sealed_at, digest="x")
    actions.purge()
    assert Cut.objects.get().number == 0 and Entry.objects.count() == len(aged)


def test_the_numbers_go_on_when_every_seal_has_gone(trail: list[Entry], resident: User) -> None:
    _age(trail, actions.KEPT + timedelta(days=1))
    head = actions.head()
    assert actions.purge() == 5 and not Seal.objects.exists()
    assert actions.head() == head
    actions.seal_new_entries()
    assert actions.head().startswith("2:") and list(actions.verify()) == []


def test_the_database_refuses_to_change_a_cut(aged: list[Entry]) -> None:
    actions.purge()
    with pytest.raises(DatabaseError), transaction.atomic():
        Cut.objects.update(number=3)


@pytest.mark.postgres
def test_the_database_itself_lets_nothing_go_that_is_younger_than_eighteen_months(aged: list[Entry]) -> None:
    """Not even with a cut."""
    Cut.objects.create(number=3, chain="x", sealed_at=clock.read(), digest="x")
    young = [Entry.objects.filter(pk=aged[5].pk), Entry.objects.filter(seal=None), Seal.objects.filter(number=3)]
    for rows in young:
        with pytest.raises(DatabaseError), transaction.atomic():
            rows._raw_delete(rows.db)  # type: ignore[attr-defined]
    with pytest.raises(DatabaseError), transaction.atomic():
        Cut.objects.all().delete()
