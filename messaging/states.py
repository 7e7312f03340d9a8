from django.db import models
from django.utils.translation import gettext_lazy as _

from core.states import Move


class State(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("On its way to the operator")
    SENT = "sent", _("At the operator")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Not delivered")
    EXPIRED = "expired", _("Too late to send")


CLAIM = Move("claim", (State.QUEUED,), State.SENDING)
RECLAIM = Move("reclaim", (State.SENDING,), State.SENDING)
PUT_BACK = Move("put_back", (State.SENDING,), State.QUEUED)
HAND_OVER = Move("hand_over", (State.SENDING,), State.SENT)
FAIL = Move("fail", (State.SENDING,), State.FAILED)
EXPIRE = Move("expire", (State.QUEUED, State.SENDING), State.EXPIRED)

# What an operator's receipt does. It can overtake the operator's own answer, which may even have got lost.
DELIVER = Move("deliver", (State.QUEUED, State.SENDING, State.SENT), State.DELIVERED)
BOUNCE = Move("bounce", (State.SENDING, State.SENT), State.FAILED)
LAPSE = Move("lapse", (State.SENDING, State.SENT), State.EXPIRED)

UNDER_WAY = (State.QUEUED, State.SENDING)
ENDED = (State.DELIVERED, State.FAILED, State.EXPIRED)
