from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from partners.models import PartnerKey
from tests.officers.conftest import enter
from tests.programs import Program


@pytest.fixture
def key(program: Program) -> PartnerKey:
    """The bank's live key."""
    return PartnerKey.objects.get(keyid=program.keyid)


@pytest.fixture
def superuser(officer: User) -> Client:
    User.objects.filter(pk=officer.pk).update(is_superuser=True)
    return enter(Client(), officer)


@pytest.fixture
def supervisor(second_officer: User, give_role: Callable[[User, Role], User]) -> Client:
    return enter(Client(), give_role(second_officer, Role.SUPERVISOR))
