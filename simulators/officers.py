"""The officers of the demonstration: one for each role, a second one for decisions that take two, and a superuser."""

import time
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.roles import Role

# Everybody reads it on the demonstration's page; it opens nothing without a code of the device made at loading.
PASSWORD = "Falcon-Orchard-84"


@dataclass(frozen=True)
class DemoOfficer:
    """`id_number` belongs to an invented citizen."""

    username: str
    id_number: str
    title: str | Promise
    city: str
    role: Role | None = None


OFFICERS = (
    DemoOfficer("passports2026", "1099000018", _("Passports officer"), "Riyadh", Role.PASSPORTS),
    DemoOfficer("passports2027", "1099000026", _("Passports officer, the second one"), "Jeddah", Role.PASSPORTS),
    DemoOfficer("civil2026", "1099000034", _("Civil Affairs officer"), "Dammam", Role.CIVIL_AFFAIRS),
    DemoOfficer("supervisor2026", "1099000042", _("Supervisor"), "Riyadh", Role.SUPERVISOR),
    DemoOfficer("auditor2026", "1099000059", _("Auditor"), "Riyadh", Role.AUDITOR),
    DemoOfficer("admin2026", "1099000067", _("Superuser"), "Riyadh"),
)


def demo_officers() -> list[dict[str, str]]:
    """How each signs in now: role, username, password and the code of the running 30 seconds."""
    devices = TOTPDevice.objects.filter(user__username__in=[officer.username for officer in OFFICERS])
    device_of = {device.user.get_username(): device for device in devices.select_related("user")}
    return [
        {
            "role": str(officer.title),
            "username": officer.username,
            "password": PASSWORD,
            "code": code_now(device_of[officer.username]),
        }
        for officer in OFFICERS
        if officer.username in device_of
    ]


def code_now(device: TOTPDevice) -> str:
    """What the officer's authenticator shows."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = time.time()
    return f"{totp.token():06d}"
