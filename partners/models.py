"""Banks, kiosk operators and ATM networks: who they are, their keys and machines, what they called and what they are told."""

import uuid
from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core import clock
from core.signatures import ALGORITHMS
from core.states import StatefulQuerySet
from core.throttle import Counter, CounterQuerySet
from partners.states import WEBHOOK_ENDED, CallState, DeviceState, State, WebhookState
from partners.words import Mode, Purpose, WebhookEvent, WordsField, pattern_of, word_in

SLOTS = (1, 2)
# Longer than a call takes, with looking up the partner's name; who has a row for longer is dead.
WEBHOOK_CLAIM_LIFE = timedelta(seconds=30)
_A_PUBLIC_KEY = Q(public_key__startswith="-----BEGIN PUBLIC KEY-----")
_NO_PRIVATE_KEY = ~Q(public_key__contains="PRIVATE")


class Kind(models.TextChoices):
    BANK = "bank", _("Bank")
    KIOSK_OPERATOR = "kiosk_operator", _("Kiosk operator")
    ATM_NETWORK = "atm_network", _("ATM network")


class PartnerQuerySet(StatefulQuerySet["Partner"]):
    def live(self) -> Self:
        return self.filter(state=State.LIVE)

    def agreed_on(self, purpose: Purpose) -> Self:
        return self.filter(purposes__regex=word_in(purpose))


