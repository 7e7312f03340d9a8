from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from django.db import connection, models, transaction

from audit.events import Event
from audit.models import Entry, Seal
from core.context import current
from core.sealed import digest, same

_SEALING_LOCK = 0x5EA1
_BATCH = 500


def record(
    event: Event, *, actor: models.Model | None = None, subject: models.Model | None = None, **details: str | int | bool
) -> None:
    """To be called in the transaction of the act. `details` hold ids and codes, never names, numbers or codes of people."""
    context = current.get()
    entry = Entry(
        event=event,
        actor_id=actor.pk if actor else None,
        subject_id=subject.pk if subject else None,
        details=details,
        request_id=context.request_id,
        client_ip=context.client_ip or None,
    )
    entry.digest = content_digest(entry)
    entry.save(force_insert=True)


def content_digest(entry: Entry) -> str:
    facts = (entry.event, entry.actor_id, entry.subject_id, sorted(entry.details.items()), entry.request_id, entry.client_ip)
    return digest("audit.entry", *map(str, facts))


def seal_new_entries() -> int:
    """Chains the entries that no seal holds yet; returns how many. Does nothing while another process seals."""
    with transaction.atomic():
        if not _sealing_is_mine():
            return 0
        fresh = list(Entry.objects.filter(seal=None).order_by("pk")[:_BATCH])
        if fresh:
            _append_seal(fresh)
    return len(fresh)


def verify() -> Iterator[str]:
    """A sentence for each trace of tampering; nothing when the trail is whole."""
    previous, expected = "", 1
    for seal in Seal.objects.order_by("number").iterator():
        if seal.number != expected:
            yield f"Seal {expected} is missing."
        yield from _faults_of(seal, previous)
        previous, expected = seal.chain, seal.number + 1
    yield from _altered(Entry.objects.filter(seal=None).iterator())


def head() -> str:
    """The newest link of the chain: kept elsewhere, it shows later whether the end of the trail was cut off."""
    last = Seal.objects.order_by("-number").first()
    return f"{last.number}:{last.chain}" if last else "0:"


def _faults_of(seal: Seal, previous: str) -> Iterator[str]:
    entries = list(seal.entries.order_by("pk"))
    yield from _altered(entries)
    if len(entries) != seal.size:
        yield f"Seal {seal.number} holds {seal.size} entries, but {len(entries)} are there."
    elif not same(seal.chain, _chain(previous, entries)):
        yield f"Seal {seal.number} does not fit its entries or the seal before it."


def _altered(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        if not same(entry.digest, content_digest(entry)):
            yield f"Entry {entry.pk} was altered."


def _append_seal(entries: list[Entry]) -> None:
    last = Seal.objects.order_by("-number").first()
    chain = _chain(last.chain if last else "", entries)
    seal = Seal.objects.create(number=(last.number if last else 0) + 1, size=len(entries), chain=chain)
    Entry.objects.filter(pk__in=[entry.pk for entry in entries]).update(seal=seal)


def _chain(previous: str, entries: list[Entry]) -> str:
    links = (f"{entry.pk} {entry.at.astimezone(UTC).isoformat()} {entry.digest}" for entry in entries)
    return digest("audit.seal", previous, *links)


def _sealing_is_mine() -> bool:
    """SQLite has one writer anyway; on PostgreSQL a lock that ends with the transaction."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_SEALING_LOCK])
        return bool(cursor.fetchone()[0])
