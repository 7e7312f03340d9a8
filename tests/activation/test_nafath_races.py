"""The callback, however often, and every tab's question arrive together: one activation, one text (API-3, NAF-1)."""

import pytest
from django.test import Client

from accounts.flows import CodeFlow
from accounts.models import Purpose, User
from accounts.states import State
from activation.actions import cases, nafath
from activation.actions.nafath import Aim
from activation.models import NafathRequest
from activation.nafath import line
from activation.states import NafathState
from audit.models import Entry
from core.states import MoveRefused
from messaging.models import Message
from tests.cast import PASSWORD
from tests.nafath import NafathServer, callback
from tests.operators import Answer
from tests.parallel import at_the_same_moment
from tests.walk import path

pytestmark = pytest.mark.django_db(transaction=True)


def _call(body: str) -> int:
    return Client().post("/nafath/callback", body, content_type="application/json").status_code


@pytest.mark.postgres
def test_of_twenty_callbacks_and_a_question_at_once_one_activates(nafath_server: NafathServer, resident: User) -> None:
    nafath_server.will_ask()
    asked = nafath.ask(Aim(resident, cases.begin(resident, "nafath")), language="en")
    nafath_server.will_show_its_keys()
    assert _call(callback(nafath_server.token(asked, status="WAITING"))) == 400
    nafath_server.operator.always(Answer(200, {"status": "COMPLETED"}))
    body = callback(nafath_server.token(asked))
    outcomes = at_the_same_moment([*[lambda: _call(body)] * 20, lambda: nafath.look(asked)])
    assert all(outcome in (200, 409) or isinstance(outcome, NafathRequest) for outcome in outcomes), outcomes
    assert outcomes.count(200) <= 1
    resident.refresh_from_db()
    assert (resident.state, NafathRequest.objects.get().state) == (State.ACTIVATED, NafathState.COMPLETED)
    assert Message.objects.filter(purpose="activated").count() == 1
    assert Entry.objects.filter(event="account_activated").count() == 1


def test_of_many_tabs_that_ask_at_once_one_reaches_the_person(nafath_server: NafathServer, resident: User) -> None:
    aim = Aim(resident, cases.begin(resident, "nafath"))
    nafath_server.operator.always(Answer(201, {"transId": "trans-1", "random": "42"}))
    outcomes = at_the_same_moment([lambda: nafath.ask(aim, language="en")] * 8)
    assert {getattr(outcome, "pk", outcome) for outcome in outcomes} == {NafathRequest.objects.get().pk}
    assert nafath_server.paths() == ["/request"]


def test_of_many_tabs_that_look_at_once_one_asks_nafath(nafath_server: NafathServer, resident: User) -> None:
    nafath_server.will_ask()
    asked = nafath.ask(Aim(resident, cases.begin(resident, "nafath")), language="en")
    nafath_server.operator.always(Answer(200, {"status": "WAITING"}))
    at_the_same_moment([lambda: nafath.look(asked)] * 8)
    assert nafath_server.paths().count("/request/status") == 1


def test_a_confirmation_opens_one_session_of_eight_tries(nafath_server: NafathServer, activated: User) -> None:
    browser = Client()
    browser.post(path("login"), {"login_name": activated.username, "password": PASSWORD})
    nafath_server.will_ask()
    browser.post(path("login_nafath_ask"))
    NafathRequest.objects.update(state=NafathState.WAITING)
    nafath_server.will_say("COMPLETED")
    nafath.look(NafathRequest.objects.get())
    flow = CodeFlow.for_purpose(browser.session, Purpose.LOGIN)
    assert flow
    outcomes = at_the_same_moment([lambda: nafath.enter(flow)] * 8)
    assert [outcome for outcome in outcomes if not isinstance(outcome, MoveRefused)] == [activated]
    assert Entry.objects.filter(event="signed_in").count() == 1


def test_of_the_first_errors_none_is_lost(nafath_server: NafathServer) -> None:
    at_the_same_moment([lambda: line.note_error("no_answer")] * line.ERRORS_IN_A_ROW)
    assert line.down_until()
