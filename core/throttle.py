"""Budgets counted in the database: spent before the act, by one statement, so parallel requests cannot overspend.

Subjects (mobiles, names, addresses) are kept as keyed digests only. Windows open with the first event.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models, transaction

from core import clock
from core.prepared import Given, Statement, Update
from core.sealed import digest

_Row = TypeVar("_Row", bound="Counter", covariant=True)


@dataclass(frozen=True)
class Budget:
    """`limit` events per `window`. `locks` are the pauses after the first, second, … time it was used up by failures;
    the last one repeats."""

    name: str
    limit: int
    window: timedelta
    locks: tuple[timedelta, ...] = ()

    def of(self, subject: str) -> "Charge":
        return Charge(self, f"{self.name}:{digest(self.name, subject)[:40]}")


@dataclass(frozen=True)
class Charge:
    budget: Budget
    key: str


class OverBudget(Exception):
    """Carries what the page must say: which budget, and for how many seconds more."""

    def __init__(self, budget: Budget, retry_in_seconds: int) -> None:
        super().__init__(budget.name)
        self.budget = budget
        self.retry_in_seconds = retry_in_seconds


class CounterQuerySet(models.QuerySet[_Row]):
    def spend(self, *charges: Charge, waits_for_disk: bool = True) -> None:
        """All of them or none. Raises OverBudget with the longest wait. Call it outside of any transaction that may
        roll back. It need not wait for the disk where something is committed after it before anybody learns what came of
        it: see `core.prepared.Statement`."""
        # One statement counts or does not; only where there are several may one have counted what the other refuses.
        with transaction.atomic() if len(charges) > 1 else nullcontext():
            self.spend_within(*charges, waits_for_disk=waits_for_disk)

    def spend_within(self, *charges: Charge, waits_for_disk: bool = True) -> None:
        """In the caller's transaction, which rolls back when this raises OverBudget with the longest wait. Until it ends the
        counters are locked; what it rolls back is not counted. The caller waits for the disk, unless nothing but counting is
        done in it."""
        counted = self._counted(charges, waits_for_disk)
        if refused := [charge for charge in charges if charge.key not in counted]:
            # None when a window has just ended.
            raise self.refusal(*refused) or OverBudget(refused[0].budget, 1)

    def refund(self, *charges: Charge) -> None:
        """Takes back an event that turned out not to count; a lock stays."""
        give_back = _give_back(self.model)
        for charge in sorted(charges, key=lambda charge: charge.key):
            give_back.run(key=charge.key, limit=charge.budget.limit)

    def fail(self, *charges: Charge) -> None:
        """To be called after a failure: a budget that is used up by it locks, each time for longer."""
        for charge in charges:
            limit, locks = charge.budget.limit, charge.budget.locks
            # `spend` never leaves more than the limit, so one more marks a lock: parallel failures lock once.
            for row in self.filter(key=charge.key, spent=limit) if locks else ():
                lock = locks[min(row.strikes, len(locks) - 1)]
                self.filter(pk=row.pk, spent=limit).update(
                    spent=limit + 1, strikes=row.strikes + 1, window_ends_at=clock.ahead(lock)
                )

    def forget(self, *charges: Charge) -> None:
        self.filter(key__in=[c.key for c in charges]).delete()

    def refusal(self, *charges: Charge) -> OverBudget | None:
        """What the next `spend` would raise; None when it would be allowed."""
        budgets = {c.key: c.budget for c in charges}
        refusals = [
            OverBudget(budgets[key], _seconds(clock.aware(ends), clock.aware(now)))
            for key, spent, ends, now in self._running(list(budgets))
            if spent >= budgets[key].limit
        ]
        return max(refusals, key=lambda over: over.retry_in_seconds, default=None)

    def wait_seconds(self, *charges: Charge) -> int:
        """For how long the next `spend` would be refused; 0 when it would be allowed."""
        over = self.refusal(*charges)
        return over.retry_in_seconds if over else 0

    def running(self, charge: Charge) -> _Row | None:
        """None while the budget is whole."""
        return self.filter(key=charge.key, window_ends_at__gt=clock.now()).first()

    def spent(self, charge: Charge) -> int:
        row = self.running(charge)
        return row.spent if row else 0

    def purge(self) -> int:
        """Removes counters that have been idle for a day; a day without failures also forgives the strikes."""
        return self.filter(window_ends_at__lt=clock.ahead(timedelta(days=-1))).delete()[0]

    def _counted(self, charges: Sequence[Charge], waits_for_disk: bool) -> set[str]:
        """The keys of those whose budget was not used up."""
        # Sorted keys, here and in `refund`: two requests that count the same lock the rows in the same order.
        ordered = sorted(charges, key=lambda charge: charge.key)
        given: dict[str, list[Any]] = {
            "key": [c.key for c in ordered],
            "seconds": [c.budget.window.total_seconds() for c in ordered],
            "limit": [c.budget.limit for c in ordered],
        }
        with connection.cursor() as cursor:
            _upsert(self.model, len(ordered), waits_for_disk).run_by(cursor, _numbered(given))
            return {key for (key,) in cursor.fetchall()}

    def _running(self, keys: list[str]) -> list[tuple[str, int, Any, Any]]:
        with connection.cursor() as cursor:
            _unended(self.model, len(keys)).run_by(cursor, _numbered({"key": keys}))
            return cursor.fetchall()


class Counter(models.Model):
    key = models.CharField(max_length=80, primary_key=True)
    spent = models.PositiveIntegerField()
    strikes = models.PositiveSmallIntegerField(default=0)
    window_ends_at = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True


@cache
def _give_back(model: type[models.Model]) -> Update[models.Model]:
    spent = model._default_manager.filter(key=Given("key"), spent__gte=1, spent__lte=Given("limit"))
    return Update(spent, spent=models.F("spent") - 1)


@cache
def _upsert(model: type[models.Model], rows: int, waits_for_disk: bool) -> Statement:
    table, now = connection.ops.quote_name(model._meta.db_table), clock.sql_ahead("0")
    values = ", ".join([f"(%s, 1, 0, {clock.sql_ahead('%s')})"] * rows)
    over, limits = f"{table}.window_ends_at <= {now}", "WHEN %s THEN CAST(%s AS integer) " * rows
    each = range(rows)
    return Statement(
        f"INSERT INTO {table} (key, spent, strikes, window_ends_at) VALUES {values} ON CONFLICT (key) DO UPDATE SET"
        f" spent = CASE WHEN {over} THEN 1 ELSE {table}.spent + 1 END,"
        f" window_ends_at = CASE WHEN {over} THEN excluded.window_ends_at ELSE {table}.window_ends_at END"
        f" WHERE {over} OR {table}.spent < CASE {table}.key {limits}END RETURNING key",
        [Given(f"{name}{row}") for names in (("key", "seconds"), ("key", "limit")) for row in each for name in names],
        waits_for_disk=waits_for_disk,
    )


@cache
def _unended(model: type[models.Model], keys: int) -> Statement:
    table, now = connection.ops.quote_name(model._meta.db_table), clock.sql_ahead("0")
    places = ", ".join(["%s"] * keys)
    return Statement(
        f"SELECT key, spent, window_ends_at, {now} FROM {table} WHERE key IN ({places}) AND window_ends_at > {now}",
        [Given(f"key{key}") for key in range(keys)],
    )


def _numbered(columns: dict[str, list[Any]]) -> dict[str, Any]:
    """The values of a statement that names each with the number of its row."""
    return {f"{name}{row}": value for name, values in columns.items() for row, value in enumerate(values)}


def _seconds(until: datetime, now: datetime) -> int:
    return int((until - now).total_seconds()) + 1
