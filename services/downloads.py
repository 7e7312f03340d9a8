"""A file of a request on its way to somebody who may see it."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from services.actions import attachments
from services.models import Attachment

# Nothing that a file holds can act in this portal's name, also where a browser shows it.
_SANDBOX = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"


def as_response(attachment: Attachment) -> HttpResponse:
    """For those who may see it."""
    headers = {
        "Content-Disposition": content_disposition_header(True, attachment.name) or "attachment",
        "Content-Security-Policy": _SANDBOX,
        "Cache-Control": "no-store",
    }
    return HttpResponse(attachments.content_of(attachment), content_type=attachment.media_type, headers=headers)
