"""A bank activates an account: it knows the person, a code goes to the registered mobile, the person confirms it there."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actions import profile
from accounts.models import OneTimeCode, User
from accounts.states import State
from activation.actions import cases
from activation.models import Attempt, PartnerAttempt
from audit.models import Entry
from messaging.models import Message, SendCounter
from partners.actions import admission
from partners.conformance import Answer
from partners.models import Partner
from partners.words import Mode, Purpose
from registry.models import Life, Person
from services.models import Notice
from tests.cast import Phone
from tests.parallel import at_the_same_moment
from tests.programs import Program, admit, agreement_of

pytestmark = pytest.mark.django_db


class Bank:
    """The bank's program, as far as activations go."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def post(self, operation: str, *reference: str, **said: Any) -> Answer:
        call = self.program.call("POST", reverse(f"partner_api:{operation}", args=reference))
        return self.program.send(self.program.signed(replace(call, body=json.dumps(said).encode())))

    def begin(self, person: User, mode: Mode = Mode.APP, **other: str) -> Answer:
        known = {"id_number": person.id_number, "mobile": person.mobile} | other
        return self.post("begin_attempt", **known, mode=mode)

    def confirm(self, reference: str, code: str) -> Answer:
        return self.post("confirm_attempt", reference, code=code)


@pytest.fixture
def calls(bank: Partner, make_program: Callable[..., Program]) -> Bank:
    return Bank(make_program(bank))


