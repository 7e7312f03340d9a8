"""The API with the two-digit number (domain §4)."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings

from activation.nafath import line
from activation.nafath.line import NafathFailed, NafathRefused
from activation.states import NafathState
from core.calling import HttpCall

# Of Nafath: the person has an open request already, perhaps somebody else's; and what it knows nothing of any more.
_OPEN_ALREADY, _GONE = "400-034-050", ("400-034-051", "400-034-053")
_STATES = {
    "WAITING": NafathState.WAITING,
    "COMPLETED": NafathState.COMPLETED,
    "REJECTED": NafathState.REJECTED,
    "EXPIRED": NafathState.EXPIRED,
}
_NUMBER = re.compile(r"[0-9]{1,2}", re.ASCII)
_TRANSACTION = re.compile(r"[!-~]{1,80}", re.ASCII)


class OpenElsewhere(Exception):
    """Nafath shows the person another request, of whomever, and takes no second one."""


class Asked(NamedTuple):
    transaction: str
    number: str


def ask(id_number: str, request_id: UUID, *, service: str, language: str) -> Asked:
    """Shows the person a request in the app. Raises OpenElsewhere, NafathFailed, NafathDown, NafathRefused."""
    try:
        told = _post(
            "/request",
            {"nationalId": id_number, "service": service},
            {"local": language, "requestId": str(request_id)},
        )
    except NafathRefused as refused:
        if refused.code == _OPEN_ALREADY:
            raise OpenElsewhere from None
        raise
    transaction, number = _text(told, "transId"), _text(told, "random")
    if not (_TRANSACTION.fullmatch(transaction) and _NUMBER.fullmatch(number)):
        raise _says_nothing()
    return Asked(transaction, number.zfill(2))


def state_of(id_number: str, asked: Asked) -> NafathState:
    """Raises NafathFailed, NafathDown, NafathRefused."""
    said = {"nationalId": id_number, "transId": asked.transaction, "random": asked.number}
    try:
        told = _post("/request/status", said, {})
    except NafathRefused as refused:
        if refused.code in _GONE:
            return NafathState.EXPIRED
        raise
    state = _STATES.get(_text(told, "status"))
    if state is None:
        raise _says_nothing()
    return state


def key_list() -> dict[str, Any]:
    """Raises NafathFailed, NafathDown, NafathRefused."""
    return line.ask(_call("GET", "/jwk"))


def state_named(status: object) -> NafathState | None:
    return _STATES.get(status) if isinstance(status, str) else None


def _post(path: str, said: Mapping[str, str], params: Mapping[str, str]) -> dict[str, Any]:
    return line.ask(_call("POST", path).with_query(params).with_json(said))


def _call(method: str, path: str) -> HttpCall:
    nafath = settings.NAFATH
    known = {"APP-ID": nafath["app_id"], "APP-KEY": nafath["app_key"]}
    return HttpCall(method, f"{nafath['url']}/api/v1/mfa{path}", headers=known)


def _text(told: Mapping[str, Any], name: str) -> str:
    """Numbers come as numbers from some, as texts from others."""
    value = told.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _says_nothing() -> NafathFailed:
    line.note_error("unreadable_answer")
    return NafathFailed("unreadable_answer")
