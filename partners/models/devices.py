"""The machines of partners."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.signatures import ALGORITHMS
from core.states import StatefulQuerySet
from partners.models.keys import IS_A_PUBLIC_KEY
from partners.models.partners import Partner
from partners.states import DeviceState
from partners.words import Purpose


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
                condition=Q(public_key="", algorithm="") | (IS_A_PUBLIC_KEY & Q(algorithm__in=list(ALGORITHMS))),
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
