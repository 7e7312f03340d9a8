"""Another mobile number with the old SIM at hand: a code to the new number, then one to the old."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.actions import codes, mobiles
from accounts.flows import CodeFlow
from accounts.models import MobileChange, Purpose, TryCounter, User
from accounts.states import MobileChangeState, State
from audit.events import Event
from audit.models import Entry
from core import clock
from core.states import MoveRefused
from messaging.models import Message, SendCounter
from tests.cast import PASSWORD, Phone
from tests.cast import sign_in as signed_in
from tests.walk import path

pytestmark = pytest.mark.django_db

NEW = Phone("+966598765432")
MOVED = "Your mobile number is changed, and both numbers are told."
ENDED = "This change of your mobile number has ended"


@pytest.fixture
def at_home(activated: User) -> Client:
    client = signed_in(Client(), activated)
    SendCounter.objects.all().delete()
    return client


def ask(client: Client, **facts: str) -> HttpResponse:
    return client.post(path("new_mobile"), {"mobile": "0598765432", "old_password": PASSWORD} | facts)


def to_consent(client: Client) -> HttpResponse:
    ask(client)
    return client.post(path("new_mobile_code"), {"code": NEW.newest_code()})


def consent(client: Client, phone: Phone) -> HttpResponse:
    return client.post(path("new_mobile_consent"), {"code": phone.newest_code()}, follow=True)


def test_two_codes_move_the_account_at_once_and_tell_both_numbers(
    at_home: Client, activated: User, phone: Phone
) -> None:
    SendCounter.objects.all().delete()
    elsewhere, key = signed_in(Client(), activated), at_home.cookies["session"].value
    SendCounter.objects.all().delete()
    assert path("new_mobile") in at_home.get(path("account")).text
    assert ask(at_home).url == path("new_mobile_code")
    assert NEW.newest_text().startswith("New mobile code: ")
    assert at_home.post(path("new_mobile_code"), {"code": NEW.newest_code()}).url == path("new_mobile_consent")
    assert phone.newest_text().startswith("Mobile change code: ")
    page = consent(at_home, phone)
    assert page.redirect_chain == [(path("account"), 302)] and MOVED in page.text and "05••••••32" in page.text
    assert User.objects.get().mobile == NEW.mobile
    assert at_home.cookies["session"].value != key
    assert [client.get(path("dashboard")).status_code for client in (at_home, elsewhere)] == [200, 302]
    assert [NEW.newest().purpose, phone.newest().purpose] == ["mobile_changed"] * 2
    assert MobileChange.objects.get().state == MobileChangeState.MOVED
    assert Entry.objects.filter(event=Event.MOBILE_CHANGED, actor_id=activated.pk).count() == 1


def test_a_registered_account_changes_its_mobile_too_and_takes_it_from_nobody(
    resident: User, phone: Phone, stranger: User
) -> None:
    client = signed_in(Client(), resident)
    SendCounter.objects.all().delete()
    ask(client, mobile="0555555577")
    client.post(path("new_mobile_code"), {"code": Phone(stranger.mobile).newest_code()})
    assert MOVED in consent(client, phone).text
    resident.refresh_from_db()
    stranger.refresh_from_db()
    assert (resident.mobile, resident.state) == ("+966555555577", State.REGISTERED)
    assert (stranger.mobile, stranger.state) == ("+966555555577", State.ACTIVATED)


def test_who_holds_the_number_loses_it_and_is_told(at_home: Client, stranger: User, phone: Phone) -> None:
    theirs = signed_in(Client(), stranger)
    SendCounter.objects.all().delete()
    ask(at_home, mobile="0555555577")
    assert User.objects.get(pk=stranger.pk).state == State.ACTIVATED
    at_home.post(path("new_mobile_code"), {"code": Phone(stranger.mobile).newest_code()})
    consent(at_home, phone)
    holder = User.objects.get(pk=stranger.pk)
    assert (holder.state, holder.mobile) == (State.REGISTERED, "")
    assert "mobile_moved" in [message.purpose for message in Phone(stranger.mobile).messages()]
    assert theirs.get(path("dashboard")).status_code == 302


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"mobile": "0512345621"}, "This is the number that the account has already. Type the new one."),
        ({"mobile": "+966 51 234 5621"}, "This is the number that the account has already. Type the new one."),
        ({"mobile": ""}, "Type your mobile number."),
        ({"mobile": "0112345678"}, "a landline cannot receive the code"),
        ({"mobile": "+201001234567"}, "Codes are sent to Saudi mobile numbers only."),
        ({"mobile": "05123"}, "A mobile number has 10 digits"),
        ({"mobile": "2000000006"}, "This looks like an ID or iqama number."),
        ({"old_password": "Wrong1Guess"}, "This is not your present password. Type it again."),
        ({"old_password": ""}, "Type your present password."),
    ],
)
def test_what_does_not_do_is_said_and_nothing_is_sent(facts: dict[str, str], sentence: str, at_home: Client) -> None:
    page = ask(at_home, **facts)
    assert page.status_code == 200 and sentence in page.text
    assert not Message.objects.filter(purpose="new_mobile_code").exists()
    assert facts.get("mobile", "0598765432") in page.text


def test_wrong_passwords_count_like_those_of_the_sign_in(at_home: Client) -> None:
    for n in range(5):
        ask(at_home, old_password=f"Wrong{n}Guess")
    assert "Too many wrong passwords were typed." in ask(at_home).text
    assert not Message.objects.filter(purpose="new_mobile_code").exists()


def test_the_pages_of_the_codes_are_reached_in_their_order_only(at_home: Client, phone: Phone) -> None:
    assert at_home.get(path("new_mobile_code")).url == path("new_mobile")
    assert at_home.post(path("new_mobile_resend")).url == path("new_mobile")
    assert at_home.get(path("new_mobile_consent")).url == path("account")
    ask(at_home)
    assert at_home.get(path("new_mobile_consent")).url == path("account")
    assert at_home.post(path("new_mobile_consent"), {"code": NEW.newest_code()}).url == path("account")
    assert User.objects.get().mobile == phone.mobile


def test_the_code_of_the_new_number_is_no_consent(at_home: Client, phone: Phone) -> None:
    to_consent(at_home)
    page = at_home.post(path("new_mobile_consent"), {"code": NEW.newest_code()}, follow=True)
    assert "That is not the code of the newest message." in page.text
    assert User.objects.get().mobile == phone.mobile


def test_both_codes_can_be_asked_for_again(at_home: Client, phone: Phone) -> None:
    ask(at_home)
    SendCounter.objects.all().delete()
    first = NEW.newest_code()
    assert at_home.post(path("new_mobile_resend")).url == path("new_mobile_code")
    assert NEW.newest_code() != first
    at_home.post(path("new_mobile_code"), {"code": NEW.newest_code()})
    SendCounter.objects.all().delete()
    assert at_home.post(path("new_mobile_consent_resend")).url == path("new_mobile_consent")
    assert MOVED in consent(at_home, phone).text


def test_a_consent_is_for_the_number_it_was_asked_for(at_home: Client, activated: User, phone: Phone) -> None:
    to_consent(at_home)
    mobiles.ask(activated, "+966598765499")
    assert ENDED in consent(at_home, phone).text
    assert User.objects.get().mobile == phone.mobile


def test_a_change_whose_old_code_is_not_typed_is_shown_and_stopped(at_home: Client, phone: Phone) -> None:
    to_consent(at_home)
    for name in ("account", "dashboard"):
        page = at_home.get(path(name)).text
        assert "Stop this change" in page and "05••••••32" in page
    assert Client().post(path("new_mobile_stop")).url == path("login")
    page = at_home.post(path("new_mobile_stop"), follow=True).text
    assert "The change of your mobile number is stopped." in page and "Stop this change" not in page
    assert ENDED in consent(at_home, phone).text
    assert ENDED in at_home.post(path("new_mobile_stop"), follow=True).text
    assert User.objects.get().mobile == phone.mobile
    assert NEW.newest().purpose == "new_mobile_code"


def test_who_lost_the_old_mobile_goes_on_to_the_ways_to_be_proven(at_home: Client) -> None:
    to_consent(at_home)
    assert path("activation") in at_home.get(path("new_mobile_consent")).text
    page = at_home.get(path("activation")).text
    assert "Prove that the account is yours" in page and "The account moves to the new number at once." in page


def test_wrong_codes_for_a_new_number_do_not_lock_the_sign_in(activated: User) -> None:
    for n in range(2):
        SendCounter.objects.all().delete()
        flow = mobiles.begin(activated, NEW.mobile, client_ip="198.51.100.7")
        for guess in range(5):
            with pytest.raises(codes.WrongCode):
                codes.take(flow, _wrong(NEW.newest_code(), n + guess))
    SendCounter.objects.all().delete()
    with pytest.raises(codes.CodesLocked):
        codes.take(mobiles.begin(activated, NEW.mobile, client_ip="198.51.100.7"), "000000")
    other = mobiles.begin(activated, "+966598765499", client_ip="198.51.100.7")
    with pytest.raises(codes.CodesLocked):
        codes.take(other, "000000")
    assert codes.refusal(activated, "198.51.100.7") is None


def _wrong(code: str, shift: int) -> str:
    return f"{(int(code) + 1 + shift) % 1_000_000:06d}"


def test_codes_to_new_numbers_have_a_budget_of_their_own(activated: User) -> None:
    for n in range(codes.SENDS_PER_ID_NUMBER.limit):
        mobiles.begin(activated, f"+96659876540{n}", client_ip="198.51.100.7")
    flow = mobiles.begin(activated, "+966598765409", client_ip="198.51.100.7")
    assert Phone("+966598765409").messages() == [] and codes.current(flow) is None
    codes.spend_to_send(activated, "198.51.100.7")
    for n in range(5):
        TryCounter.objects.filter(key__startswith="sends-id-number").delete()
        SendCounter.objects.filter(key__startswith="sends-id-number").delete()
        mobiles.begin(activated, f"+96659876550{n}", client_ip="198.51.100.7")
    TryCounter.objects.filter(key__startswith="sends-id-number").delete()
    SendCounter.objects.filter(key__startswith="sends-id-number").delete()
    refusal = codes.refusal(activated, "198.51.100.7", mobile="+966598765509")
    assert isinstance(refusal, codes.OverBudget) and refusal.budget == codes.SENDS_TO_OTHERS


def test_the_page_says_that_all_codes_to_new_numbers_are_sent(at_home: Client, activated: User) -> None:
    for n in range(codes.SENDS_TO_OTHERS.limit):
        SendCounter.objects.exclude(key__startswith=codes.SENDS_TO_OTHERS.name).delete()
        mobiles.begin(activated, f"+96659876540{n}", client_ip="198.51.100.7")
    SendCounter.objects.exclude(key__startswith=codes.SENDS_TO_OTHERS.name).delete()
    ask(at_home)
    page = at_home.get(path("new_mobile_code")).text
    assert "All the codes that an account sends to new numbers within a day (10) have been sent." in page


def test_a_code_of_another_purpose_or_number_proves_no_new_number(activated: User, phone: Phone) -> None:
    flow = mobiles.begin(activated, NEW.mobile, client_ip="198.51.100.7")
    for other in (
        CodeFlow(Purpose.NEW_MOBILE, activated.pk, flow.key, "+966598765499"),
        CodeFlow(Purpose.OLD_MOBILE, activated.pk, flow.key),
    ):
        with pytest.raises(codes.CodeRefused):
            mobiles.prove_number(other, NEW.newest_code(), old_is_lost=True)
    assert not MobileChange.objects.exists()


def test_asking_again_for_the_same_number_goes_on_and_another_number_replaces_it(activated: User) -> None:
    first = mobiles.ask(activated, NEW.mobile)
    assert mobiles.ask(activated, NEW.mobile).pk == first.pk
    second = mobiles.ask(activated, "+966598765499")
    first.refresh_from_db()
    assert (first.state, second.state) == (MobileChangeState.WITHDRAWN, MobileChangeState.ASKED)


@pytest.fixture
def waiting(activated: User) -> MobileChange:
    """Proven from afar: the old number has been told."""
    change = mobiles.ask(activated, NEW.mobile)
    mobiles.prove(change, at_once=False, actor=activated)
    change.refresh_from_db()
    return change


def _is_due(change: MobileChange) -> None:
    MobileChange.objects.filter(pk=change.pk).update(moves_at=clock.now())


def test_a_change_that_waits_moves_after_24_hours_by_the_databases_clock(
    waiting: MobileChange, activated: User, phone: Phone
) -> None:
    assert waiting.moves_at and abs(waiting.moves_at - clock.read() - timedelta(hours=24)) < timedelta(seconds=30)
    assert "your account moves to another mobile in 24 hours" in phone.newest_text()
    assert mobiles.move_due() == 0 and User.objects.get().mobile == phone.mobile
    _is_due(waiting)
    assert (mobiles.move_due(), mobiles.move_due()) == (1, 0)
    account = User.objects.get()
    assert (account.mobile, account.mobile_proven_at) == (NEW.mobile, waiting.asked_at)
    assert [NEW.newest().purpose, phone.newest().purpose] == ["mobile_changed"] * 2


def test_the_holder_of_the_old_number_sees_when_it_moves_and_stops_it(
    waiting: MobileChange, at_home: Client, phone: Phone
) -> None:
    page = at_home.get(path("dashboard")).text
    assert "You are proven. The account moves to this number on" in page
    assert "The new number works soon" in at_home.get(path("activation")).text
    at_home.post(path("new_mobile_stop"))
    _is_due(waiting)
    assert mobiles.move_due() == 0 and User.objects.get().mobile == phone.mobile
    assert [NEW.newest().purpose, phone.newest().purpose] == ["mobile_stays"] * 2


def test_while_a_proven_change_waits_another_number_is_not_asked_for(
    waiting: MobileChange, at_home: Client, activated: User
) -> None:
    assert 'name="mobile"' not in at_home.get(path("new_mobile")).text
    page = ask(at_home, mobile="0598765499").text
    assert "Stop it first, or wait until it is done." in page and "Stop this change" in page
    with pytest.raises(mobiles.ChangeWaits):
        mobiles.ask(activated, "+966598765499")
    waiting.refresh_from_db()
    assert waiting.state == MobileChangeState.WAITING


def test_a_number_that_another_account_proved_later_stays_there(
    waiting: MobileChange, stranger: User, phone: Phone
) -> None:
    User.objects.filter(pk=stranger.pk).update(mobile=NEW.mobile, mobile_proven_at=clock.now())
    _is_due(waiting)
    assert mobiles.move_due() == 0
    assert User.objects.get(pk=stranger.pk).mobile == NEW.mobile
    assert User.objects.get(pk=waiting.user_id).mobile == phone.mobile
    assert phone.newest().purpose == "mobile_stays"
    waiting.refresh_from_db()
    assert waiting.state == MobileChangeState.WITHDRAWN


def test_of_two_accounts_that_ask_for_one_number_the_later_proof_keeps_it(activated: User, stranger: User) -> None:
    earlier, later = mobiles.ask(activated, NEW.mobile), mobiles.ask(stranger, NEW.mobile)
    MobileChange.objects.filter(pk=earlier.pk).update(asked_at=clock.ahead(-timedelta(hours=1)))
    mobiles.prove(later, at_once=True, actor=None)
    earlier.refresh_from_db()
    with pytest.raises(MoveRefused):
        mobiles.prove(earlier, at_once=True, actor=None)
    assert User.objects.get(pk=stranger.pk).mobile == NEW.mobile


def test_an_account_that_lost_its_own_number_meanwhile_moves_no_more(
    waiting: MobileChange, activated: User, stranger: User
) -> None:
    mobiles.move(stranger, activated.mobile, actor=None)
    waiting.refresh_from_db()
    assert waiting.state == MobileChangeState.WITHDRAWN


def test_a_change_nobody_proves_ends_after_72_hours(activated: User) -> None:
    change = mobiles.ask(activated, NEW.mobile)
    assert mobiles.purge() == 0
    MobileChange.objects.update(asked_at=clock.ahead(-mobiles.ASKED_LIFE))
    MobileChange.objects.update(held_until=clock.ahead(timedelta(minutes=1)))
    assert mobiles.purge() == 0
    MobileChange.objects.update(held_until=clock.now())
    assert mobiles.purge() == 1
    change.refresh_from_db()
    assert change.state == MobileChangeState.WITHDRAWN and not NEW.messages()


def test_a_change_that_waits_is_not_ended_by_its_age_and_old_ones_are_forgotten(waiting: MobileChange) -> None:
    MobileChange.objects.update(asked_at=clock.ahead(-mobiles.ASKED_LIFE))
    assert mobiles.purge() == 0
    mobiles.withdraw(waiting.user)
    MobileChange.objects.update(ended_at=clock.ahead(-mobiles.KEPT - timedelta(minutes=1)))
    mobiles.purge()
    assert not MobileChange.objects.exists()


def test_the_tasks_of_the_beat_move_and_forget(waiting: MobileChange, make_account: Callable[..., User]) -> None:
    from accounts import tasks

    _is_due(waiting)
    tasks.move_mobiles()
    tasks.purge()
    assert User.objects.get().mobile == NEW.mobile
