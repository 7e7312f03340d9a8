from django.db import models
from django.utils.translation import gettext_lazy as _

from core.states import Move


class State(models.TextChoices):
    PENDING = "pending", _("Mobile not proven yet")
    REGISTERED = "registered", _("Registered")
    ACTIVATED = "activated", _("Activated")
    PAUSED = "paused", _("Paused by its holder")
    VOIDED = "voided", _("Voided")
    STAFF = "staff", _("Officer")


FINISH = Move("finish", (State.PENDING,), State.REGISTERED)
# Proving the person again is also what lifts a pause.
ACTIVATE = Move("activate", (State.REGISTERED, State.PAUSED), State.ACTIVATED)
PAUSE = Move("pause", (State.ACTIVATED,), State.PAUSED)
# The mobile moved to another account: the person has to prove a new number and themselves again.
LAPSE = Move("lapse", (State.ACTIVATED, State.PAUSED), State.REGISTERED)
VOID = Move("void", (State.PENDING, State.REGISTERED), State.VOIDED)
# The person has died.
END = Move("end", (State.PENDING, State.REGISTERED, State.ACTIVATED, State.PAUSED), State.VOIDED)

PROVEN = (State.REGISTERED, State.ACTIVATED)
# The person's one account, and the mobile's.
STANDING = (State.ACTIVATED, State.PAUSED)
HOLDING_A_USERNAME = (*PROVEN, State.PAUSED, State.STAFF)


class MobileChangeState(models.TextChoices):
    ASKED = "asked", _("The new number is proven, the person not yet")
    WAITING = "waiting", _("Proven; moves after the notice to the old number")
    MOVED = "moved", _("Moved")
    WITHDRAWN = "withdrawn", _("Withdrawn")


AWAIT_MOVE = Move("await_move", (MobileChangeState.ASKED,), MobileChangeState.WAITING)
MOVE_MOBILE = Move("move_mobile", (MobileChangeState.ASKED, MobileChangeState.WAITING), MobileChangeState.MOVED)
WITHDRAW_CHANGE = Move(
    "withdraw_change", (MobileChangeState.ASKED, MobileChangeState.WAITING), MobileChangeState.WITHDRAWN
)
UNDER_WAY = (MobileChangeState.ASKED, MobileChangeState.WAITING)
