import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.formats import date_format

from accounts.actions import claims
from accounts.models import User
from accounts.states import State
from activation import policy, states
from activation.channels.base import Channel
from activation.models import ActivationCase, Attempt, Fingerprint, OfficerCheck
from activation.policy import ChannelPolicy
from audit.actions import record
from audit.events import Event
from core import clock, plugins
from core.idnumbers import IdNumberError, parse
from core.sealed import seal, unseal
from core.states import Move, MoveRefused
from core.text import compact_digits, name_key
from messaging.actions import sending as messaging
from registry import actions as register
from registry.lookup import person_of
from registry.models import Person


class ActivationRefused(Exception):
    """The officer's page says why; `code` is one of: own_case, decided, not_living, fingerprint_missing,
    fingerprint_on_file, same_officer, already_activated, channel_closed, expired."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Document:
    """What an officer reads off the identity document."""

    id_number: str
    name: str
    birth_date: date


def open_case(user: User, *, actor: User) -> ActivationCase:
    """The person's one open case, opened if need be. `user` is registered and not activated, or paused."""
    case = ActivationCase.objects.open().filter(user=user).first()
    return case or _new_case(user, actor)


def channels_for(person: Person) -> list[Channel]:
    """The channels that can prove this person, in the order of the policy."""
    listed = plugins.load(settings.ACTIVATION_CHANNELS)
    return [listed[p.name] for p in policy.channels().values() if p.name in listed and _admits(p, person)]


def page_of(channel_name: str) -> str:
    """The URL name of the page on which an attempt of this channel continues."""
    return plugins.load(settings.ACTIVATION_CHANNELS)[channel_name].page


def begin(user: User, channel_name: str) -> Attempt:
    """Opens an attempt, or shows the live one again. Raises ActivationRefused."""
    person = person_of(user.id_number)
    channel = next((c for c in channels_for(person) if c.name == channel_name), None)
    if channel is None or user.state != State.REGISTERED:
        raise ActivationRefused("channel_closed" if channel is None else "already_activated")
    case = open_case(user, actor=user)
    return _live_attempt(case, channel_name) or _new_attempt(case, channel_name, user, **channel.beginning())


def find_attempts(officer: User, searched: str) -> Sequence[Attempt]:
    """The officer channel's live attempts for an exact visit code or ID number, the newest first. The look is audited.
    For the ID number of a paused account an attempt begins."""
    _begin_for_paused(officer, searched)
    found = list(
        Attempt.objects.live()
        .filter(channel="officer", **_key(searched))
        .select_related("case__user")
        .order_by("-pk")[:10]
    )
    for attempt in found:
        record(Event.CASE_FOUND, actor=officer, subject=attempt.case.user, attempt=attempt.pk)
    return found


def check_document(attempt: Attempt, officer: User, document: Document, fingerprint: Fingerprint) -> list[str]:
    """Activates when the document agrees with the register, else asks a second officer; returns what differs.
    Raises ActivationRefused."""
    person = _judge(attempt, officer, fingerprint)
    differences = _differences(attempt.case.user, person, document)
    with transaction.atomic():
        _write_check(attempt, officer, document, fingerprint, differences)
        if differences:
            _move(attempt, states.ASK_SECOND_OFFICER)
            # The visit is over; the claim must not end while the second officer thinks.
            claims.hold(attempt.case.user, policy.channels()[attempt.channel].attempt_life)
            record(Event.IDENTITY_DIFFERED, actor=officer, subject=attempt.case.user, attempt=attempt.pk)
        else:
            _activate(attempt, officer, person, fingerprint)
    return differences


def approve(attempt: Attempt, checker: User) -> None:
    """The second officer's yes to data that differ. Raises ActivationRefused."""
    check = attempt.officer_check
    _refuse_maker(attempt, checker)
    person = _judge(attempt, checker, Fingerprint(check.fingerprint))
    with transaction.atomic():
        OfficerCheck.objects.filter(pk=check.pk, checker=None).update(checker=checker, approved_at=clock.now())
        _activate(attempt, checker, person, Fingerprint(check.fingerprint))


