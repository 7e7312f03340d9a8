from django.db import models
from django.utils.translation import gettext_lazy as _

from core.states import Move


class State(models.TextChoices):
    PENDING = "pending", _("Mobile not proven yet")
    REGISTERED = "registered", _("Registered")
    ACTIVATED = "activated", _("Activated")
    VOIDED = "voided", _("Voided")
    STAFF = "staff", _("Officer")


FINISH = Move("finish", (State.PENDING,), State.REGISTERED)
ACTIVATE = Move("activate", (State.REGISTERED,), State.ACTIVATED)
# The mobile moved to another account: the person has to prove a new number and themselves again.
LAPSE = Move("lapse", (State.ACTIVATED,), State.REGISTERED)
VOID = Move("void", (State.PENDING, State.REGISTERED), State.VOIDED)

PROVEN = (State.REGISTERED, State.ACTIVATED)
HOLDING_A_USERNAME = (*PROVEN, State.STAFF)
