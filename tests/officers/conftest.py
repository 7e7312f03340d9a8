"""Officers at their desks."""

import time
from collections.abc import Callable

import pytest
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from accounts.roles import Role
from accounts.states import State
from tests.cast import PASSWORD, luhn_number


def code_of(user: User) -> str:
    """What the officer's authenticator shows; the device forgets that it has seen it, and takes it for minutes, however slow
    the sign-in."""
    device, _is_new = TOTPDevice.objects.get_or_create(user=user, defaults={"name": "test", "confirmed": True})
    TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1, throttling_failure_count=0, tolerance=6)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = time.time()
    return f"{totp.token():06d}"


def enter(client: Client, user: User, **answers: str) -> Client:
    """Signs an officer in."""
    sent = {"username": user.username, "password": PASSWORD, "otp_token": code_of(user), "next": "/en/admin/"}
    client.post("/en/admin/login/", sent | answers)
    return client


def say_why(client: Client, address: str, reason: str = "complaint") -> None:
    """Answers the question that stands before a record of somebody."""
    client.post(address, {"look": "answered", "reason": reason})


@pytest.fixture
def desk(passports: User) -> Client:
    return enter(Client(), passports)


@pytest.fixture
def second_desk(civil_affairs: User) -> Client:
    return enter(Client(), civil_affairs)


@pytest.fixture
def supervisor(make_account: Callable[..., User], give_role: Callable[[User, Role], User]) -> User:
    user = make_account("supervisor01", luhn_number("105000077"), "", state=State.STAFF, is_staff=True)
    return give_role(user, Role.SUPERVISOR)


@pytest.fixture
def office(supervisor: User) -> Client:
    return enter(Client(), supervisor)


@pytest.fixture
def colleague(make_account: Callable[..., User], give_role: Callable[[User, Role], User]) -> User:
    """Another one of Civil Affairs, in no branch."""
    user = make_account("colleague01", luhn_number("105000078"), "", state=State.STAFF, is_staff=True)
    return give_role(user, Role.CIVIL_AFFAIRS)
