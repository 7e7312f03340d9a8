"""Changes of mobile that meet: one outcome, whoever is faster (ID-4)."""

import threading

import pytest
from django.db import transaction

from accounts.actions import codes, mobiles, profile, registration
from accounts.flows import CodeFlow
from accounts.models import MobileChange, User
from accounts.states import MobileChangeState, State
from activation.actions import cases, visits
from activation.actions.cases import ActivationRefused
from activation.models import Fingerprint
from core import clock
from core.states import MoveRefused
from messaging.models import Message, SendCounter
from tests.activation.test_purposes import PAPER
from tests.cast import Phone, in_no_browser
from tests.parallel import at_the_same_moment, somebody_waits_for_this_transaction
from tests.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

NEW = Phone("+966598765432")
ADDRESS = "198.51.100.7"


@pytest.fixture
def due(activated: User) -> MobileChange:
    change = mobiles.ask(activated, NEW.mobile)
    mobiles.prove(change, at_once=False, actor=activated)
    MobileChange.objects.update(moves_at=clock.now())
    return change


def _no_error(outcomes: list[object]) -> None:
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []


def test_eight_beats_move_a_number_once(due: MobileChange) -> None:
    outcomes = at_the_same_moment([mobiles.move_due] * 8)
    _no_error(outcomes)
    assert (outcomes.count(0), outcomes.count(1)) == (7, 1)
    assert Message.objects.filter(purpose="mobile_changed").count() == 2


def test_a_number_moves_or_is_stopped_and_never_both(due: MobileChange, activated: User) -> None:
    outcomes = at_the_same_moment([*[mobiles.move_due] * 4, *[lambda: mobiles.withdraw(activated)] * 4])
    _no_error(outcomes)
    due.refresh_from_db()
    has_moved = User.objects.get().mobile == NEW.mobile
    assert sum(map(int, outcomes)) == 1
    assert due.state == (MobileChangeState.MOVED if has_moved else MobileChangeState.WITHDRAWN)
    told = "mobile_changed" if has_moved else "mobile_stays"
    assert {m.purpose for m in Message.objects.all()} == {"mobile_will_move", told}


def test_a_number_moves_or_the_account_is_paused_first(due: MobileChange, activated: User) -> None:
    outcomes = at_the_same_moment([*[mobiles.move_due] * 4, lambda: profile.pause(activated)])
    _no_error(outcomes)
    due.refresh_from_db()
    account = User.objects.get()
    assert account.state == State.PAUSED
    assert (account.mobile == NEW.mobile) == (due.state == MobileChangeState.MOVED)


def test_two_accounts_that_want_one_number_end_with_one_that_has_it(activated: User, stranger: User) -> None:
    changes = [mobiles.ask(activated, NEW.mobile), mobiles.ask(stranger, NEW.mobile)]
    for change in changes:
        mobiles.prove(change, at_once=False, actor=None)
    MobileChange.objects.update(moves_at=clock.now())
    _no_error(at_the_same_moment([mobiles.move_due] * 6))
    assert User.objects.get(pk=stranger.pk).mobile == NEW.mobile
    earlier = User.objects.get(pk=activated.pk)
    assert earlier.mobile in ("", activated.mobile)
    assert not MobileChange.objects.under_way().exists()


def test_two_that_want_each_others_numbers_do_not_block_each_other(activated: User, stranger: User) -> None:
    for user, other in ((activated, stranger), (stranger, activated)):
        mobiles.prove(mobiles.ask(user, other.mobile), at_once=False, actor=None)
    MobileChange.objects.update(moves_at=clock.now())
    _no_error(at_the_same_moment([mobiles.move_due] * 6))
    assert not MobileChange.objects.under_way().exists()


def test_the_code_of_a_new_number_works_once_of_eight(activated: User) -> None:
    flow = mobiles.begin(activated, NEW.mobile, client_ip=ADDRESS)
    code = NEW.newest_code()
    outcomes = at_the_same_moment([lambda: mobiles.prove_number(flow, code, old_is_lost=True)] * 8)
    assert sum(isinstance(outcome, MobileChange) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, codes.CodeRefused) for outcome in outcomes) == 7
    assert MobileChange.objects.count() == 1


def test_of_two_tabs_with_two_numbers_one_change_is_left(activated: User) -> None:
    phones = [Phone(f"+96659876543{n}") for n in range(4)]
    flows = [(mobiles.begin(activated, phone.mobile, client_ip=ADDRESS), phone.newest_code()) for phone in phones]
    outcomes = at_the_same_moment([
        lambda flow=flow, code=code: mobiles.prove_number(flow, code, old_is_lost=True) for flow, code in flows
    ])  # fmt: skip
    _no_error(outcomes)
    assert MobileChange.objects.under_way().count() == 1


