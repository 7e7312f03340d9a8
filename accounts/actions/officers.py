"""Officers: who signs in to the administration."""

from django_otp import devices_for_user, verify_token

from accounts.actions import sign_in
from accounts.models import User
from audit.actions import record
from audit.events import Event


class NotIdentified(Exception):
    """Name, password or code was wrong."""


def identify(username: str, password: str, token: str, *, client_ip: str) -> User:
    """The officer, with the TOTP device that accepted `token` as `otp_device`. A token works once. Raises NotIdentified,
    sign_in.SignInLocked."""
    try:
        officer = sign_in.check_password(username, password, client_ip=client_ip, staff=True)
    except sign_in.WrongPassword:
        raise NotIdentified from None
    accepted = (verify_token(officer, device.persistent_id, token) for device in devices_for_user(officer))
    device = next(filter(None, accepted), None)
    if device is None:
        record(Event.CODE_WRONG, subject=officer, purpose="totp")
        raise NotIdentified
    officer.otp_device = device
    record(Event.OFFICER_SIGNED_IN, actor=officer, subject=officer)
    return officer