def refuse(attempt: Attempt, officer: User, reason: str) -> None:
    """Ends the attempt; `reason`, a name of RefusalReason or a text, is shown to the resident, who may begin again. Raises
    ActivationRefused."""
    user = attempt.case.user
    _refuse_own_case(attempt, officer)
    _refuse_maker(attempt, officer)
    with transaction.atomic():
        _move(attempt, states.REFUSE, ended_at=clock.now(), refusal=reason)
        messaging.send(to=user.mobile, purpose="activation_refused", language=user.language)
        record(Event.ACTIVATION_REFUSED, actor=officer, subject=user, attempt=attempt.pk)


def document_of(check: OfficerCheck) -> Document:
    """For the second officer, who compares it with the register."""
    kept = json.loads(unseal(check.sealed_document))
    return Document(kept["id_number"], kept["name"], date.fromisoformat(kept["birth_date"]))


def view(attempt: Attempt, officer: User) -> None:
    """An officer opens a case to work on it. The look is audited. Raises ActivationRefused."""
    _refuse_own_case(attempt, officer)
    _refuse_ended(attempt)
    record(Event.CASE_VIEWED, actor=officer, subject=attempt.case.user, attempt=attempt.pk)


def expire_attempts() -> int:
    """Ends attempts nobody completed in time."""
    return Attempt.objects.outlived().move(states.EXPIRE_ATTEMPT, ended_at=clock.now())


def _new_case(user: User, actor: User) -> ActivationCase:
    try:
        with transaction.atomic():
            case = ActivationCase.objects.create(user=user)
            record(Event.CASE_OPENED, actor=actor, subject=user, case=case.pk)
    except IntegrityError:  # a second tab was first
        return ActivationCase.objects.open().get(user=user)
    return case


def _admits(channel: ChannelPolicy, person: Person) -> bool:
    return channel.admits(person.kind, fingerprint_on_file=person.fingerprint_on_file)


def _live_attempt(case: ActivationCase, channel_name: str) -> Attempt | None:
    Attempt.objects.filter(case=case).outlived().move(states.EXPIRE_ATTEMPT, ended_at=clock.now())
    return Attempt.objects.live().filter(case=case, channel=channel_name).first()


def _new_attempt(case: ActivationCase, channel_name: str, actor: User, **beginning: Any) -> Attempt:
    life = policy.channels()[channel_name].attempt_life
    try:
        with transaction.atomic():
            attempt = Attempt.objects.create(case=case, channel=channel_name, expires_at=clock.ahead(life), **beginning)
            claims.hold(case.user, life)
            attempt.refresh_from_db()
            _text_visit_code(attempt)
            record(Event.ATTEMPT_BEGUN, actor=actor, subject=case.user, channel=channel_name, attempt=attempt.pk)
    except IntegrityError:  # a second tab was first
        return Attempt.objects.live().get(case=case, channel=channel_name)
    return attempt


def _text_visit_code(attempt: Attempt) -> None:
    user = attempt.case.user
    if not attempt.visit_code:
        return
    with translation.override(user.language):
        expires_on = date_format(timezone.localtime(attempt.expires_at), "DATE_FORMAT")
    context = {"visit_code": attempt.visit_code, "expires_on": expires_on}
    messaging.send(to=user.mobile, purpose="visit_code", language=user.language, context=context)


def _begin_for_paused(officer: User, searched: str) -> None:
    """Who paused their account cannot sign in to begin an attempt: it begins when they stand before an officer, without a
    visit code, which tells several claims to one number apart."""
    key = _key(searched).get("case__user__id_number", "")
    user = User.objects.filter(id_number=key, state=State.PAUSED).first()
    if user is None:
        return
    case = open_case(user, actor=officer)
    if _live_attempt(case, "officer") is None:
        _new_attempt(case, "officer", officer)


