"""The cast: people, officers and browsers that the tests tell of. Loaded as a plug-in by tests/conftest.py."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.actions import branches, profile, registration
from accounts.claim import Claim
from accounts.flows import CodeFlow
from accounts.models import Branch, User
from accounts.roles import Role
from accounts.states import State
from core import clock
from core.sealed import unseal
from messaging.models import Message
from registry.models import Kind, Life, Person, Sex

PASSWORD = "Blue7Lantern"
RESIDENT_NUMBER, STRANGER_NUMBER, OFFICER_NUMBER = "2000000006", "2123456788", "1000000008"
UNKNOWN_NUMBER, DECEASED_NUMBER = "2999999994", "1012345672"


def luhn_number(first_nine: str) -> str:
    """The ten digits whose Luhn check holds."""
    from core.idnumbers import luhn_holds

    return next(f"{first_nine}{last}" for last in range(10) if luhn_holds(f"{first_nine}{last}"))


@pytest.fixture
def make_person(db: None) -> Callable[..., Person]:
    def make(id_number: str, **facts: Any) -> Person:
        kind = {"1": Kind.CITIZEN, "2": Kind.RESIDENT}.get(id_number[0], Kind.VISITOR)
        known: dict[str, Any] = {
            "id_number": id_number,
            "kind": kind,
            "first_name_ar": "سامر",
            "father_name_ar": "نبيل",
            "grandfather_name_ar": "حسن",
            "family_name_ar": "العمري",
            "first_name_en": "Samer",
            "father_name_en": "Nabil",
            "grandfather_name_en": "Hasan",
            "family_name_en": "Alomari",
            "sex": Sex.MALE,
            "birth_date": "1988-04-17",
            "nationality": "JOR",
            "id_expires_on": "2029-01-31",
            "fingerprint_on_file": True,
            "life": Life.ALIVE,
        }
        person = Person(**(known | facts))
        person.save()
        person.refresh_from_db()
        return person

    return make


@pytest.fixture
def person(make_person: Callable[..., Person]) -> Person:
    """Stands in the register, lives in the Kingdom, fingerprint on file."""
    return make_person(RESIDENT_NUMBER)


@dataclass
class Phone:
    """Reads what the outbox holds for a mobile, as its owner would."""

    mobile: str

    def messages(self) -> list[Message]:
        return list(Message.objects.filter(to=self.mobile).order_by("pk"))

    def newest(self) -> Message:
        return Message.objects.filter(to=self.mobile).latest("pk")

    def newest_text(self) -> str:
        return unseal(self.newest().sealed_body)

    def newest_code(self) -> str:
        """The digits of the newest text's WebOTP line."""
        return self.newest_text().rsplit("#", 1)[1].strip()


@pytest.fixture
def phone() -> Phone:
    return Phone("+966512345621")


@pytest.fixture
def claim(phone: Phone) -> Callable[..., Claim]:
    def make(**facts: Any) -> Claim:
        known = {
            "id_number": RESIDENT_NUMBER,
            "mobile": phone.mobile,
            "email": "samer@example.com",
            "username": "samer2026",
            "password": PASSWORD,
            "language": "en",
        }
        return Claim(**(known | facts))

    return make


@pytest.fixture
def make_account(db: None) -> Callable[..., User]:
    """An account in any state; registered unless said otherwise."""

    def make(username: str, id_number: str, mobile: str, **facts: Any) -> User:
        state = facts.pop("state", State.REGISTERED)
        user = User(username=username, id_number=id_number, mobile=mobile, email=f"{username}@example.com", state=state)
        user.language = facts.pop("language", "en")
        user.set_password(facts.pop("password", PASSWORD))
        user.mobile_proven_at = clock.read()
        if state == State.ACTIVATED:
            user.activated_at = clock.read()
        elif state != State.STAFF:
            user.claim_ends_at = clock.read() + timedelta(hours=72)
        for name, value in facts.items():
            setattr(user, name, value)
        user.save()
        return user

    return make


@pytest.fixture
def resident(person: Person, phone: Phone, make_account: Callable[..., User]) -> User:
    """Registered, mobile proven, not activated."""
    return make_account("samer2026", person.id_number, phone.mobile)


@pytest.fixture
def activated(person: Person, phone: Phone, make_account: Callable[..., User]) -> User:
    return make_account("samer2026", person.id_number, phone.mobile, state=State.ACTIVATED)


@pytest.fixture
def paused(activated: User) -> User:
    profile.pause(activated)
    activated.refresh_from_db()
    return activated


@pytest.fixture
def stranger(make_person: Callable[..., Person], make_account: Callable[..., User]) -> User:
    """Another activated person, who has no business with the resident."""
    person = make_person(STRANGER_NUMBER, first_name_en="Omar")
    return make_account("stranger77", person.id_number, "+966555555577", state=State.ACTIVATED)


@pytest.fixture
def branch(db: None) -> Branch:
    branch = Branch.objects.create(
        name_ar="فرع الرياض", name_en="Riyadh branch", city_ar="الرياض", city_en="Riyadh",
        address_ar="شارع التجربة ١", address_en="1 Trial Street",
        hours_ar="من الأحد إلى الخميس، من 8:00 إلى 14:30", hours_en="Sunday to Thursday, 8:00 to 14:30",
    )  # fmt: skip
    branches.open_through_the_week(branch)
    return branch


@pytest.fixture
def officer(make_account: Callable[..., User], branch: Branch) -> User:
    return make_account("officer01", OFFICER_NUMBER, "", state=State.STAFF, is_staff=True, branch=branch)


@pytest.fixture
def second_officer(make_account: Callable[..., User], branch: Branch) -> User:
    return make_account("officer02", luhn_number("105000000"), "", state=State.STAFF, is_staff=True, branch=branch)


@pytest.fixture
def give_role() -> Callable[[User, Role], User]:
    def give(user: User, role: Role) -> User:
        user.groups.set([Group.objects.get(name=role.value)])
        return User.objects.get(pk=user.pk)

    return give


@pytest.fixture
def passports(officer: User, give_role: Callable[[User, Role], User]) -> User:
    return give_role(officer, Role.PASSPORTS)


@pytest.fixture
def civil_affairs(second_officer: User, give_role: Callable[[User, Role], User]) -> User:
    return give_role(second_officer, Role.CIVIL_AFFAIRS)


@pytest.fixture
def browser() -> Client:
    """A browser with cookies of its own, with CSRF checked as for everybody."""
    return Client(enforce_csrf_checks=False)


def sign_in(client: Client, user: User) -> Client:
    """Signs in the way people do: password, code from the outbox."""
    client.post("/en/sign-in/", {"login_name": user.username, "password": PASSWORD})
    client.post("/en/sign-in/code/", {"code": Phone(user.mobile).newest_code()})
    return client


def in_no_browser(flow: CodeFlow) -> None:
    """How far a registration has come stands in no session."""


@pytest.fixture
def begun(claim: Callable[..., Claim], person: Person) -> Any:
    """A registration that waits for its code."""
    return registration.register(claim(), client_ip="198.51.100.7", keep=in_no_browser)
