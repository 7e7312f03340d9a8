import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from ipaddress import ip_address

from django.db import connection, models, transaction

from audit.events import Event
from audit.models import Entry, Seal
from core.context import current
from core.sealed import digest, is_digest

_SEALING_LOCK = 0x5EA1
_BATCH = 500


def record(
    event: Event,
    *,
    actor: models.Model | None = None,
    subject: models.Model | None = None,
    **details: str | int | bool,
) -> None:
    """To be called in the transaction of the act. `details` hold ids and codes, never names, numbers or codes of people."""
    context = current.get()
    entry = Entry(
        event=event,
        actor_id=actor.pk if actor else None,
        subject_id=subject.pk if subject else None,
        details=details,
        request_id=context.request_id,
        client_ip=_one_spelling(context.client_ip),
    )
    entry.digest = digest("audit.entry", *_facts(entry))
    entry.save(force_insert=True)


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
    elif not is_digest(seal.chain, "audit.seal", *_links(previous, entries)):
        yield f"Seal {seal.number} does not fit its entries or the seal before it."


def _altered(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        if not is_digest(entry.digest, "audit.entry", *_facts(entry)):
            yield f"Entry {entry.pk} was altered."


def _append_seal(entries: list[Entry]) -> None:
    last = Seal.objects.order_by("-number").first()
    chain = digest("audit.seal", *_links(last.chain if last else "", entries))
    seal = Seal.objects.create(number=(last.number if last else 0) + 1, size=len(entries), chain=chain)
    Entry.objects.filter(pk__in=[entry.pk for entry in entries]).update(seal=seal)


def _links(previous: str, entries: list[Entry]) -> Iterator[str]:
    yield previous
    for entry in entries:
        yield f"{entry.pk} {entry.at.astimezone(UTC).isoformat()} {entry.digest}"


def _facts(entry: Entry) -> list[str]:
    details = json.dumps(entry.details, sort_keys=True)
    facts = (entry.event, entry.actor_id, entry.subject_id, details, entry.request_id, entry.client_ip)
    return [str(fact) for fact in facts]


def _one_spelling(address: str) -> str | None:
    """As the database will give it back, or the entry would seem altered; None for what is no address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _sealing_is_mine() -> bool:
    """SQLite has one writer anyway; on PostgreSQL a lock that ends with the transaction."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_SEALING_LOCK])
        return bool(cursor.fetchone()[0])
