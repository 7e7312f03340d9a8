"""A file of a request on its way to somebody who may see it."""

import structlog
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from services import sentences
from services.actions import attachments
from services.actions.attachments import FileAltered
from services.models import Attachment

log = structlog.get_logger(__name__)

# Nothing that a file holds can act in this portal's name, also where a browser shows it.
_SANDBOX = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"
_HEADERS = {"Content-Security-Policy": _SANDBOX, "Cache-Control": "no-store"}
# On a page of this portal only. Without “sandbox”, in which browsers' PDF viewers do not work.
_FRAMED = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def as_response(attachment: Attachment, *, in_frame: bool = False) -> HttpResponse:
    """For those who may see it. `in_frame`: a PDF to be looked at in its place on a page."""
    headers = _HEADERS | {
        "Content-Disposition": content_disposition_header(not in_frame, attachment.name) or "attachment",
        "X-Frame-Options": "SAMEORIGIN" if in_frame else "DENY",
    }
    if in_frame:
        headers["Content-Security-Policy"] = _FRAMED
    try:
        return HttpResponse(attachments.content_of(attachment), content_type=attachment.media_type, headers=headers)
    except FileAltered:
        del headers["Content-Disposition"]
        return _altered(attachment, headers)


def small(attachment: Attachment) -> HttpResponse:
    try:
        return HttpResponse(attachments.thumbnail_of(attachment), content_type="image/jpeg", headers=_HEADERS)
    except FileAltered:
        return _altered(attachment, _HEADERS)


def _altered(attachment: Attachment, headers: dict[str, str]) -> HttpResponse:
    log.error("stored_file_altered", attachment_id=attachment.pk)
    return HttpResponse(
        sentences.of_altered_file(), content_type="text/plain; charset=utf-8", headers=headers, status=500
    )
