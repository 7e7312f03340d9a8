"""What a request asks to be attached."""

from registry.lookup import person_of
from services import drafts
from services.actions import attachments
from services.catalogue import services
from services.models import ServiceRequest
from tests.services.hostile import image


def attach_required(request: ServiceRequest) -> None:
    applicant = person_of(request.applicant.id_number)
    for entry in services()[request.service].documents:
        if drafts.is_needed(entry, request, applicant):
            attachments.attach(request, entry.name, f"{entry.name}.png", image())
