"""Officers at their desks."""

import time

import pytest
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from tests.cast import PASSWORD


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


@pytest.fixture
def desk(passports: User) -> Client:
    return enter(Client(), passports)


@pytest.fixture
def second_desk(civil_affairs: User) -> Client:
    return enter(Client(), civil_affairs)
