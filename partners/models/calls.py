"""What partners called."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.states import StatefulQuerySet
from core.throttle import Counter, CounterQuerySet
from partners.models.devices import Device
from partners.models.partners import Partner
from partners.states import CallState


class IdempotentCall(models.Model):
    """A write that a partner named with a key of its own. `digest` is that of method, address and body."""

    partner = models.ForeignKey(Partner, models.CASCADE, db_index=False)
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=9, choices=CallState, default=CallState.IN_FLIGHT)
    status = models.PositiveSmallIntegerField(null=True)
    sealed_answer = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    # Later than `created_at` when the first worker died and another one took the call over.
    begun_at = models.DateTimeField(db_default=Now())

    objects = StatefulQuerySet["IdempotentCall"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="idempotent_call_by_age")]
        constraints = [
            models.UniqueConstraint(fields=["partner", "key"], name="an_idempotency_key_names_one_call_of_a_partner"),
            models.CheckConstraint(name="an_idempotent_call_has_a_state", condition=Q(state__in=CallState.values)),
            models.CheckConstraint(
                name="a_call_that_is_done_has_an_answer",
                condition=(Q(state=CallState.DONE, status__isnull=False) & ~Q(sealed_answer=""))
                | Q(state=CallState.IN_FLIGHT, status=None, sealed_answer=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"


class Call(models.Model):
    """That a partner called and how it ended; nothing of what was said. `reason` is which check an unsigned call failed,
    which the caller is not told."""

    partner = models.ForeignKey(Partner, models.CASCADE, verbose_name=_("partner"), db_index=False)
    device = models.ForeignKey(Device, models.SET_NULL, null=True, verbose_name=_("device"), db_index=False)
    operation = models.CharField(_("operation"), max_length=120)
    status = models.PositiveSmallIntegerField(_("status"))
    problem = models.SlugField(_("problem"), blank=True, db_index=False)
    reason = models.SlugField(_("failed check"), blank=True, db_index=False)
    is_replay = models.BooleanField(_("answer of an earlier call"), default=False, db_default=False)
    latency_ms = models.PositiveIntegerField(_("latency (ms)"))
    correlation_id = models.CharField(_("correlation id"), max_length=36)
    at = models.DateTimeField(_("time"), db_default=Now())

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("call log")
        indexes = [
            models.Index(fields=["at"], name="call_by_age"),
            models.Index(fields=["partner", "-id"], name="call_by_partner"),
            models.Index(fields=["correlation_id"], name="call_by_correlation_id"),
        ]
        constraints = [models.CheckConstraint(name="a_call_ended_with_a_status", condition=Q(status__range=(200, 599)))]

    def __str__(self) -> str:
        return f"{self.operation} {self.status}"


class CallCounter(Counter):
    objects = CounterQuerySet["CallCounter"].as_manager()
