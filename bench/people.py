"""Invented people in the scratch register, and one who is signed in."""

from datetime import date, timedelta
from typing import Any

from core.idnumbers import luhn_holds


def numbers(count: int) -> list[str]:
    """Different iqama numbers whose check digit is right."""
    return [
        next(f"2{index:08}{digit}" for digit in range(10) if luhn_holds(f"2{index:08}{digit}"))
        for index in range(count)
    ]


def write_people(count: int) -> list[str]:
    from registry.models import Person

    made = [_person(number) for number in numbers(count)]
    Person.objects.bulk_create(made, batch_size=2000)
    return [person.id_number for person in made]


def write_claims(count: int) -> list[str]:
    """Accounts that wait for their activation, each with a mobile made of its place in the list."""
    from accounts.models import User
    from accounts.states import State
    from core import clock

    people, now = write_people(count), clock.read()
    User.objects.bulk_create(
        [
            User(
                id_number=id_number, mobile=f"+9665{number:08}", username=f"bench{number:06}", email="bench@example.com",
                state=State.REGISTERED, password="!", language="en", mobile_proven_at=now,
                claim_ends_at=now + timedelta(hours=72),
            )
            for number, id_number in enumerate(people)
        ],
        batch_size=2000,
    )  # fmt: skip
    return people


def signed_in_session() -> str:
    from accounts.models import User
    from accounts.states import State
    from core import clock

    [number] = write_people(1)
    user = User(
        id_number=number, mobile="+966512345621", username="bench2026", email="b@example.com", state=State.ACTIVATED
    )
    user.mobile_proven_at = user.activated_at = clock.read()
    user.set_unusable_password()
    user.save()
    return session_of(user)


def session_of(user: Any, life: str = "resident", **more: str) -> str:
    """The key of a session in which this account is signed in."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from accounts import sessions

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session["previous_sign_in"] = "2026-11-03T07:41:12.345678+00:00"
    for name, value in more.items():
        session[name] = value
    sessions.start(session, life)
    session.save()
    return str(session.session_key)


def _person(number: str) -> Any:
    from registry.models import Person

    return Person(
        id_number=number,
        kind="resident",
        first_name_ar="سامر",
        family_name_ar="العمري",
        first_name_en="Samer",
        family_name_en="Alomari",
        sex="male",
        birth_date=date(1988, 4, 17),
        nationality="JOR",
        id_expires_on=date(2029, 1, 31),
        fingerprint_on_file=True,
    )
