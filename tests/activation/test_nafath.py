"""Nafath activates: the request and its number, its answer by callback and by asking, and everything that ends it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings as portal
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.actions import claims, mobiles, profile
from accounts.models import TryCounter, User
from accounts.states import State
from activation.actions import cases, nafath
from activation.actions.cases import ActivationRefused
from activation.actions.nafath import REQUESTS, REQUESTS_TO_PERSON, Aim, RequestOpen
from activation.channels.nafath import Nafath
from activation.models import Attempt, NafathRequest
from activation.nafath import line
from activation.nafath.line import NafathDown, NafathFailed
from activation.nafath.mfa import OpenElsewhere
from activation.states import NafathState
from activation.tasks import expire_nafath_requests
from audit.models import Entry
from core import clock
from core.throttle import OverBudget
from messaging.models import Message
from registry.models import Person
from tests.cast import Phone, sign_in
from tests.nafath import NafathServer, callback
from tests.operators import Answer
from tests.waiting import seconds_since
from tests.walk import path

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(resident: User) -> Attempt:
    return cases.begin(resident, "nafath")


@pytest.fixture
def aim(resident: User, attempt: Attempt) -> Aim:
    return Aim(resident, attempt)


def _shown(window: Client, language: str = "en") -> str:
    return window.get(path("activation_nafath", language)).content.decode()


def _state_of(window: Client) -> int:
    return window.get(path("activation_nafath_state")).status_code


def _a_moment_later() -> None:
    """As if the last question had been put to Nafath four seconds ago."""
    NafathRequest.objects.update(polled_at=clock.ahead(timedelta(seconds=-4)))


@pytest.mark.parametrize(("agreed", "service"), [("ProofOfIdentity", "ProofOfIdentity"), ("", "AccountActivation")])
def test_who_is_proven_again_is_asked_for_that_where_a_service_is_agreed_for_it(
    agreed: str, service: str, activated: User, nafath_server: NafathServer, settings: Settings
) -> None:
    settings.NAFATH = settings.NAFATH | {"re_proving_service": agreed}
    profile.pause(activated)
    activated.refresh_from_db()
    nafath_server.will_ask()
    nafath.ask(Aim(activated, cases.begin(activated, "nafath")), language="en")
    assert nafath_server.operator.calls[0].body["service"] == service


def test_the_portal_asks_as_itself_in_the_language_of_the_page(aim: Aim, nafath_server: NafathServer) -> None:
    nafath_server.will_ask("trans-1", 7)
    began = clock.read()
    asked = nafath.ask(aim, language="ar")
    (call,) = nafath_server.operator.calls
    assert call.body == {"nationalId": aim.user.id_number, "service": "AccountActivation"}
    assert (call.headers["APP-ID"], call.headers["APP-KEY"]) == ("portal", "secret")
    assert (asked.transaction, asked.number, asked.state) == ("trans-1", "07", NafathState.WAITING)
    assert 180 - seconds_since(began) <= asked.seconds_left <= 180
    assert Entry.objects.filter(event="nafath_asked", subject_id=aim.user.pk).count() == 1


def test_the_page_shows_who_asks_for_what_and_the_number_very_large(
    aim: Aim, nafath_server: NafathServer, window: Client
) -> None:
    nafath_server.will_ask(random="42")
    before = _shown(window)
    assert "Show me the number" in before and "compare-number" not in before
    assert window.post(path("activation_nafath_ask")).url == path("activation_nafath")
    nafath_server.will_say("WAITING")
    shown = _shown(window)
    assert '<p class="compare-number" dir="ltr">42</p>' in shown and "data-countdown" in shown
    assert "To activate your account" in shown
    assert 'role="status"' in shown and "Check now" in shown
    arabic = _shown(window, "ar")
    assert "لتفعيل حسابك" in arabic and f"<dd>{portal.PORTAL_NAME['ar']}</dd>" in arabic


def test_the_answer_is_noticed_by_asking_for_it(
    aim: Aim, nafath_server: NafathServer, window: Client, phone: Phone
) -> None:
    nafath_server.will_ask()
    nafath.ask(aim, language="en")
    nafath_server.will_say("WAITING")
    assert _state_of(window) == 200
    _a_moment_later()
    nafath_server.will_say("COMPLETED")
    assert _state_of(window) == 205
    aim.user.refresh_from_db()
    assert aim.user.state == State.ACTIVATED and phone.newest().purpose == "activated"
    assert "You have proven who you are" in _shown(window)
    assert Entry.objects.get(event="account_activated").details["channel"] == "nafath"


def test_a_reload_notices_it_too(aim: Aim, nafath_server: NafathServer, window: Client) -> None:
    nafath_server.will_ask()
    nafath.ask(aim, language="en")
    nafath_server.will_say("COMPLETED")
    answer = window.get(path("activation_nafath"), follow=True)
    assert answer.redirect_chain == [(path("activation_nafath"), 302)]
    assert "Your account has been activated" in answer.content.decode()


def test_nafath_is_asked_every_three_seconds_at_most_whatever_the_number_of_tabs(
    aim: Aim, nafath_server: NafathServer, window: Client
) -> None:
    nafath_server.will_ask()
    nafath.ask(aim, language="en")
    nafath_server.operator.always(Answer(200, {"status": "WAITING"}))
    assert {_state_of(window) for _tab in range(8)} == {200}
    assert nafath_server.paths().count("/request/status") == 1
    _a_moment_later()
    assert {_state_of(window) for _tab in range(8)} == {200}
    assert nafath_server.paths().count("/request/status") == 2


@pytest.mark.parametrize(
    ("status", "says"),
    [("REJECTED", "The request was rejected in the app"), ("EXPIRED", "The time for this request is over")],
)
def test_an_end_in_the_app_is_told_with_a_new_start(
    status: str, says: str, aim: Aim, nafath_server: NafathServer, window: Client
) -> None:
    nafath_server.will_ask("trans-1")
    nafath.ask(aim, language="en")
    nafath_server.will_say(status)
    assert _state_of(window) == 205
    shown = _shown(window)
    assert says in shown and "Start again" in shown and "compare-number" not in shown
    nafath_server.will_ask("trans-2", "17")
    window.post(path("activation_nafath_ask"))
    nafath_server.will_say("WAITING")
    assert ">17</p>" in _shown(window)
    assert aim.user.activation_cases.get().attempts.count() == 1


def test_a_request_whose_time_is_over_is_not_shown_any_more(
    aim: Aim, nafath_server: NafathServer, window: Client
) -> None:
    nafath_server.will_ask()
    nafath.ask(aim, language="en")
    NafathRequest.objects.update(expires_at=clock.ahead(timedelta(seconds=-1)))
    assert _state_of(window) == 205
    assert "The time for this request is over" in _shown(window)
    assert nafath_server.paths() == ["/request"]
    assert NafathRequest.objects.get().state == NafathState.EXPIRED


def test_requests_nobody_looks_at_end_by_themselves_and_old_ones_are_forgotten(
    aim: Aim, nafath_server: NafathServer
) -> None:
    nafath_server.will_ask()
    nafath.ask(aim, language="en")
    NafathRequest.objects.update(expires_at=clock.ahead(timedelta(seconds=-1)))
    expire_nafath_requests()
    assert NafathRequest.objects.get().state == NafathState.EXPIRED
    NafathRequest.objects.update(ended_at=clock.ahead(timedelta(days=-91)))
    expire_nafath_requests()
    assert not NafathRequest.objects.exists()


def test_an_open_request_is_shown_again_and_nafath_not_asked_twice(aim: Aim, nafath_server: NafathServer) -> None:
    nafath_server.will_ask()
    first = nafath.ask(aim, language="en")
    assert nafath.ask(aim, language="en") == first
    assert nafath_server.paths() == ["/request"]
    assert TryCounter.objects.spent(REQUESTS.of(f"account:{aim.user.pk}")) == 1


def test_a_rival_claim_to_the_number_never_sees_the_request(
    aim: Aim, nafath_server: NafathServer, make_account: Callable[..., User]
) -> None:
    nafath_server.will_ask(random="42")
    asked_at = clock.read()
    nafath.ask(aim, language="en")
    rival = make_account("rival2026", aim.user.id_number, "+966511111111")
    window = sign_in(Client(), rival)
    cases.begin(rival, "nafath")
    assert "compare-number" not in _shown(window)
    window.post(path("activation_nafath_ask"))
    shown = _shown(window)
    assert "A request for your ID number is open in another window or for another account." in shown
    assert "If you did not ask for it, reject it in the app: then you can start again at once." in shown
    with pytest.raises(RequestOpen) as other:
        nafath.ask(Aim(rival, Attempt.objects.latest("pk")), language="en")
    assert 180 - seconds_since(asked_at) <= other.value.seconds <= 180
    assert nafath_server.paths() == ["/request"]


def test_an_activation_ends_the_rivals_request(
    aim: Aim, nafath_server: NafathServer, resident: User, make_account: Callable[..., User]
) -> None:
    nafath_server.will_ask()
    asked = nafath.ask(aim, language="en")
    rival = make_account("rival2026", resident.id_number, "+966511111111")
    cases.begin(rival, "officer")
    claims.activate(rival, actor=None, channel="officer")
    cases.close_all(rival, actor=None)
    nafath_server.will_show_its_keys()
    Client().post("/nafath/callback", callback(nafath_server.token(asked)), content_type="application/json")
    resident.refresh_from_db()
    assert resident.state == State.VOIDED and NafathRequest.objects.get().state == NafathState.FAILED


def test_after_three_requests_in_ten_minutes_the_app_rests_and_the_page_says_until_when(
    aim: Aim, nafath_server: NafathServer, window: Client
) -> None:
    began = clock.read()
    for n in range(3):
        nafath_server.will_ask(f"trans-{n}")
        nafath.ask(aim, language="en")
        NafathRequest.objects.open().update(state=NafathState.REJECTED, ended_at=clock.now())
    with pytest.raises(OverBudget) as over:
        nafath.ask(aim, language="en")
    assert 600 - seconds_since(began) <= over.value.retry_in_seconds <= 601
    assert window.post(path("activation_nafath_ask")).url == path("activation_nafath")
    shown = _shown(window)
    assert "The app was asked 3 times within ten minutes" in shown and "A request can be sent again in" in shown
    assert "The other ways work meanwhile." in shown and len(nafath_server.paths()) == 3


def _ask_and_reject(aim: Aim, nafath_server: NafathServer) -> None:
    """The person says no in the app."""
    nafath_server.will_ask(f"trans-{NafathRequest.objects.count()}")
    nafath.ask(aim, language="en")
    NafathRequest.objects.open().update(state=NafathState.REJECTED, ended_at=clock.now())


def _rival(name: str, aim: Aim, make_account: Callable[..., User]) -> Aim:
    rival = make_account(name, aim.user.id_number, f"+9665111111{User.objects.count():02d}")
    return Aim(rival, cases.begin(rival, "nafath"))


def test_a_stranger_with_the_number_uses_up_the_own_requests_only(
    aim: Aim, nafath_server: NafathServer, window: Client, make_account: Callable[..., User]
) -> None:
    rival = _rival("rival2026", aim, make_account)
    for _time in range(3):
        _ask_and_reject(rival, nafath_server)
    with pytest.raises(OverBudget):
        nafath.ask(rival, language="en")
    assert "Show me the number" in _shown(window)
    for _time in range(3):
        _ask_and_reject(aim, nafath_server)
    assert len(nafath_server.paths()) == 6


def test_the_app_is_not_stormed_by_many_claims_and_still_none_of_them_keeps_the_person_out(
    aim: Aim, nafath_server: NafathServer, window: Client, make_account: Callable[..., User]
) -> None:
    rivals = [_rival(f"rival202{n}", aim, make_account) for n in range(2)]
    for rival in rivals * 3:
        _ask_and_reject(rival, nafath_server)
    assert "Show me the number" in _shown(window)
    _ask_and_reject(aim, nafath_server)
    with pytest.raises(OverBudget) as over:
        nafath.ask(aim, language="en")
    assert over.value.budget == REQUESTS_TO_PERSON and len(nafath_server.paths()) == 7
    assert "The app was asked 6 times within ten minutes" in _shown(window)


def test_a_first_request_that_nafath_did_not_take_gives_back_nothing_of_the_others(
    aim: Aim, nafath_server: NafathServer, make_account: Callable[..., User]
) -> None:
    for rival in [_rival(f"rival202{n}", aim, make_account) for n in range(2)] * 3:
        _ask_and_reject(rival, nafath_server)
    nafath_server.operator.will(Answer(500))
    with pytest.raises(NafathFailed):
        nafath.ask(aim, language="en")
    assert TryCounter.objects.spent(REQUESTS_TO_PERSON.of(aim.user.id_number)) == 6


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500),
        Answer(403, {"code": "403"}),
        Answer(200, b"<html>"),
        Answer(200, []),
        Answer(200, {"transId": "trans-1"}),
        Answer(200, {"transId": "trans-1", "random": "742"}),
        Answer(200, {"transId": ["trans-1"], "random": "42"}),
        Answer(200, {"transId": "trans 1", "random": "42"}),
        Answer(200, {"transId": "x" * 90, "random": "42"}),
        Answer(200, {"transId": "trans-1", "random": True}),
        Answer(is_lost=True),
        Answer(200, b"[" * 5000),
    ],
    ids=range(12),
)
def test_an_answer_that_says_nothing_is_told_calmly_and_costs_no_try(
    answer: Answer, aim: Aim, nafath_server: NafathServer, window: Client
) -> None:
    nafath_server.operator.will(answer)
    window.post(path("activation_nafath_ask"))
    shown = _shown(window)
    assert "Nafath did not take the request just now." in shown and "compare-number" not in shown
    assert NafathRequest.objects.get().state == NafathState.FAILED
    assert TryCounter.objects.spent(REQUESTS.of(f"account:{aim.user.pk}")) == 0


def test_a_transaction_given_twice_is_nobodys(aim: Aim, nafath_server: NafathServer) -> None:
    for _time in range(2):
        nafath_server.will_ask("trans-1")
    nafath.ask(aim, language="en")
    NafathRequest.objects.update(state=NafathState.REJECTED, ended_at=clock.now())
    with pytest.raises(NafathFailed):
        nafath.ask(aim, language="en")


def test_a_request_of_somebody_else_in_the_app_is_told(aim: Aim, nafath_server: NafathServer, window: Client) -> None:
    nafath_server.operator.will(Answer(400, {"code": "400-034-050"}), Answer(400, {"code": "400-034-050"}))
    with pytest.raises(OpenElsewhere):
        nafath.ask(aim, language="en")
    window.post(path("activation_nafath_ask"))
    assert "The app shows another request for you already." in _shown(window)
    assert line.down_until() is None


def test_nafath_that_hangs_is_left_after_the_time_and_rests_after_three_errors(
    aim: Aim, nafath_server: NafathServer, window: Client, short_patience: None
) -> None:
    nafath_server.operator.always(Answer(hangs=True))
    for _time in range(3):
        with pytest.raises(NafathFailed) as failed:
            nafath.ask(aim, language="en")
        assert failed.value.problem == "no_answer"
    with pytest.raises(NafathDown):
        nafath.ask(aim, language="en")
    assert len(nafath_server.operator.calls) == 3
    shown = _shown(window)
    assert "Nafath does not answer at present" in shown and re.search("The portal asks it again (tomorrow )?at", shown)
    assert "Show me the number" not in shown and "Start again" not in shown
    assert line.down_until()


def test_a_poll_without_an_answer_leaves_the_page_waiting(
    aim: Aim, nafath_server: NafathServer, window: Client, short_patience: None
) -> None:
    nafath_server.will_ask()
    nafath.ask(aim, language="en")
    for answer in (Answer(hangs=True), Answer(500), Answer(200, {"status": "APPROVED"}), Answer(200, {})):
        nafath_server.operator.will(answer)
        _a_moment_later()
        assert _state_of(window) == 200
    assert NafathRequest.objects.get().state == NafathState.WAITING


def test_what_nafath_has_forgotten_is_over(aim: Aim, nafath_server: NafathServer, window: Client) -> None:
    nafath_server.will_ask()
    nafath.ask(aim, language="en")
    nafath_server.operator.will(Answer(400, {"code": "400-034-051"}))
    assert _state_of(window) == 205
    assert "The time for this request is over" in _shown(window)


def test_who_does_not_live_in_the_kingdom_is_not_asked(aim: Aim, nafath_server: NafathServer, window: Client) -> None:
    Person.objects.update(life="left")
    with pytest.raises(ActivationRefused):
        nafath.ask(aim, language="en")
    answer = window.post(path("activation_nafath_ask"), follow=True)
    assert "The register does not show you as living in the Kingdom." in answer.content.decode()
    assert nafath_server.paths() == []


def test_a_border_number_is_not_for_nafath(
    make_person: Callable[..., Person], make_account: Callable[..., User], nafath_server: NafathServer
) -> None:
    visitor = make_account("visitor26", make_person("3000000004").id_number, "+966512345677")
    with pytest.raises(ActivationRefused):
        cases.begin(visitor, "nafath")
    assert (
        "It cannot prove people with your kind of identity number."
        in sign_in(Client(), visitor).get(path("activation")).content.decode()
    )


def test_a_new_mobile_moves_after_the_notice_to_the_old_one(
    activated: User, nafath_server: NafathServer, phone: Phone
) -> None:
    mobiles.ask(activated, "+966511111111")
    aim = Aim(activated, cases.begin(activated, "nafath"))
    nafath_server.will_ask()
    asked = nafath.ask(aim, language="en")
    window = sign_in(Client(), activated)
    assert "To give your account another mobile number" in _shown(window)
    nafath_server.will_show_its_keys()
    Client().post("/nafath/callback", callback(nafath_server.token(asked)), content_type="application/json")
    assert phone.newest().purpose == "mobile_will_move"
    assert mobiles.under_way(activated)
    assert "The new mobile number takes effect on" in _shown(window)


def test_an_attempt_whose_day_is_over_leads_to_the_ways(attempt: Attempt, window: Client) -> None:
    Attempt.objects.update(expires_at=clock.ahead(timedelta(seconds=-1)))
    answer = window.get(path("activation_nafath"), follow=True)
    assert "Choose the Nafath app once more to begin anew." in answer.content.decode()
    assert window.post(path("activation_nafath_ask")).url == path("activation")


def test_without_an_attempt_the_page_leads_to_the_ways(window: Client) -> None:
    assert window.get(path("activation_nafath")).url == path("activation")
    assert _state_of(window) == 205


def test_nobody_else_is_told_anything(client: Client, officer: User) -> None:
    assert _state_of(client) == 204
    client.force_login(officer)
    assert _state_of(client) == 204


def test_the_piece_that_is_asked_for_again_and_again_costs_few_queries(
    aim: Aim, nafath_server: NafathServer, window: Client
) -> None:
    nafath_server.will_ask()
    nafath.ask(aim, language="en")
    nafath_server.operator.always(Answer(200, {"status": "WAITING"}))
    _state_of(window)
    with CaptureQueriesContext(connection) as captured:
        assert _state_of(window) == 200
    assert len(captured) <= 6
    with CaptureQueriesContext(connection) as captured:
        _shown(window)
    assert len(captured) <= 8


def test_no_call_is_made_inside_of_a_transaction(
    aim: Aim, nafath_server: NafathServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test itself runs in one; ours would be another one inside of it."""
    depth = len(connection.savepoint_ids)
    seen: list[int] = []
    ask = line._told

    def told(*call: object) -> object:
        seen.append(len(connection.savepoint_ids))
        return ask(*call)

    monkeypatch.setattr(line, "_told", told)
    nafath_server.will_ask()
    asked = nafath.ask(aim, language="en")
    nafath_server.will_say("COMPLETED")
    nafath.look(asked)
    assert seen == [depth, depth]
    assert Message.objects.filter(purpose="activated").exists()


def test_what_is_not_configured_is_named(settings: Settings) -> None:
    channel = Nafath()
    settings.NAFATH = settings.NAFATH | {"url": "http://nafath.example", "app_key": "", "person_claims": []}
    assert [message.id for message in channel.check_config()] == [
        "activation.E002",
        "activation.E003",
        "activation.E004",
    ]
    settings.NAFATH = settings.NAFATH | {"mode": "oidc", "issuer": "https://nafath.example", "client_id": ""}
    assert [message.id for message in channel.check_config()] == ["activation.E002", "activation.E003"]
