"""Who reaches what (AZ-1): every route has a class, and a class says how each of the cast is answered.

A new route goes into one line of `CLASSES`; a model that the administration shows, into `RECORDS`. One whose pages belong to
somebody (`OWN`, `DESK_OBJECT`) also says in `test_access_matrix.arguments` which object it is asked for."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import LocalePrefixPattern, RoutePattern


class Who(StrEnum):
    ANONYMOUS = "anonymous"
    HALF_SIGNED_IN = "half signed in"
    REGISTERED = "registered, not activated"
    OWNER = "owner"
    STRANGER = "stranger"
    HEAD = "head of the owner's household"
    PASSPORTS = "Passports officer"
    CIVIL_AFFAIRS = "Civil Affairs officer"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    SUPERUSER = "superuser"


class Answer(StrEnum):
    SHOWN = "shown"
    LED_ON = "led on"
    SIGN_IN = "led to the sign-in"
    ACTIVATION = "led to the activation"
    DESK = "led to the desk"
    DESK_SIGN_IN = "led to the officers' sign-in"
    REFUSED = "400"
    UNKNOWN = "401"
    FORBIDDEN = "403"
    NOT_THERE = "404"
    NO_SUCH_METHOD = "405"


SHOWN, LED_ON, SIGN_IN, ACTIVATION, DESK, DESK_SIGN_IN, REFUSED, UNKNOWN, FORBIDDEN, NOT_THERE, NO_SUCH_METHOD = Answer
NOBODY = (Who.ANONYMOUS, Who.HALF_SIGNED_IN)
ACTIVATED = (Who.OWNER, Who.STRANGER, Who.HEAD)
RESIDENTS = (Who.REGISTERED, *ACTIVATED)
DECIDERS = (Who.PASSPORTS, Who.CIVIL_AFFAIRS, Who.SUPERVISOR, Who.SUPERUSER)
OFFICERS = (*DECIDERS, Who.AUDITOR)
Answers = dict[Who, frozenset[Answer]]
IN = (SHOWN, LED_ON)


def answers(*rows: tuple[tuple[Who, ...], tuple[Answer, ...]]) -> Answers:
    """A later row overrules an earlier one."""
    return {who: frozenset(allowed) for group, allowed in rows for who in group}


@dataclass(frozen=True)
class Access:
    """How the cast is answered to a GET and to a POST."""

    get: Answers
    post: Answers

    @property
    def is_personal(self) -> bool:
        """Shown to somebody, and not to everybody."""
        return SHOWN not in self.get[Who.ANONYMOUS]


def read(get: Answers) -> Access:
    return Access(get, _without_method(get))


def form(get: Answers, post: Answers | None = None) -> Access:
    """What is sent may also lead on to the next page."""
    shown = {who: allowed | {LED_ON} if SHOWN in allowed else allowed for who, allowed in get.items()}
    return Access(get, post or shown)


def act(post: Answers) -> Access:
    return Access(_without_method(post), post)


def _without_method(asked: Answers) -> Answers:
    """Pages refuse a wrong method before they ask who it is; the administration, after its sign-in."""
    return {
        who: allowed if allowed == {DESK_SIGN_IN} else frozenset({NO_SUCH_METHOD}) for who, allowed in asked.items()
    }


_EVERYBODY = tuple(Who)
_ALL_SHOWN = answers((_EVERYBODY, (SHOWN,)))
_LED = answers((_EVERYBODY, (LED_ON, SIGN_IN, ACTIVATION, DESK)))
_ALL_IN = answers((_EVERYBODY, IN))
_RESIDENT = answers((NOBODY, (SIGN_IN,)), (RESIDENTS, (SHOWN,)), (OFFICERS, (DESK,)))
_RESIDENT_LED = _RESIDENT | answers((RESIDENTS, (LED_ON,)))
_ACTIVATED = _RESIDENT | answers(((Who.REGISTERED,), (ACTIVATION,)))
_OWN = _ACTIVATED | answers(((Who.STRANGER, Who.HEAD), (NOT_THERE,)))
_OWN_LED = _OWN | answers(((Who.OWNER,), (LED_ON,)))
_ACTIVATING = _RESIDENT | answers((RESIDENTS, (SHOWN, LED_ON, ACTIVATION)))
_OUTSIDE = answers((_EVERYBODY, (LED_ON,)), (NOBODY, (SHOWN,)))
_SECOND_STEP = _LED | answers(((Who.HALF_SIGNED_IN,), (SHOWN,)))
_NOT_SIGNED = answers((_EVERYBODY, (REFUSED, UNKNOWN, FORBIDDEN, NOT_THERE, NO_SUCH_METHOD)))
_DESK = answers((NOBODY + RESIDENTS, (DESK_SIGN_IN,)), (OFFICERS, (SHOWN,)))
_DECIDERS_DESK = _DESK | answers(((Who.AUDITOR,), (FORBIDDEN,)))
_DECIDERS_IN = _DECIDERS_DESK | answers((DECIDERS, IN))
_DEPARTMENTS_OBJECT = _DECIDERS_DESK | answers(((Who.PASSPORTS,), (NOT_THERE,)))
_DEPARTMENTS_MOVE = _DEPARTMENTS_OBJECT | answers(((Who.CIVIL_AFFAIRS, Who.SUPERVISOR, Who.SUPERUSER), (LED_ON,)))
_SUPERVISORS = _DESK | answers((OFFICERS, (FORBIDDEN,)), ((Who.SUPERVISOR, Who.SUPERUSER), (SHOWN,)))
_SUPERUSERS = _DESK | answers((OFFICERS, (FORBIDDEN,)), ((Who.SUPERUSER,), (SHOWN,)))
_SUPERUSERS_OBJECT = _DESK | answers((OFFICERS, (NOT_THERE,)), ((Who.SUPERUSER,), (SHOWN,)))

CLASSES: dict[str, tuple[Access, tuple[str, ...]]] = {
    "public pages": (
        read(_ALL_SHOWN),
        ("livez", "readyz", "api_keys", "home", "individuals", "terms", "privacy", "text_commands",
         "api_reference", "api_try", "api_problems", "captcha_refresh"),
    ),
    "a public form, and a public document that takes any method": (
        form(_ALL_SHOWN), ("registration", "partner_api:openapi-json"),
    ),
    "a picture that belongs to a form of this session": (
        read(answers((_EVERYBODY, (SHOWN, NOT_THERE)))), ("captcha_image", "captcha_sound"),
    ),
    "entrances": (form(_OUTSIDE), ("login", "recovery")),
    "numbers and words of a wait, for the script of a page": (
        read(_ALL_SHOWN), ("code_state", "activation_nafath_state", "other_calendar", "login_nafath_state", "activation_state"),
    ),
    "steps that nobody reaches without the one before": (
        form(_LED),
        ("registration_code", "registration_mobile", "registration_username", "login_mobile", "login_password",
         "recovery_question", "recovery_code", "recovery_password", "new_mobile_code", "new_mobile_consent", "paused",
         "paused_code"),
    ),
    "pages that nobody reaches without the step before": (
        read(_LED), ("registration_completed", "nafath_return", "api_problem"),
    ),
    "a public address of something that stands elsewhere": (form(_LED), ("partner_api:openapi-view",)),
    "moves that nobody makes without the step before": (
        act(_LED),
        ("registration_resend", "login_resend", "recovery_resend", "new_mobile_again", "new_mobile_resend",
         "new_mobile_consent_resend", "new_mobile_stop", "paused_resend", "login_nafath_ask", "login_nafath_finish"),
    ),
    "the second step": (form(_SECOND_STEP), ("login_code",)),
    "what stands beside the second step": (read(_SECOND_STEP), ("login_nafath",)),
    "the sign-out, and a little more time": (act(_ALL_IN), ("logout", "session_extend")),
    "a lost mobile": (
        form(_RESIDENT | answers(((Who.HALF_SIGNED_IN,), (SHOWN,)))), ("new_mobile",),
    ),
    "pages of residents": (read(_RESIDENT), ("dashboard", "inbox")),
    "forms of residents": (form(_RESIDENT), ("account", "account_password", "account_email")),
    "moves of residents": (act(_RESIDENT_LED), ("inbox_read",)),
    "forms of the activated that lead others back to their account": (
        form(_RESIDENT | answers(((Who.REGISTERED,), (LED_ON,)))), ("account_pause",),
    ),
    "pages of the activated": (read(_ACTIVATED), ("enquiry", "requests", "family", "family_record", "requests_centre")),
    "forms of the activated": (form(_ACTIVATED), ("request_start",)),
    "pages of an object": (read(_OWN), ("request", "request_file", "request_receipt", "request_file_small")),
    "forms of an object": (form(_OWN), ("request_form", "request_review", "request_files")),
    "messages about an object": (act(_OWN), ("request_write",)),
    "moves of an object": (act(_OWN_LED), ("request_withdraw", "request_file_remove")),
    "pages of the activation": (
        read(_ACTIVATING),
        ("activation", "activation_officer", "activation_visit_print", "activation_visit_calendar", "activation_visit",
         "activation_visit_day", "activation_visit_time", "activation_nafath", "activation_channel", "activation_bank",
         "activation_bank_steps", "activation_kiosk", "activation_atm"),
    ),
    "forms of the activation": (form(_ACTIVATING), ("activation_visit_cancel", "activation_visit_confirm")),
    "moves of the activation": (act(_ACTIVATING), ("activation_begin", "activation_nafath_ask")),
    "calls that carry a signature or a secret": (
        form(_NOT_SIGNED, _NOT_SIGNED),
        ("gateway_receipts", "gateway_texts", "nafath_callback", "partner_api:api-root", "partner_api:about_partner",
         "partner_api:echo", "partner_api:try_webhook", "partner_api:look_up", "partner_api:begin_attempt",
         "partner_api:send_code_again", "partner_api:confirm_attempt", "partner_api:about_attempt", "partner_api:begin_visit",
         "partner_api:send_visit_code_again", "partner_api:confirm_visit", "partner_api:about_visit",
         "partner_api:begin_at_atm", "partner_api:send_atm_code_again", "partner_api:confirm_at_atm",
         "partner_api:about_atm_attempt"),
    ),
    "the officers' sign-in": (
        form(answers((_EVERYBODY, (SHOWN,)), (OFFICERS, (DESK,))), _ALL_SHOWN), ("admin:login",),
    ),
    "the officers' sign-out": (
        Access(
            answers((NOBODY + RESIDENTS, (DESK,)), (OFFICERS, (NO_SUCH_METHOD,))),
            answers((NOBODY + RESIDENTS, (DESK,)), (OFFICERS, (SHOWN,))),
        ),
        ("admin:logout",),
    ),
    "where officers begin": (
        form(_DESK | answers((OFFICERS, (LED_ON,)))), ("admin:index", "admin:<path:object_id>/"),
    ),
    "pages of every officer": (read(_DESK), ("admin:jsi18n", "admin:password_change_done")),
    "forms of every officer": (form(_DESK), ("admin:password_change",)),
    "pages that the stock administration has and this one does not": (
        form(_DESK | answers((OFFICERS, (FORBIDDEN, NOT_THERE, NO_SUCH_METHOD)))),
        ("admin:(?P<url>.*)$",),
    ),
    "the pages of a room": (
        form(_DESK | answers((OFFICERS, (FORBIDDEN, NOT_THERE)), ((Who.SUPERVISOR, Who.AUDITOR, Who.SUPERUSER), (SHOWN,)))),
        ("admin:app_list",),
    ),
    "desks of deciders": (
        read(_DECIDERS_DESK), ("admin:services_work_list", "admin:services_questions"),
    ),
    "the end of a batch, for whoever has made one": (
        read(_DECIDERS_DESK | answers((DECIDERS, (LED_ON,)))), ("admin:services_batch_done",),
    ),
    "a batch": (act(_DECIDERS_IN), ("admin:services_batch", "admin:services_batch_go_on")),
    "desks of deciders with a search": (
        form(_DECIDERS_DESK),
        ("admin:activation_attempt_changelist", "admin:services_servicerequest_changelist", "admin:activation_work_list", "admin:activation_visits"),
    ),
    "what waits for a department": (
        act(_DECIDERS_DESK | answers((DECIDERS, (LED_ON,)), ((Who.PASSPORTS,), (FORBIDDEN,)))), ("admin:services_take_next",),
    ),
    "an object of a department": (form(_DEPARTMENTS_OBJECT), ("admin:services_request",)),
    "a file of an object of a department, for others than its officer after they have said why": (
        read(_DEPARTMENTS_OBJECT | answers(((Who.SUPERVISOR, Who.SUPERUSER), (LED_ON,)))), ("admin:services_file",),
    ),
    "what is asked and answered about an object of a department": (
        act(_DEPARTMENTS_MOVE | answers(((Who.CIVIL_AFFAIRS, Who.SUPERVISOR, Who.SUPERUSER), IN))),
        ("admin:services_look", "admin:services_assign", "admin:services_second", "admin:services_take_back",
         "admin:services_ask", "admin:services_write"),
    ),
    "a question that nobody asked": (
        act(_DECIDERS_DESK | answers((DECIDERS, (NOT_THERE,)))), ("admin:services_answer",),
    ),
    "moves of an object of a department": (act(_DEPARTMENTS_MOVE), ("admin:services_take", "admin:services_release")),
    "cases of activation": (form(_DECIDERS_IN), ("admin:activation_case", "admin:activation_refuse")),
    "a visit that nobody booked": (
        form(_DECIDERS_IN, _DECIDERS_DESK | answers((DECIDERS, (NOT_THERE,)))), ("admin:activation_visit_missed",),
    ),
    "figures of supervisors": (
        read(_SUPERVISORS), ("admin:messaging_delivery", "admin:services_serviceday_changelist",),
    ),
    "forms of supervisors": (
        form(_SUPERVISORS), ("admin:messaging_gatewayhealth_changelist", "admin:services_reopening", "admin:services_holidays", "admin:services_export", "admin:partners_webhooks_replay"),
    ),
    "a webhook to send again": (
        act(_SUPERVISORS | answers(((Who.SUPERVISOR, Who.SUPERUSER), (LED_ON,)))), ("admin:partners_webhook_replay", "admin:services_holidays_open",),
    ),
    "wordings of messages": (read(_DESK), ("admin:messaging_texts",)),
    "what superusers do with an officer": (
        form(_SUPERUSERS_OBJECT), ("admin:accounts_user_password", "admin:accounts_user_authenticator"),
    ),
    "keys of a partner": (form(_SUPERVISORS, form(_SUPERUSERS).post), ("admin:partners_partner_keys",)),
    "a key of a partner": (form(_SUPERUSERS), ("admin:partners_partner_key_revoke",)),
}  # fmt: skip


@dataclass(frozen=True)
class Record:
    """Which officers, besides superusers, do what with the rows of a model; `superusers` says what these may."""

    view: tuple[Who, ...] = ()
    add: tuple[Who, ...] = ()
    change: tuple[Who, ...] = ()
    delete: tuple[Who, ...] = ()
    superusers: tuple[str, ...] = ("view",)


_EVERYTHING = ("view", "add", "change", "delete")
_SUPERVISOR = (Who.SUPERVISOR,)
RECORDS = {
    "audit_entry": Record(view=(Who.AUDITOR,)),
    "messaging_message": Record(view=_SUPERVISOR),
    "messaging_receivedtext": Record(view=_SUPERVISOR),
    "registry_person": Record(view=_SUPERVISOR),
    "partners_partner": Record(view=_SUPERVISOR, superusers=("view", "add", "change")),
    "partners_device": Record(view=_SUPERVISOR, superusers=("view", "add", "change")),
    "partners_call": Record(view=_SUPERVISOR),
    "partners_webhook": Record(view=_SUPERVISOR),
    "accounts_user": Record(view=(Who.SUPERVISOR, Who.AUDITOR), superusers=("view", "add", "change")),
    "accounts_branch": Record(view=_SUPERVISOR, change=_SUPERVISOR, superusers=_EVERYTHING),
    "accounts_closedday": Record(_SUPERVISOR, _SUPERVISOR, _SUPERVISOR, _SUPERVISOR, _EVERYTHING),
    "otp_totp_totpdevice": Record(superusers=("view", "delete")),
    "services_readyreason": Record(_SUPERVISOR, _SUPERVISOR, _SUPERVISOR, _SUPERVISOR, _EVERYTHING),
    "activation_channeloutage": Record(_SUPERVISOR, _SUPERVISOR, _SUPERVISOR, superusers=("view", "add", "change")),
}
# What a page of the stock administration needs, to be shown and to be sent.
_RIGHTS = {
    "changelist": ("view", "view"),
    "change": ("view", "change"),
    "add": ("add", "add"),
    "delete": ("delete", "delete"),
}


def _of_record(record: Record, page: str) -> Access:
    def of_right(right: str) -> Answers:
        superusers = (Who.SUPERUSER,) if right in record.superusers else ()
        return _DESK | answers((OFFICERS, (FORBIDDEN,)), ((*getattr(record, right), *superusers), (SHOWN,)))

    shown, sent = _RIGHTS[page]
    return Access(of_right(shown), form(of_right(sent)).post)


# The demonstration's simulators stand outside of the portal: they know nobody, and are not there in production.
SIMULATED = "demo_"
TABLE: dict[str, Access] = {
    **{name: access for access, names in CLASSES.values() for name in names},
    **{f"admin:{model}_{page}": _of_record(record, page) for model, record in RECORDS.items() for page in _RIGHTS},
}


@dataclass(frozen=True)
class Route:
    """`pattern` with a place for each argument, as `{number}`. One that has no name is called by its pattern."""

    name: str
    pattern: str

    def path(self, arguments: Mapping[str, object]) -> str:
        return self.pattern.format(**arguments)


def routes(resolver: URLResolver | None = None, namespace: str = "", before: str = "/") -> Iterator[Route]:
    """Of the English pages, and of whatever has no language."""
    for entry in (resolver or get_resolver()).url_patterns:
        beneath = before + _with_places(entry)
        if isinstance(entry, URLResolver):
            yield from routes(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace, beneath)
        else:
            yield Route(namespace + (entry.name or str(entry.pattern)), beneath)


def _with_places(entry: URLPattern | URLResolver) -> str:
    if isinstance(entry.pattern, LocalePrefixPattern):
        return "en/"
    if isinstance(entry.pattern, RoutePattern):
        return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(entry.pattern))
    return re.sub(r"\(\?P<(\w+)>[^()]*\)", r"{\1}", str(entry.pattern)).strip("^$").replace("\\", "")
