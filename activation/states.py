from django.db import models
from django.utils.translation import gettext_lazy as _

from core.states import Move


class CaseState(models.TextChoices):
    OPEN = "open", _("Open")
    ACTIVATED = "activated", _("Activated")
    CLOSED = "closed", _("Closed")


ACTIVATE = Move("activate", (CaseState.OPEN,), CaseState.ACTIVATED)
CLOSE = Move("close", (CaseState.OPEN,), CaseState.CLOSED)


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
