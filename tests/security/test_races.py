"""Parallel requests gain nothing: OTP-1, OTP-2, ID-3 and LOG-1 of the security requirements."""

from collections.abc import Callable

import pytest
from django.db import transaction

from accounts.actions import claims, codes, profile, recovery, registration, sign_in
from accounts.claim import Claim
from accounts.flows import CodeFlow, RecoveryFlow, RecoveryProof
from accounts.models import CODE_TRIES, OneTimeCode, Purpose, User
from accounts.states import State
from activation.actions import cases, visits
from activation.actions.cases import ActivationRefused
from activation.actions.visits import Document
from activation.models import Fingerprint
from audit.events import Event
from audit.models import Entry
from messaging.models import Message
from registry.models import Person
from tests.cast import PASSWORD, RESIDENT_NUMBER, Phone, in_no_browser, luhn_number
from tests.parallel import at_the_same_moment

pytestmark = pytest.mark.django_db(transaction=True)


def test_fifty_guesses_at_one_code_are_compared_five_times(begun: CodeFlow, phone: Phone) -> None:
    wrong = [f"{number:06}" for number in range(50) if f"{number:06}" != phone.newest_code()]
    outcomes = at_the_same_moment([lambda guess=guess: codes.take(begun, guess) for guess in wrong])
    assert sum(isinstance(outcome, codes.WrongCode) for outcome in outcomes) <= CODE_TRIES
    assert all(isinstance(outcome, codes.CodeRefused) for outcome in outcomes)
    assert OneTimeCode.objects.get().tries <= CODE_TRIES


def test_the_right_code_works_once_of_twenty(begun: CodeFlow, phone: Phone) -> None:
    code = phone.newest_code()
    outcomes = at_the_same_moment([lambda: registration.prove_mobile(begun, code, keep=in_no_browser)] * 20)
    assert outcomes.count(None) == 1
    assert all(isinstance(outcome, codes.CodeRefused) for outcome in outcomes if outcome is not None)
    assert Entry.objects.filter(event=Event.REGISTRATION_FINISHED).count() == 1


def test_the_code_of_a_recovery_works_once_of_twenty_and_one_password_is_set(activated: User, phone: Phone) -> None:
    flow = recovery.answer(RecoveryFlow(activated.id_number, activated.mobile), "2029-01-31", client_ip="198.51.100.7")
    code = phone.newest_code()
    outcomes = at_the_same_moment([lambda: recovery.prove(flow, code)] * 20)
    (proof,) = [outcome for outcome in outcomes if isinstance(outcome, RecoveryProof)]
    assert sum(isinstance(outcome, codes.CodeRefused) for outcome in outcomes) == 19
    assert Entry.objects.filter(event=Event.ACCOUNT_RECOVERED).count() == 1
    user = recovery.account_of(proof)
    outcomes = at_the_same_moment([lambda n=n: profile.set_password(user, f"Green{n}Harbour") for n in range(8)])
    assert outcomes.count(None) == 1
    assert Message.objects.filter(purpose="password_changed").count() == 1


def test_of_fifty_parallel_answers_ten_are_compared(activated: User) -> None:
    flow = RecoveryFlow(activated.id_number, activated.mobile)
    outcomes = at_the_same_moment([lambda: recovery.answer(flow, "2029-01-30", client_ip="198.51.100.7")] * 50)
    assert sum(isinstance(outcome, recovery.AnswerRefused) for outcome in outcomes) == 10
    assert sum(isinstance(outcome, recovery.AnswersLocked) for outcome in outcomes) == 40
    with pytest.raises(recovery.AnswersLocked):
        recovery.answer(flow, "2029-01-31", client_ip="203.0.113.9")


