"""What a partner can be answered about an activation."""

from django.utils.translation import gettext_lazy as _

from partners.problems import NOT_FOUND, PURPOSE_NOT_ALLOWED, declare

NO_CLAIM = declare(
    "no-claim", 404, _("Nobody has registered with this ID number"),
    _("Ask the person to register on the portal first, and to prove the mobile number there."),
)  # fmt: skip
MOBILE_DIFFERS = declare(
    "mobile-differs", 409, _("The mobile number differs"),
    _("The registration was made with another mobile number than the one you hold. The person corrects one of the two, or "
      "uses another channel."),
)  # fmt: skip
ALREADY_ACTIVATED = declare(
    "already-activated", 409, _("The account is activated already"), _("Nothing remains to be done: the person signs in."),
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
ATTEMPT_ENDED = declare(
    "attempt-ended", 409, _("The attempt has ended"),
    _("Its time ran out, or the person went on elsewhere. Start another one."),
)  # fmt: skip
CODE_WRONG = declare(
    "code-wrong", 422, _("The code is wrong"),
    _("Ask for the newest code, and call again with a new Idempotency-Key. attempts_left says how often."),
)  # fmt: skip
CODE_ENDED = declare(
    "code-ended", 409, _("The code has ended"),
    _("It was tried too often, has expired, or was replaced. Send another one."),
)  # fmt: skip
CODES_REST = declare(
    "codes-rest", 429, _("No code can be used or sent now"),
    _("Too many were sent or typed wrong. Call again after the seconds given."), can_retry=True,
)  # fmt: skip

OF_A_CLAIM = (NO_CLAIM, MOBILE_DIFFERS, ALREADY_ACTIVATED, NOT_ELIGIBLE, NO_FINGERPRINT, PURPOSE_NOT_ALLOWED)
OF_AN_ATTEMPT = (NOT_FOUND, ATTEMPT_ENDED)
