"""What a page says when something about a request did not do."""

from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.sentences import Wait, duration, whole_minute
from core.hijri import in_both_calendars
from core.paging import count_text
from core.throttle import OverBudget
from services.actions.requests import RequestRefused
from services.uploads import FileRefused

_SENTENCES: dict[str, Promise] = {
    "moved": _("The request is not any more as this page showed it. See below how it stands now."),
    "gone": _("This draft was deleted, on another page or device. Begin anew when you still need it."),
    "not_answered": _("Something is not answered yet, or not rightly. It is marked below."),
    "not_eligible": _("One of the requirements does not hold. What to do stands beside it."),
    "too_many_drafts": _("You have twenty drafts. Submit or delete one of them first."),
    "not_yours": _("Another officer works on this request."),
    "not_taken": _("Nobody works on this request yet. Take it first."),
    "own_request": _("This request is yours or of your family. Another officer has to decide it."),
    "register_changed": _(
        "The register has changed since the request was made, so it cannot be done as it was asked. Return it, or reject it "
        "with that reason."
    ),
    "answered_since": _(
        "This page was old: the applicant may have answered since it was opened. Read once more what stands here now, then "
        "decide."
    ),
    "second_officer_needed": _(
        "This service takes two officers: propose the approval, and another officer confirms it."
    ),
    "one_officer_approves": _("This service takes one officer: approve the request yourself."),
    "waits_for_second": _("A second officer is to decide on this request. The first one can take the proposal back."),
    "same_officer": _("You proposed this approval yourself. Another officer has to confirm or decline it."),
    "not_a_colleague": _("This officer does not work for the department. Choose another one."),
    "not_in_batches": _("This service is approved one by one."),
}
# At the desk, which does not show the request itself.
_OF_OFFICERS: dict[str, Promise] = _SENTENCES | {
    "moved": _(
        "The request has changed meanwhile: it was withdrawn, or another officer was faster. Open it to see how it stands."
    ),
    "answered_since": _(
        "The applicant may have answered since you looked at it. Open it, read the answers, then decide."
    ),
}
_OF_REOPENING: dict[str, Promise] = {
    "own_request": _("This request is yours or of your family. Another supervisor has to look at it."),
    "open_still": _("This request is not decided: an officer works on it, or will. Write to that officer."),
    "withdrawn": _("The applicant withdrew this request, and nobody decided it. The applicant can make it anew."),
    "in_the_register": _(
        "What was approved is written in the register already, and taking the decision back would not undo it. Ask the "
        "applicant to make the request that corrects it; that one is decided in the usual way, and the register keeps both."
    ),
    "moved": _("Somebody was faster: the request is not any more as this page showed it."),
}

_OF_FILES: dict[str, Promise] = {
    "none": _("Choose a file first."),
    "missing": _("Attach this document: the request cannot be sent without it."),
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
    "not_asked": _("The officer did not ask for this document, so it stays as you sent it."),
    "same": _("This is the file that the officer returned. Attach another one."),
    "returned": _("The officer has seen this file, so it stays with the request. Attach another one beside it."),
    "no_room": _("The file could not be stored just now. Nothing else is lost: try again in a few minutes."),
}


_DRAFT_STEPS = (_("Answers"), _("Attachments"), _("Check and send"))


def draft_steps(*, has_documents: bool) -> list[Promise]:
    """From the form to the request that is sent."""
    return [step for step in _DRAFT_STEPS if has_documents or step is not _DRAFT_STEPS[1]]


def requests_counted(count: int) -> str:
    """`count`: of core.paging.capped_count."""
    return ngettext("%(n)s request", "%(n)s requests", count) % {"n": count_text(count)}


def returned_requests(count: int) -> str:
    """Empty when nothing is returned."""
    said = ngettext("A request waits for your answer", "%(n)d requests wait for your answer", count)
    return said % {"n": count} if count else ""


def of_file(refused: FileRefused) -> str:
    return str(_OF_FILES[refused.code])


def of_altered_file() -> str:
    return gettext(
        "This file is not as it was stored, so it is not shown. An officer can return the request, and it is given anew."
    )


def of_too_many_files(over: OverBudget) -> str:
    said = {"limit": over.budget.limit, "wait": duration(over.retry_in_seconds)}
    return (
        gettext(
            "All the files that one account sends within a day (%(limit)s) have been sent. What is attached stays, and "
            "more can be attached in %(wait)s."
        )
        % said
    )


def of_too_many_messages(over: OverBudget) -> str:
    said = {"limit": over.budget.limit, "wait": duration(over.retry_in_seconds)}
    return (
        gettext(
            "All the messages that one account writes within a day (%(limit)s) have been sent. The next one can be sent in "
            "%(wait)s: copy this one until then."
        )
        % said
    )


def wait_to_submit(over: OverBudget, kept_until: date) -> Wait:
    happened = gettext("All the requests that one account sends within a day (%(limit)s) have been sent.")
    stays = gettext("Nothing of this one is lost: it is kept as a draft until %(day)s, and can be sent as it is then.")
    return Wait(
        happened % {"limit": over.budget.limit},
        gettext("A request can be sent again in"),
        over.retry_in_seconds,
        whole_minute(over.retry_in_seconds),
        [stays % {"day": in_both_calendars(kept_until)}],
    )


def of_refusal(refused: RequestRefused) -> str:
    return of_code(refused.code)


def of_officers(code: str) -> str:
    """A code of DecisionRefused, or of an obstacle to a batch."""
    return str(_OF_OFFICERS[code])


def of_reopening(code: str) -> str:
    """A code of services.actions.reopening.ReopeningRefused."""
    return str(_OF_REOPENING[code])


def of_code(code: str) -> str:
    return str(_SENTENCES[code])
