"""Officers: who signs in to the administration, and what superusers do with officers' accounts."""

from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db import transaction
from django_otp import devices_for_user, verify_token
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.actions import sign_in
from accounts.models import Branch, Session, User
from accounts.states import State
from audit.actions import record
from audit.events import Event
from core import clock


class NotIdentified(Exception):
    """Name, password or code was wrong."""


@dataclass(frozen=True)
class NewOfficer:
    """What a superuser's form says, cleaned."""

    username: str
    id_number: str
    email: str
    password: str
    branch: Branch | None
    roles: tuple[Group, ...]


def identify(username: str, password: str, token: str, *, client_ip: str) -> User:
    """The officer, with the TOTP device that accepted `token` as `otp_device`. A token works once, and a wrong one counts
    like a wrong password. Raises NotIdentified, sign_in.SignInLocked."""
    try:
        officer = sign_in.check_password(username, password, client_ip=client_ip, staff=True)
    except sign_in.WrongPassword:
        raise NotIdentified from None
    accepted = (verify_token(officer, device.persistent_id, token) for device in devices_for_user(officer))
    device = next(filter(None, accepted), None)
    if device is None:
        sign_in.note_failure(officer)
        record(Event.CODE_WRONG, subject=officer, purpose="totp")
        raise NotIdentified
    sign_in.forgive(officer, client_ip=client_ip)
    officer.otp_device = device  # type: ignore[attr-defined]
    record(Event.OFFICER_SIGNED_IN, actor=officer, subject=officer)
    return officer


def prove_password(officer: User, password: str, *, client_ip: str) -> None:
    """A wrong one counts like one at the sign-in. Raises sign_in.WrongPassword, sign_in.SignInLocked."""
    sign_in.check_password(officer.username, password, client_ip=client_ip, staff=True)
    sign_in.forgive(officer, client_ip=client_ip)


def enlist(new: NewOfficer, *, actor: User | None) -> User:
    """An officer's account. Nobody signs in with it before it has an authenticator."""
    officer = User(
        username=new.username,
        id_number=new.id_number,
        email=new.email,
        state=State.STAFF,
        is_staff=True,
        branch=new.branch,
    )
    officer.set_password(new.password)
    with transaction.atomic():
        officer.save(force_insert=True)
        officer.groups.set(new.roles)
        record(Event.OFFICER_CHANGED, actor=actor, subject=officer, change="enlisted")
    return officer


def assign(officer: User, *, branch: Branch | None, roles: tuple[Group, ...], is_active: bool, actor: User) -> None:
    """Where an officer works, as what, and whether at all. It takes effect with the next page."""
    with transaction.atomic():
        User.objects.staff().filter(pk=officer.pk).update(branch=branch, is_active=is_active)
        officer.groups.set(roles)
        if not is_active:
            Session.objects.filter(user=officer).delete()
        record(Event.OFFICER_CHANGED, actor=actor, subject=officer, change="assigned", is_active=is_active)


def change_password(officer: User, password: str, *, actor: User) -> None:
    """Ends the officer's sessions in every browser."""
    officer.set_password(password)
    with transaction.atomic():
        officer.save(update_fields=["password"])
        Session.objects.filter(user=officer).delete()
        record(Event.OFFICER_CHANGED, actor=actor, subject=officer, change="password")


def give_authenticator(officer: User, *, actor: User | None) -> TOTPDevice:
    """A new TOTP secret. The officer's earlier ones end, and so do the sessions that they opened."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user=officer).delete()
        device = TOTPDevice.objects.create(user=officer, name=f"{clock.read():%Y-%m-%d}", confirmed=True)
        Session.objects.filter(user=officer).delete()
        record(Event.OFFICER_CHANGED, actor=actor, subject=officer, change="authenticator")
    return device
