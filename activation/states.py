from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.states import Move


class CaseState(models.TextChoices):
    OPEN = "open", _("Open")
    ACTIVATED = "activated", _("Activated")
    CLOSED = "closed", _("Closed")


class CasePurpose(models.TextChoices):
    """What proving the person is to bring about."""

    ACTIVATION = "activation", _("Activation of the account")
    LIFT_OF_PAUSE = "lift_of_pause", _("Opening the paused account")
    NEW_MOBILE = "new_mobile", _("Another mobile number")


ACTIVATE = Move("activate", (CaseState.OPEN,), CaseState.ACTIVATED)
CLOSE = Move("close", (CaseState.OPEN,), CaseState.CLOSED)


class RefusalReason(models.TextChoices):
    """What residents read, in the language of their page. An officer can write another reason."""

    NO_DOCUMENT = "no_document", _("The original identity document was not shown. Bring it and begin again.")
    UNREADABLE = "unreadable", _("The identity document is damaged or has expired. Have it renewed, then begin again.")
    DATA_DIFFER = (
        "data_differ",
        _(
            "The document and the register do not agree. Have the register corrected at Passports or Civil Affairs first."
        ),
    )
    FINGERPRINT = "fingerprint", _("The fingerprint does not agree with the register. Ask at the Passports office.")
    NOT_LIVING = (
        "not_living",
        _("The register does not show you as living in the Kingdom. Ask at the Passports office."),
    )


class AttemptState(models.TextChoices):
    BEGUN = "begun", _("Begun")
    SECOND_OFFICER = "second_officer", _("With a second officer")
    PROVEN = "proven", _("Identity proven")
    REFUSED = "refused", pgettext_lazy("attempt", "Refused")
    VOIDED = "voided", pgettext_lazy("attempt", "Voided")
    EXPIRED = "expired", pgettext_lazy("attempt", "Expired")


ASK_SECOND_OFFICER = Move("ask_second_officer", (AttemptState.BEGUN,), AttemptState.SECOND_OFFICER)
PROVE = Move("prove", (AttemptState.BEGUN, AttemptState.SECOND_OFFICER), AttemptState.PROVEN)
REFUSE = Move("refuse", (AttemptState.BEGUN, AttemptState.SECOND_OFFICER), AttemptState.REFUSED)
VOID_ATTEMPT = Move("void", (AttemptState.BEGUN, AttemptState.SECOND_OFFICER), AttemptState.VOIDED)
EXPIRE_ATTEMPT = Move("expire", (AttemptState.BEGUN,), AttemptState.EXPIRED)

LIVE = (AttemptState.BEGUN, AttemptState.SECOND_OFFICER)


class VisitState(models.TextChoices):
    BOOKED = "booked", _("Booked")
    MOVED = "moved", _("Moved to another time")
    CANCELLED = "cancelled", _("Cancelled")
    CALLED_OFF = "called_off", _("Called off by the branch")
    RELEASED = "released", _("Not needed any more")
    KEPT = "kept", _("Came")
    MISSED = "missed", _("Did not come")


MOVE_VISIT = Move("move", (VisitState.BOOKED,), VisitState.MOVED)
CANCEL_VISIT = Move("cancel", (VisitState.BOOKED,), VisitState.CANCELLED)
CALL_OFF_VISIT = Move("call_off", (VisitState.BOOKED,), VisitState.CALLED_OFF)
RELEASE_VISIT = Move("release", (VisitState.BOOKED,), VisitState.RELEASED)
MISS_VISIT = Move("miss", (VisitState.BOOKED,), VisitState.MISSED)
# Who was marked as missing can still come, late.
KEEP_VISIT = Move("keep", (VisitState.BOOKED, VisitState.MISSED), VisitState.KEPT)


class ErrandPurpose(models.TextChoices):
    """What a kiosk does for the holder of an account, besides proving who it is."""

    MOBILE_CHANGE = "mobile_change", _("Another mobile number")
    PASSWORD_RESET = "password_reset", _("New password")
    PAUSE = "pause", _("Pausing an account")


class ErrandState(models.TextChoices):
    CODE_SENT = "code_sent", _("Code sent")
    DONE = "done", _("Done")
    ENDED = "ended", _("Ended")


DO_ERRAND = Move("do_errand", (ErrandState.CODE_SENT,), ErrandState.DONE)
END_ERRAND = Move("end_errand", (ErrandState.CODE_SENT,), ErrandState.ENDED)


class NafathState(models.TextChoices):
    """How a question in the person's Nafath app stands."""

    ASKED = "asked", _("Being sent to the app")
    WAITING = "waiting", _("Waiting for the person")
    COMPLETED = "completed", _("Confirmed")
    USED = "used", _("Confirmed, and signed in with")
    REJECTED = "rejected", _("Rejected in the app")
    EXPIRED = "expired", _("Expired")
    FAILED = "failed", _("Ended without an answer")


AWAIT_PERSON = Move("await_person", (NafathState.ASKED,), NafathState.WAITING)
COMPLETE = Move("complete", (NafathState.WAITING,), NafathState.COMPLETED)
USE = Move("use", (NafathState.COMPLETED,), NafathState.USED)
REJECT = Move("reject", (NafathState.WAITING,), NafathState.REJECTED)
EXPIRE = Move("expire", (NafathState.ASKED, NafathState.WAITING), NafathState.EXPIRED)
FAIL = Move("fail", (NafathState.ASKED, NafathState.WAITING), NafathState.FAILED)

OPEN = (NafathState.ASKED, NafathState.WAITING)
