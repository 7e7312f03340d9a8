"""What is not submitted yet: how long it is kept, and what it lacks."""

from datetime import date, timedelta

from django.utils import timezone
from django.utils.module_loading import import_string

from registry.models import Person
from services.catalogue import DocumentEntry, Service
from services.models import ServiceRequest

# After the day on which something was written last.
DRAFTS_KEPT = timedelta(days=30)


def kept_until(draft: ServiceRequest) -> date:
    return timezone.localdate(draft.touched_at + DRAFTS_KEPT)


def step(service: Service, draft: ServiceRequest, applicant: Person) -> str:
    """The URL name of the page where it goes on."""
    return {"not_answered": "request_form", "not_documented": "request_files"}.get(
        lacking(service, draft, applicant), "request_review"
    )


def lacking(service: Service, draft: ServiceRequest, applicant: Person) -> str:
    """What stands in the way of submitting it: "not_answered", "not_documented" or nothing."""
    if not is_answered(service, draft):
        return "not_answered"
    return "not_documented" if undocumented(service, draft, applicant) else ""


def is_answered(service: Service, draft: ServiceRequest) -> bool:
    required = (entry for entry in service.fields if entry.is_required)
    return not draft.typed and all(draft.answers.get(entry.name) for entry in required)


def undocumented(service: Service, draft: ServiceRequest, applicant: Person) -> list[str]:
    """The names of the documents that are still to be attached."""
    attached = set(draft.attachments.values_list("document", flat=True))
    return [one.name for one in service.documents if one.name not in attached and is_needed(one, draft, applicant)]


def is_needed(document: DocumentEntry, draft: ServiceRequest, applicant: Person) -> bool:
    """Whether this draft, as it is answered, is not sent without it."""
    if not document.needed:
        return document.is_required
    return bool(import_string(document.needed)(draft.answers, applicant))
