"""Banks, kiosk operators and ATM networks: who they are, and what is agreed with them."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.states import StatefulQuerySet
from partners.states import State
from partners.words import Mode, Purpose, WordsField, pattern_of, word_in


class Kind(models.TextChoices):
    BANK = "bank", _("Bank")
    KIOSK_OPERATOR = "kiosk_operator", _("Kiosk operator")
    ATM_NETWORK = "atm_network", _("ATM network")


class PartnerQuerySet(StatefulQuerySet["Partner"]):
    def live(self) -> Self:
        return self.filter(state=State.LIVE)

    def suspended(self) -> Self:
        return self.filter(state=State.SUSPENDED)

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
