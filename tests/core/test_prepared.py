"""Queries that are written once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F

from accounts.models import OneTimeCode, User
from core import clock
from core.prepared import Delete, Given, Insert, Select, Statement, Update
from messaging.models import SendCounter
from tests.processes import database_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def counters() -> None:
    ends = clock.ahead(timedelta(minutes=5))
    SendCounter.objects.bulk_create(SendCounter(key=key, spent=n, window_ends_at=ends) for n, key in enumerate("abc"))


@pytest.mark.usefixtures("counters")
def test_each_execution_has_its_own_values() -> None:
    by_key = Select(SendCounter.objects.filter(key=Given("key")))
    assert [row and (row.key, row.spent) for row in (by_key.first(key="b"), by_key.first(key="c"))] == [
        ("b", 1),
        ("c", 2),
    ]
    assert by_key.first(key="z") is None


@pytest.mark.usefixtures("counters")
def test_a_row_is_read_as_the_orm_reads_it() -> None:
    by_key = Select(SendCounter.objects.filter(key=Given("key")).annotate(read_at=clock.now()).defer("strikes"))
    read: Any = by_key.first(key="a")
    assert read == SendCounter.objects.get(key="a")
    assert timedelta(minutes=4) < read.window_ends_at - read.read_at < timedelta(minutes=6)
    assert (read.get_deferred_fields(), read.strikes) == ({"strikes"}, 0)


@pytest.mark.django_db
def test_a_related_row_comes_along(officer: User, django_assert_num_queries: Any) -> None:
    rows = User.objects.get_queryset().filter(pk=Given("pk")).select_related("branch").annotate(read_at=clock.now())
    with django_assert_num_queries(1):
        read: Any = Select(rows).first(pk=officer.pk)
        assert (read.branch.name_en, read.branch.pk) == ("Riyadh branch", officer.branch_id)
    assert (read, read.username) == (officer, officer.username) and read.read_at


@pytest.mark.usefixtures("counters")
def test_an_update_says_how_many_rows_it_wrote() -> None:
    spend = Update(SendCounter.objects.filter(spent__gte=Given("least")), spent=F("spent") + Given("more"))
    assert (spend.run(least=1, more=10), spend.run(least=50, more=1)) == (2, 0)
    assert sorted(SendCounter.objects.values_list("spent", flat=True)) == [0, 11, 12]


@pytest.mark.usefixtures("counters")
def test_an_update_returns_the_row_as_it_is_now() -> None:
    spend = Update(SendCounter.objects.filter(key=Given("key")), spent=F("spent") + 1, window_ends_at=clock.now())
    taken = spend.take(key="b")
    assert taken
    assert taken.spent == 2
    assert taken.window_ends_at == SendCounter.objects.get(key="b").window_ends_at
    assert spend.take(key="z") is None


@pytest.mark.usefixtures("counters")
def test_a_value_that_is_not_given_is_missed() -> None:
    with pytest.raises(KeyError, match="key"):
        Select(SendCounter.objects.filter(key=Given("key"))).first(other="b")


@pytest.mark.usefixtures("counters")
def test_what_is_given_is_a_value_and_never_sql() -> None:
    by_key = Select(SendCounter.objects.filter(key=Given("key")))
    assert by_key.first(key="a' OR 'a' = 'a") is None
    assert by_key.first(key="%s") is None


@pytest.mark.usefixtures("counters")
def test_a_delete_says_how_many_rows_there_were() -> None:
    remove = Delete(SendCounter.objects.filter(key=Given("key"), spent__gte=1))
    assert (remove.run(key="b"), remove.run(key="b"), remove.run(key="a")) == (1, 0, 0)
    assert sorted(SendCounter.objects.values_list("key", flat=True)) == ["a", "c"]


@pytest.mark.usefixtures("counters")
def test_a_new_row_is_written_as_the_orm_writes_it(django_assert_num_queries: Any) -> None:
    write = Insert(SendCounter, "key", "spent", window_ends_at=clock.ahead(timedelta(minutes=5)))
    rows = [SendCounter(key="d", spent=4), SendCounter(key="e", spent=5)]
    with django_assert_num_queries(2):
        for row in rows:
            write.save(row)
    assert [(row.key, row.spent, row.strikes) for row in SendCounter.objects.filter(key__in="de").order_by("key")] == [
        ("d", 4, 0),
        ("e", 5, 0),
    ]
    assert rows[0].window_ends_at == SendCounter.objects.get(key="d").window_ends_at
    with pytest.raises(IntegrityError), transaction.atomic():
        write.save(SendCounter(key="d", spent=1))


@pytest.mark.usefixtures("counters")
def test_of_rows_that_cannot_stand_beside_each_other_the_first_is_written(django_assert_num_queries: Any) -> None:
    write = Insert(SendCounter, "key", "spent", window_ends_at=clock.now())
    first, second = SendCounter(key="d", spent=4), SendCounter(key="d", spent=5)
    with transaction.atomic(), django_assert_num_queries(3):
        assert (write.save_if_first(first), write.save_if_first(second)) == (True, False)
        assert SendCounter.objects.get(key="d").spent == 4
    assert (first._state.adding, second._state.adding) == (False, True)


def test_a_new_row_knows_what_the_database_filled_in(resident: User, django_assert_num_queries: Any) -> None:
    code = OneTimeCode(user=resident, purpose="login", flow="f")
    Insert(OneTimeCode, "user_id", "purpose", "flow", expires_at=clock.now()).save(code)
    with django_assert_num_queries(0):
        known = code.pk, code.created_at
    assert OneTimeCode.objects.values_list("pk", "created_at").get() == known


def test_a_related_row_can_be_missing(resident: User, django_assert_num_queries: Any) -> None:
    OneTimeCode.objects.create(user=resident, purpose="login", flow="f", expires_at=clock.now())
    newest = Select(OneTimeCode.objects.filter(flow=Given("flow")).select_related("user", "message"))
    with django_assert_num_queries(1):
        code = newest.first(flow="f")
        assert code and (code.user, code.user.username, code.message) == (resident, "samer2026", None)


@pytest.fixture
def kept_connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A request begins with the connection of the one before."""
    connection.ensure_connection()
    monkeypatch.setattr(connection, "health_check_enabled", True)
    monkeypatch.setattr(connection, "health_check_done", False)
    yield
    connection.close()


