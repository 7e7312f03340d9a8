"""The activation desk: find, check, decide; nobody sees what the resident typed, and four eyes see what differs (AZ-3)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.states import State
from activation.actions import cases, visits
from activation.actions.cases import ActivationRefused
from activation.models import Attempt, Fingerprint, OfficerCheck
from activation.states import AttemptState
from audit.events import Event
from audit.models import Entry
from messaging.models import Message
from registry.models import Person
from tests.cast import Phone, luhn_number, sign_in
from tests.officers.conftest import say_why
from tests.parallel import at_the_same_moment

pytestmark = pytest.mark.django_db

DESK = "/en/admin/activation/attempt/"


@pytest.fixture
def attempt(resident: User) -> Attempt:
    return cases.begin(resident, "officer")


def _case(attempt: Attempt) -> str:
    return f"{DESK}{attempt.pk}/"


def _document(attempt: Attempt, person: Person, **differing: str) -> dict[str, str]:
    return {
        "visit_code": str(attempt.visit_code),
        "id_number": person.id_number,
        "name": person.name_ar,
        "birth_date_calendar": "gregorian",
        "birth_date_day": "١٧",
        "birth_date_month": "٤",
        "birth_date_year": "١٩٨٨",
        "fingerprint": "matched",
        "confirmed": "on",
    } | differing


@pytest.mark.parametrize("searched", ["visit_code", "id_number", "in small letters"])
def test_an_officer_finds_the_case_by_visit_code_or_exact_number(
    searched: str, desk: Client, attempt: Attempt, person: Person
) -> None:
    code = str(attempt.visit_code)
    typed = {"visit_code": code, "id_number": person.id_number, "in small letters": f" {code.lower()} "}[searched]
    assert desk.post(DESK, {"searched": typed})["Location"] == _case(attempt)
    assert Entry.objects.filter(event=Event.CASE_FOUND, subject_id=attempt.case.user_id).count() == 1


def test_who_searched_by_visit_code_does_not_type_it_again(desk: Client, attempt: Attempt, person: Person) -> None:
    desk.post(DESK, {"searched": str(attempt.visit_code)})
    assert 'name="visit_code"' not in desk.get(_case(attempt)).text
    document = _document(attempt, person)
    del document["visit_code"]
    assert desk.post(_case(attempt), document)["Location"] == DESK
    assert User.objects.get(pk=attempt.case.user_id).state == State.ACTIVATED


@pytest.mark.parametrize("between", ["the desk", "a work list", "a search by number", "nothing"])
def test_the_visit_code_is_asked_of_whoever_came_another_way(
    between: str, desk: Client, second_desk: Client, attempt: Attempt, person: Person
) -> None:
    searcher = second_desk if between == "nothing" else desk
    searcher.post(DESK, {"searched": str(attempt.visit_code)})
    if between == "a search by number":
        desk.post(DESK, {"searched": person.id_number})
    elif between != "nothing":
        desk.get({"the desk": DESK, "a work list": f"{DESK}list/waiting/"}[between])
    say_why(desk, _case(attempt))
    assert 'name="visit_code"' in desk.get(_case(attempt)).text
    document = _document(attempt, person)
    del document["visit_code"]
    assert "Type the resident&#x27;s visit code." in desk.post(_case(attempt), document).text
    assert User.objects.get(pk=attempt.case.user_id).state == State.REGISTERED


@pytest.mark.parametrize("typed", ["200000000", "2000000", "ABCDEFGH", "Alomari", "2123456788"])
def test_a_part_of_a_number_or_a_name_finds_nothing(typed: str, desk: Client, attempt: Attempt) -> None:
    assert "No open case has this number or code." in desk.post(DESK, {"searched": typed}).content.decode()


def test_no_page_of_the_desk_shows_what_the_resident_typed(
    desk: Client, attempt: Attempt, resident: User, person: Person
) -> None:
    say_why(desk, _case(attempt))
    pages = [
        desk.get(address) for address in (DESK, f"{DESK}list/waiting/", _case(attempt), f"{_case(attempt)}refuse/")
    ]
    typed = [
        resident.id_number,
        resident.mobile,
        resident.mobile[-9:],
        resident.email,
        resident.username,
        str(attempt.visit_code),
    ]
    register = [person.name_ar, person.name_en, "1988"]
    for page in pages:
        assert page.status_code == 200
        shown = page.content.decode()
        assert [secret for secret in (*typed, *register) if secret in shown] == []


def test_what_agrees_activates_at_once(desk: Client, attempt: Attempt, person: Person, phone: Phone) -> None:
    assert desk.post(_case(attempt), _document(attempt, person))["Location"] == DESK
    user = User.objects.get(pk=attempt.case.user_id)
    assert user.state == State.ACTIVATED and user.activated_at
    assert phone.newest().purpose == "activated"
    assert "Activated" in sign_in(Client(), user).get("/en/dashboard/").content.decode()


def test_a_hijri_birth_date_is_taken_as_the_document_has_it(desk: Client, attempt: Attempt, person: Person) -> None:
    birth = {
        "birth_date_calendar": "hijri",
        "birth_date_day": "1",
        "birth_date_month": "9",
        "birth_date_year": "1408",
    }
    assert desk.post(_case(attempt), _document(attempt, person, **birth))["Location"] == DESK


@pytest.mark.parametrize(
    "differing",
    [{"name": "Samer Nabil Hasan Alomary"}, {"birth_date_year": "1989"}, {"id_number": "2123456788"}],
)
def test_what_differs_goes_to_a_second_officer(
    differing: dict[str, str], desk: Client, second_desk: Client, attempt: Attempt, person: Person, civil_affairs: User
) -> None:
    page = desk.post(_case(attempt), _document(attempt, person, **differing), follow=True).content.decode()
    assert "A second officer decides" in page
    assert person.name_en not in page and User.objects.get(pk=attempt.case.user_id).state == State.REGISTERED
    assert person.name_en in second_desk.get(_case(attempt)).content.decode()
    assert second_desk.post(_case(attempt), {"confirmed": "on"})["Location"] == DESK
    check = OfficerCheck.objects.get()
    assert (check.checker, User.objects.get(pk=attempt.case.user_id).state) == (civil_affairs, State.ACTIVATED)


def test_who_made_the_check_cannot_approve_it_nor_refuse_it(
    desk: Client, attempt: Attempt, person: Person, passports: User
) -> None:
    desk.post(_case(attempt), _document(attempt, person, birth_date_year="1989"))
    desk.post(_case(attempt), {"confirmed": "on"})
    desk.post(f"{_case(attempt)}refuse/", {"reason": "own_words", "own_words": "Not today, come back."})
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.SECOND_OFFICER
    with pytest.raises(IntegrityError), transaction.atomic():
        OfficerCheck.objects.update(checker=passports, approved_at="2026-01-01T00:00Z")


def test_nobody_decides_the_own_case(desk: Client, attempt: Attempt, person: Person, passports: User) -> None:
    User.objects.filter(pk=passports.pk).update(id_number=person.id_number)
    assert desk.get(_case(attempt))["Location"] == DESK
    desk.post(_case(attempt), _document(attempt, person))
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.BEGUN


@pytest.mark.parametrize(("on_file", "chosen"), [(True, "taken"), (False, "matched")])
def test_the_fingerprint_has_to_fit_the_register(
    on_file: bool, chosen: str, desk: Client, attempt: Attempt, person: Person
) -> None:
    Person.objects.update(fingerprint_on_file=on_file)
    say_why(desk, _case(attempt))
    page = desk.post(_case(attempt), _document(attempt, person, fingerprint=chosen)).content.decode()
    assert ("A fingerprint is on file" if on_file else "No fingerprint is on file for this person") in page
    assert not OfficerCheck.objects.exists()


def test_a_fingerprint_taken_now_is_recorded(desk: Client, attempt: Attempt, person: Person) -> None:
    Person.objects.update(fingerprint_on_file=False)
    desk.post(_case(attempt), _document(attempt, person, fingerprint="taken"))
    person.refresh_from_db()
    assert person.fingerprint_on_file and person.fingerprint_on
    assert Entry.objects.filter(event=Event.FINGERPRINT_RECORDED).count() == 1


def test_a_refusal_reaches_the_resident_with_its_reason(
    desk: Client, attempt: Attempt, resident: User, phone: Phone
) -> None:
    reason = "The passport was torn. Have it renewed and come back."
    assert desk.post(f"{_case(attempt)}refuse/", {"reason": "own_words", "own_words": reason})["Location"] == DESK
    assert phone.newest().purpose == "activation_refused"
    page = sign_in(Client(), resident).get("/en/activation/").content.decode()
    assert reason in page
    assert cases.begin(resident, "officer").pk != attempt.pk


def test_a_prepared_reason_is_read_in_the_residents_language(desk: Client, attempt: Attempt, resident: User) -> None:
    from activation.states import RefusalReason

    chosen = RefusalReason.values[0]
    desk.post(f"{_case(attempt)}refuse/", {"reason": chosen})
    client = sign_in(Client(), resident)
    assert "Bring it and begin again." in client.get("/en/activation/").content.decode()
    assert "يُرجى إحضارها" in client.get("/ar/activation/").content.decode()


@pytest.mark.parametrize(("language", "name"), [("ar", "Arabic"), ("en", "English")])
def test_who_refuses_reads_in_which_language_to_write_and_when_words_are_needed(
    language: str, name: str, desk: Client, attempt: Attempt, resident: User
) -> None:
    User.objects.filter(pk=resident.pk).update(language=language)
    say_why(desk, _case(attempt))
    page = desk.get(f"{_case(attempt)}refuse/").content.decode()
    assert f"Write in {name} what happened" in page and f'lang="{language}"' in page.split("<textarea", 1)[1]
    assert "(only for another reason)" in page and "(optional)" not in page
    said = desk.post(f"{_case(attempt)}refuse/", {"reason": "own_words", "own_words": ""}).content.decode()
    assert "Write a sentence that tells the resident what to do next." in said


def test_a_decided_case_says_so(desk: Client, attempt: Attempt, person: Person) -> None:
    desk.post(_case(attempt), _document(attempt, person))
    assert "decided a moment ago" in desk.post(_case(attempt), _document(attempt, person), follow=True).content.decode()


def test_lists_ask_the_database_as_often_for_five_rows_as_for_fifty(
    desk: Client, make_person: Callable[..., Person], make_account: Callable[..., User]
) -> None:
    counts: list[int] = []
    for upto in (5, 45):
        for n in range(len(counts) * 5, upto):
            person = make_person(luhn_number(f"2000200{n:02}"))
            cases.begin(make_account(f"waiting{n:03}", person.id_number, f"+9665123400{n:02}"), "officer")
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(f"{DESK}list/waiting/").status_code == 200
        counts.append(len(queries))
        assert all("LIMIT" in q["sql"] for q in queries if "COUNT(" in q["sql"] and "activation_attempt" in q["sql"])
    assert counts[0] == counts[1] <= 10


def test_the_visit_code_never_stands_in_an_address(desk: Client, attempt: Attempt) -> None:
    assert str(attempt.visit_code) not in desk.post(DESK, {"searched": str(attempt.visit_code)})["Location"]


@pytest.mark.django_db(transaction=True)
def test_of_two_second_officers_one_decides(
    attempt: Attempt,
    person: Person,
    officer: User,
    second_officer: User,
    make_account: Callable[..., User],
) -> None:
    third = make_account("officer03", luhn_number("105000001"), "", state=State.STAFF, is_staff=True)
    document = visits.Document(person.id_number, "Somebody Else", person.birth_date)
    visits.check_document(attempt, officer, document, Fingerprint.MATCHED)

    def approve(checker: User) -> None:
        visits.approve(Attempt.objects.select_related("case__user").get(pk=attempt.pk), checker)

    outcomes = at_the_same_moment([partial(approve, checker) for checker in (second_officer, third)])
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, ActivationRefused) for outcome in outcomes) == 1
    assert Message.objects.filter(purpose="activated").count() == 1
    assert Entry.objects.filter(event=Event.ACCOUNT_ACTIVATED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_approval_and_a_refusal_at_once_are_one_decision(
    attempt: Attempt, person: Person, officer: User, second_officer: User, make_account: Callable[..., User]
) -> None:
    third = make_account("officer03", luhn_number("105000001"), "", state=State.STAFF, is_staff=True)
    document = visits.Document(person.id_number, "Somebody Else", person.birth_date)
    visits.check_document(attempt, officer, document, Fingerprint.MATCHED)

    def fresh() -> Any:
        return Attempt.objects.select_related("case__user").get(pk=attempt.pk)

    outcomes = at_the_same_moment(
        [
            lambda: visits.approve(fresh(), second_officer),
            lambda: visits.refuse(fresh(), third, "The document was torn."),
        ]
    )
    assert outcomes.count(None) == 1
    attempt.refresh_from_db()
    assert attempt.state in (AttemptState.PROVEN, AttemptState.REFUSED)
    assert Message.objects.filter(purpose__in=("activated", "activation_refused")).count() == 1


def test_the_visit_code_comes_as_a_text_too(attempt: Attempt, phone: Phone) -> None:
    assert phone.newest().purpose == "visit_code"
    assert str(attempt.visit_code) in phone.newest_text()
