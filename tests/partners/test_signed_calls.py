"""A signed call, and everything that is not one: API-1."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core import signatures
from core.calling import HttpCall
from core.signatures import ALGORITHMS, NotSigned, new_private_key, public_key_of
from partners.actions import admission
from partners.conformance import MUTATIONS, run
from partners.models import Call, IdempotentCall, Partner, PartnerKey, UsedNonce
from partners.states import State
from tests.parallel import at_the_same_moment
from tests.programs import Program, admit, agreement_of, slug_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_call_signed_by_a_live_key_is_answered(
    algorithm: str, bank: Partner, make_program: Callable[..., Program]
) -> None:
    program = make_program(bank, algorithm)
    answer = program.get()
    assert answer.status == 200
    assert answer.told["slug"] == "riyadh-bank" and answer.told["key_ids"] == [program.keyid]
    assert answer.told["modes"] == ["app", "atm"] and answer.told["purposes"] == ["activation"]
    assert program.say("مرحبًا").told == {"said": "مرحبًا", "partner": "riyadh-bank"}


def test_there_are_fourteen_mutations() -> None:
    assert len(MUTATIONS) == 14


@pytest.mark.parametrize("name", MUTATIONS)
def test_an_altered_call_is_refused_and_changes_nothing(name: str, program: Program) -> None:
    answer = program.send(MUTATIONS[name](program))
    assert answer.status == 401 and slug_of(answer) == "not-authenticated"
    assert answer.headers["www-authenticate"] == "Signature"
    assert not IdempotentCall.objects.exists() and not UsedNonce.objects.exists()


def test_the_refusal_tells_the_caller_nothing_and_the_call_log_everything(program: Program) -> None:
    answers = [program.send(mutation(program)) for mutation in MUTATIONS.values()]
    told = {
        tuple(sorted((name, str(text)) for name, text in a.told.items() if name != "correlation_id")) for a in answers
    }
    assert len(told) == 1
    reasons = set(Call.objects.values_list("reason", flat=True))
    assert reasons == {"signature_does_not_hold", "not_now"}, "Those that name a key are in its partner's log."


def _two_signatures(program: Program, signed: HttpCall) -> dict[str, str]:
    return {
        name: f"{signed.headers[name]}, {signed.headers[name].replace('sig1', 'sig2')}"
        for name in ("Signature-Input", "Signature")
    }


def _bits_flipped(program: Program, signed: HttpCall) -> dict[str, str]:
    raw = bytearray(base64.b64decode(signed.headers["Signature"][6:-1]))
    raw[5] ^= 1
    return {"Signature": f"sig1=:{base64.b64encode(raw).decode()}:"}


def _parameters(old: str, new: str) -> Callable[[Program, HttpCall], dict[str, str]]:
    return lambda program, signed: {"Signature-Input": signed.headers["Signature-Input"].replace(old, new)}


@pytest.mark.parametrize(
    "alter",
    [
        _two_signatures,
        _bits_flipped,
        _parameters(");created", ') ;created="now";created'),
        _parameters(';created=', ';alg="hmac-sha256";created='),
        _parameters(";created=", ";expires=9999999999;created="),
        _parameters('"@method"', '"@method";req'),
        _parameters('"@method" ', ""),
        _parameters('"content-digest"', '"content-digest" "content-type"'),
        _parameters("sig1=", "sig2="),
        _parameters("sig1=(", "sig1=(((("),
        lambda program, signed: {"Signature-Input": "", "Signature": ""},
        lambda program, signed: {"Signature-Input": "sig1=1"},
        lambda program, signed: {"Signature": "sig1=1"},
        lambda program, signed: {"Content-Digest": "md5=:AAAA:"},
        lambda program, signed: {"Content-Digest": "sha-256=:AAAA:"},
    ],
)  # fmt: skip
def test_other_alterations_are_refused_the_same_way(
    alter: Callable[[Program, HttpCall], dict[str, str]], program: Program
) -> None:
    signed = program.signed(program.call())
    answer = program.send(replace(signed, headers=signed.headers | alter(program, signed)))
    assert answer.status == 401
    assert not IdempotentCall.objects.exists()


@hypothesis_settings(max_examples=200)
@given(header=st.sampled_from(["signature-input", "signature", "content-digest"]), text=st.text(max_size=80))
def test_whatever_stands_in_the_headers_is_judged_and_never_breaks_anything(header: str, text: str) -> None:
    private_key = new_private_key("ed25519")
    call = HttpCall("POST", "https://portal.example/api/v1/echo", b"{}")
    signed = {name.lower(): told for name, told in signatures.sign(call, keyid="k", private_key=private_key).items()}
    public = public_key_of(private_key)

    def judge(headers: dict[str, str]) -> None:
        signatures.claimed(headers)
        signatures.verify(replace(call, headers=headers), keyid="k", algorithm=public.algorithm, public_key=public.pem)

    judge(signed)
    with pytest.raises(NotSigned):
        judge(signed | {header: text})


def test_a_call_is_accepted_once_only(program: Program) -> None:
    signed = program.signed(program.call("GET", "/api/v1/partner"))
    assert program.send(signed).status == 200
    assert program.send(signed).status == 401
    assert Call.objects.latest("pk").reason == "nonce_used"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_twenty_equal_calls_at_once_one_is_accepted(program: Program) -> None:
    signed = program.signed(program.call("GET", "/api/v1/partner"))
    answers: list[Any] = at_the_same_moment([lambda: program.send(signed)] * 20)
    assert sorted(answer.status for answer in answers) == [200] + [401] * 19


@pytest.mark.parametrize("seconds", [-55, 55])
def test_a_clock_that_is_nearly_right_is_right_enough(seconds: int, program: Program) -> None:
    created = datetime.now(UTC) + timedelta(seconds=seconds)
    assert program.send(program.signed(program.call(), created=created)).status == 200


@pytest.mark.parametrize("seconds", [-65, 70])
def test_a_clock_that_is_more_than_a_minute_off_is_refused(seconds: int, program: Program) -> None:
    created = datetime.now(UTC) + timedelta(seconds=seconds)
    assert program.send(program.signed(program.call(), created=created)).status == 401


def test_the_nodes_own_clock_does_not_matter(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = program.signed(program.call())
    monkeypatch.setattr("time.time", lambda: 1_000_000_000.0)
    assert program.send(signed).status == 200


def test_the_host_of_the_request_is_not_asked(program: Program) -> None:
    call = program.call("GET", "/api/v1/partner")
    call.headers["Host"] = "another.example"
    assert program.send(program.signed(call)).status == 200


def test_the_query_belongs_to_the_address(program: Program) -> None:
    assert program.get("/api/v1/partner?a=1&b=%20x").status == 200


# --- Keys and partners ----------------------------------------------------------------------------------------------
def test_a_revoked_key_is_refused_at_once(program: Program, key: PartnerKey) -> None:
    admission.revoke_key(key, actor=None)
    assert program.get().status == 401
    assert Call.objects.latest("pk").reason == "revoked_key"


def test_the_new_key_works_beside_the_old_one(
    bank: Partner, program: Program, make_program: Callable[..., Program]
) -> None:
    second = make_program(bank)
    assert (program.get().status, second.get().status) == (200, 200)
    with pytest.raises(admission.TwoKeysLive):
        make_program(bank)
    admission.revoke_key(PartnerKey.objects.get(keyid=program.keyid), actor=None)
    assert make_program(bank).get().status == 200


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_partner_has_two_live_keys_at_most_however_many_are_added_at_once(bank: Partner) -> None:
    keys = [public_key_of(new_private_key("ed25519")) for _ in range(8)]
    at_the_same_moment([lambda key=key: admission.add_key(bank, key, actor=None) for key in keys])
    assert PartnerKey.objects.live().filter(partner=bank).count() <= 2


def test_a_key_that_was_revoked_does_not_come_back(bank: Partner, program: Program, key: PartnerKey) -> None:
    admission.revoke_key(key, actor=None)
    with pytest.raises(admission.KeyKnown):
        admission.add_key(admit("other"), public_key_of(program.private_key), actor=None)


def test_a_suspended_partner_is_told_so_and_nothing_else(bank: Partner, program: Program) -> None:
    admission.change(bank, agreement_of(bank), state=State.SUSPENDED, actor=None)
    answer = program.say()
    assert (answer.status, slug_of(answer)) == (403, "partner-suspended")
    assert not IdempotentCall.objects.exists()
    admission.change(bank, agreement_of(bank), state=State.LIVE, actor=None)
    assert program.get().status == 200


def test_a_partner_in_test_can_call(make_program: Callable[..., Program]) -> None:
    assert make_program(admit("new-bank")).get().told["state"] == "test"


@pytest.mark.parametrize(
    ("address", "status"), [("198.51.100.20", 200), ("198.51.101.1", 403), ("::ffff:198.51.100.9", 200), ("unix", 403)]
)
def test_calls_come_from_the_networks_that_are_registered(
    address: str, status: int, bank: Partner, program: Program
) -> None:
    networks = ("198.51.100.0/24", "2001:db8::/32")
    admission.change(bank, agreement_of(bank, networks=networks), state=State.LIVE, actor=None)
    assert program.from_address(address).get().status == status


def test_a_forged_forwarded_address_opens_no_network(bank: Partner, program: Program) -> None:
    admission.change(bank, agreement_of(bank, networks=("192.0.2.0/24",)), state=State.LIVE, actor=None)
    call = program.call("GET", "/api/v1/partner")
    call.headers["X-Forwarded-For"] = "192.0.2.7"
    assert program.send(program.signed(call)).status == 403


# --- Limits ---------------------------------------------------------------------------------------------------------
def test_a_partner_has_so_many_calls_a_minute(bank: Partner, program: Program) -> None:
    admission.change(bank, agreement_of(bank, calls_a_minute=3), state=State.LIVE, actor=None)
    answers = [program.get() for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    waiting = answers[-1].told["retry_in_seconds"]
    assert 1 <= waiting <= 61 and answers[-1].headers["retry-after"] == str(waiting)


def test_calls_that_nobody_signed_are_limited_by_network_and_harm_no_partner(program: Program) -> None:
    bare = program.call("GET", "/api/v1/partner")
    statuses = [program.send(bare).status for _ in range(61)]
    assert statuses == [401] * 60 + [429]
    assert program.get().status == 200
    assert program.from_address("203.0.113.9").send(bare).status == 401


# --- What a call costs ----------------------------------------------------------------------------------------------
SIGNED_READ_QUERIES = 5  # the key with its partner, the nonce, the budget, the live keys, the call log
SIGNED_WRITE_QUERIES = (
    6  # the key with its partner, the nonce, the budget, the idempotency key, its answer, the call log
)


def test_a_signed_read_asks_the_database_so_often(program: Program, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(SIGNED_READ_QUERIES):
        assert program.get().status == 200


def test_a_signed_write_asks_the_database_so_often(program: Program, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(SIGNED_WRITE_QUERIES):
        assert program.say().status == 200


# --- The kit --------------------------------------------------------------------------------------------------------
def test_the_portal_answers_every_check_of_the_conformance_kit(program: Program) -> None:
    results = list(run(program, program.send))
    assert len(results) > 20
    assert [result for result in results if not result.holds] == []
