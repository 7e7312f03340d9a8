from django.db import models
from django.utils.translation import gettext_lazy as _

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
    REFUSED = "refused", _("Refused")
    VOIDED = "voided", _("Voided")
    EXPIRED = "expired", _("Expired")


ASK_SECOND_OFFICER = Move("ask_second_officer", (AttemptState.BEGUN,), AttemptState.SECOND_OFFICER)
PROVE = Move("prove", (AttemptState.BEGUN, AttemptState.SECOND_OFFICER), AttemptState.PROVEN)
REFUSE = Move("refuse", (AttemptState.BEGUN, AttemptState.SECOND_OFFICER), AttemptState.REFUSED)
VOID_ATTEMPT = Move("void", (AttemptState.BEGUN, AttemptState.SECOND_OFFICER), AttemptState.VOIDED)
EXPIRE_ATTEMPT = Move("expire", (AttemptState.BEGUN,), AttemptState.EXPIRED)

LIVE = (AttemptState.BEGUN, AttemptState.SECOND_OFFICER)


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
