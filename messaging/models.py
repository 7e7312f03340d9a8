"""The outbox. A row is written in the transaction that causes the message; gateways are called later, by others."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _

from core import clock
from core.states import StatefulQuerySet
from core.throttle import Counter, CounterQuerySet
from messaging.states import ENDED, State

# A sender that neither ended nor put back a message within this time is taken for dead (security.md, faults).
CLAIM_LIFE = timedelta(seconds=8)


def new_reference() -> str:
    """26 characters for the gateway: the same for every repetition of one message."""
    return get_random_string(26, "0123456789abcdefghjkmnpqrstvwxyz")


class Queue(models.TextChoices):
    OTP = "otp", _("Codes")
    NOTICES = "notices", _("Notices")


class MessageQuerySet(StatefulQuerySet["Message"]):
    def due(self) -> Self:
        return self.filter(state=State.QUEUED, due_at__lte=clock.now())

    def abandoned(self) -> Self:
        """Claimed by a sender that has died."""
        return self.filter(state=State.SENDING, claimed_at__lt=clock.ahead(-CLAIM_LIFE))

    def overlooked(self, grace: timedelta) -> Self:
        """Due and not taken: for `grace` when its nudge may still be on its way, at once when it is due again."""
        return self.due().filter(Q(tries__gt=0) | Q(due_at__lte=clock.ahead(-grace)))

    def alive(self) -> Self:
        return self.filter(lives_until__gt=clock.now())

    def outlived(self) -> Self:
        return self.filter(lives_until__lte=clock.now())

    def codes_first(self) -> Self:
        return self.order_by("-queue", "due_at")


class Message(models.Model):
    reference = models.CharField(_("reference"), max_length=26, default=new_reference, editable=False)
    to = models.CharField(_("mobile number"), max_length=16)
    purpose = models.SlugField(_("purpose"), max_length=40, db_index=False)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    queue = models.CharField(_("queue"), max_length=8, choices=Queue)
    sealed_body = models.TextField(editable=False)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    # While queued: the gateway whose turn it is (none yet: the first). From the claim on: the one that has it.
    gateway = models.SlugField(_("gateway"), blank=True, db_index=False)
    gateway_reference = models.CharField(_("the gateway's reference"), max_length=80, blank=True)
    refused_by = models.CharField(_("refused by"), max_length=200, blank=True, help_text=_("Names of gateways."))
    problem = models.SlugField(_("problem"), blank=True, db_index=False)
    created_at = models.DateTimeField(_("written"), db_default=Now())
    due_at = models.DateTimeField(_("due"), db_default=Now())
    lives_until = models.DateTimeField(_("of use until"))
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(fields=["due_at"], name="message_due", condition=Q(state=State.QUEUED)),
            models.Index(fields=["claimed_at"], name="message_claimed", condition=Q(state=State.SENDING)),
            models.Index(
                fields=["state", "-id"],
                name="message_lost",
                condition=Q(state__in=(State.FAILED, State.EXPIRED)),
            ),
            models.Index(fields=["ended_at"], name="message_ended", condition=Q(ended_at__isnull=False)),
            models.Index(fields=["to", "-id"], name="message_by_mobile"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="a_reference_belongs_to_one_message"),
            models.CheckConstraint(
                name="an_ended_message_has_a_time_and_no_body",
                condition=Q(state__in=ENDED, ended_at__isnull=False, sealed_body="")
                | (~Q(state__in=ENDED) & Q(ended_at=None) & ~Q(sealed_body="")),
            ),
            models.CheckConstraint(
                name="a_message_being_sent_is_claimed",
                condition=~Q(state=State.SENDING) | Q(claimed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_sent_message_names_its_gateway", condition=~Q(state=State.SENT) | ~Q(gateway="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.reference}"

    @property
    def refusing_gateways(self) -> list[str]:
        return self.refused_by.split()


class DemoText(models.Model):
    """What the gateway `demo_phone` delivered. Demo mode only: the texts stand here in clear."""

    to = models.CharField(max_length=16)
    text = models.TextField()
    reference = models.CharField(max_length=26)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["to", "-id"], name="demo_text_newest")]
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="a_phone_receives_a_reference_once"),
        ]

    def __str__(self) -> str:
        return self.reference


class SendCounter(Counter):
    objects = CounterQuerySet["SendCounter"].as_manager()
