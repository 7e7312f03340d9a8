"""Any operator that takes a text by one HTTP call, described by settings.SMS_HTTP."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from core.calling import THIS_MACHINE
from messaging.gateways._calling import Answer, HttpCall, answer_to
from messaging.gateways._profiles import Profile
from messaging.gateways.base import Gateway, PermanentRefusal, TemporaryFailure

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
# The operator is busy with this very call, with too many of ours, or gave up waiting for it: not a verdict on the message.
_MAY_WORK_LATER = {408: "operator_error", 409: "operator_error", 429: "busy"}
# Our name or password, likewise.
_NOT_AUTHORISED = (401, 403)


class Http(Gateway):
    name = "http"

    @property
    def profile(self) -> Profile:
        http = settings.SMS_HTTP
        return Profile(
            url=http["url"],
            method=http["method"],
            body_format=http["body_format"],
            headers=http["headers"],
            body=http["body"],
            reference_path=http["reference_path"],
            success_path=http["success_path"],
            success_values=(http["success_value"],),
        )

    @property
    def credentials(self) -> Mapping[str, str]:
        """Places in the profile besides those of the message."""
        return {}

    @property
    def knows_repeats(self) -> bool:
        """Who asks for the reference is expected to look at it."""
        return self.profile.carries_reference

    def send(self, *, to: str, text: str, reference: str) -> str:
        profile = self.profile
        values = {"to": to, "to_digits": to.removeprefix("+"), "text": text, "reference": reference}
        answer = answer_to(_call(profile, {**self.credentials, **values}))
        _judge(profile, answer)
        return _printable(_at_path(answer, profile.reference_path, or_nothing=True))

    def check_config(self) -> list[CheckMessage]:
        return [*url_faults("SMS_HTTP_URL", settings.SMS_HTTP["url"]), *_template_faults(self.profile)]


def _call(profile: Profile, values: Mapping[str, str]) -> HttpCall:
    url = _filled(profile.url, {name: quote(value, safe="") for name, value in values.items()})
    call = HttpCall(profile.method, url, headers=_filled(profile.headers, values))
    if profile.basic_auth:
        call = call.with_password(values["account"], values["secret"])
    body = _filled(profile.body, values)
    if profile.body_format == "json":
        return call.with_json(body)
    return call.with_query(body) if profile.method == "GET" else call.with_form(body)


def _judge(profile: Profile, answer: Answer) -> None:
    """Raises TemporaryFailure, PermanentRefusal."""
    is_refused = not 200 <= answer.status < 300 or not _says_success(profile, answer)
    if not is_refused:
        return
    code = _text_of(_at_path(answer, profile.problem_path, or_nothing=True)) if profile.problem_path else ""
    if code in profile.permanent:
        raise PermanentRefusal(profile.permanent[code])
    if code in profile.temporary:
        raise TemporaryFailure(profile.temporary[code])
    _judge_status(answer.status)
    raise PermanentRefusal("refused")


def _judge_status(status: int) -> None:
    if status >= 500 or status in _MAY_WORK_LATER:
        raise TemporaryFailure(_MAY_WORK_LATER.get(status, "operator_error"))
    if status in _NOT_AUTHORISED:
        raise TemporaryFailure("not_authorised")


def _says_success(profile: Profile, answer: Answer) -> bool:
    path = profile.success_path
    return not path or _text_of(_at_path(answer, path)) in profile.success_values


def _at_path(answer: Answer, path: str, *, or_nothing: bool = False) -> Any:
    """The value at `data.0.id`; None when it is not there or there is no path. Raises TemporaryFailure for an answer that
    is no JSON, unless nothing will do."""
    if not path:
        return None
    try:
        value = json.loads(answer.content)
    except (ValueError, RecursionError):
        if or_nothing:
            return None
        raise TemporaryFailure("unreadable_answer", may_have_arrived=True) from None
    for step in path.split("."):
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, TypeError, ValueError):
            return None
    return value


def _printable(reference: Any) -> str:
    return "" if reference is None else re.sub(r"[^!-~]", "", str(reference))[:80]


def _text_of(value: Any) -> str:
    """As JSON writes it (true, null, 0), but a string without its quotes."""
    return value if isinstance(value, str) else json.dumps(value)


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    """All placeholders of a string at once, so that a text which contains "{to}" stays as it is."""
    if isinstance(template, Mapping):
        return {key: _filled(part, values) for key, part in template.items()}
    if isinstance(template, list):
        return [_filled(part, values) for part in template]
    if isinstance(template, str):
        return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)
    return template


def url_faults(variable: str, address: str) -> list[CheckMessage]:
    url = urlsplit(address)
    if url.scheme not in ("http", "https") or not url.hostname:
        problem = f"{variable} is not set. Set it to the address of your operator's HTTP API."
        return [Error(problem, id="messaging.E010")]
    if url.scheme == "http" and url.hostname not in THIS_MACHINE:
        return [Error(f"{variable} carries codes and must start with https://.", id="messaging.E011")]
    return []


def _template_faults(profile: Profile) -> list[CheckMessage]:
    http, faults = settings.SMS_HTTP, list[CheckMessage]()
    body = str(http["body"])
    if "{text}" not in body or not ("{to}" in body or "{to_digits}" in body):
        faults.append(Error("SMS_HTTP_BODY needs the places {to} (or {to_digits}) and {text}.", id="messaging.E012"))
    if not profile.carries_reference:
        hint = "Without it the operator cannot tell a repeat: a text whose answer got lost is not sent to it again."
        faults.append(Warning("SMS_HTTP_BODY has no place for {reference}.", hint=hint, id="messaging.W013"))
    if http["success_value"] and not http["success_path"]:
        faults.append(Error("SMS_HTTP_SUCCESS_VALUE needs SMS_HTTP_SUCCESS_PATH.", id="messaging.E014"))
    if http["method"] not in ("POST", "PUT", "GET") or (http["method"] == "GET" and http["body_format"] == "json"):
        faults.append(
            Error(
                "SMS_HTTP_METHOD must be POST or PUT, or GET with SMS_HTTP_BODY_FORMAT=form.",
                id="messaging.E015",
            )
        )
    if not isinstance(http["body"], dict) or not isinstance(http["headers"], dict):
        faults.append(Error("SMS_HTTP_BODY and SMS_HTTP_HEADERS must be JSON objects.", id="messaging.E016"))
    return faults
