"""Files of a request: judged and written anew, then stored outside of the web root under a name that says nothing. The row
comes first, in a transaction that ends with the writing of the file: there is no row without its file."""

import hashlib
from contextlib import suppress
from datetime import timedelta
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import TryCounter
from core import clock
from core.text import clean
from core.throttle import Budget
from services import asked, uploads
from services.models import Attachment, ServiceRequest
from services.states import WAITING_FOR_APPLICANT
from services.uploads import CleanFile, FileRefused

# Ours: as many as ten requests hold. Each costs a process of its own.
FILES_A_DAY = Budget("files_sent", limit=100, window=timedelta(days=1))
_NAME_AT_MOST = 120
_THUMBNAIL = ".small"
_GETS_ITS_ROW_WITHIN = timedelta(days=1)


class FileAltered(Exception):
    """What lies in the storage is not what was stored."""


def attach(request: ServiceRequest, document: str, name: str, content: bytes) -> Attachment:
    """Attaching the same file again changes nothing. Raises services.uploads.FileRefused, also with the codes too_many, closed,
    not_asked (of a returned request), same (as the file that was returned) and no_room; and core.throttle.OverBudget."""
    same = ServiceRequest.objects.filter(pk=request.pk)
    _refuse_more(same, document)
    TryCounter.objects.spend(FILES_A_DAY.of(str(request.applicant_id)))
    file = uploads.cleaned(content)
    facts = {
        "media_type": file.media_type,
        "bytes": len(file.content),
        "pages": file.pages,
        "stored_sha256": _sha256(file.content),
        "name": shown_name(name, file.ending),
    }
    sha256 = _sha256(content)
    try:
        with transaction.atomic():
            # Once more: it may have been sent, or got other files, while this one was judged.
            _refuse_more(same.select_for_update(), document)
            attachment = Attachment.objects.create(request=request, document=document, sha256=sha256, **facts)
            ServiceRequest.objects.filter(pk=request.pk).update(touched_at=clock.now())
            _store(attachment.stored_name, file)
    except IntegrityError:
        return _known(request, document, sha256)
    except OSError:
        raise FileRefused("no_room") from None
    return attachment


def remove(attachment: Attachment) -> None:
    """While the request is being written; what an officer has returned stays. Raises FileRefused."""
    with transaction.atomic():
        same = ServiceRequest.objects.select_for_update().filter(pk=attachment.request_id)
        _open_for_files(same, attachment.document)
        if not Attachment.objects.filter(pk=attachment.pk, is_returned=False).delete()[0]:
            raise FileRefused("returned")
        forget_on_commit(attachment)


def forget_on_commit(attachment: Attachment) -> None:
    """The row goes in the caller's transaction, and the file after it."""
    transaction.on_commit(lambda: _forget(attachment.stored_name))


def sweep() -> int:
    """Removes files that no row names, because a process was killed after it wrote them and before its transaction ended;
    returns how many. What is younger than a day may still get its row."""
    return sum(_swept(folder) for folder in _listed("")[0])


def content_of(attachment: Attachment) -> bytes:
    """As it was stored. Raises FileAltered."""
    with storage().open(attachment.stored_name) as file:
        content = bytes(file.read())
    if attachment.stored_sha256 not in ("", _sha256(content)):
        raise FileAltered
    return content


def thumbnail_of(attachment: Attachment) -> bytes:
    """A small JPEG of an image; without one, the image itself. Raises FileAltered."""
    try:
        with storage().open(attachment.stored_name + _THUMBNAIL) as file:
            return bytes(file.read())
    except FileNotFoundError:
        return content_of(attachment)


def storage() -> Storage:
    return storages["attachments"]


def shown_name(name: str, ending: str) -> str:
    """What the sender called it, without folders and with the ending of what it is."""
    plain = clean(PurePath(name.replace("\\", "/")).name).strip(". ") or "file"
    stem = PurePath(plain).stem[: _NAME_AT_MOST - 5]
    return f"{stem}.{ending}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _swept(folder: str) -> int:
    rows = {name: f"{folder}/{name}".removesuffix(_THUMBNAIL) for name in _listed(folder)[1]}
    known = set(Attachment.objects.filter(stored_name__in=set(rows.values())).values_list("stored_name", flat=True))
    without_row = [f"{folder}/{name}" for name, row in rows.items() if row not in known]
    old = [name for name in without_row if storage().get_modified_time(name) < timezone.now() - _GETS_ITS_ROW_WITHIN]
    for name in old:
        storage().delete(name)
    return len(old)


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """Its folders and its files; nothing before the first file was attached."""
    try:
        return storage().listdir(folder)
    except FileNotFoundError:
        return [], []


def _refuse_more(same: QuerySet[ServiceRequest], document: str) -> None:
    """Raises FileRefused."""
    if _open_for_files(same, document).attachments.filter(is_returned=False).count() >= uploads.FILES_AT_MOST:
        raise FileRefused("too_many")


def _open_for_files(same: QuerySet[ServiceRequest], document: str) -> ServiceRequest:
    """The request as the database has it now. Raises FileRefused."""
    request = same.filter(state__in=WAITING_FOR_APPLICANT).first()
    if request is None:
        raise FileRefused("closed")
    if request.is_returned and document not in asked.of(request).documents:
        raise FileRefused("not_asked")
    return request


def _known(request: ServiceRequest, document: str, sha256: str) -> Attachment:
    """What is attached already. Raises FileRefused."""
    attachment = Attachment.objects.filter(request=request, document=document, sha256=sha256).first()
    if attachment is None:  # Removed on another page at this moment.
        raise FileRefused("closed")
    if attachment.is_returned:
        raise FileRefused("same")
    return attachment


def _store(stored_name: str, file: CleanFile) -> None:
    """Raises OSError; nothing is left behind then."""
    try:
        storage().save(stored_name, ContentFile(file.content))
        if file.thumbnail:
            storage().save(stored_name + _THUMBNAIL, ContentFile(file.thumbnail))
    except OSError:
        _forget(stored_name)
        raise


def _forget(stored_name: str) -> None:
    for name in (stored_name, stored_name + _THUMBNAIL):
        with suppress(OSError):
            storage().delete(name)
