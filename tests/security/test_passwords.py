"""How passwords are kept. The other tests hash them with less work (tests/conftest.py)."""

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from pytest_django import Settings

from absher_portal.settings import PASSWORD_HASHERS
from accounts.models import User
from tests.cast import PASSWORD, sign_in


@pytest.fixture
def as_in_production(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = PASSWORD_HASHERS


@pytest.mark.usefixtures("as_in_production")
def test_a_password_is_kept_as_argon2id_at_the_promised_cost() -> None:
    assert make_password(PASSWORD).startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.django_db
@pytest.mark.usefixtures("as_in_production")
def test_who_has_such_a_password_signs_in(resident: User) -> None:
    resident.set_password(PASSWORD)
    resident.save()
    assert "m=19456" in resident.password
    assert sign_in(Client(), resident).get("/en/dashboard/").status_code == 200
