"""Queries that are written once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection
from django.db.models import F

from accounts.models import OneTimeCode, User
from core import clock
from core.prepared import Delete, Given, Select, Update
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
