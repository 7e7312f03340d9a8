"""What a page says when something about a request did not do."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from services.actions.decisions import DecisionRefused
from services.actions.requests import RequestRefused
from services.uploads import FileRefused

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


_OF_FILES: dict[str, Promise] = {
    "none": _("Choose a file first."),
    "empty": _("This file is empty. Choose another one."),
    "too_big": _("This file is larger than 10 MB. Photograph the page again, or save it smaller."),
    "heic": _(
        "This photo is in the HEIC format. Save or send it as JPEG: in the camera's settings choose “most compatible”."
    ),
    "kind": _("Only PDF, JPEG and PNG can be attached. What counts is what the file holds, not what it is called."),
    "broken": _(
        "This file cannot be read: it is damaged, or not what it says it is. Save it anew, or photograph the page."
    ),
    "pixels": _("This image has too many pixels, more than 40 million. Save it smaller."),
    "encrypted": _("This PDF is locked with a password. Save it without one."),
    "active": _("This PDF holds a script or a command. Print it into a new PDF, or photograph the page."),
    "embedded": _("This PDF carries other files along. Attach them one by one."),
    "pages": _("This PDF has no pages, or more than 200."),
    "slow": _("This file takes too long to read. Save it anew, or photograph the page."),
    "too_many": _("Ten files are attached already. Remove one first."),
    "closed": _("Files can be attached while you write the request, or when it is returned to you."),
    "no_room": _("The file could not be stored just now. Nothing else is lost: try again in a few minutes."),
}


def of_file(refused: FileRefused) -> str:
    return str(_OF_FILES[refused.code])


def of_refusal(refused: RequestRefused | DecisionRefused) -> str:
    return str(_SENTENCES[refused.code])
