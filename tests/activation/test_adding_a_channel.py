"""A channel is one file and one line: this test writes both, and an account is activated through it."""

import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from accounts.actions import claims
from accounts.models import User
from accounts.states import State
from activation.actions import cases
from activation.checks import check_channels
from activation.models import ActivationCase, Attempt
from activation.states import AttemptState, CaseState
from registry.models import Person
from tests.cast import Phone, sign_in
from tests.walk import path

pytestmark = pytest.mark.django_db

THE_FILE = dedent(
    """
    from datetime import timedelta

    from activation.channels.base import Channel, ChannelPolicy
    from activation.models import new_visit_code


    class Postman(Channel):
        name = "postman"
        title = "The postman"
        summary = "The postman brings a letter and looks at your document."
        time_needed = "Two days"
        policy = ChannelPolicy(
            name="postman",
            kinds=("citizen", "resident"),
            attempt_life=timedelta(days=10),
            takes_fingerprint=False,
            purposes=("activation",),
            moves_mobile_at_once=False,
        )

        def beginning(self):
            return {"visit_code": new_visit_code()}

        def steps(self, person, purpose):
            return ("Open the door.", "Show the code and your document.")
    """
)
THE_LINE = "late_channel.Postman"


@pytest.fixture(autouse=True)
def added(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "late_channel.py").write_text(THE_FILE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "late_channel", raising=False)
    settings.ACTIVATION_CHANNELS = [*settings.ACTIVATION_CHANNELS, THE_LINE]


def _begin(window: Client) -> str:
    answer = window.post(path("activation_begin").replace("/officer/", "/postman/"), follow=True)
    return answer.content.decode()


def test_the_switchboard_takes_it() -> None:
    assert check_channels(None) == []


def test_it_stands_on_the_hub_with_what_it_says_of_itself(window: Client) -> None:
    shown = window.get(path("activation")).content.decode()
    assert all(said in shown for said in ("The postman", "brings a letter", "Two days"))


def test_its_attempt_goes_on_on_a_page_with_its_steps_and_its_code(window: Client, resident: User) -> None:
    shown = _begin(window)
    attempt = Attempt.objects.get(case__user=resident, channel="postman")
    assert str(attempt.visit_code) in shown and "Show the code and your document." in shown
    assert "Not activated yet." in shown


def test_its_proof_activates_the_account_and_the_open_page_notices(
    window: Client, resident: User, phone: Phone
) -> None:
    _begin(window)
    attempt = Attempt.objects.get(channel="postman")
    with transaction.atomic():
        claims.take_turn(resident)
        cases.prove(attempt, actor=None)
    assert User.objects.get(pk=resident.pk).state == State.ACTIVATED
    assert Attempt.objects.get(pk=attempt.pk).state == AttemptState.PROVEN
    assert ActivationCase.objects.get(user=resident).state == CaseState.ACTIVATED
    assert "The postman" in phone.newest_text()
    state = window.get(path("activation_state").replace("/bank/", "/postman/")).content.decode()
    assert "Your account is activated." in state


def test_its_policy_closes_it_to_whom_it_does_not_take(
    make_person: Callable[..., Person], make_account: Callable[..., User]
) -> None:
    visitor = make_account("visitor26", make_person("3000000004").id_number, "+966512345677")
    shown = sign_in(Client(), visitor).get(path("activation")).content.decode()
    assert "/begin/postman/" not in shown and "The postman" in shown
    assert "It cannot prove people with your kind of identity number." in shown
