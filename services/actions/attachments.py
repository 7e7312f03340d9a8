"""Files of a request: judged and written anew, then stored outside of the web root under a name that says nothing. The row
comes first, in a transaction that ends with the writing of the file: there is no row without its file."""

import hashlib
from contextlib import suppress
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from core.text import clean
from services import uploads
from services.models import Attachment, ServiceRequest
from services.states import RequestState
from services.uploads import CleanFile, FileRefused

_NAME_AT_MOST = 120
_OPEN_FOR_FILES = (RequestState.DRAFT, RequestState.RETURNED)


def attach(request: ServiceRequest, document: str, name: str, content: bytes) -> Attachment:
    """Attaching the same file again changes nothing. Raises services.uploads.FileRefused, also with the codes too_many, closed
    and no_room."""
    same = ServiceRequest.objects.filter(pk=request.pk)
    _refuse_more(same)
    file = uploads.cleaned(content)
    facts = {"media_type": file.media_type, "bytes": len(file.content), "name": shown_name(name, file.ending)}
    try:
        with transaction.atomic():
            # Once more: it may have been sent, or got other files, while this one was judged.
            _refuse_more(same.select_for_update())
            attachment = Attachment.objects.create(
                request=request, document=document, sha256=hashlib.sha256(content).hexdigest(), **facts
            )
            _store(attachment.stored_name, file)
    except IntegrityError:
        return Attachment.objects.get(request=request, document=document, sha256=hashlib.sha256(content).hexdigest())
    except OSError:
        raise FileRefused("no_room") from None
    return attachment


def remove(attachment: Attachment) -> None:
    """While the request is being written. Raises FileRefused."""
    with transaction.atomic():
        _open_for_files(ServiceRequest.objects.select_for_update().filter(pk=attachment.request_id))
        attachment.delete()
        forget_on_commit(attachment)


def forget_on_commit(attachment: Attachment) -> None:
    """The row goes in the caller's transaction, and the file after it."""
    transaction.on_commit(lambda: _forget(attachment.stored_name))


def content_of(attachment: Attachment) -> bytes:
    with storage().open(attachment.stored_name) as file:
        return bytes(file.read())


def storage() -> Storage:
    return storages["attachments"]


def shown_name(name: str, ending: str) -> str:
    """What the sender called it, without folders and with the ending of what it is."""
    plain = clean(PurePath(name.replace("\\", "/")).name).strip(". ") or "file"
    stem = PurePath(plain).stem[: _NAME_AT_MOST - 5]
    return f"{stem}.{ending}"


def _refuse_more(same: QuerySet[ServiceRequest]) -> None:
    """Raises FileRefused."""
    if _open_for_files(same).attachments.count() >= uploads.FILES_AT_MOST:
        raise FileRefused("too_many")


def _open_for_files(same: QuerySet[ServiceRequest]) -> ServiceRequest:
    """The request as the database has it now. Raises FileRefused."""
    request = same.filter(state__in=_OPEN_FOR_FILES).first()
    if request is None:
        raise FileRefused("closed")
    return request


def _store(stored_name: str, file: CleanFile) -> None:
    """Raises OSError; nothing is left behind then."""
    try:
        storage().save(stored_name, ContentFile(file.content))
    except OSError:
        _forget(stored_name)
        raise


def _forget(stored_name: str) -> None:
    with suppress(OSError):
        storage().delete(stored_name)
