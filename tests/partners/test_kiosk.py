"""A visit to a kiosk: the index fingers prove the person, a code the mobile, and what the visit is for is done."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from accounts.actions import mobiles, profile
from accounts.models import OneTimeCode, User
from accounts.rules import PASSWORD_RULES, broken, new_temporary_password
from accounts.states import State
from activation.actions import at_kiosks, at_machines, cases
from activation.fingerprints import Named
from activation.models import ActivationCase, Attempt, KioskErrand, PartnerAttempt, UsedFingerprint
from audit.models import Entry
from core import clock
from messaging.models import Message, SendCounter
from partners.actions import admission
from partners.models import Call, Device, IdempotentCall, Partner
from partners.states import DeviceState
from partners.words import Purpose
from registry.models import Life, Person
from services.models import Notice
from tests.cast import DECEASED_NUMBER, Phone, sign_in
from tests.devices import EVERY_PURPOSE, Kiosk, live, problem
from tests.parallel import at_the_same_moment
from tests.partners.test_bank_activation import Bank
from tests.programs import Program, agreement_of

pytestmark = pytest.mark.django_db

NEW = Phone("+966533333333")


def _may(operator: Partner, *purposes: Purpose) -> None:
    admission.change(operator, agreement_of(operator, purposes=purposes), state=operator.state, actor=None)


def _all_but(purpose: Purpose) -> tuple[Purpose, ...]:
    return tuple(one for one in EVERY_PURPOSE if one != purpose)


# --- Activation, and the lift of a pause ----------------------------------------------------------------------------
def test_fingers_and_code_activate(kiosk: Kiosk, resident: User, phone: Phone) -> None:
    begun = kiosk.visit("activation", resident, resident.mobile)
    assert (begun.status, begun.told["state"], begun.told["fingerprint"]) == (201, "code_sent", "matched")
    assert (begun.told["sent_to"], begun.told["code_ends_in_seconds"]) == ("05••••••21", 300)
    assert begun.told["code_reference"] in phone.newest_text()
    assert kiosk.state_of(begun.told["reference"]) == "code_sent"
    done = kiosk.confirm(begun.told["reference"], phone.newest_code())
    assert (done.status, done.told) == (
        200, {"reference": begun.told["reference"], "state": "done", "username": None, "temporary_password": None}
    )  # fmt: skip
    resident.refresh_from_db()
    assert (resident.state, phone.newest().purpose) == (State.ACTIVATED, "activated")
    assert kiosk.state_of(begun.told["reference"]) == "done"
    assert kiosk.confirm(begun.told["reference"], "000000").told["state"] == "done"


def test_a_first_fingerprint_goes_on_file_with_the_activation_and_not_before(
    kiosk: Kiosk, resident: User, person: Person, phone: Phone
) -> None:
    Person.objects.update(fingerprint_on_file=False)
    assert problem(kiosk.visit("activation", resident, resident.mobile)) == (409, "no-fingerprint")
    begun = kiosk.visit("activation", resident, resident.mobile, finds="taken")
    assert begun.told["fingerprint"] == "taken"
    person.refresh_from_db()
    assert not person.fingerprint_on_file
    kiosk.confirm(begun.told["reference"], phone.newest_code())
    person.refresh_from_db()
    resident.refresh_from_db()
    assert person.fingerprint_on_file and person.fingerprint_on and resident.state == State.ACTIVATED
    assert Entry.objects.filter(event="fingerprint_recorded", subject_id=resident.pk).exists()


def test_a_fingerprint_that_somebody_else_took_meanwhile_is_compared_instead(
    kiosk: Kiosk, resident: User, phone: Phone
) -> None:
    Person.objects.update(fingerprint_on_file=False)
    reference = kiosk.visit("activation", resident, resident.mobile, finds="taken").told["reference"]
    Person.objects.update(fingerprint_on_file=True)
    assert problem(kiosk.confirm(reference, phone.newest_code())) == (409, "fingerprint-on-file")
    resident.refresh_from_db()
    assert resident.state == State.REGISTERED
    assert kiosk.confirm(reference, phone.newest_code()).status == 409
    SendCounter.objects.all().delete()
    again = kiosk.visit("activation", resident, resident.mobile).told["reference"]
    assert kiosk.confirm(again, phone.newest_code()).told["state"] == "done"


def test_no_fingerprint_is_taken_where_one_is_on_file_or_where_it_is_not_agreed(
    kiosk: Kiosk, operator: Partner, resident: User
) -> None:
    assert problem(kiosk.visit("activation", resident, resident.mobile, finds="taken")) == (409, "fingerprint-on-file")
    Person.objects.update(fingerprint_on_file=False)
    _may(operator, *_all_but(Purpose.ENROLMENT))
    assert problem(kiosk.visit("activation", resident, resident.mobile, finds="taken")) == (403, "enrolment-not-agreed")
    assert not ActivationCase.objects.exists()


@pytest.mark.parametrize("purpose", ["lift_of_pause", "mobile_change", "password_reset", "pause"])
def test_a_fingerprint_that_is_taken_now_proves_the_holder_of_no_account(
    purpose: str, kiosk: Kiosk, activated: User
) -> None:
    Person.objects.update(fingerprint_on_file=False)
    answer = kiosk.visit(
        purpose, activated, NEW.mobile if purpose == "mobile_change" else activated.mobile, finds="taken"
    )
    assert problem(answer) == (403, "enrolment-not-agreed")


def test_of_several_claims_to_a_number_the_visit_code_or_the_mobile_tells_which(
    kiosk: Kiosk, resident: User, make_account: Callable[..., User]
) -> None:
    other = make_account("rival2026", resident.id_number, "+966511111111")
    attempt = cases.begin(other, "kiosk")
    begun = kiosk.visit("activation", resident.id_number, visit_code=f" {attempt.visit_code} ".lower())
    assert begun.told["sent_to"] == "05••••••11"
    kiosk.confirm(begun.told["reference"], Phone(other.mobile).newest_code())
    other.refresh_from_db()
    resident.refresh_from_db()
    attempt.refresh_from_db()
    assert (other.state, resident.state, attempt.state) == (State.ACTIVATED, State.VOIDED, "proven")


def test_the_time_line_of_the_activation_names_operator_and_place(kiosk: Kiosk, resident: User) -> None:
    browser = sign_in(Client(), resident)
    SendCounter.objects.all().delete()
    kiosk.visit("activation", resident, resident.mobile)
    assert "Trial Bank · Town hall" in browser.get("/en/activation/").content.decode()


def test_who_begins_at_the_bank_and_ends_at_the_kiosk_sees_both(
    kiosk: Kiosk, bank: Partner, make_program: Callable[..., Program], resident: User, phone: Phone
) -> None:
    admission.change(bank, agreement_of(bank, name_en="First Bank"), state=bank.state, actor=None)
    browser = sign_in(Client(), resident)
    SendCounter.objects.all().delete()
    Bank(make_program(bank)).begin(resident)
    SendCounter.objects.all().delete()
    reference = kiosk.visit("activation", resident, resident.mobile).told["reference"]
    line = browser.get("/en/activation/").content.decode()
    assert "First Bank" in line and "Trial Bank · Town hall" in line
    assert kiosk.confirm(reference, phone.newest_code()).told["state"] == "done"
    assert set(Attempt.objects.values_list("channel", "state")) == {("bank", "voided"), ("kiosk", "proven")}


def test_a_visit_code_leads_nowhere_that_nobody_has_that_is_anothers_or_whose_time_is_up(
    kiosk: Kiosk, resident: User, stranger: User
) -> None:
    nobodys = kiosk.visit("activation", resident, visit_code="XXXXXXXX")
    code = cases.begin(resident, "kiosk").visit_code
    anothers = kiosk.visit("activation", stranger, visit_code=code)
    Attempt.objects.update(expires_at=clock.now())
    late = kiosk.visit("activation", resident, visit_code=code)
    assert [problem(answer) for answer in (nobodys, anothers, late)] == [(404, "visit-code-unknown")] * 3


def test_a_visit_code_with_another_mobile_is_refused(kiosk: Kiosk, resident: User) -> None:
    attempt = cases.begin(resident, "kiosk")
    answer = kiosk.visit("activation", resident, "0555555555", visit_code=attempt.visit_code)
    assert problem(answer) == (409, "mobile-differs")


@pytest.mark.parametrize(
    ("purpose", "state", "slug"),
    [("activation", State.ACTIVATED, "already-activated"), ("activation", State.PAUSED, "account-paused"),
     ("lift_of_pause", State.ACTIVATED, "already-activated"), ("lift_of_pause", State.REGISTERED, "not-activated"),
     ("mobile_change", State.REGISTERED, "not-activated"), ("password_reset", State.REGISTERED, "not-activated"),
     ("pause", State.REGISTERED, "not-activated")],
)  # fmt: skip
def test_an_account_in_another_state_is_told_so(
    purpose: str, state: State, slug: str, kiosk: Kiosk, person: Person, phone: Phone, make_account: Callable[..., User]
) -> None:
    paused = {"paused_at": clock.read(), "activated_at": clock.read()} if state == State.PAUSED else {}
    user = make_account("samer2026", person.id_number, phone.mobile, state=state, **paused)
    answer = kiosk.visit(purpose, user, NEW.mobile if purpose == "mobile_change" else user.mobile)
    assert problem(answer) == (409, slug)
    assert not Message.objects.exists()


@pytest.mark.parametrize("purpose", ["activation", "lift_of_pause", "mobile_change", "password_reset", "pause"])
def test_who_has_no_account_or_does_not_live_in_the_kingdom_is_told_so(
    purpose: str, kiosk: Kiosk, person: Person, make_person: Callable[..., Person]
) -> None:
    make_person(DECEASED_NUMBER, nationality="SAU", life="deceased", died_on="2025-03-01")
    assert problem(kiosk.visit(purpose, person.id_number, NEW.mobile)) == (404, "no-claim")
    assert problem(kiosk.visit(purpose, DECEASED_NUMBER, NEW.mobile)) == (409, "not-eligible")
    assert problem(kiosk.visit(purpose, "2999999994", NEW.mobile)) == (409, "not-eligible")


def test_fingers_and_code_open_a_paused_account(kiosk: Kiosk, activated: User, phone: Phone) -> None:
    profile.pause(activated)
    reference = kiosk.visit("lift_of_pause", activated, activated.mobile).told["reference"]
    assert kiosk.confirm(reference, phone.newest_code()).told["state"] == "done"
    activated.refresh_from_db()
    assert (activated.state, phone.newest().purpose) == (State.ACTIVATED, "pause_lifted")
    assert Notice.objects.of(activated).latest("pk").places["place"]["en"] == "Trial Bank · Town hall"


def _half_an_hour_later() -> None:
    PartnerAttempt.objects.update(fingerprint_at=clock.ahead(-timedelta(minutes=30)))


@pytest.mark.parametrize("finds", ["matched", "taken"])
def test_fingers_prove_who_stands_there_for_one_visit_and_not_for_the_life_of_the_attempt(
    finds: str, kiosk: Kiosk, resident: User, phone: Phone
) -> None:
    Person.objects.update(fingerprint_on_file=finds == "matched")
    reference = kiosk.visit("activation", resident, resident.mobile, finds=finds).told["reference"]
    _half_an_hour_later()
    assert kiosk.state_of(reference) == "ended" and Attempt.objects.newest_first().get().is_usable
    assert problem(kiosk.confirm(reference, phone.newest_code())) == (409, "attempt-ended")
    SendCounter.objects.all().delete()
    assert problem(kiosk.post("send_visit_code_again", reference)) == (409, "attempt-ended")
    assert OneTimeCode.objects.get().tries == 0
    again = kiosk.visit("activation", resident, resident.mobile, finds=finds).told["reference"]
    assert kiosk.state_of(again) == "code_sent"
    assert kiosk.confirm(again, phone.newest_code()).told["state"] == "done"
    _half_an_hour_later()
    assert kiosk.state_of(again) == "done" and kiosk.confirm(again, "000000").told["state"] == "done"
    assert Attempt.objects.count() == 1


# --- Another mobile -------------------------------------------------------------------------------------------------
def test_fingers_and_the_new_numbers_code_move_the_account_to_it_at_once(
    kiosk: Kiosk, activated: User, phone: Phone
) -> None:
    browser = sign_in(Client(), activated)
    begun = kiosk.visit("mobile_change", activated, NEW.mobile)
    assert begun.told["sent_to"] == "05••••••33" and NEW.newest().purpose == "kiosk_code"
    code = NEW.newest_code()
    assert kiosk.confirm(begun.told["reference"], code).told["state"] == "done"
    activated.refresh_from_db()
    assert (activated.mobile, activated.state) == (NEW.mobile, State.ACTIVATED)
    assert phone.newest().purpose == NEW.newest().purpose == "mobile_changed"
    assert browser.get("/en/dashboard/").status_code == 302
    served = Entry.objects.get(event="kiosk_served")
    assert served.details == {"purpose": "mobile_change", "device": kiosk.device.pk}


def test_a_mobile_that_another_account_holds_moves_after_its_code_and_both_are_told(
    kiosk: Kiosk, activated: User, stranger: User, phone: Phone
) -> None:
    reference = kiosk.visit("mobile_change", activated, stranger.mobile).told["reference"]
    held = Phone(stranger.mobile)
    stranger.refresh_from_db()
    assert stranger.state == State.ACTIVATED
    kiosk.confirm(reference, held.newest_code())
    stranger.refresh_from_db()
    activated.refresh_from_db()
    assert (stranger.state, stranger.mobile, activated.mobile) == (State.REGISTERED, "", held.mobile)
    assert {message.purpose for message in held.messages()} >= {"mobile_moved", "mobile_changed"}


def test_an_account_that_lost_its_mobile_is_activated_again_with_another(
    kiosk: Kiosk, operator: Partner, activated: User, stranger: User
) -> None:
    reference = kiosk.visit("mobile_change", activated, stranger.mobile).told["reference"]
    kiosk.confirm(reference, Phone(stranger.mobile).newest_code())
    _may(operator, *_all_but(Purpose.ACTIVATION))
    assert problem(kiosk.visit("mobile_change", stranger, NEW.mobile)) == (403, "purpose-not-allowed")
    _may(operator, *EVERY_PURPOSE)
    reference = kiosk.visit("mobile_change", stranger, NEW.mobile).told["reference"]
    assert kiosk.confirm(reference, NEW.newest_code()).told["state"] == "done"
    stranger.refresh_from_db()
    assert (stranger.state, stranger.mobile, NEW.newest().purpose) == (State.ACTIVATED, NEW.mobile, "activated")


def test_the_number_that_the_account_has_is_no_change(kiosk: Kiosk, activated: User) -> None:
    assert problem(kiosk.visit("mobile_change", activated, activated.mobile)) == (409, "same-mobile")


def test_a_change_that_was_asked_for_on_the_portal_ends_with_the_one_at_the_kiosk(
    kiosk: Kiosk, activated: User
) -> None:
    change = mobiles.ask(activated, NEW.mobile)
    cases.begin(activated, "kiosk")
    reference = kiosk.visit("mobile_change", activated, NEW.mobile).told["reference"]
    kiosk.confirm(reference, NEW.newest_code())
    activated.refresh_from_db()
    change.refresh_from_db()
    assert (activated.mobile, change.state) == (NEW.mobile, "withdrawn")
    assert not ActivationCase.objects.open().exists() and not Attempt.objects.live().exists()


@pytest.mark.parametrize("is_agreed", [True, False])
def test_another_mobile_of_a_paused_account_opens_it_where_that_is_agreed(
    is_agreed: bool, kiosk: Kiosk, operator: Partner, activated: User
) -> None:
    """One rule with the officer's desk: `lifts_pause_with_mobile` of the policy."""
    profile.pause(activated)
    if not is_agreed:
        _may(operator, *_all_but(Purpose.LIFT_OF_PAUSE))
    reference = kiosk.visit("mobile_change", activated, NEW.mobile).told["reference"]
    assert kiosk.confirm(reference, NEW.newest_code()).told["state"] == "done"
    activated.refresh_from_db()
    assert (activated.mobile, activated.state) == (NEW.mobile, State.ACTIVATED if is_agreed else State.PAUSED)
    told = [message.purpose for message in NEW.messages()]
    assert "mobile_changed" in told and ("pause_lifted" in told) == is_agreed
    assert not ActivationCase.objects.open().exists() and not Attempt.objects.live().exists()


