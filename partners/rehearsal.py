"""What a partner's own program has shown: its calls in the call log, beside what a good program does. The rooms above tell
by name what is to be lived through (settings.API_CONFORMANCE)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from core import clock
from partners.conformance import Result
from partners.models import Call, Partner
from partners.states import State

# A good program never gets these; each is shown with how often it came.
_FAULTS = {
    "not-authenticated": "no call fails its signature",
    "bad-request": "every body is JSON",
    "invalid-input": "no input breaks a rule",
    "not-found": "every address exists",
    "method-not-allowed": "every address is called as it wants",
    "idempotency-key-missing": "every write has an Idempotency-Key",
    "idempotency-key-reused": "no Idempotency-Key is used twice",
    "counter-not-risen": "every counter rises",
    "too-many-calls": "the calls a minute are kept",
}


@dataclass(frozen=True)
class Step:
    """A call that has to have come: of this operation, with this answer."""

    name: str
    operation: str = ""
    status: int = 0
    problem: str = ""


def look_back(partner: Partner, *, hours: int) -> Iterator[Result]:
    """By the partner's calls of the last hours; of a program in test, that it has met each outcome there is, too."""
    calls = Call.objects.filter(partner=partner, at__gte=clock.ahead(timedelta(hours=-hours)))
    yield Result("calls came and were answered", "yes", _yes(calls.filter(status__lt=400)))
    yield from _faults(calls)
    if partner.state == State.TEST:
        yield from _steps(partner, calls)


def _steps(partner: Partner, calls: QuerySet[Call]) -> Iterator[Result]:
    yield Result("a write was repeated with its key", "yes", _yes(calls.filter(is_replay=True)))
    yield Result("who is told to wait does not call at once", "yes", "no" if _came_too_soon(calls) else "yes")
    for room in map(import_module, settings.API_CONFORMANCE):
        for step in room.steps(partner.kind):
            yield Result(step.name, "yes", _yes(_shown(calls, step)))


def _faults(calls: QuerySet[Call]) -> Iterator[Result]:
    for problem, check in _FAULTS.items():
        bad = calls.filter(problem=problem)
        reasons = sorted(set(bad.exclude(reason="").values_list("reason", flat=True)))
        count = bad.count()
        said = f"{count} times" + (f": {', '.join(reasons)}" if reasons else "")
        yield Result(check, "yes", said if count else "yes")


def _shown(calls: QuerySet[Call], step: Step) -> QuerySet[Call]:
    if step.problem:
        return calls.filter(problem=step.problem)
    route = step.operation.replace("{reference}", "<reference>")
    return calls.filter(status=step.status, operation=route)


def _came_too_soon(calls: QuerySet[Call]) -> bool:
    """Whether an operation that was told to wait a minute came again within a second."""
    told_to_wait = calls.filter(problem__in=("codes-rest", "too-many-calls"))
    return told_to_wait.filter(
        Exists(
            calls.filter(
                operation=OuterRef("operation"), pk__gt=OuterRef("pk"), at__lt=OuterRef("at") + timedelta(seconds=1)
            )
        )
    ).exists()


def _yes(calls: QuerySet[Call]) -> str:
    return "yes" if calls.exists() else "not yet"