def test_the_consent_of_the_old_number_counts_once_of_eight(activated: User, phone: Phone) -> None:
    change = mobiles.ask(activated, NEW.mobile)
    flow, code = mobiles.ask_for_consent(change, client_ip=ADDRESS), phone.newest_code()
    outcomes = at_the_same_moment([lambda: mobiles.consent(flow, code, change.pk)] * 8)
    assert outcomes.count(None) == 1
    assert all(isinstance(outcome, codes.CodeRefused | MoveRefused) for outcome in outcomes if outcome is not None)
    assert Message.objects.filter(purpose="mobile_changed").count() == 2


def test_fifty_guesses_at_the_code_of_a_new_number_are_compared_five_times(activated: User) -> None:
    flow = mobiles.begin(activated, NEW.mobile, client_ip=ADDRESS)
    wrong = [f"{n:06}" for n in range(50) if f"{n:06}" != NEW.newest_code()]
    outcomes = at_the_same_moment([
        lambda guess=guess: mobiles.prove_number(flow, guess, old_is_lost=True) for guess in wrong
    ])  # fmt: skip
    assert sum(isinstance(outcome, codes.WrongCode) for outcome in outcomes) <= 5


def test_codes_to_new_numbers_keep_to_the_budget_under_parallel_requests(activated: User) -> None:
    outcomes = at_the_same_moment([
        lambda n=n: mobiles.begin(activated, f"+9665987654{n:02}", client_ip=ADDRESS) for n in range(20)
    ])  # fmt: skip
    assert all(isinstance(outcome, CodeFlow) for outcome in outcomes)
    assert Message.objects.filter(purpose="new_mobile_code").count() == codes.SENDS_PER_ID_NUMBER.limit


def test_an_officers_proof_and_another_number_asked_for_have_one_outcome(activated: User, officer: User) -> None:
    mobiles.ask(activated, NEW.mobile)
    attempt, other = cases.begin(activated, "officer"), Phone("+966598765499")
    flow = mobiles.begin(activated, other.mobile, client_ip=ADDRESS)
    code = other.newest_code()
    proven, _asked = at_the_same_moment([
        lambda: visits.check_document(attempt, officer, PAPER, Fingerprint.MATCHED),
        lambda: mobiles.prove_number(flow, code, old_is_lost=True),
    ])  # fmt: skip
    mobile = User.objects.get(pk=activated.pk).mobile
    assert mobile == (activated.mobile if isinstance(proven, ActivationRefused) else NEW.mobile)
    assert other.mobile != mobile
    assert proven == [] or isinstance(proven, ActivationRefused)


def test_of_two_stops_one_is_told_that_there_was_something(due: MobileChange, activated: User) -> None:
    outcomes = at_the_same_moment([lambda: mobiles.withdraw(activated)] * 8)
    assert sorted(map(int, outcomes)) == [0] * 7 + [1]
    assert Message.objects.filter(purpose="mobile_stays").count() == 2


def test_a_code_that_another_page_sends_to_the_number_before_proves_nothing(begun: CodeFlow, phone: Phone) -> None:
    """That page had read the account just before its number was changed here."""
    before = codes.account_of(begun)
    registration.change_mobile(begun, NEW.mobile, client_ip=ADDRESS)
    with transaction.atomic():
        codes.write(begun, before)
    with pytest.raises(codes.WrongCode):
        registration.prove_mobile(begun, phone.newest_code(), keep=in_no_browser)
    assert User.objects.get().mobile_proven_at is None


@pytest.mark.postgres
def test_a_code_asked_for_again_while_another_page_changes_the_number_goes_there(begun: CodeFlow) -> None:
    SendCounter.objects.all().delete()
    has_changed = threading.Event()

    @transaction.atomic
    def change() -> None:
        user = codes.account_of(begun)
        user.mobile = NEW.mobile
        user.save(update_fields=["mobile"])
        codes.write(begun, user)
        has_changed.set()
        wait_until(somebody_waits_for_this_transaction)

    def ask_again() -> None:
        has_changed.wait(PATIENCE_SECONDS)
        codes.resend(begun)

    assert at_the_same_moment([change, ask_again]) == [None, None]
    registration.prove_mobile(begun, NEW.newest_code(), keep=in_no_browser)
    assert User.objects.get().state == State.REGISTERED


@pytest.mark.postgres
def test_no_code_is_written_for_a_claim_that_ends_while_it_is_asked_for_again(begun: CodeFlow) -> None:
    SendCounter.objects.all().delete()
    is_going = threading.Event()

    @transaction.atomic
    def end() -> None:
        User.objects.all().delete()
        is_going.set()
        wait_until(somebody_waits_for_this_transaction)

    def ask_again() -> None:
        is_going.wait(PATIENCE_SECONDS)
        codes.resend(begun)

    assert at_the_same_moment([end, ask_again]) == [None, None]
    assert Message.objects.count() == 1
