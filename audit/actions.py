import json
from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta
from ipaddress import ip_address
from itertools import chain

from django.db import connection, models, transaction

from audit.events import Event
from audit.models import Cut, Entry, Seal
from core import batches, clock
from core.context import current
from core.prepared import Insert
from core.sealed import digest, is_digest

# The triggers of the database know it, too (migration 0009).
KEPT = timedelta(days=548)
_SEALING_LOCK = 0x5EA1
_BATCH = 500
_VARYING = ("event", "actor_id", "subject_id", "details", "request_id", "client_ip", "digest")
_WRITE, _WRITE_AHEAD = Insert(Entry, *_VARYING), Insert(Entry, *_VARYING, waits_for_disk=False)


def record(
    event: Event,
    *,
    actor: models.Model | None = None,
    subject: models.Model | None = None,
    **details: str | int | bool,
) -> None:
    """To be called in the transaction of the act. `details` hold ids and codes, never names, numbers or codes of people."""
    _WRITE.save(_entry(event, actor, subject, details))


def record_ahead(event: Event, *, subject: models.Model | None = None, **details: str | int | bool) -> None:
    """`record` for what is no act in a transaction, without waiting for the disk: see `core.prepared.Statement`."""
    _WRITE_AHEAD.save(_entry(event, None, subject, details))


def _entry(
    event: Event, actor: models.Model | None, subject: models.Model | None, details: dict[str, str | int | bool]
) -> Entry:
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
    return entry


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
    """A sentence for each trace of tampering; nothing when the trail is whole. It begins after the last cut."""
    cut = last_cut()
    if cut:
        yield from _faults_of_cut(cut)
    for _seal, faults in _judged(cut):
        yield from faults
    yield from _altered(Entry.objects.filter(seal=None).iterator())


def head() -> str:
    """The newest link of the chain: kept elsewhere, it shows later whether the end of the trail was cut off."""
    number, link = _end()
    return f"{number}:{link}"


def last_cut() -> Cut | None:
    return Cut.objects.order_by("-number").first()


def purge() -> int:
    """Removes what was sealed longer ago than the trail is kept; returns how many entries. The cut is written first, so that a
    purge that breaks off leaves a whole trail, and the next one goes on."""
    outlived = _outlived()
    if outlived:
        _cut_after(outlived)
    cut = last_cut()
    if cut is None:
        return 0
    removed = batches.delete(Entry.objects.filter(seal__lte=cut.number))
    batches.delete(Seal.objects.filter(number__lte=cut.number))
    return removed


def _outlived() -> Seal | None:
    """The last of the seals that are old enough, by the times of their entries: those are in the chain, while whoever has the
    database could write another time of sealing, and have this portal itself sign a cut of what is young. What is not whole
    stays, with all that came after it, for `verify` to tell."""
    cut, since, outlived = last_cut(), clock.read() - KEPT, None
    if cut and any(_faults_of_cut(cut)):
        return None
    for seal, faults in _judged(cut):
        newest = seal.entries.aggregate(newest=models.Max("at"))["newest"]
        if seal.sealed_at >= since or newest is None or newest >= since or any(faults):
            break
        outlived = seal
    return outlived


@transaction.atomic
def _cut_after(seal: Seal) -> None:
    """Does nothing where it was cut already, by a purge that broke off, or by another one at this moment."""
    cut = Cut(number=seal.number, chain=seal.chain, sealed_at=seal.sealed_at)
    signed = {"chain": cut.chain, "sealed_at": cut.sealed_at, "digest": digest("audit.cut", *_facts_of_cut(cut))}
    _known, is_new = Cut.objects.get_or_create(number=cut.number, defaults=signed)
    if is_new:
        record(Event.TRAIL_CUT, seal=cut.number)


def _facts_of_cut(cut: Cut) -> list[str]:
    return [str(cut.number), cut.chain, cut.sealed_at.astimezone(UTC).isoformat()]


def _end() -> tuple[int, str]:
    """Number and link of the newest seal; of the one before the cut, when none came after it."""
    last = Seal.objects.order_by("-number").first() or last_cut()
    return (last.number, last.chain) if last else (0, "")


def _judged(cut: Cut | None) -> Iterator[tuple[Seal, Iterator[str]]]:
    """The seals after the cut, each with what is wrong about it."""
    previous, expected = (cut.chain, cut.number + 1) if cut else ("", 1)
    for seal in Seal.objects.filter(number__gte=expected).order_by("number").iterator():
        missing = [f"Seal {expected} is missing."] if seal.number != expected else []
        yield seal, chain(missing, _faults_of(seal, previous))
        previous, expected = seal.chain, seal.number + 1


def _faults_of_cut(cut: Cut) -> Iterator[str]:
    if not is_digest(cut.digest, "audit.cut", *_facts_of_cut(cut)):
        yield f"The cut after seal {cut.number} was forged or altered."


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
    number, previous = _end()
    link = digest("audit.seal", *_links(previous, entries))
    seal = Seal.objects.create(number=number + 1, size=len(entries), chain=link)
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
