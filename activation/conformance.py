"""What the conformance kit does with the calls of activations, for a bank in test: magic numbers and codes give each outcome
(sandbox.py). And which of these outcomes a bank's own program has to have met."""

from collections.abc import Iterator
from typing import Any

from activation.problems import CHANNEL_DOWN, CODE_WRONG, NO_CLAIM
from activation.sandbox import MATCHES, OF_CODES, OF_NUMBERS, RIGHT_CODE, WHILE_DOWN
from partners.conformance import Answer, Machine, Result, Send, Signer, replayed, told, waits
from partners.problems import Kind
from partners.rehearsal import Step

_MOBILE, _NOBODY, _WRONG_CODE = "+966512345678", "1111111116", "471302"
_ACTIVATION = "/api/v1/activation"


def checks(signer: Signer, send: Send, partner: dict[str, Any], machine: Machine | None) -> Iterator[Result]:
    """`partner` as GET /api/v1/partner tells it."""
    if partner["kind"] == "bank":
        yield from _look_ups(signer, send)
        yield from _attempts(signer, send, partner["modes"][0])


def steps(partner_kind: str) -> list[Step]:
    """What a bank's program has to have lived through in test."""
    if partner_kind != "bank":
        return []
    place = "/api/v1/activation/attempts"
    confirmation = f"POST {place}/{{reference}}/confirmation"
    of_numbers = [
        Step(f"a person is told: {kind.slug}", problem=kind.slug) for kind in (*OF_NUMBERS.values(), NO_CLAIM)
    ]
    of_codes = [Step(f"a code is told: {kind.slug}", problem=kind.slug) for kind in (CODE_WRONG, *OF_CODES.values())]
    return [
        Step("an attempt was begun", operation=f"POST {place}", status=201),
        Step(f"an outage is told: {CHANNEL_DOWN.slug}", problem=CHANNEL_DOWN.slug),
        *of_numbers,
        *of_codes,
        Step("another code was sent", operation=f"POST {place}/{{reference}}/code", status=200),
        Step("an attempt was confirmed", operation=confirmation, status=200),
        Step("an attempt was asked for that lost its answer", operation=f"GET {place}/{{reference}}", status=200),
    ]


def _look_ups(signer: Signer, send: Send) -> Iterator[Result]:
    def look_up(id_number: str, **more: Any) -> Answer:
        return send(signer.signed(signer.asking(f"{_ACTIVATION}/lookups", id_number=id_number, mobile=_MOBILE, **more)))

    yield told("look-up: a match", "200", look_up(MATCHES))
    for number, kind in {**OF_NUMBERS, _NOBODY: NO_CLAIM}.items():
        yield told(f"look-up: {kind.slug}", expected(kind), look_up(number))
    yield told("look-up: a number that is none", "422 invalid-input", look_up("2000000007"))
    yield told("look-up: a field nobody knows", "422 invalid-input", look_up(MATCHES, shout=1))


def _attempts(signer: Signer, send: Send, mode: str) -> Iterator[Result]:
    beginning = signer.asking(f"{_ACTIVATION}/attempts", id_number=MATCHES, mobile=_MOBILE, mode=mode)
    begun = send(signer.signed(beginning))
    yield told("begin: the code is sent", "201", begun)
    if begun.status != 201:
        return
    yield replayed("begin: the same call again", "201", begun, send(signer.signed(beginning)))
    for number, kind in {**OF_NUMBERS, _NOBODY: NO_CLAIM}.items():
        refused = signer.asking(f"{_ACTIVATION}/attempts", id_number=number, mobile=_MOBILE, mode=mode)
        yield told(f"begin: {kind.slug}", expected(kind), send(signer.signed(refused)))
    while_down = signer.asking(f"{_ACTIVATION}/attempts", id_number=WHILE_DOWN, mobile=_MOBILE, mode=mode)
    yield waits(f"begin: {CHANNEL_DOWN.slug}", expected(CHANNEL_DOWN), send(signer.signed(while_down)))
    attempt = f"{_ACTIVATION}/attempts/{begun.told['reference']}"
    again = send(signer.signed(signer.asking(f"{attempt}/code")))
    yield told("another code", "200", again)
    yield told("how it stands", "200", send(signer.signed(signer.call("GET", attempt))))
    yield told("somebody else's attempt", "404 not-found", send(signer.signed(signer.call("GET", f"{attempt}x"))))
    yield from _codes(signer, send, attempt)


def _codes(signer: Signer, send: Send, attempt: str) -> Iterator[Result]:
    def confirm(code: str) -> Answer:
        return send(signer.signed(signer.asking(f"{attempt}/confirmation", code=code)))

    wrong = confirm(_WRONG_CODE)
    yield told("confirm: a wrong code", expected(CODE_WRONG), wrong)
    left = wrong.told.get("attempts_left") if wrong.told else None
    yield Result("confirm: how many tries are left", "a number", "a number" if isinstance(left, int) else "nothing")
    for code, kind in OF_CODES.items():
        judge = waits if kind.can_retry else told
        yield judge(f"confirm: {kind.slug}", expected(kind), confirm(code))
    yield told("confirm: no code", "422 invalid-input", confirm("12"))
    call = signer.asking(f"{attempt}/confirmation", code=RIGHT_CODE)
    confirmed = send(signer.signed(call))
    yield told("confirm: the right code", "200", confirmed)
    yield replayed("confirm: the same call again", "200", confirmed, send(signer.signed(call)))


def expected(kind: Kind) -> str:
    return f"{kind.status} {kind.slug}"
