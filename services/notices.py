"""What the inbox says, by the name of what happened. The text message of the same name says it shortly; a notice stays."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Wording:
    """`text` with its places in braces; `page` (a URL name) and `button`: where something can be done about it."""

    title: Promise
    text: Promise
    page: str = ""
    button: Promise | str = ""


_LOOK_AT_ACCOUNT = ("account", _("My account"))
_PAUSE = ("account_pause", _("Pause my account"))
_MY_REQUESTS = ("requests", _("See the request"))
WORDINGS = {
    "activated": Wording(
        _("Your account is activated"),
        _("Your identity was proven: {place}. Was it not you? Pause the account."),
        *_PAUSE,
    ),
    "pause_lifted": Wording(
        _("Your account is open again"),
        _("Your identity was proven, and the pause is lifted: {place}. Was it not you? Pause the account."),
        *_PAUSE,
    ),
    "account_paused": Wording(
        _("Your account was paused"),
        _(
            "From that moment on nobody could sign in, until your identity was proven again. Was the pause not yours? Change"
            " the password."
        ),
        "account_password",
        _("Change the password"),
    ),
    "activation_refused": Wording(
        _("The officer did not activate your account"),
        _("The reason stands on the activation page. Do what it says, then choose a way to activate once more."),
        "activation",
        _("Account activation"),
    ),
    "password_changed": Wording(
        _("Your password was changed"),
        _("Every browser was signed out. Was it not you? Recover the account at once, and choose another password."),
        "recovery",
        _("Recover the account"),
    ),
    "temporary_password": Wording(
        _("You were given a temporary password"),
        _(
            "A kiosk gave it out; it works for a day and one sign-in. Was it not you? Pause the account, and visit an officer."
        ),
        *_PAUSE,
    ),
    "email_changed": Wording(
        _("Your email was changed"),
        _("Was it not you? Change the password, and pause the account if you cannot."),
        *_LOOK_AT_ACCOUNT,
    ),
    "mobile_changed": Wording(
        _("Your mobile number was changed"),
        _("Codes go to the new number from now on. Was it not you? Pause the account, and visit an officer."),
        *_PAUSE,
    ),
    "request_submitted": Wording(
        _("Your request was submitted"),
        _("Request {number}: an officer answers by {due_on}."),
        *_MY_REQUESTS,
    ),
    "request_in_review": Wording(
        _("Your request is in review"),
        _("Request {number}: an officer works on it, and answers by {due_on}."),
        *_MY_REQUESTS,
    ),
    "request_returned": Wording(
        _("Your request is returned to you"),
        _("Request {number}: the officer asks for something. Nothing is decided before you answer."),
        *_MY_REQUESTS,
    ),
    "request_message": Wording(
        _("The officer wrote to you"),
        _("Request {number}: read the message. You can answer on the page of the request."),
        *_MY_REQUESTS,
    ),
    "request_approved": Wording(
        _("Your request is approved"), _("Request {number}: read the officer's answer."), *_MY_REQUESTS
    ),
    "request_rejected": Wording(
        _("Your request is rejected"), _("Request {number}: the reason says what you can do."), *_MY_REQUESTS
    ),
    "request_withdrawn": Wording(
        _("Your request is withdrawn"),
        _("Request {number}: nobody works on it any more. Was it not you? Change the password."),
        *_MY_REQUESTS,
    ),
    "request_released": Wording(
        _("Your request waits for another officer"),
        _("Request {number}: another officer takes it over. The day by which it is answered stays the same."),
        *_MY_REQUESTS,
    ),
    "request_reopened": Wording(
        _("Your request is looked at again"),
        _(
            "Request {number}: the decision is taken back, and an officer decides anew by {due_on}. The reason stands in its "
            "thread."
        ),
        *_MY_REQUESTS,
    ),
    "number_replaced": Wording(
        _("Your iqama is issued"),
        _("From now on sign in with its number, not the border number, or with your username."),
        "dashboard",
        _("My services"),
    ),
    "mobile_will_move": Wording(
        _("Your account is about to move to another mobile number"),
        _("It moves 24 hours after this notice. Was it not you? Stop the change."),
        *_LOOK_AT_ACCOUNT,
    ),
}


# What a notice says where it was written without the place: by an earlier release.
_UNKNOWN: dict[str, Any] = {"due_on": _("the day that stands on its page")}


def in_language(places: dict[str, Any]) -> dict[str, str]:
    """Places kept in both languages, as {"ar": …, "en": …}, in the language of the page."""
    language = get_language() or "ar"
    told = _UNKNOWN | places
    return {name: place[language] if isinstance(place, dict) else str(place) for name, place in told.items()}