def _problem(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.told["type"].rpartition("/")[2]


def test_the_code_that_the_person_types_at_the_bank_activates(calls: Bank, resident: User, phone: Phone) -> None:
    known = {"id_number": resident.id_number, "mobile": "05" + resident.mobile.removeprefix("+9665")}
    assert calls.post("look_up", **known).told == {"result": "match"}
    begun = calls.begin(resident)
    assert (begun.status, begun.told["sent_to"]) == (201, "05••••••21")
    assert begun.told["code_reference"] in phone.newest_text()
    confirmed = calls.confirm(begun.told["reference"], phone.newest_code())
    assert (confirmed.status, confirmed.told["state"]) == (200, "activated")
    resident.refresh_from_db()
    assert resident.state == State.ACTIVATED
    assert phone.newest().purpose == "activated"
    assert "(Your bank, Trial Bank). Not you? Text PAUSE" in phone.newest_text()
    assert [notice.name for notice in Notice.objects.of(resident)] == ["activated"]
    assert Entry.objects.filter(event="account_activated", subject_id=resident.pk).exists()


def test_an_attempt_tells_how_it_stands(calls: Bank, resident: User, phone: Phone) -> None:
    reference = calls.begin(resident).told["reference"]
    place = reverse("partner_api:about_attempt", args=[reference])
    assert calls.program.get(place).told["state"] == "begun"
    calls.confirm(reference, phone.newest_code())
    assert calls.program.get(place).told["state"] == "activated"
    assert calls.confirm(reference, "000000").told["state"] == "activated"


@pytest.mark.parametrize("call", ["look_up", "begin_attempt"])
def test_who_cannot_be_activated_here_is_told_why(
    call: str, calls: Bank, resident: User, person: Person, make_account: Callable[..., User]
) -> None:
    def told(**other: str) -> tuple[int, str]:
        known = {"id_number": resident.id_number, "mobile": resident.mobile} | other
        return _problem(calls.post(call, **known, **({"mode": "app"} if call == "begin_attempt" else {})))

    assert told(id_number="2123456788") == (404, "no-claim")
    assert told(mobile="0555555555") == (409, "mobile-differs")
    Person.objects.update(fingerprint_on_file=False)
    assert told() == (409, "no-fingerprint")
    Person.objects.update(fingerprint_on_file=True, life="left")
    assert told() == (409, "not-eligible")
    User.objects.filter(pk=resident.pk).update(
        state=State.ACTIVATED, activated_at="2026-01-01T00:00Z", claim_ends_at=None
    )
    assert told() == (409, "already-activated")


def test_who_a_bank_looked_up_stands_in_the_trail_whatever_it_found(calls: Bank, resident: User) -> None:
    def entries() -> list[tuple[int | None, str, str]]:
        found = Entry.objects.filter(event="person_looked_up", actor_id=None).order_by("pk")
        return [(entry.subject_id, entry.details["partner"], entry.details["outcome"]) for entry in found]

    calls.post("look_up", id_number=resident.id_number, mobile=resident.mobile)
    calls.post("look_up", id_number=resident.id_number, mobile="0555555555")
    calls.post("look_up", id_number="2123456788", mobile=resident.mobile)
    assert entries() == [
        (resident.pk, "riyadh-bank", "match"),
        (resident.pk, "riyadh-bank", "mobile_differs"),
        (None, "riyadh-bank", "no_claim"),
    ]
    calls.begin(resident)
    assert entries()[3:] == [(resident.pk, "riyadh-bank", "match")]


def test_a_wrong_code_tells_how_many_tries_are_left_and_five_end_it(calls: Bank, resident: User) -> None:
    reference = calls.begin(resident).told["reference"]
    answers = [calls.confirm(reference, "000000") for _try in range(6)]
    assert [answer.told.get("attempts_left") for answer in answers[:5]] == [4, 3, 2, 1, 0]
    assert _problem(answers[5]) == (409, "code-ended")


def test_another_code_replaces_the_first_after_a_minute(calls: Bank, resident: User, phone: Phone) -> None:
    reference = calls.begin(resident).told["reference"]
    first = phone.newest_code()
    soon = calls.post("send_code_again", reference)
    assert _problem(soon) == (429, "codes-rest") and 0 < soon.told["retry_in_seconds"] <= 61
    assert soon.headers["retry-after"] == str(soon.told["retry_in_seconds"])
    SendCounter.objects.all().delete()
    assert calls.post("send_code_again", reference).status == 200
    assert phone.newest_code() != first
    assert calls.confirm(reference, phone.newest_code()).told["state"] == "activated"


def test_another_banks_attempt_is_not_there(
    calls: Bank, bank: Partner, resident: User, phone: Phone, make_program: Callable[..., Program]
) -> None:
    reference = calls.begin(resident).told["reference"]
    partner = admit("another-bank")
    admission.change(partner, agreement_of(partner), state=bank.state, actor=None)
    other = Bank(make_program(partner))
    assert _problem(other.confirm(reference, phone.newest_code())) == (404, "not-found")
    assert other.program.get(reverse("partner_api:about_attempt", args=[reference])).status == 404


def test_a_mode_and_a_purpose_that_are_not_agreed_are_refused(calls: Bank, bank: Partner, resident: User) -> None:
    assert _problem(calls.begin(resident, Mode.WEBSITE)) == (403, "mode-not-allowed")
    admission.change(bank, agreement_of(bank, purposes=(Purpose.LIFT_OF_PAUSE,)), state=bank.state, actor=None)
    assert _problem(calls.begin(resident)) == (403, "purpose-not-allowed")


def test_a_bank_with_that_purpose_lifts_a_pause(calls: Bank, bank: Partner, activated: User, phone: Phone) -> None:
    profile.pause(activated)
    purposes = (Purpose.ACTIVATION, Purpose.LIFT_OF_PAUSE)
    admission.change(bank, agreement_of(bank, purposes=purposes), state=bank.state, actor=None)
    reference = calls.begin(activated).told["reference"]
    assert calls.confirm(reference, phone.newest_code()).told["state"] == "activated"
    activated.refresh_from_db()
    assert (activated.state, phone.newest().purpose) == (State.ACTIVATED, "pause_lifted")


def test_who_goes_on_at_another_bank_ends_the_attempt_at_the_first(
    calls: Bank, bank: Partner, resident: User, phone: Phone, make_program: Callable[..., Program]
) -> None:
    first = calls.begin(resident).told["reference"]
    SendCounter.objects.all().delete()
    other = admit("another-bank")
    admission.change(other, agreement_of(other), state=bank.state, actor=None)
    second = Bank(make_program(other)).begin(resident).told["reference"]
    assert first != second
    assert _problem(calls.confirm(first, "000000")) == (409, "attempt-ended")
    assert Attempt.objects.live().count() == 1


def test_the_attempt_that_the_person_began_on_the_portal_goes_on_at_the_bank(calls: Bank, resident: User) -> None:
    begun = cases.begin(resident, "bank")
    calls.begin(resident)
    assert PartnerAttempt.objects.get().attempt == begun


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [("id_number", "2000000007", "id_number_checksum"), ("id_number", "0512345678", "id_number_leading_zero"),
     ("mobile", "0112345678", "mobile_landline"), ("mode", "teller", "enum")],
)  # fmt: skip
def test_input_that_breaks_a_rule_names_field_and_rule(
    field: str, value: str, rule: str, calls: Bank, resident: User
) -> None:
    told = calls.post(
        "begin_attempt",
        **({"id_number": resident.id_number, "mobile": resident.mobile, "mode": "app"} | {field: value}),
    )
    assert _problem(told) == (422, "invalid-input")
    assert [(error["field"].rpartition(".")[2], error["rule"]) for error in told.told["errors"]] == [(field, rule)]


