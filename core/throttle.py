"""Budgets counted in the database: spent before the act, by one statement, so parallel requests cannot overspend.

Subjects (mobiles, names, addresses) are kept as keyed digests only. Windows open with the first event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models, transaction

from core import clock
from core.prepared import Given, Update
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
    def spend(self, *charges: Charge) -> None:
        """All of them or none. Raises OverBudget with the longest wait. Call it outside of any transaction that may
        roll back."""
        with transaction.atomic():
            over = [spent for spent in self._spent(charges) if spent.over]
            if over:
                transaction.set_rollback(True)
        if over:
            longest = max(over, key=lambda spent: spent.wait_seconds)
            raise OverBudget(longest.budget, longest.wait_seconds)

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

    def _spent(self, charges: Sequence[Charge]) -> list["_Spent"]:
        # Sorted keys, here and in `refund`: two requests that count the same lock the rows in the same order.
        ordered = sorted(charges, key=lambda charge: charge.key)
        with connection.cursor() as cursor:
            cursor.execute(self._upsert(len(ordered)), [v for c in ordered for v in _row_values(c)])
            by_key = {key: (spent, clock.aware(ends), clock.aware(now)) for key, spent, ends, now in cursor.fetchall()}
        return [_Spent.read(charge, *by_key[charge.key]) for charge in ordered]

    def _running(self, keys: list[str]) -> list[tuple[str, int, Any, Any]]:
        table, now = connection.ops.quote_name(self.model._meta.db_table), clock.sql_ahead("0")
        places = ", ".join(["%s"] * len(keys))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT key, spent, window_ends_at, {now} FROM {table} WHERE key IN ({places}) AND window_ends_at > {now}",
                keys,
            )
            return cursor.fetchall()

    def _upsert(self, rows: int) -> str:
        table, now = connection.ops.quote_name(self.model._meta.db_table), clock.sql_ahead("0")
        values = ", ".join([f"(%s, 1, 0, {clock.sql_ahead('%s')})"] * rows)
        over = f"{table}.window_ends_at <= {now}"
        return (
            f"INSERT INTO {table} (key, spent, strikes, window_ends_at) VALUES {values} ON CONFLICT (key) DO UPDATE SET"
            f" spent = CASE WHEN {over} THEN 1 ELSE {table}.spent + 1 END,"
            f" window_ends_at = CASE WHEN {over} THEN excluded.window_ends_at ELSE {table}.window_ends_at END"
            f" RETURNING key, spent, window_ends_at, {now}"
        )


class Counter(models.Model):
    key = models.CharField(max_length=80, primary_key=True)
    spent = models.PositiveIntegerField()
    strikes = models.PositiveSmallIntegerField(default=0)
    window_ends_at = models.DateTimeField(db_index=True)

    class Meta:
        abstract = True


@dataclass(frozen=True)
class _Spent:
    budget: Budget
    over: bool
    wait_seconds: int

    @classmethod
    def read(cls, charge: Charge, spent: int, ends_at: datetime, now: datetime) -> "_Spent":
        return cls(charge.budget, spent > charge.budget.limit, _seconds(ends_at, now))


@cache
def _give_back(model: type[models.Model]) -> Update[models.Model]:
    spent = model._default_manager.filter(key=Given("key"), spent__gte=1, spent__lte=Given("limit"))
    return Update(spent, spent=models.F("spent") - 1)


def _seconds(until: datetime, now: datetime) -> int:
    return int((until - now).total_seconds()) + 1


def _row_values(charge: Charge) -> tuple[str, float]:
    return charge.key, charge.budget.window.total_seconds()
