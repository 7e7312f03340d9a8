"""Several unproven claims to one ID number share their login name; none of them opens or unlocks another."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from accounts.actions import sign_in
from accounts.hashers import PortalArgon2PasswordHasher
from accounts.models import User
from registry.models import Person
from tests.cast import PASSWORD

ADDRESS = "198.51.100.7"
OTHERS = "Green8Harbour"


@pytest.fixture
def rival(resident: User, make_account: Callable[..., User]) -> User:
    """A newer claim to the resident's number, with a mobile and a password of its own."""
    return make_account("rival2026", resident.id_number, "+966511111111", password=OTHERS)


def test_the_number_opens_the_claim_whose_password_it_is(resident: User, rival: User, person: Person) -> None:
    assert sign_in.check_password(person.id_number, PASSWORD, client_ip=ADDRESS) == resident
    assert sign_in.check_password(person.id_number, OTHERS, client_ip=ADDRESS) == rival


def test_a_rivals_own_sign_in_does_not_clear_the_guesses_at_another(
    resident: User, rival: User, person: Person
) -> None:
    for _ in range(4):
        with pytest.raises(sign_in.WrongPassword):
            sign_in.check_password(person.id_number, "Wrong1Guess", client_ip=ADDRESS)
    assert sign_in.check_password(rival.username, OTHERS, client_ip=ADDRESS) == rival
    with pytest.raises(sign_in.WrongPassword):
        sign_in.check_password(person.id_number, "Wrong1Guess", client_ip=ADDRESS)
    with pytest.raises(sign_in.SignInLocked):
        sign_in.check_password(person.id_number, PASSWORD, client_ip=ADDRESS)
    with pytest.raises(sign_in.SignInLocked):
        sign_in.check_password(resident.username, PASSWORD, client_ip=ADDRESS)


class CountingHasher(PortalArgon2PasswordHasher):
    """The portal's own, which notes how often it works."""

    work: list[str] = []

    def encode(self, *args: Any) -> str:
        self.work.append("encode")
        return super().encode(*args)

    def verify(self, *args: Any) -> bool:
        self.work.append("verify")
        return super().verify(*args)


@pytest.mark.parametrize("claims", [0, 1, 2])
def test_a_refusal_hashes_as_often_whatever_claims_there_are(
    claims: int, person: Person, make_account: Callable[..., User], settings: Settings
) -> None:
    for number in range(claims):
        make_account(f"claim{number}2026", person.id_number, f"+96651111111{number}")
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.work.clear()
    with pytest.raises(sign_in.WrongPassword):
        sign_in.check_password(person.id_number, "Wrong1Guess", client_ip=ADDRESS)
    assert len(CountingHasher.work) == 3
