"""The outbox. A row is written in the transaction that causes the message; gateways are called later, by others."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import clock
from core.references import new_reference
from core.states import StatefulQuerySet
from core.throttle import Counter, CounterQuerySet
from messaging.states import ENDED, UNDER_WAY, State

# A sender that neither ended nor put back a message within this time is taken for dead (security.md, faults).
CLAIM_LIFE = timedelta(seconds=8)


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
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    # While queued: the gateway whose turn it is (none yet: the first). From the claim on: the one that has it.
    gateway = models.SlugField(_("gateway"), blank=True, db_index=False)
    gateway_reference = models.CharField(_("the gateway's reference"), max_length=80, blank=True)
    not_again = models.CharField(
        _("not offered again to"), max_length=200, blank=True, help_text=_("Gateways that refused it, or may have it.")
    )
    problem = models.SlugField(_("problem"), blank=True, db_index=False)
    segments = models.PositiveSmallIntegerField(_("segments"), default=1)
    price_halalas = models.PositiveSmallIntegerField(_("estimated price (halalas)"), default=0)
    created_at = models.DateTimeField(_("written"), db_default=Now())
    due_at = models.DateTimeField(_("due"), db_default=Now())
    lives_until = models.DateTimeField(_("of use until"))
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    sent_at = models.DateTimeField(_("handed over"), null=True)
    ended_at = models.DateTimeField(_("delivered, failed or too late"), null=True)
    # The strongest receipt there is: somebody typed the code the text carried.
    used_at = models.DateTimeField(_("code used"), null=True)

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
            models.Index(fields=["created_at"], name="message_by_age"),
            models.Index(
                fields=["gateway", "gateway_reference"],
                name="message_by_gateway_reference",
                condition=~Q(gateway_reference=""),
            ),
            models.Index(fields=["to", "-id"], name="message_by_mobile"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["reference"], name="a_reference_belongs_to_one_message"),
            models.CheckConstraint(
                name="an_ended_message_has_a_time",
                condition=Q(state__in=ENDED, ended_at__isnull=False) | (~Q(state__in=ENDED) & Q(ended_at=None)),
            ),
            models.CheckConstraint(
                name="a_message_has_a_body_until_it_is_sent_or_ended",
                condition=Q(state__in=UNDER_WAY) & ~Q(sealed_body="") | ~Q(state__in=UNDER_WAY) & Q(sealed_body=""),
            ),
            models.CheckConstraint(name="a_message_has_a_state", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="a_message_has_a_queue", condition=Q(queue__in=Queue.values)),
            models.CheckConstraint(name="a_message_goes_to_a_mobile", condition=Q(to__regex=r"^\+\d{8,15}$")),
            models.CheckConstraint(
                name="a_message_being_sent_is_claimed",
                condition=~Q(state=State.SENDING) | Q(claimed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="a_sent_message_names_its_gateway_and_has_a_time",
                condition=~Q(state__in=(State.SENT, State.DELIVERED)) | (~Q(gateway="") & Q(sent_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def spent_gateways(self) -> list[str]:
        return self.not_again.split()


class GatewayHealth(models.Model):
    """How a gateway does. `weight` is the share of messages, in percent, that it gets when its turn comes; it grows back
    with time (messaging/health.py). The breaker is open until `open_until`."""

    name = models.SlugField(_("gateway"), primary_key=True)
    weight = models.PositiveSmallIntegerField(_("weight (%)"), default=100)
    weighed_at = models.DateTimeField(_("weight set"), db_default=Now())
    open_until = models.DateTimeField(_("paused until"), null=True)
    errors_in_a_row = models.PositiveIntegerField(default=0)
    errors_in_window = models.PositiveIntegerField(default=0)
    window_ends_at = models.DateTimeField(db_default=Now())
    slow_receipts_in_a_row = models.PositiveIntegerField(default=0)
    last_success_at = models.DateTimeField(_("last success"), null=True)
    last_error_at = models.DateTimeField(_("last error"), null=True)
    last_problem = models.SlugField(_("last problem"), blank=True, db_index=False)
    unknown_receipts = models.PositiveIntegerField(_("receipts for unknown messages"), default=0)
    forged_calls = models.PositiveIntegerField(_("calls that did not come from the operator"), default=0)

    class Meta:
        verbose_name = _("gateway")
        verbose_name_plural = _("gateways")
        constraints = [models.CheckConstraint(name="a_weight_is_a_percentage", condition=Q(weight__range=(0, 100)))]

    def __str__(self) -> str:
        return self.name


class HourlyFigures(models.Model):
    """What became of the messages written in one hour, by the gateway that had each last (messaging/figures.py). Outlives
    the messages. `to_gateway` and `to_handset` count messages by how long they took since they were written, `gateway_call`
    by how long the call took that handed them over."""

    gateway = models.SlugField(_("gateway"), db_index=False)
    hour = models.DateTimeField(_("hour"))
    counted_at = models.DateTimeField(null=True)
    sent = models.PositiveIntegerField(default=0)
    delivered_in_time = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)
    codes_sent = models.PositiveIntegerField(default=0)
    codes_used = models.PositiveIntegerField(default=0)
    price_halalas = models.PositiveBigIntegerField(default=0)
    # Tries that failed, whoever took the message afterwards; counted as they happen.
    errors = models.PositiveIntegerField(default=0)
    gateway_call = models.JSONField(default=list)
    to_gateway = models.JSONField(default=list)
    to_handset = models.JSONField(default=list)

    class Meta:
        verbose_name = _("delivery figures")
        verbose_name_plural = _("delivery figures")
        indexes = [models.Index(fields=["hour"], name="figures_by_hour")]
        constraints = [models.UniqueConstraint(fields=["gateway", "hour"], name="a_gateway_has_figures_once_an_hour")]

    def __str__(self) -> str:
        return f"{self.gateway} {self.hour:%Y-%m-%d %H:%M}"


class ReceivedText(models.Model):
    """A text that a person sent us. The text itself is not kept."""

    class Outcome(models.TextChoices):
        ANSWERED = "answered", _("Answered")
        NOT_UNDERSTOOD = "not_understood", _("Not understood")
        STRANGER = "stranger", _("No activated account with this mobile")
        SILENT = "silent", _("Not answered: too many today")

    gateway = models.SlugField(_("gateway"), db_index=False)
    gateway_reference = models.CharField(_("the gateway's reference"), max_length=80)
    sender = models.CharField(_("mobile number"), max_length=16)
    keyword = models.SlugField(_("keyword"), blank=True, db_index=False)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    received_at = models.DateTimeField(_("received"), db_default=Now())

    class Meta:
        verbose_name = _("received text")
        verbose_name_plural = _("received texts")
        indexes = [
            models.Index(fields=["received_at"], name="received_text_by_age"),
            models.Index(fields=["sender", "-id"], name="received_text_by_sender"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "gateway_reference"], name="a_text_is_received_once"),
            models.CheckConstraint(
                name="a_received_text_has_an_outcome",
                condition=Q(outcome__in=("answered", "not_understood", "stranger", "silent")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.gateway_reference}"


class CeilingLift(models.Model):
    """A supervisor let more messages go out than the daily ceiling, for the rest of that day."""

    lifted_by_id = models.BigIntegerField(_("supervisor"))
    reason = models.CharField(_("reason"), max_length=300)
    more = models.PositiveIntegerField(_("more messages"))
    lifted_at = models.DateTimeField(_("lifted"), db_default=Now())

    class Meta:
        verbose_name = _("lift of the daily ceiling")
        verbose_name_plural = _("lifts of the daily ceiling")
        indexes = [models.Index(fields=["lifted_at"], name="ceiling_lift_by_time")]
        constraints = [models.CheckConstraint(name="a_lift_has_a_reason", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"+{self.more}"


class DemoText(models.Model):
    """What the demonstration's gateways brought to the phone `to`, or what was written there. Demo mode only: the texts
    stand here in clear."""

    to = models.CharField(max_length=16)
    is_written_there = models.BooleanField(default=False, db_default=False)
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
