"""How the gateways do, and whose turn it is.

The gateway that is preferred gets every message until it fails: three errors in a row, or fifty in a minute, pause it for
a while and halve its share; receipts that are slow to come take some of it too. The share grows back with time.
"""

import time
import zlib
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db.models import Case, Count, F, Q, When

from core import clock
from core.plugins import load
from messaging import figures
from messaging.models import GatewayHealth, Message
from messaging.states import State

ERRORS_IN_A_ROW, ERRORS_IN_WINDOW, WINDOW = 3, 50, timedelta(seconds=60)
PAUSE = timedelta(seconds=30)
# Ours: a code that takes longer than this to reach the handset is late for somebody who waits before a page.
SLOW_RECEIPT, SLOW_RECEIPTS_IN_A_ROW = timedelta(seconds=20), 5
ERRORS_COST, SLOWNESS_COST, LEAST_WEIGHT = 50, 20, 10
EARNED_BACK_A_MINUTE = 10
_WATCHED_EVERY, _LOOKED_BACK = timedelta(seconds=25), timedelta(minutes=5)
_READ_EVERY_SECONDS = 1.0

log = structlog.get_logger(__name__)
_kept: tuple[float, dict[str, GatewayHealth]] = 0.0, {}
# By gateway: when forged calls were last written, and how many came since.
_forged: dict[str, tuple[float, int]] = {}


def listed() -> list[str]:
    return list(load(settings.SMS_GATEWAYS))


def first_in_turn(message_id: int) -> str:
    """Each gateway takes its share of what those before it left over; the last one takes the rest."""
    willing = _closed(listed())
    shares = read()
    return next((name for name in willing[:-1] if _draw(message_id, name) < weight_of(shares.get(name))), willing[-1])


def next_in_turn(name: str, besides: list[str]) -> str:
    """The one listed after `name`, around the corner, and not paused if possible; "" when there is none."""
    names = listed()
    place = names.index(name) + 1
    willing = [other for other in names[place:] + names[:place] if other not in besides]
    return _closed(willing)[0] if willing else ""


def read() -> dict[str, GatewayHealth]:
    """By name; at most a second old. Gateways that never sent have no row."""
    global _kept
    if time.monotonic() - _kept[0] > _READ_EVERY_SECONDS:
        rows = GatewayHealth.objects.annotate(read_at=clock.now())
        _kept = time.monotonic(), {row.name: row for row in rows}
    return _kept[1]


def forget() -> None:
    """The next reading is a fresh one, and the next forged call is written."""
    forget_readings()
    _forged.clear()


def forget_readings() -> None:
    global _kept
    _kept = 0.0, {}


def weight_of(row: GatewayHealth | None) -> int:
    """In percent, with what was earned back since it was set."""
    if row is None:
        return 100
    minutes = (_read_at(row) - row.weighed_at) / timedelta(minutes=1)
    return min(100, row.weight + int(minutes * EARNED_BACK_A_MINUTE))


def is_open(row: GatewayHealth | None) -> bool:
    return bool(row and row.open_until and row.open_until > _read_at(row))


def note_success(name: str) -> None:
    """Written at most once a second, for everybody reads it and all senders write it."""
    row = read().get(name)
    if (
        row
        and not row.errors_in_a_row
        and row.last_success_at
        and _read_at(row) - row.last_success_at < timedelta(seconds=2)
    ):
        return
    _write(name, last_success_at=clock.now(), errors_in_a_row=0)


def note_error(name: str, problem: str) -> None:
    figures.note_error(name)
    in_window = Q(window_ends_at__gt=clock.now())
    _write(
        name,
        last_error_at=clock.now(),
        last_problem=problem,
        errors_in_a_row=F("errors_in_a_row") + 1,
        errors_in_window=Case(When(in_window, then=F("errors_in_window") + 1), default=1),
        window_ends_at=Case(When(in_window, then=F("window_ends_at")), default=clock.ahead(WINDOW)),
    )
    too_many = Q(errors_in_a_row__gte=ERRORS_IN_A_ROW) | Q(errors_in_window__gte=ERRORS_IN_WINDOW)
    if _weigh_down(name, too_many, ERRORS_COST, open_until=clock.ahead(PAUSE), errors_in_a_row=0, errors_in_window=0):
        log.error("gateway_paused", gateway=name, problem=problem, seconds=int(PAUSE.total_seconds()))


