"""The one case of a person, and the attempts of its channels. However a proof arrives, it ends in `prove`."""

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
from activation.models import ActivationCase, Attempt
from activation.policy import ChannelPolicy
from audit.actions import record
from audit.events import Event
from core import clock, plugins
from core.states import Move, MoveRefused
from messaging.actions import sending as messaging
from registry.lookup import person_of
from registry.models import Person


class ActivationRefused(Exception):
    """The officer's page says why; `code` is one of: own_case, decided, not_living, fingerprint_missing,
    fingerprint_on_file, same_officer, already_activated, channel_closed, expired."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def open_case(user: User, *, actor: User) -> ActivationCase:
    """The person's one open case, opened if need be. `user` is registered and not activated, or paused."""
    case = ActivationCase.objects.open().filter(user=user).first()
    return case or _new_case(user, actor)


def channels_for(person: Person) -> list[Channel]:
    """The channels that can prove this person, in the order of the policy."""
    listed = plugins.load(settings.ACTIVATION_CHANNELS)
    return [listed[p.name] for p in policy.channels().values() if p.name in listed and _admits(p, person)]


def closed_to(person: Person) -> list[tuple[Channel, str]]:
    """The other channels, each with the code of what this person lacks: kind_not_admitted or fingerprint_missing."""
    listed = plugins.load(settings.ACTIVATION_CHANNELS)
    closed = [p for p in policy.channels().values() if p.name in listed and not _admits(p, person)]
    return [(listed[p.name], "fingerprint_missing" if person.kind in p.kinds else "kind_not_admitted") for p in closed]


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
    return live_attempt(case, channel_name) or new_attempt(case, channel_name, user, **channel.beginning())


def expire_attempts() -> int:
    """Ends attempts nobody completed in time."""
    return Attempt.objects.outlived().move(states.EXPIRE_ATTEMPT, ended_at=clock.now())


def live_attempt(case: ActivationCase, channel_name: str) -> Attempt | None:
    Attempt.objects.filter(case=case).outlived().move(states.EXPIRE_ATTEMPT, ended_at=clock.now())
    return Attempt.objects.live().filter(case=case, channel=channel_name).first()


def new_attempt(case: ActivationCase, channel_name: str, actor: User, **beginning: Any) -> Attempt:
    life = policy.channels()[channel_name].attempt_life
    try:
        with transaction.atomic():
            attempt = Attempt.objects.create(case=case, channel=channel_name, expires_at=clock.ahead(life), **beginning)
            claims.hold(case.user, life)
            attempt.refresh_from_db()
            if attempt.visit_code and plugins.load(settings.ACTIVATION_CHANNELS)[channel_name].texts_visit_code:
                _text_visit_code(attempt)
            record(Event.ATTEMPT_BEGUN, actor=actor, subject=case.user, channel=channel_name, attempt=attempt.pk)
    except IntegrityError:  # a second tab was first
        return Attempt.objects.live().get(case=case, channel=channel_name)
    return attempt


def prove(attempt: Attempt, *, actor: User | None) -> None:
    """The person of the case is proven, in the caller's transaction, which begins with `claims.take_turn`. The first proof
    wins; the other attempts end. Raises ActivationRefused."""
    case, user = attempt.case, attempt.case.user
    move(attempt, states.PROVE, ended_at=clock.now())
    ActivationCase.objects.filter(pk=case.pk).move(states.ACTIVATE, ended_at=clock.now())
    try:
        claims.activate(user, actor=actor, channel=attempt.channel)
    except claims.AlreadyActivated:
        raise ActivationRefused("already_activated") from None
    _close_rival_cases(user)
    record(Event.IDENTITY_CONFIRMED, actor=actor, subject=user, attempt=attempt.pk)
    channel = plugins.load(settings.ACTIVATION_CHANNELS)[attempt.channel]
    purpose = "pause_lifted" if user.state == State.PAUSED else "activated"
    messaging.send(to=user.mobile, purpose=purpose, language=user.language, context={"channel": channel.title})


def move(attempt: Attempt, move: Move, **facts: object) -> None:
    try:
        Attempt.objects.all().move_one(move, attempt.pk, **facts)
    except MoveRefused:
        raise ActivationRefused("decided") from None


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


def _text_visit_code(attempt: Attempt) -> None:
    user = attempt.case.user
    with translation.override(user.language):
        expires_on = date_format(timezone.localtime(attempt.expires_at), "DATE_FORMAT")
    context = {"visit_code": attempt.visit_code, "expires_on": expires_on}
    messaging.send(to=user.mobile, purpose="visit_code", language=user.language, context=context)


def _close_rival_cases(user: User) -> None:
    rivals = ActivationCase.objects.open().filter(user__id_number=user.id_number)
    Attempt.objects.live().filter(case__user__id_number=user.id_number).move(states.VOID_ATTEMPT, ended_at=clock.now())
    rivals.move(states.CLOSE, ended_at=clock.now())
