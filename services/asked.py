"""What an officer asked for when a request was returned: these fields and documents are open, and nothing else."""

from dataclasses import dataclass, field

from services.models import ServiceRequest


@dataclass(frozen=True)
class Asked:
    """`given`: the documents of which a file was attached after the return."""

    text: str = ""
    fields: list[str] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    given: frozenset[str] = frozenset()

    @property
    def missing(self) -> list[str]:
        """Documents that are still to be given anew."""
        return [name for name in self.documents if name not in self.given]


def of(request: ServiceRequest) -> Asked:
    """Nothing while it is not returned."""
    if not request.is_returned:
        return Asked()
    message = request.thread.filter(returns=True).order_by("-pk").first()
    if message is None:
        return Asked()
    given = request.attachments.filter(is_returned=False, document__in=message.asked_documents)
    return Asked(
        message.told, message.asked_fields, message.asked_documents, frozenset(given.values_list("document", flat=True))
    )
