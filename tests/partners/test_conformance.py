"""The conformance kit: the portal against its documentation, and a bank's program against a good one."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from activation import conformance as activation
from core.signatures import ALGORITHMS
from partners import rehearsal
from partners.conformance import Answer, Machine, Result, run, told, waits
from partners.models import Call, Device, Kind, Partner
from partners.words import Mode, Purpose
from tests.devices import place
from tests.programs import Program, admit

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_test(make_program: Any) -> Program:
    """The program of a bank that is in test still."""
    return make_program(admit("bank-in-test"))


def _failed(results: list[Result]) -> list[Result]:
    return [result for result in results if not result.holds]


def test_the_portal_answers_a_bank_in_test_as_it_is_written(in_test: Program) -> None:
    results = list(run(in_test, in_test.send))
    assert _failed(results) == []
    checks = {result.check for result in results}
    assert len(checks) == len(results) > 50
    assert {
        "look-up: a match", "look-up: mobile-differs", "begin: the same call again", "confirm: code-ended",
        "confirm: codes-rest", "confirm: call-in-flight", "confirm: the right code", "its key with another body",
    } <= checks  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "mode", "device_kind", "check"),
    [
        (Kind.KIOSK_OPERATOR, Mode.KIOSK, Device.Kind.KIOSK, "kiosk: account-paused"),
        (Kind.ATM_NETWORK, Mode.ATM, Device.Kind.ATM, "ATM: a border number without a finger"),
    ],
)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_portal_answers_the_machines_of_an_operator_in_test(
    algorithm: str, kind: Kind, mode: Mode, device_kind: Device.Kind, check: str, make_program: Any
) -> None:
    operator = admit("machines-in-test", kind, modes=(mode,), purposes=tuple(Purpose))
    device, private_key = place(operator, "machine-1", device_kind, algorithm)
    program = make_program(operator)
    results = list(run(program, program.send, Machine(device.identifier, private_key)))
    assert _failed(results) == [] and check in {result.check for result in results}
    judged = _judged("machines-in-test")
    assert judged["a visit was confirmed"] == judged["a reader is told: fingerprint-not-readable"] == "yes"


def test_a_live_bank_is_not_played_with(program: Program) -> None:
    results = list(run(program, program.send))
    assert _failed(results) == [] and not [result for result in results if result.check.startswith("begin")]


def test_a_portal_that_answers_otherwise_fails_the_check(in_test: Program) -> None:
    def careless(call: Any) -> Answer:
        answer = in_test.send(call)
        return replace(answer, headers={}) if answer.status == 429 else answer

    failed = _failed(list(run(in_test, careless)))
    assert [result.check for result in failed] == ["confirm: codes-rest"]
    assert failed[0].expected.endswith("Retry-After") and not failed[0].got.endswith("Retry-After")


def test_a_time_to_wait_is_told_in_header_and_body_alike() -> None:
    body = {"type": "https://portal.example/api/problems/codes-rest", "retry_in_seconds": 60}
    assert waits("c", "429 codes-rest", Answer(429, {"retry-after": "60"}, body)).holds
    assert not waits("c", "429 codes-rest", Answer(429, {"retry-after": "59"}, body)).holds
    assert told("c", "429 codes-rest", Answer(429, {}, body)).holds


# --- The partner's own program --------------------------------------------------------------------------------------
def _judged(slug: str) -> dict[str, str]:
    return {result.check: result.got for result in rehearsal.look_back(Partner.objects.get(slug=slug), hours=24)}


def test_a_program_that_has_met_everything_passes(in_test: Program) -> None:
    """The kit's own calls, without those that are wrong on purpose."""
    partner = {"kind": "bank", "modes": ["app"]}
    list(activation.checks(in_test, in_test.send, partner, None))
    Call.objects.filter(problem__in=("invalid-input", "not-found")).delete()
    judged = _judged("bank-in-test")
    assert judged.pop("who is told to wait does not call at once") == "no", "The kit does not wait."
    assert set(judged.values()) == {"yes"}


def test_a_program_is_told_what_it_has_not_shown_yet_and_what_it_did_wrong(in_test: Program) -> None:
    assert _judged("bank-in-test")["calls came and were answered"] == "not yet"
    in_test.get()
    bad = replace(in_test.signed(in_test.call()), body=json.dumps({"say": "forged"}).encode())
    in_test.send(bad)
    judged = _judged("bank-in-test")
    assert judged["calls came and were answered"] == "yes"
    assert judged["no call fails its signature"] == "1 times: signature_does_not_hold"
    assert judged["a write was repeated with its key"] == judged["an attempt was confirmed"] == "not yet"


def test_who_calls_on_though_told_to_wait_is_found_out(in_test: Program) -> None:
    call = in_test.asking("/api/v1/activation/attempts/test-begun/confirmation", code="222222")
    in_test.send(in_test.signed(call))
    check = "who is told to wait does not call at once"
    assert _judged("bank-in-test")[check] == "yes"
    in_test.send(in_test.signed(call))
    assert _judged("bank-in-test")[check] == "no"


def test_the_command_judges_a_program_and_fails_when_it_does(in_test: Program, tmp_path: Path) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match=r"\d+ of \d+ checks failed"):
        call_command("partner_conformance", partner="bank-in-test", look_back=24, stdout=out)
    assert "FAIL  calls came and were answered" in out.getvalue() and "(expected yes)" in out.getvalue()
    with pytest.raises(CommandError, match="There is no partner"):
        call_command("partner_conformance", partner="nobody", look_back=24)
    with pytest.raises(CommandError, match="--key"):
        call_command("partner_conformance", partner="bank-in-test")
    (tmp_path / "bank.pem").write_text(in_test.private_key)
    with pytest.raises(CommandError, match="--device-key"):
        call_command("partner_conformance", partner="bank-in-test", key=tmp_path / "bank.pem", device="kiosk-1")
