"""What partners are told without having asked."""

import uuid
from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import clock
from core.states import StatefulQuerySet
from partners.models.partners import Partner
from partners.states import WEBHOOK_ENDED, WebhookState
from partners.words import WebhookEvent

# Longer than a call takes, with looking up the partner's name; who has a row for longer is dead.
WEBHOOK_CLAIM_LIFE = timedelta(seconds=30)


class WebhookQuerySet(StatefulQuerySet["Webhook"]):
    def free_to_go(self) -> Self:
        """Those of a suspended partner wait, as they are, until the suspension is lifted."""
        return self.exclude(partner__in=Partner.objects.suspended())

    def due(self) -> Self:
        return self.free_to_go().filter(state=WebhookState.DUE, next_try_at__lte=clock.now())

    def overlooked(self, grace: timedelta) -> Self:
        """Due for longer than their nudge takes."""
        return self.free_to_go().filter(state=WebhookState.DUE, next_try_at__lte=clock.ahead(-grace))

    def abandoned(self) -> Self:
        """Claimed by a sender who died."""
        left = self.free_to_go().filter(state=WebhookState.SENDING)
        return left.filter(claimed_at__lte=clock.ahead(-WEBHOOK_CLAIM_LIFE))


class Webhook(models.Model):
    """Something that a partner is told without having asked: the event, and the partner's reference of what it happened to.
    `event_id` is the same in each try, so that the partner knows a repetition. `latency_ms` and `last_status` are those of the
    last try; no status: there was no answer, and `problem` says why."""

    partner = models.ForeignKey(Partner, models.CASCADE, verbose_name=_("partner"), db_index=False)
    event = models.CharField(_("event"), max_length=24, choices=WebhookEvent)
    event_id = models.UUIDField(_("event id"), default=uuid.uuid4, editable=False)
    reference = models.CharField(_("reference of the attempt"), max_length=26)
    occurred_at = models.DateTimeField(_("occurred"), db_default=Now())
    state = models.CharField(_("state"), max_length=9, choices=WebhookState, default=WebhookState.DUE)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), db_default=Now())
    claimed_at = models.DateTimeField(_("claimed"), null=True)
    ended_at = models.DateTimeField(_("delivered or given up"), null=True)
    last_status = models.PositiveSmallIntegerField(_("last answer"), null=True)
    latency_ms = models.PositiveIntegerField(_("latency (ms)"), null=True)
    problem = models.SlugField(_("problem"), blank=True, db_index=False)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        permissions = [("replay_webhook", "Can send webhooks again")]
        indexes = [
            models.Index(fields=["next_try_at"], name="webhook_due", condition=Q(state=WebhookState.DUE)),
            models.Index(fields=["claimed_at"], name="webhook_claimed", condition=Q(state=WebhookState.SENDING)),
            models.Index(fields=["partner", "-id"], name="webhook_failed", condition=Q(state=WebhookState.FAILED)),
            models.Index(fields=["occurred_at"], name="webhook_by_age"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["event_id"], name="an_event_id_names_one_webhook"),
            models.UniqueConstraint(
                fields=["partner", "reference", "event"], name="a_partner_is_told_once_what_happened_to_a_reference"
            ),
            models.CheckConstraint(name="a_webhook_tells_a_known_event", condition=Q(event__in=WebhookEvent.values)),
            models.CheckConstraint(name="a_webhook_has_a_state", condition=Q(state__in=WebhookState.values)),
            models.CheckConstraint(
                name="a_webhook_on_its_way_is_claimed",
                condition=Q(state=WebhookState.SENDING, claimed_at__isnull=False)
                | (~Q(state=WebhookState.SENDING) & Q(claimed_at=None)),
            ),
            models.CheckConstraint(
                name="an_ended_webhook_has_a_time",
                condition=Q(state__in=WEBHOOK_ENDED, ended_at__isnull=False)
                | (~Q(state__in=WEBHOOK_ENDED) & Q(ended_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.reference}"