# With what every signed write asks (test_signed_calls.py), and without beginnings and ends of transactions and nudges.
BEGIN_QUERIES, CONFIRM_QUERIES = 23, 30


def _statements(queries: Any) -> list[str]:
    asked = [query["sql"] for query in queries.captured_queries]
    return [sql for sql in asked if not sql.startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SELECT pg_notify"))]


def test_an_activation_asks_the_database_so_often(calls: Bank, resident: User, phone: Phone) -> None:
    with CaptureQueriesContext(connection) as begin:
        reference = calls.begin(resident).told["reference"]
    code = phone.newest_code()
    with CaptureQueriesContext(connection) as confirm:
        assert calls.confirm(reference, code).status == 200
    assert (len(_statements(begin)), len(_statements(confirm))) == (BEGIN_QUERIES, CONFIRM_QUERIES)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_confirmations_at_once_one_activates_and_all_are_told(
    calls: Bank, resident: User, phone: Phone
) -> None:
    reference = calls.begin(resident).told["reference"]
    code = phone.newest_code()
    answers = at_the_same_moment([lambda: calls.confirm(reference, code)] * 8)
    statuses = [getattr(answer, "status", answer) for answer in answers]
    assert 200 in statuses and set(statuses) <= {200, 409}
    assert [message.purpose for message in phone.messages()].count("activated") == 1
    assert OneTimeCode.objects.get().tries <= 5


@pytest.fixture
def tester(make_program: Callable[..., Program]) -> Bank:
    """Of a bank that is in test still."""
    return Bank(make_program(admit("bank-in-test")))


@pytest.mark.parametrize(
    ("number", "slug"),
    [("1000000008", "mobile-differs"), ("1012345672", "already-activated"), ("2123456788", "no-fingerprint"),
     ("2999999994", "not-eligible"), ("1111111116", "no-claim")],
)  # fmt: skip
def test_magic_numbers_give_a_bank_in_test_each_outcome(number: str, slug: str, tester: Bank) -> None:
    answer = tester.post("look_up", id_number=number, mobile="0512345678")
    assert _problem(answer)[1] == slug


@pytest.mark.parametrize(
    ("code", "slug"),
    [
        ("111111", "code-ended"),
        ("222222", "codes-rest"),
        ("333333", "attempt-ended"),
        ("444444", "call-in-flight"),
        ("471302", "code-wrong"),
    ],
)
def test_magic_codes_give_a_bank_in_test_each_outcome(code: str, slug: str, tester: Bank) -> None:
    assert _problem(tester.confirm("test-begun", code))[1] == slug


def test_a_bank_in_test_walks_the_whole_way_and_meets_nobody(tester: Bank, resident: User) -> None:
    assert resident.id_number == "2000000006"
    begun = tester.begin(resident)
    assert (begun.status, begun.told["sent_to"]) == (201, "05••••••21")
    assert tester.post("send_code_again", begun.told["reference"]).status == 200
    assert tester.confirm(begun.told["reference"], "123456").told["state"] == "activated"
    standing = [
        tester.program.get(reverse("partner_api:about_attempt", args=[f"test-{name}"]))
        for name in ("begun", "activated", "x")
    ]
    assert [answer.status for answer in standing] == [200, 200, 404]
    resident.refresh_from_db()
    assert resident.state == State.REGISTERED
    assert not (PartnerAttempt.objects.exists() or Message.objects.exists() or OneTimeCode.objects.exists())


def _may_nothing(bank: Partner, _person: Person) -> None:
    agreement = agreement_of(bank, purposes=(Purpose.LIFT_OF_PAUSE,))
    admission.change(bank, agreement, state=bank.state, actor=None)


def _left(_bank: Partner, person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(life=Life.LEFT)


@pytest.mark.parametrize(
    ("change", "told"), [(_may_nothing, (403, "purpose-not-allowed")), (_left, (409, "not-eligible"))]
)
def test_what_held_when_an_attempt_began_has_to_hold_at_its_end(
    change: Callable[[Partner, Person], None],
    told: tuple[int, str],
    calls: Bank,
    bank: Partner,
    person: Person,
    resident: User,
    phone: Phone,
) -> None:
    reference = calls.begin(resident).told["reference"]
    change(bank, person)
    assert _problem(calls.confirm(reference, phone.newest_code())) == told
    assert _problem(calls.post("send_code_again", reference)) == told
    resident.refresh_from_db()
    assert (resident.state, OneTimeCode.objects.get().tries) == (State.REGISTERED, 0)