def _key(searched: str) -> dict[str, str]:
    try:
        return {"case__user__id_number": parse(searched).digits}
    except IdNumberError:
        return {"visit_code": compact_digits(searched).upper()}


def _judge(attempt: Attempt, officer: User, fingerprint: Fingerprint) -> Person:
    """The register's record of the person. Raises ActivationRefused."""
    _refuse_own_case(attempt, officer)
    _refuse_ended(attempt)
    person = person_of(attempt.case.user.id_number)
    if not person.is_living:
        raise ActivationRefused("not_living")
    if person.fingerprint_on_file != (fingerprint == Fingerprint.MATCHED):
        raise ActivationRefused("fingerprint_on_file" if person.fingerprint_on_file else "fingerprint_missing")
    return person


def _refuse_own_case(attempt: Attempt, officer: User) -> None:
    if officer.id_number == attempt.case.user.id_number:
        raise ActivationRefused("own_case")


def _refuse_ended(attempt: Attempt) -> None:
    if attempt.state not in states.LIVE:
        raise ActivationRefused("decided")
    if Attempt.objects.outlived().filter(pk=attempt.pk).exists():
        raise ActivationRefused("expired")


def _refuse_maker(attempt: Attempt, officer: User) -> None:
    """What one officer brought before a second one, that one decides."""
    if OfficerCheck.objects.filter(attempt=attempt, maker=officer).exists():
        raise ActivationRefused("same_officer")


def _differences(user: User, person: Person, document: Document) -> list[str]:
    agreeing = {
        "id_number": document.id_number == user.id_number,
        "birth_date": document.birth_date == person.birth_date,
        "name": name_key(document.name) in {name_key(person.name_ar), name_key(person.name_en)},
    }
    return [field for field, agrees in agreeing.items() if not agrees]


def _write_check(
    attempt: Attempt, officer: User, document: Document, fingerprint: Fingerprint, differences: list[str]
) -> None:
    try:
        with transaction.atomic():
            OfficerCheck.objects.create(
                attempt=attempt,
                maker=officer,
                branch_id=officer.branch_id,
                sealed_document=seal(json.dumps(asdict(document), default=str)),
                differences=differences,
                fingerprint=fingerprint,
            )
    except IntegrityError:
        raise ActivationRefused("decided") from None


def _activate(attempt: Attempt, officer: User, person: Person, fingerprint: Fingerprint) -> None:
    case, user = attempt.case, attempt.case.user
    claims.take_turn(user)
    _move(attempt, states.PROVE, ended_at=clock.now())
    ActivationCase.objects.filter(pk=case.pk).move(states.ACTIVATE, ended_at=clock.now())
    if fingerprint == Fingerprint.TAKEN:
        register.record_fingerprint(person, on=timezone.localdate())
        record(Event.FINGERPRINT_RECORDED, actor=officer, subject=user)
    try:
        claims.activate(user, actor=officer, channel=attempt.channel)
    except claims.AlreadyActivated:
        raise ActivationRefused("already_activated") from None
    _close_rival_cases(user)
    record(Event.IDENTITY_CONFIRMED, actor=officer, subject=user, attempt=attempt.pk)
    channel = plugins.load(settings.ACTIVATION_CHANNELS)[attempt.channel]
    purpose = "pause_lifted" if user.state == State.PAUSED else "activated"
    messaging.send(to=user.mobile, purpose=purpose, language=user.language, context={"channel": channel.title})


def _close_rival_cases(user: User) -> None:
    rivals = ActivationCase.objects.open().filter(user__id_number=user.id_number)
    Attempt.objects.live().filter(case__user__id_number=user.id_number).move(states.VOID_ATTEMPT, ended_at=clock.now())
    rivals.move(states.CLOSE, ended_at=clock.now())


def _move(attempt: Attempt, move: Move, **facts: object) -> None:
    try:
        Attempt.objects.all().move_one(move, attempt.pk, **facts)
    except MoveRefused:
        raise ActivationRefused("decided") from None
