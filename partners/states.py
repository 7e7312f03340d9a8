from django.db import models
from django.utils.translation import gettext_lazy as _

from core.states import Move


class State(models.TextChoices):
    TEST = "test", _("Test")
    LIVE = "live", _("Live")
    SUSPENDED = "suspended", _("Suspended")


BACK_TO_TEST = Move("back_to_test", (State.LIVE, State.SUSPENDED), State.TEST)
GO_LIVE = Move("go_live", (State.TEST, State.SUSPENDED), State.LIVE)
SUSPEND = Move("suspend", (State.TEST, State.LIVE), State.SUSPENDED)
MOVE_TO = {move.target: move for move in (BACK_TO_TEST, GO_LIVE, SUSPEND)}


class DeviceState(models.TextChoices):
    IN_SERVICE = "in_service", _("In service")
    OUT_OF_SERVICE = "out_of_service", _("Out of service")


class CallState(models.TextChoices):
    IN_FLIGHT = "in_flight", _("Under way")
    DONE = "done", _("Done")


class WebhookState(models.TextChoices):
    DUE = "due", _("Waits for its next try")
    SENDING = "sending", _("On its way to the partner")
    DELIVERED = "delivered", _("Taken by the partner")
    FAILED = "failed", _("Given up")


CLAIM = Move("claim", (WebhookState.DUE,), WebhookState.SENDING)
# Its sender died.
RECLAIM = Move("reclaim", (WebhookState.SENDING,), WebhookState.SENDING)
PUT_BACK = Move("put_back", (WebhookState.SENDING,), WebhookState.DUE)
DELIVER = Move("deliver", (WebhookState.SENDING,), WebhookState.DELIVERED)
GIVE_UP = Move("give_up", (WebhookState.SENDING,), WebhookState.FAILED)
REPLAY = Move("replay", (WebhookState.DELIVERED, WebhookState.FAILED), WebhookState.DUE)
WEBHOOK_ENDED = (WebhookState.DELIVERED, WebhookState.FAILED)