# --- A new password -------------------------------------------------------------------------------------------------
def test_a_temporary_password_is_told_once_and_works_for_one_sign_in(
    kiosk: Kiosk, activated: User, phone: Phone, browser: Client
) -> None:
    reference = kiosk.visit("password_reset", activated).told["reference"]
    done = kiosk.confirm(reference, phone.newest_code()).told
    assert (done["state"], done["username"]) == ("done", "samer2026")
    assert phone.newest().purpose == "temporary_password"
    assert kiosk.confirm(reference, "123456").told["temporary_password"] is None
    SendCounter.objects.all().delete()
    browser.post("/en/sign-in/", {"login_name": "samer2026", "password": done["temporary_password"]})
    browser.post("/en/sign-in/code/", {"code": phone.newest_code()})
    assert browser.get("/en/dashboard/").url == "/en/sign-in/password/"


def test_a_temporary_password_obeys_the_rules_and_is_easy_to_read() -> None:
    made = {new_temporary_password("samer2026") for _ in range(200)}
    assert len(made) == 200 and all(broken(PASSWORD_RULES, one, "samer2026") == [] for one in made)
    assert not set("".join(made)) & set("0O1Il5")


def test_a_repeated_confirmation_tells_the_same_password_again_from_a_sealed_answer(
    kiosk: Kiosk, activated: User, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    reference = kiosk.visit("password_reset", activated).told["reference"]
    code, key = phone.newest_code(), "one-intent-of-the-kiosk"
    first, second = (kiosk.confirm(reference, code, key=key, counter=99) for _ in range(2))
    password = first.told["temporary_password"]
    assert second.told == first.told and second.headers["idempotency-replayed"] == "true"
    kept = IdempotentCall.objects.get(key=key).sealed_answer
    assert kept and password not in kept and password not in caplog.text
    for model in (Call, Entry, KioskErrand, Message):
        assert password not in str(list(model.objects.values()))


def test_the_kept_answer_ends_with_its_week(kiosk: Kiosk, activated: User, phone: Phone) -> None:
    from partners.actions import retention

    reference = kiosk.visit("password_reset", activated).told["reference"]
    kiosk.confirm(reference, phone.newest_code(), key="one-intent-of-the-kiosk")
    IdempotentCall.objects.update(created_at=clock.ahead(-timedelta(days=8)))
    retention.purge()
    assert not IdempotentCall.objects.exists()


def test_a_paused_account_gets_a_password_and_stays_paused(kiosk: Kiosk, activated: User, phone: Phone) -> None:
    profile.pause(activated)
    reference = kiosk.visit("password_reset", activated).told["reference"]
    assert kiosk.confirm(reference, phone.newest_code()).told["temporary_password"]
    activated.refresh_from_db()
    assert activated.state == State.PAUSED and activated.password_is_temporary


# --- A pause --------------------------------------------------------------------------------------------------------
def test_fingers_alone_pause_the_account_at_once(kiosk: Kiosk, activated: User, phone: Phone) -> None:
    browser = sign_in(Client(), activated)
    done = kiosk.visit("pause", activated)
    assert (done.status, done.told["state"], done.told["sent_to"]) == (201, "done", "")
    activated.refresh_from_db()
    assert (activated.state, phone.newest().purpose) == (State.PAUSED, "paused_at_kiosk")
    assert browser.get("/en/dashboard/").status_code == 302
    assert kiosk.state_of(done.told["reference"]) == "done"
    assert kiosk.confirm(done.told["reference"], "000000").told["state"] == "done"
    again = kiosk.visit("pause", activated)
    assert (again.status, again.told["state"]) == (201, "done")
    assert Entry.objects.filter(event="account_paused").count() == 1
    assert [notice.name for notice in Notice.objects.of(activated)] == ["account_paused"]


# --- What keeps a visit from beginning or ending --------------------------------------------------------------------
@pytest.mark.parametrize("purpose", ["activation", "lift_of_pause", "mobile_change", "password_reset", "pause"])
def test_each_purpose_has_to_be_agreed_with_the_operator(
    purpose: str, kiosk: Kiosk, operator: Partner, activated: User
) -> None:
    _may(operator, *_all_but(Purpose(purpose)))
    assert problem(kiosk.visit(purpose, activated, NEW.mobile)) == (403, "purpose-not-allowed")
    assert not (KioskErrand.objects.exists() or Attempt.objects.exists() or Message.objects.exists())


@pytest.mark.parametrize("purpose", ["activation", "lift_of_pause", "mobile_change"])
def test_a_mobile_that_is_needed_and_missing_is_named(purpose: str, kiosk: Kiosk, resident: User) -> None:
    answer = kiosk.visit(purpose, resident)
    assert problem(answer) == (422, "invalid-input") and answer.told["errors"][0]["rule"] == "mobile_missing"


@pytest.mark.parametrize("purpose", ["password_reset", "pause"])
def test_another_mobile_than_the_accounts_is_refused(purpose: str, kiosk: Kiosk, activated: User) -> None:
    assert problem(kiosk.visit(purpose, activated, NEW.mobile)) == (409, "mobile-differs")


def test_a_machine_that_is_unknown_out_of_service_or_no_kiosk_is_refused(
    kiosk: Kiosk, operator: Partner, resident: User
) -> None:
    def visit(**other: str) -> tuple[int, str]:
        return problem(kiosk.visit("activation", resident, resident.mobile, **other))

    assert visit(device="kiosk-nowhere") == (403, "device-unknown")
    Device.objects.update(state=DeviceState.OUT_OF_SERVICE)
    assert visit() == (403, "device-unknown")
    Device.objects.update(state=DeviceState.IN_SERVICE, kind="atm")
    assert visit() == (403, "device-unknown")
    admission.change(operator, agreement_of(operator, modes=("app",)), state=operator.state, actor=None)
    assert visit() == (403, "mode-not-allowed")


def test_a_suspended_operator_is_refused(kiosk: Kiosk, operator: Partner, resident: User) -> None:
    admission.change(operator, agreement_of(operator), state="suspended", actor=None)
    assert problem(kiosk.visit("activation", resident, resident.mobile)) == (403, "partner-suspended")


def test_another_operators_machine_and_visit_are_not_there(
    kiosk: Kiosk, resident: User, activated_stranger: User, phone: Phone, make_kiosk: Callable[..., Kiosk]
) -> None:
    other = make_kiosk(live("other-kiosks", "kiosk_operator", "kiosk", EVERY_PURPOSE), "kiosk-9")
    attempt = kiosk.visit("activation", resident, resident.mobile).told["reference"]
    errand = kiosk.visit("password_reset", activated_stranger).told["reference"]
    for reference in (attempt, errand):
        assert other.get("about_visit", reference).status == 404
        assert problem(other.confirm(reference, "000000")) == (404, "not-found")
        assert problem(other.post("send_visit_code_again", reference)) == (404, "not-found")
    other.device.identifier = kiosk.device.identifier
    assert problem(other.visit("activation", resident, resident.mobile)) == (403, "device-unknown")
    assert OneTimeCode.objects.filter(tries__gt=0).count() == 0


@pytest.fixture
def activated_stranger(stranger: User) -> User:
    return stranger


def test_a_visit_goes_on_at_its_own_machine_only(
    kiosk: Kiosk, second_kiosk: Kiosk, activated: User, phone: Phone
) -> None:
    reference = kiosk.visit("password_reset", activated).told["reference"]
    assert problem(second_kiosk.confirm(reference, phone.newest_code())) == (404, "not-found")
    assert second_kiosk.state_of(reference) == "code_sent"


def test_who_begins_anew_ends_the_visit_before(kiosk: Kiosk, second_kiosk: Kiosk, activated: User) -> None:
    first = kiosk.visit("password_reset", activated).told["reference"]
    SendCounter.objects.all().delete()
    second = second_kiosk.visit("mobile_change", activated, NEW.mobile).told["reference"]
    assert (kiosk.state_of(first), kiosk.state_of(second)) == ("ended", "code_sent")
    assert problem(kiosk.confirm(first, "000000")) == (409, "attempt-ended")


def test_who_goes_on_at_another_kiosk_ends_the_attempt_at_the_first(
    kiosk: Kiosk, second_kiosk: Kiosk, resident: User
) -> None:
    first = kiosk.visit("activation", resident, resident.mobile).told["reference"]
    SendCounter.objects.all().delete()
    second = second_kiosk.visit("activation", resident, resident.mobile).told["reference"]
    assert (kiosk.state_of(first), kiosk.state_of(second)) == ("ended", "code_sent")
    assert Attempt.objects.live().count() == 1


def test_another_code_replaces_the_first_after_a_minute(kiosk: Kiosk, activated: User, phone: Phone) -> None:
    reference = kiosk.visit("password_reset", activated).told["reference"]
    first = phone.newest_code()
    soon = kiosk.post("send_visit_code_again", reference)
    assert problem(soon) == (429, "codes-rest") and soon.told["retry_in_seconds"] > 0
    SendCounter.objects.all().delete()
    again = kiosk.post("send_visit_code_again", reference)
    assert (again.status, again.told["reference"], again.told["state"]) == (200, reference, "code_sent")
    assert problem(kiosk.confirm(reference, first))[1] in ("code-wrong", "code-ended")
    assert kiosk.confirm(reference, phone.newest_code()).told["temporary_password"]


def test_wrong_codes_tell_how_many_tries_are_left_and_five_end_the_code(kiosk: Kiosk, activated: User) -> None:
    reference = kiosk.visit("mobile_change", activated, NEW.mobile).told["reference"]
    wrong = "000000" if NEW.newest_code() != "000000" else "000001"
    answers = [kiosk.confirm(reference, wrong) for _try in range(6)]
    assert [answer.told.get("attempts_left") for answer in answers[:5]] == [4, 3, 2, 1, 0]
    assert problem(answers[5]) == (409, "code-ended")


def test_a_visit_ends_by_itself_and_is_forgotten_later(kiosk: Kiosk, activated: User) -> None:
    reference = kiosk.visit("password_reset", activated).told["reference"]
    KioskErrand.objects.update(expires_at=clock.now())
    assert kiosk.state_of(reference) == "ended"
    assert problem(kiosk.confirm(reference, "000000")) == (409, "attempt-ended")
    assert problem(kiosk.post("send_visit_code_again", reference)) == (409, "attempt-ended")
    assert at_kiosks.purge() == 0
    KioskErrand.objects.update(begun_at=clock.ahead(-timedelta(days=31)))
    assert at_kiosks.purge() == 1


def test_a_visit_whose_world_changed_before_its_code_is_not_done(kiosk: Kiosk, activated: User, phone: Phone) -> None:
    reference = kiosk.visit("password_reset", activated).told["reference"]
    User.objects.filter(pk=activated.pk).update(is_active=False)
    assert problem(kiosk.confirm(reference, phone.newest_code())) == (409, "attempt-ended")
    assert kiosk.state_of(reference) == "code_sent"


# --- Repetitions ----------------------------------------------------------------------------------------------------
def test_a_repetition_with_the_same_counter_is_answered_like_the_first(kiosk: Kiosk, resident: User) -> None:
    said = {"counter": 7, "key": "one-intent-of-the-kiosk", "fingerprint": kiosk.finds(resident.id_number)}
    first, second = (kiosk.visit("activation", resident, resident.mobile, **said) for _ in range(2))
    assert first.status == second.status == 201 and first.told == second.told
    assert second.headers["idempotency-replayed"] == "true" and Message.objects.count() == 1


def test_a_repetition_whose_first_answer_was_not_kept_is_answered_for_real(
    kiosk: Kiosk, resident: User, phone: Phone
) -> None:
    """A 429 is not kept; counter and fingerprint of the call serve its repetition, and no other call."""
    kiosk.visit("activation", resident, resident.mobile)
    said = {"counter": 7, "fingerprint": kiosk.finds(resident.id_number)}
    soon = kiosk.visit("activation", resident, resident.mobile, key="one-intent-of-the-kiosk", **said)
    assert problem(soon) == (429, "codes-rest")
    SendCounter.objects.all().delete()
    other = kiosk.visit("activation", resident, resident.mobile, key="another-intent-of-it", **said)
    assert problem(other) == (409, "counter-not-risen")
    again = kiosk.visit("activation", resident, resident.mobile, key="one-intent-of-the-kiosk", **said)
    assert again.status == 201


def test_a_counter_that_does_not_rise_is_refused_and_nothing_is_sent(kiosk: Kiosk, resident: User) -> None:
    kiosk.visit("activation", resident, resident.mobile, counter=7)
    for counter in (7, 6):
        answer = kiosk.visit("activation", resident, resident.mobile, counter=counter)
        assert problem(answer) == (409, "counter-not-risen")
    assert Message.objects.count() == 1


# --- Races ----------------------------------------------------------------------------------------------------------
@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_confirmations_at_once_one_resets_the_password(kiosk: Kiosk, activated: User, phone: Phone) -> None:
    reference = kiosk.visit("password_reset", activated).told["reference"]
    code = phone.newest_code()
    answers = at_the_same_moment([lambda: kiosk.confirm(reference, code)] * 6)
    told = [answer.told.get("temporary_password") for answer in answers if not isinstance(answer, Exception)]
    assert len(told) == 6 and len([password for password in told if password]) == 1
    assert [message.purpose for message in phone.messages()].count("temporary_password") == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_calls_with_one_counter_one_is_taken(kiosk: Kiosk, resident: User) -> None:
    acts = [lambda: kiosk.visit("activation", resident, resident.mobile, counter=7)] * 6
    statuses = sorted(getattr(answer, "status", 0) for answer in at_the_same_moment(acts))
    assert statuses == [201, *[409] * 5]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_calls_with_one_fingerprint_one_is_taken(kiosk: Kiosk, resident: User) -> None:
    found = kiosk.finds(resident.id_number)
    answers = at_the_same_moment(
        [lambda call=call: at_machines.read(found, at_machines.Machine(kiosk.device, call), Named(resident.id_number), "kiosk")
         for call in "abcdef"]
    )  # fmt: skip
    assert len([answer for answer in answers if answer == "matched"]) == 1 and UsedFingerprint.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_accounts_that_take_each_others_mobile_at_once_do_not_block_each_other(
    kiosk: Kiosk, second_kiosk: Kiosk, activated: User, stranger: User
) -> None:
    first = kiosk.visit("mobile_change", activated, stranger.mobile).told["reference"]
    second = second_kiosk.visit("mobile_change", stranger, activated.mobile).told["reference"]
    code_of = {mobile: Phone(mobile).newest_code() for mobile in (activated.mobile, stranger.mobile)}
    acts = [
        lambda: kiosk.confirm(first, code_of[stranger.mobile]),
        lambda: second_kiosk.confirm(second, code_of[activated.mobile]),
    ]
    answers = at_the_same_moment(acts)
    assert not [answer for answer in answers if isinstance(answer, Exception) or answer.status >= 500]
    standing = list(User.objects.standing().values_list("mobile", flat=True))
    assert len(standing) == len(set(standing)) >= 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_claims_that_two_kiosks_prove_at_once_one_is_activated(
    kiosk: Kiosk, second_kiosk: Kiosk, resident: User, make_account: Callable[..., User]
) -> None:
    rival = make_account("rival2026", resident.id_number, "+966511111111")
    visits = [(kiosk, resident), (second_kiosk, rival)]
    begun = [at.visit("activation", claim, claim.mobile).told["reference"] for at, claim in visits]
    codes = [Phone(claim.mobile).newest_code() for _at, claim in visits]
    acts = [lambda at=at, n=n: at.confirm(begun[n], codes[n]) for n, (at, _claim) in enumerate(visits)]
    statuses = sorted(getattr(answer, "status", 0) for answer in at_the_same_moment(acts))
    assert statuses == [200, 409]
    states = set(User.objects.filter(id_number=resident.id_number).values_list("state", flat=True))
    assert states == {State.ACTIVATED, State.VOIDED}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_kiosks_that_take_a_first_fingerprint_at_once_one_does(
    kiosk: Kiosk, second_kiosk: Kiosk, resident: User, make_account: Callable[..., User]
) -> None:
    Person.objects.update(fingerprint_on_file=False)
    rival = make_account("rival2026", resident.id_number, "+966511111111")
    visits = [(kiosk, resident), (second_kiosk, rival)]
    begun = [at.visit("activation", claim, claim.mobile, finds="taken").told["reference"] for at, claim in visits]
    codes = [Phone(claim.mobile).newest_code() for _at, claim in visits]
    acts = [lambda at=at, n=n: at.confirm(begun[n], codes[n]) for n, (at, _claim) in enumerate(visits)]
    statuses = sorted(getattr(answer, "status", 0) for answer in at_the_same_moment(acts))
    assert statuses == [200, 409] and Person.objects.get().fingerprint_on_file
    assert Entry.objects.filter(event="fingerprint_recorded").count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_bank_and_kiosk_at_once_are_one_activation(
    kiosk: Kiosk, bank: Partner, make_program: Callable[..., Program], resident: User, phone: Phone
) -> None:
    calls = Bank(make_program(bank))
    at_kiosk = kiosk.visit("activation", resident, resident.mobile).told["reference"]
    code_at_kiosk = phone.newest_code()
    SendCounter.objects.all().delete()
    at_bank = calls.begin(resident).told["reference"]
    code_at_bank = phone.newest_code()
    answers = at_the_same_moment(
        [lambda: kiosk.confirm(at_kiosk, code_at_kiosk), lambda: calls.confirm(at_bank, code_at_bank)]
    )
    assert sorted(getattr(answer, "status", 0) for answer in answers) == [200, 409]
    assert [message.purpose for message in phone.messages()].count("activated") == 1


@pytest.mark.parametrize(
    ("change", "told"), [("purpose", (403, "purpose-not-allowed")), ("person", (409, "not-eligible"))]
)
def test_what_held_when_a_visit_began_has_to_hold_at_its_end(
    change: str, told: tuple[int, str], kiosk: Kiosk, operator: Partner, activated: User, phone: Phone
) -> None:
    reference = kiosk.visit("password_reset", activated).told["reference"]
    if change == "purpose":
        _may(operator, *_all_but(Purpose.PASSWORD_RESET))
    else:
        Person.objects.update(life=Life.LEFT)
    assert problem(kiosk.confirm(reference, phone.newest_code())) == told
    assert problem(kiosk.post("send_visit_code_again", reference)) == told
    assert not User.objects.get().password_is_temporary
