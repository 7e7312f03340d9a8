"""What residents ask for with what officers keep beside it, what they find in their inbox, and what is counted of requests."""

from services.models.attachments import Attachment, new_stored_name
from services.models.colleagues import ColleagueNote, ColleagueNoteQuerySet
from services.models.levels import OfficerDay, ServiceDay, ServicePace
from services.models.notices import Notice, NoticeQuerySet
from services.models.reasons import ReadyReason, ReadyReasonQuerySet, Reason
from services.models.requests import NOT_LISTED, RequestMessage, RequestQuerySet, ServiceRequest, new_number

__all__ = [
    "NOT_LISTED",
    "Attachment",
    "ColleagueNote",
    "ColleagueNoteQuerySet",
    "Notice",
    "NoticeQuerySet",
    "OfficerDay",
    "ReadyReason",
    "ReadyReasonQuerySet",
    "Reason",
    "RequestMessage",
    "RequestQuerySet",
    "ServiceDay",
    "ServicePace",
    "ServiceRequest",
    "new_number",
    "new_stored_name",
]
