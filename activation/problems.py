"""What a partner can be answered about an activation or a visit. Machines show these to the person who stands there."""

from django.utils.translation import gettext_lazy as _

from partners.problems import (
    COUNTER_NOT_RISEN,
    DEVICE_UNKNOWN,
    MODE_NOT_ALLOWED,
    NOT_FOUND,
    PURPOSE_NOT_ALLOWED,
    declare,
)

NO_CLAIM = declare(
    "no-claim", 404, _("Nobody has registered with this ID number"),
    _("Register on the portal first and prove the mobile number there, then come back."),
)  # fmt: skip
VISIT_CODE_UNKNOWN = declare(
    "visit-code-unknown", 404, _("Nothing is open under this visit code"),
    _("Compare each sign with the portal's page, where a newer code may stand. A code ends with its time, and when the account "
      "is activated."),
)  # fmt: skip
MOBILE_DIFFERS = declare(
    "mobile-differs", 409, _("The mobile number differs"),
    _("The account was registered with another mobile number. Correct one of the two, or use another way."),
)  # fmt: skip
ALREADY_ACTIVATED = declare(
    "already-activated", 409, _("The account is activated already"), _("Nothing remains to be done: sign in to the portal."),
)  # fmt: skip
NOT_ACTIVATED = declare(
    "not-activated", 409, _("The account is not activated yet"),
    _("Activate it first; a kiosk can do that, too. Then begin again."),
)  # fmt: skip
ACCOUNT_PAUSED = declare(
    "account-paused", 409, _("The account is paused"),
    _("Its holder asked for it. Choose to open the paused account instead."),
)  # fmt: skip
SAME_MOBILE = declare(
    "same-mobile", 409, _("The account has this mobile number already"),
    _("Nothing was changed. Type the new number, or leave it as it is."),
)  # fmt: skip
NOT_ELIGIBLE = declare(
    "not-eligible", 409, _("This channel cannot prove this person"),
    _("The person is not of a kind that this channel proves, or does not live in the Kingdom by the register. An officer can "
      "help."),
)  # fmt: skip
NO_FINGERPRINT = declare(
    "no-fingerprint", 409, _("No fingerprint is on file"),
    _("The condition of every activation. A kiosk or an officer takes it."),
)  # fmt: skip
FINGERPRINT_NEEDED = declare(
    "fingerprint-needed", 409, _("A fingerprint is needed, too"),
    _("Put an index finger on the reader, and confirm with the same code: it still works."),
)  # fmt: skip
FINGERPRINT_NOT_MATCHED = declare(
    "fingerprint-not-matched", 409, _("The fingerprint does not match"),
    _("Clean and dry the fingers and the reader, and try once more. An officer at Passports or Civil Affairs can help, too."),
)  # fmt: skip
FINGERPRINT_NOT_READABLE = declare(
    "fingerprint-not-readable", 422, _("The fingerprint could not be read"),
    _("Put each finger on the reader once more, and hold it still. If it stays, use another machine: this one does not sign "
      "its results as agreed."),
)  # fmt: skip
FINGERPRINT_ON_FILE = declare(
    "fingerprint-on-file", 409, _("A fingerprint is on file already"),
    _("Put the fingers on the reader once more, to be compared with it. No new one is taken."),
)  # fmt: skip
ENROLMENT_NOT_AGREED = declare(
    "enrolment-not-agreed", 403, _("No fingerprint can be taken here"),
    _("A first fingerprint is taken with an activation, at a kiosk that may do so or by an officer."),
)  # fmt: skip
CHANNEL_DOWN = declare(
    "channel-down", 503, _("This way is closed for a while"),
    _("The portal's operators have announced an outage of it. What was begun can be finished; begin anew after the seconds "
      "given, or use another way."), can_retry=True,
)  # fmt: skip
ATTEMPT_ENDED = declare(
    "attempt-ended", 409, _("The attempt has ended"),
    _("Its time ran out, or it went on elsewhere. Begin again."),
)  # fmt: skip
CODE_WRONG = declare(
    "code-wrong", 422, _("The code is wrong"),
    _("Type the code of the newest text message, and check each digit."),
)  # fmt: skip
CODE_ENDED = declare(
    "code-ended", 409, _("The code has ended"),
    _("It was tried too often, has expired, or was replaced. Send another one."),
)  # fmt: skip
CODES_REST = declare(
    "codes-rest", 429, _("No code can be used or sent now"),
    _("Too many were sent or typed wrong. Wait as long as it is told, then go on."), can_retry=True,
)  # fmt: skip

OF_A_CLAIM = (NO_CLAIM, MOBILE_DIFFERS, ALREADY_ACTIVATED, NOT_ELIGIBLE, NO_FINGERPRINT, PURPOSE_NOT_ALLOWED)
OF_AN_ATTEMPT = (NOT_FOUND, ATTEMPT_ENDED, NOT_ELIGIBLE, PURPOSE_NOT_ALLOWED)
OF_A_MACHINE = (MODE_NOT_ALLOWED, DEVICE_UNKNOWN, COUNTER_NOT_RISEN)
OF_A_FINGERPRINT = (FINGERPRINT_NOT_MATCHED, FINGERPRINT_NOT_READABLE, ENROLMENT_NOT_AGREED, FINGERPRINT_ON_FILE,
                    NO_FINGERPRINT)  # fmt: skip
