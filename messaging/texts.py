"""Every text the portal sends, with invented values, as staff look at it before it goes out."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.functional import Promise, lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from messaging import segments
from messaging.actions.sending import text_of
from messaging.inbound import words_to_send

FOLDER = Path(settings.BASE_DIR) / "templates" / "messaging" / "sms"
# What each is for, in the order of the page.
TITLES: dict[str, Promise] = {
    "registration_code": _("Code to finish a registration"),
    "login_code": _("Code to sign in"),
    "activation_code": _("Code to activate at a bank, an ATM or a kiosk"),
    "new_mobile_code": _("Code to prove another mobile number"),
    "old_mobile_code": _("Code by which the old mobile number consents"),
    "re_proving_code": _("Code to prove the person again"),
    "kiosk_code": _("Code to type in at a kiosk"),
    "recovery_code": _("Code to recover an account"),
    "password_changed": _("The password was changed"),
    "temporary_password": _("A kiosk gave a temporary password"),
    "paused_at_kiosk": _("The account was paused at a kiosk"),
    "visit_code": _("Code of a visit to an officer"),
    "visit_booked": _("A visit to an officer is booked"),
    "visit_moved": _("The visit is moved to another time"),
    "visit_cancelled": _("The visit is cancelled"),
    "visit_called_off": _("The visit is called off: the branch is closed on that day"),
    "visit_reminder": _("Reminder of a visit, three days and one day before"),
    "activated": _("The account is activated"),
    "pause_lifted": _("The pause of the account is lifted"),
    "activation_refused": _("The activation is refused"),
    "request_submitted": _("The request was submitted"),
    "request_in_review": _("An officer works on the request"),
    "request_message": _("The officer wrote about the request"),
    "request_returned": _("The request is returned to the applicant"),
    "request_approved": _("The request is approved"),
    "request_rejected": _("The request is rejected"),
    "request_released": _("The request waits for another officer"),
    "request_reopened": _("The decided request is looked at again"),
    "request_withdrawn": _("The applicant withdrew the request"),
    "number_replaced": _("The iqama of a new arrival is issued"),
    "proof_refused": _("The officer could not confirm the person"),
    "account_paused": _("The account was paused on its page"),
    "email_changed": _("The email was changed"),
    "claim_taken": _("Registration: the ID number has an activated account"),
    "claim_unknown": _("Registration: the ID number is not confirmed"),
    "claim_voided": _("Closed: another account was activated for the ID number"),
    "claim_expired": _("Closed: the time to activate has run out"),
    "mobile_changed": _("The account has another mobile number"),
    "mobile_will_move": _("The account gets another mobile number tomorrow"),
    "mobile_stays": _("The account keeps its mobile number"),
    "mobile_moved": _("Somebody else has proven the mobile number"),
    "answer_help": _("Answer to “help”"),
    "answer_status": _("Answer to “status”"),
    "answer_iqama": _("Answer to “iqama”"),
    "answer_family": _("Answer to “family”"),
    "answer_request": _("Answer to “request”"),
    "answer_language": _("Answer to “language”"),
    "answer_paused": _("Answer to “pause”"),
    "answer_not_understood": _("Answer to anything else"),
    "answer_stranger": _("Answer to a mobile without an activated account"),
}
# By the name of the place in the text; none longer occurs, but for names of people.
EXAMPLES: dict[str, Any] = {
    "code": "471302",
    "reference": "KM",
    "channel": _("Passports or Civil Affairs officer"),
    "whose": _("Riyadh branch"),
    "visit_code": "WMWMWM88",
    "number": "2612345678",
    "state": _("In review"),
    "due_on": _("2026/12/30 (1448/07/21 AH)"),
    "branch": _("Riyadh branch"),
    "starts_at": datetime(2026, 12, 30, 11, 45, tzinfo=UTC),
    "expires_on": _("2026/12/30 (1448/07/21 AH)"),
    "days_left": 36,
    "last_sign_in": "2026/12/30 23:58",
    "words": lazy(lambda: words_to_send(str(get_language())), str)(),
    "protecting": lazy(lambda: words_to_send(str(get_language()), protecting=True), str)(),
    "members": _("Mohammed 2026/12/30 (1448/07/21 AH), Sara 2027/03/09 (1448/10/01 AH)"),
    "more": 0,
}
_FIVE = _(
    "Mohammed 2026/12/30 (1448/07/21 AH), Sara 2027/03/09 (1448/10/01 AH), Omar 2027/03/09 (1448/10/01 AH), Lama 2027/05/14 "
    "(1448/12/08 AH), Noura 2028/06/21 (1450/01/28 AH)"
)
# The longest that a date in both calendars becomes.
_DAY = _("30 September 2027 (29 Rabi II 1449 AH)")
# Texts that say more than one thing: when they say it, and the places that differ.
VARIANTS: dict[str, list[tuple[str | Promise, Mapping[str, Any]]]] = {
    "visit_code": [("", {"expires_on": date(2026, 9, 30)})],
    "activated": [(_("At a partner or a branch"), {}), (_("With Nafath"), {"channel": _("Nafath app"), "whose": ""})],
    "pause_lifted": [
        (_("At a partner or a branch"), {}),
        (_("With Nafath"), {"channel": _("Nafath app"), "whose": ""}),
    ],
    "request_submitted": [("", {"due_on": _DAY})],
    "request_in_review": [("", {"due_on": _DAY})],
    "request_reopened": [("", {"due_on": _DAY})],
    "answer_status": [
        (_("Has signed in before"), {}),
        (_("Has never signed in"), {"last_sign_in": ""}),
    ],
    "answer_iqama": [
        (_("Valid for long"), {"days_left": None}),
        (_("Ends soon"), {}),
        (_("Expired"), {"days_left": -12}),
        (_("The register holds no date"), {"expires_on": "", "days_left": None}),
    ],
    "answer_request": [
        (_("With the officers"), {}),
        (_("Decided"), {"due_on": ""}),
        (_("No such request"), {"number": ""}),
    ],
    "answer_family": [
        (_("Up to five dependents"), {}),
        (_("More than five"), {"members": _FIVE, "more": 12}),
        (_("No dependents"), {"members": ""}),
    ],
}


class Preview(NamedTuple):
    language: str
    text: str
    alphabet: str
    characters: int
    segments: int


def purposes() -> list[str]:
    return sorted({path.name.split(".")[0] for path in FOLDER.glob("*.txt")})


def previews(purpose: str) -> list[tuple[str | Promise, list[Preview]]]:
    """For each thing that the text can say: when it says it ("" when it always says the same), and both languages."""
    languages = [language for language, _name in settings.LANGUAGES]
    variants = VARIANTS.get(purpose, [("", {})])
    return [(when, [_preview(purpose, language, places) for language in languages]) for when, places in variants]


def _preview(purpose: str, language: str, places: Mapping[str, Any]) -> Preview:
    text = text_of(purpose, language, EXAMPLES | dict(places))
    return Preview(language, text, str(segments.alphabet_of(text).name), len(text), segments.count(text))
