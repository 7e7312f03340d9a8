"""What a page says when something about a request did not do."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from services.actions.decisions import DecisionRefused
from services.actions.requests import RequestRefused

_SENTENCES: dict[str, Promise] = {
    "moved": _("The request is not any more as this page showed it. See below how it stands now."),
    "not_eligible": _("One of the requirements does not hold. What to do stands beside it."),
    "too_many_drafts": _("You have twenty drafts. Submit or delete one of them first."),
    "not_yours": _("Another officer works on this request."),
    "own_request": _("This request is yours or of your family. Another officer has to decide it."),
    "register_changed": _(
        "The register has changed since the request was made, so it cannot be done as it was asked. Return it, or reject it "
        "with that reason."
    ),
}


def of_refusal(refused: RequestRefused | DecisionRefused) -> str:
    return str(_SENTENCES[refused.code])