class Partner(models.Model):
    slug = models.SlugField(_("short name"), max_length=40, help_text=_("Small letters and digits; stays for good."))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    name_ar = models.CharField(_("name in Arabic"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.TEST)
    modes = WordsField(_("modes"), max_length=80, default=())
    purposes = WordsField(_("purposes"), max_length=120, default=())
    networks = WordsField(
        _("networks"), max_length=600, blank=True, default=(),
        help_text=_("Addresses its calls come from, such as 192.0.2.0/24, separated by spaces; empty: any."),
    )  # fmt: skip
    calls_a_minute = models.PositiveIntegerField(_("calls a minute"), default=600)
    webhook_url = models.CharField(
        _("webhook address"), max_length=300, blank=True, default="", db_default="",
        help_text=_("Where the portal tells this partner what became of its activations, beginning with https://."),
    )  # fmt: skip
    webhook_is_on = models.BooleanField(_("webhooks are on"), default=False, db_default=False)
    admitted_at = models.DateTimeField(_("admitted"), db_default=Now())

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        constraints = [
            models.UniqueConstraint(
                fields=["slug"],
                name="a_short_name_belongs_to_one_partner",
                violation_error_message=_("Another partner has this short name."),
            ),
            models.CheckConstraint(name="a_partner_has_a_kind", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(name="a_partner_has_a_state", condition=Q(state__in=State.values)),
            models.CheckConstraint(
                name="a_partner_has_a_name_in_both_languages", condition=~Q(name_ar="") & ~Q(name_en="")
            ),
            models.CheckConstraint(name="a_partner_has_known_modes", condition=Q(modes__regex=pattern_of(Mode))),
            models.CheckConstraint(
                name="a_partner_has_known_purposes", condition=Q(purposes__regex=pattern_of(Purpose))
            ),
            models.CheckConstraint(
                name="networks_are_written_as_addresses",
                condition=Q(networks__regex=r"^([0-9a-f.:]+/\d+( [0-9a-f.:]+/\d+)*)?$"),
            ),
            models.CheckConstraint(
                name="a_partner_may_call_at_least_once_a_minute",
                condition=Q(calls_a_minute__gte=1),
                violation_error_message=_("At least one call a minute."),
            ),
            models.CheckConstraint(
                name="webhooks_that_are_on_go_somewhere",
                condition=Q(webhook_is_on=False) | ~Q(webhook_url=""),
                violation_error_message=_("Webhooks need an address to go to."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_ar if get_language() == "ar" else self.name_en


class PartnerKeyQuerySet(models.QuerySet["PartnerKey"]):
    def live(self) -> Self:
        return self.filter(revoked_at=None)


class PartnerKey(models.Model):
    """Public keys only. Two live ones at most, in two slots: the old one stays while the new one is brought into use."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="keys", verbose_name=_("partner"))
    keyid = models.CharField(_("key id"), max_length=64)
    algorithm = models.CharField(_("algorithm"), max_length=20, choices=[(name, name) for name in ALGORITHMS])
    public_key = models.TextField(_("public key"))
    slot = models.PositiveSmallIntegerField(_("slot"))
    added_at = models.DateTimeField(_("added"), db_default=Now())
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    objects = PartnerKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("key")
        verbose_name_plural = _("keys")
        constraints = [
            models.UniqueConstraint(fields=["keyid"], name="a_key_id_belongs_to_one_key"),
            models.UniqueConstraint(
                fields=["partner", "slot"], name="a_slot_holds_one_live_key", condition=Q(revoked_at=None)
            ),
            models.CheckConstraint(name="a_partner_has_two_slots_for_keys", condition=Q(slot__in=SLOTS)),
            models.CheckConstraint(name="a_key_has_a_known_algorithm", condition=Q(algorithm__in=list(ALGORITHMS))),
            models.CheckConstraint(name="a_key_is_a_public_key", condition=_A_PUBLIC_KEY & _NO_PRIVATE_KEY),
            models.CheckConstraint(
                name="a_key_is_revoked_after_it_was_added",
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("added_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.keyid


class DeviceQuerySet(StatefulQuerySet["Device"]):
    def in_service(self) -> Self:
        return self.filter(state=DeviceState.IN_SERVICE)

    def serving(self, kind: "Device.Kind", purpose: Purpose) -> Self:
        """Machines that a resident can go to now: in service, of a live partner with whom the purpose is agreed."""
        partners = Partner.objects.live().agreed_on(purpose)
        return self.in_service().filter(kind=kind, partner__in=partners)

    def count_up(self, pk: int, counter: int, call: str = "") -> bool:
        """Whether the device's counter rose; of two calls with one number only one did. A `call` by its idempotency key may
        come once more with its number: the answer of the first was lost before it was kept."""
        risen = Q(last_counter__lt=counter) | (Q(last_counter=counter, last_call=call) if call else Q(pk=None))
        return bool(self.filter(risen, pk=pk).update(last_counter=counter, last_call=call))


class Device(models.Model):
    """A kiosk or an ATM. A kiosk signs what its fingerprint reader found with a key of its own."""

    class Kind(models.TextChoices):
        KIOSK = "kiosk", _("Kiosk")
        ATM = "atm", _("ATM")

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="devices", verbose_name=_("partner"))
    identifier = models.SlugField(_("identifier"), max_length=40, db_index=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    place_ar = models.CharField(_("place in Arabic"), max_length=120)
    place_en = models.CharField(_("place in English"), max_length=120)
    city_ar = models.CharField(_("city in Arabic"), max_length=40, blank=True, default="", db_default="")
    city_en = models.CharField(_("city in English"), max_length=40, blank=True, default="", db_default="")
    hours_ar = models.CharField(_("opening hours in Arabic"), max_length=120, blank=True, default="", db_default="")
    hours_en = models.CharField(_("opening hours in English"), max_length=120, blank=True, default="", db_default="")
    algorithm = models.CharField(_("algorithm"), max_length=20, blank=True, choices=[(n, n) for n in ALGORITHMS])
    public_key = models.TextField(_("public key"), blank=True)
    last_counter = models.PositiveBigIntegerField(_("last counter"), default=0)
    # The idempotency key of the call that raised it.
    last_call = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    state = models.CharField(_("state"), max_length=16, choices=DeviceState, default=DeviceState.IN_SERVICE)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "identifier"],
                name="an_identifier_belongs_to_one_device_of_a_partner",
                violation_error_message=_("Another device of this partner has this identifier."),
            ),
            models.CheckConstraint(name="a_device_has_a_kind", condition=Q(kind__in=("kiosk", "atm"))),
            models.CheckConstraint(name="a_device_has_a_state", condition=Q(state__in=DeviceState.values)),
            models.CheckConstraint(
                name="a_device_stands_somewhere_in_both_languages", condition=~Q(place_ar="") & ~Q(place_en="")
            ),
            models.CheckConstraint(
                name="a_kiosk_has_a_key",
                condition=~Q(kind="kiosk") | ~Q(public_key=""),
                violation_error_message=_("A kiosk needs a public key: it signs what its reader found."),
            ),
            models.CheckConstraint(
                name="a_device_has_a_public_key_with_its_algorithm_or_none",
                condition=Q(public_key="", algorithm="")
                | (_A_PUBLIC_KEY & _NO_PRIVATE_KEY & Q(algorithm__in=list(ALGORITHMS))),
            ),
        ]

    def __str__(self) -> str:
        return self.identifier

    @property
    def place(self) -> str:
        return self._in_language("place")

    @property
    def city(self) -> str:
        return self._in_language("city")

    @property
    def hours(self) -> str:
        return self._in_language("hours")

    def _in_language(self, field: str) -> str:
        return getattr(self, f"{field}_{'ar' if get_language() == 'ar' else 'en'}")


class UsedNonce(models.Model):
    key = models.ForeignKey(PartnerKey, models.CASCADE, db_index=False)
    nonce = models.CharField(max_length=64)
    used_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["used_at"], name="nonce_by_age")]
        constraints = [models.UniqueConstraint(fields=["key", "nonce"], name="a_nonce_is_used_once_with_a_key")]

    def __str__(self) -> str:
        return self.nonce


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


class WebhookQuerySet(StatefulQuerySet["Webhook"]):
    def due(self) -> Self:
        return self.filter(state=WebhookState.DUE, next_try_at__lte=clock.now())

    def overlooked(self, grace: timedelta) -> Self:
        """Due for longer than their nudge takes."""
        return self.filter(state=WebhookState.DUE, next_try_at__lte=clock.ahead(-grace))

    def abandoned(self) -> Self:
        """Claimed by a sender who died."""
        return self.filter(state=WebhookState.SENDING, claimed_at__lte=clock.ahead(-WEBHOOK_CLAIM_LIFE))


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


class CallCounter(Counter):
    objects = CounterQuerySet["CallCounter"].as_manager()
