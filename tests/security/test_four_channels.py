"""A bank, a kiosk, an officer and Nafath prove one claim in the same moment, each through its own entrance (API-3)."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.states import State
from activation.actions import cases, nafath
from activation.actions.nafath import Aim
from activation.models import ActivationCase, Attempt, NafathRequest
from activation.states import AttemptState, CaseState, NafathState
from audit.models import Entry
from messaging.models import SendCounter
from partners.conformance import Answer
from partners.models import Partner
from registry.models import Person
from services.models import Notice
from tests.asking import day
from tests.cast import Phone
from tests.devices import Kiosk, problem
from tests.nafath import NafathServer, callback
from tests.officers.conftest import enter
from tests.parallel import at_the_same_moment
from tests.partners.test_bank_activation import Bank
from tests.programs import Program

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

Act = Callable[[], Any]
ROUNDS = 25
DESK = "/en/admin/activation/attempt/"
# What a channel can be told that comes too late.
TOO_LATE = {(409, "already-activated"), (409, "attempt-ended"), (409, "code-ended")}
DECIDED = ("decided a moment ago", "already has an activated account")


class FourChannels:
    """Each has an attempt that only wants its last step."""

    def __init__(self, user: User, phone: Phone, bank: Bank, kiosk: Kiosk, desk: Client, server: NafathServer) -> None:
        self.user, self.phone, self.desk, self.server = user, phone, desk, server
        self.acts: dict[str, Act] = {
            "bank": self._at(bank.confirm, bank.begin(user)),
            "kiosk": self._at(kiosk.confirm, kiosk.visit("activation", user, user.mobile)),
            "officer": self._with_the_officer(),
            "nafath": self._in_the_app(),
        }

    def _at(self, confirm: Callable[[str, str], Answer], begun: Answer) -> Act:
        reference, code = begun.told["reference"], self.phone.newest_code()
        SendCounter.objects.all().delete()
        return lambda: confirm(reference, code)

    def _with_the_officer(self) -> Act:
        attempt = cases.begin(self.user, "officer")
        self.desk.post(DESK, {"searched": str(attempt.visit_code)})
        document = {
            "id_number": self.user.id_number, "name": "Samer Nabil Hasan Alomari",
            "fingerprint": "matched", "confirmed": "on", **day("birth_date", date(1988, 4, 17)),
        }  # fmt: skip
        return lambda: self.desk.post(f"{DESK}{attempt.pk}/", document)

    def _in_the_app(self) -> Act:
        self.server.will_ask()
        asked = nafath.ask(Aim(self.user, cases.begin(self.user, "nafath")), language="en")
        self.server.will_show_its_keys()
        token = callback(self.server.token(asked))
        return lambda: Client().post("/nafath/callback", token, content_type="application/json")

    def meet(self, first: int) -> dict[str, Any]:
        """What each was answered. They start together; `first` is the one whose thread starts first."""
        names = list(self.acts)
        names = names[first:] + names[:first]
        return dict(zip(names, at_the_same_moment([self.acts[name] for name in names]), strict=True))

    def has_proven(self) -> set[str]:
        return set(Attempt.objects.filter(state=AttemptState.PROVEN).values_list("channel", flat=True))

    def told_at_the_desk(self) -> str:
        return re.sub(r"\s+", " ", self.desk.get(DESK).content.decode())


@pytest.fixture
def four(
    resident: User,
    phone: Phone,
    bank: Partner,
    kiosk: Kiosk,
    passports: User,
    nafath_server: NafathServer,
    make_program: Callable[..., Program],
) -> FourChannels:
    return FourChannels(resident, phone, Bank(make_program(bank)), kiosk, enter(Client(), passports), nafath_server)


@pytest.mark.parametrize("time", range(ROUNDS))
def test_of_four_channels_that_prove_at_once_one_activates_and_the_others_are_told(
    time: int, four: FourChannels, resident: User, phone: Phone, person: Person
) -> None:
    answers = four.meet(first=time % 4)
    (winner,) = four.has_proven()
    _each_is_told(four, answers, winner)
    resident.refresh_from_db()
    assert resident.state == State.ACTIVATED
    assert ActivationCase.objects.get().state == CaseState.ACTIVATED
    assert Attempt.objects.filter(state=AttemptState.VOIDED).count() == 3
    assert [message.purpose for message in phone.messages()].count("activated") == 1
    assert Notice.objects.filter(user=resident).count() == 1
    assert Entry.objects.filter(event="account_activated", subject_id=resident.pk).count() == 1


def _each_is_told(four: FourChannels, answers: dict[str, Any], winner: str) -> None:
    for channel in ("bank", "kiosk"):
        answer = answers[channel]
        assert (answer.status == 200) == (winner == channel)
        assert winner == channel or problem(answer) in TOO_LATE
    assert answers["officer"]["Location"] == DESK
    told = four.told_at_the_desk()
    assert any(sentence in told for sentence in DECIDED) == (winner != "officer")
    assert answers["nafath"].status_code in (200, 204)
    expected = NafathState.COMPLETED if winner == "nafath" else NafathState.FAILED
    assert NafathRequest.objects.get().state == expected


@pytest.mark.parametrize("winner", ["bank", "kiosk", "officer", "nafath"])
def test_whoever_comes_after_the_proof_is_told_so(winner: str, four: FourChannels, phone: Phone) -> None:
    four.acts[winner]()
    assert four.has_proven() == {winner}
    answers = {channel: act() for channel, act in four.acts.items() if channel != winner}
    for channel in {"bank", "kiosk"} - {winner}:
        assert problem(answers[channel]) in TOO_LATE
    assert winner == "officer" or any(sentence in four.told_at_the_desk() for sentence in DECIDED)
    assert four.has_proven() == {winner}
    assert [message.purpose for message in phone.messages()].count("activated") == 1