@pytest.fixture
def broken_connection(kept_connection: None) -> None:
    """The server has ended it meanwhile."""
    with psycopg2.connect(database_url()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    other.close()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("broken_connection")
def test_the_first_read_of_a_request_mends_a_broken_connection() -> None:
    assert Select(SendCounter.objects.filter(key=Given("key"))).first(key="a") is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("broken_connection")
def test_a_connection_that_breaks_later_is_an_error() -> None:
    connection.health_check_done = True
    with pytest.raises(OperationalError):
        Select(SendCounter.objects.filter(key=Given("key"))).first(key="a")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("kept_connection")
def test_a_read_saves_the_check_of_the_connection() -> None:
    Select(SendCounter.objects.filter(key=Given("key"))).first(key="a")
    assert connection.health_check_done


@pytest.mark.postgres
@pytest.mark.usefixtures("counters")
def test_a_connection_prepares_a_statement_once() -> None:
    by_key = Select(SendCounter.objects.filter(key=Given("key")))
    before = _prepared_names()
    assert [row and row.spent for row in (by_key.first(key="b"), by_key.first(key="c"))] == [1, 2]
    [name] = _prepared_names() - before
    assert name.startswith("select_messaging_sendcounter_")


def _prepared_names() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("counters")
def test_a_statement_outlives_a_migration_that_changes_the_type_of_a_column() -> None:
    by_key = Select(SendCounter.objects.filter(key=Given("key")))
    assert by_key.first(key="a")
    with connection.cursor() as cursor:
        for size in (90, 80):
            cursor.execute(f"ALTER TABLE messaging_sendcounter ALTER COLUMN key TYPE varchar({size})")
            assert by_key.first(key="a")


@pytest.fixture
def careful_connection() -> Iterator[None]:
    """Waits for the disk, as in production; the tests' own do not."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO on")
        yield
        cursor.execute("RESET synchronous_commit")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("careful_connection")
def test_only_a_transaction_of_its_own_need_not_wait_for_the_disk() -> None:
    asked = 'SELECT setting AS "setting" FROM pg_settings WHERE name = %s', ["synchronous_commit"]
    waiting, ahead = Statement(*asked), Statement(*asked, waits_for_disk=False)
    assert (ahead.fetch({}), waiting.fetch({})) == (("off",), ("on",))
    with transaction.atomic():
        with transaction.atomic():
            assert ahead.fetch({}) == ("on",)
        assert waiting.fetch({}) == ("on",)


@pytest.mark.usefixtures("counters")
def test_all_rows_are_read_in_their_order() -> None:
    spent = Select(SendCounter.objects.filter(spent__gte=Given("least")).order_by("-key"))
    assert [row.key for row in spent.all(least=1)] == ["c", "b"]
    assert spent.all(least=3) == []