def note_receipt(name: str, waited: timedelta) -> None:
    """A handset has the text, `waited` after the hand-over."""
    if waited < SLOW_RECEIPT:
        GatewayHealth.objects.filter(name=name, slow_receipts_in_a_row__gt=0).update(slow_receipts_in_a_row=0)
        return
    _write(name, slow_receipts_in_a_row=F("slow_receipts_in_a_row") + 1)
    too_many = Q(slow_receipts_in_a_row__gte=SLOW_RECEIPTS_IN_A_ROW)
    if _weigh_down(name, too_many, SLOWNESS_COST, slow_receipts_in_a_row=0):
        log.warning("gateway_slow", gateway=name)


def note_missing_receipts() -> None:
    """To be called every half minute. A gateway that used to report, and of most of whose texts nothing has been heard for
    a while, is as slow as one whose receipts come late."""
    for name, silent, heard in _heard_lately():
        if silent >= SLOW_RECEIPTS_IN_A_ROW and silent > heard and _used_to_report(name):
            not_weighed_just_now = Q(weighed_at__lt=clock.ahead(-_WATCHED_EVERY))
            if _weigh_down(name, not_weighed_just_now, SLOWNESS_COST):
                log.warning("gateway_silent", gateway=name, silent=silent, heard=heard)


def _heard_lately() -> list[tuple[str, int, int]]:
    """By gateway: of the texts handed over a while ago, of how many nothing has been heard, and of how many something."""
    recent = Message.objects.filter(
        created_at__gt=clock.ahead(-2 * _LOOKED_BACK), sent_at__gt=clock.ahead(-_LOOKED_BACK)
    )
    by_gateway = recent.filter(sent_at__lt=clock.ahead(-SLOW_RECEIPT)).order_by().values_list("gateway")
    silent = Q(state=State.SENT)
    return list(by_gateway.annotate(silent=Count("pk", filter=silent), heard=Count("pk", filter=~silent)))


def _used_to_report(name: str) -> bool:
    last_hour = Message.objects.filter(created_at__gt=clock.ahead(-timedelta(hours=1)))
    return last_hour.filter(gateway=name, state=State.DELIVERED).exists()


def note_unknown_receipt(name: str) -> None:
    _write(name, unknown_receipts=F("unknown_receipts") + 1)


def note_forged_call(name: str) -> None:
    """Written at most once a second by a process: whoever forges calls is not to make the database work."""
    now = time.monotonic()
    written_at, count = _forged.get(name, (0.0, 0))
    if now - written_at < _READ_EVERY_SECONDS:
        _forged[name] = written_at, count + 1
        return
    _forged[name] = now, 0
    _write(name, forged_calls=F("forged_calls") + count + 1)


def _write(name: str, **facts: Any) -> None:
    if not GatewayHealth.objects.filter(name=name).update(**facts):
        GatewayHealth.objects.bulk_create([GatewayHealth(name=name)], ignore_conflicts=True)
        GatewayHealth.objects.filter(name=name).update(**facts)
    forget_readings()


def _weigh_down(name: str, when: Q, cost: int, **facts: Any) -> bool:
    """Of several senders who see the same errors one acts on them. `facts` are such that `when` no longer holds."""
    row = GatewayHealth.objects.annotate(read_at=clock.now()).filter(when, name=name).first()
    if row is None:
        return False
    weight = max(LEAST_WEIGHT, weight_of(row) - cost)
    # The facts end what `when` asks for, so a second sender finds nothing to do.
    return bool(GatewayHealth.objects.filter(when, name=name).update(weight=weight, weighed_at=clock.now(), **facts))


def _closed(names: list[str]) -> list[str]:
    """Those whose breaker is closed; when all are open, all."""
    shares = read()
    return [name for name in names if not is_open(shares.get(name))] or names


def _draw(message_id: int, name: str) -> int:
    """0 to 99, the same for the same message."""
    return zlib.crc32(f"{name} {message_id}".encode()) % 100


def _read_at(row: Any) -> datetime:
    return row.read_at