def test_of_eight_people_who_finish_with_one_username_one_gets_it(
    claim: Callable[..., Claim], make_person: Callable[..., Person]
) -> None:
    people = [make_person(luhn_number(f"20000010{n}")) for n in range(8)]
    mobiles = [f"+96651234560{n}" for n in range(8)]
    claimed = [
        claim(id_number=p.id_number, mobile=m, username="Samer2026") for p, m in zip(people, mobiles, strict=True)
    ]
    flows = [registration.register(one, client_ip="198.51.100.7", keep=in_no_browser) for one in claimed]
    proofs = [(flow, Phone(mobile).newest_code()) for flow, mobile in zip(flows, mobiles, strict=True)]
    outcomes = at_the_same_moment(
        [
            lambda flow=flow, code=code: registration.prove_mobile(flow, code, keep=in_no_browser)
            for flow, code in proofs
        ]
    )
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, registration.UsernameTaken) for outcome in outcomes) == 7


def test_of_eight_claims_to_one_number_one_is_activated(person: Person, make_account: Callable[..., User]) -> None:
    rivals = [make_account(f"claim{n}2026", RESIDENT_NUMBER, f"+96651234560{n}") for n in range(8)]

    def activate(user: User) -> None:
        with transaction.atomic():
            claims.take_turn(user)
            claims.activate(user, actor=None, channel="officer")

    outcomes = at_the_same_moment([lambda user=user: activate(user) for user in rivals])
    assert outcomes.count(None) == 1
    assert all(isinstance(outcome, claims.AlreadyActivated) for outcome in outcomes if outcome is not None)
    assert User.objects.filter(state=State.ACTIVATED).count() == 1
    assert User.objects.filter(state=State.REGISTERED).count() == 0


def test_of_eight_accounts_with_one_mobile_one_keeps_it(
    make_person: Callable[..., Person], make_account: Callable[..., User]
) -> None:
    people = [make_person(luhn_number(f"20000010{n}")) for n in range(8)]
    users = [make_account(f"claim{n}2026", person.id_number, "+966512345621") for n, person in enumerate(people)]

    def activate(user: User) -> None:
        with transaction.atomic():
            claims.take_turn(user)
            claims.activate(user, actor=None, channel="officer")

    at_the_same_moment([lambda user=user: activate(user) for user in users])
    assert User.objects.filter(state=State.ACTIVATED, mobile="+966512345621").count() == 1


def test_of_twenty_parallel_passwords_five_are_tried(resident: User) -> None:
    outcomes = at_the_same_moment(
        [
            lambda n=n: sign_in.check_password(resident.username, f"Wrong{n}Guess", client_ip=f"198.51.100.{n}")
            for n in range(20)
        ]
    )
    assert sum(isinstance(outcome, sign_in.WrongPassword) for outcome in outcomes) == 5
    assert sum(isinstance(outcome, sign_in.SignInLocked) for outcome in outcomes) == 15
    with pytest.raises(sign_in.SignInLocked) as locked:
        sign_in.check_password(resident.username, PASSWORD, client_ip="203.0.113.9")
    assert 14 * 60 < locked.value.retry_in_seconds <= 15 * 60 + 1


def test_two_purposes_do_not_share_a_code(resident: User, phone: Phone) -> None:
    flow = sign_in.send_code(resident, client_ip="198.51.100.7")
    of_another_purpose = CodeFlow(Purpose.REGISTRATION, flow.user_id, flow.key)
    with pytest.raises(codes.CodeRefused):
        codes.take(of_another_purpose, phone.newest_code())


def test_of_eight_officers_with_rival_claims_in_front_of_them_one_activates(
    person: Person, make_account: Callable[..., User], officer: User
) -> None:
    users = [make_account(f"claim{n}2026", RESIDENT_NUMBER, f"+96651234560{n}") for n in range(8)]
    attempts = [cases.begin(user, "officer") for user in users]
    document = Document(RESIDENT_NUMBER, person.name_en, person.birth_date)
    outcomes = at_the_same_moment(
        [
            lambda attempt=attempt: visits.check_document(attempt, officer, document, Fingerprint.MATCHED)
            for attempt in attempts
        ]
    )
    assert outcomes.count([]) == 1
    assert all(isinstance(outcome, ActivationRefused) for outcome in outcomes if outcome != [])
    assert User.objects.filter(state=State.ACTIVATED).count() == 1
    assert Message.objects.filter(purpose="activated").count() == 1
