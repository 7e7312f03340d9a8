"""Nafath beside the code at the sign-in: accounts names it in settings.SECOND_STEPS."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.second_steps import SecondStep
from activation import policy
from activation.channels.nafath import Nafath
from activation.nafath import line
from core.idnumbers import NumberKind, kind_of

_KINDS = {NumberKind.NATIONAL_ID: "citizen", NumberKind.IQAMA: "resident"}


class NafathStep(SecondStep):
    name = "nafath"
    title = _("Use the Nafath app instead")
    page = "login_nafath"

    def is_open_to(self, user: User) -> bool:
        return self.admits(user) and line.down_until() is None

    def admits(self, user: User) -> bool:
        """Whether Nafath can answer for this account at all."""
        kind = _KINDS.get(kind_of(user.id_number) or NumberKind.BORDER, "")
        return user.is_activated and kind in policy.channels()[Nafath.name].kinds
