"""The one case of a person, and the attempts of its channels. However a proof arrives, it ends in `prove`."""

from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.formats import date_format

from accounts.actions import claims, mobiles
from accounts.models import MobileChange, User
from accounts.states import MobileChangeState, State
from activation import policy, states
from activation.channels.base import Channel
from activation.models import ActivationCase, Attempt, PartnerAttempt
from activation.policy import ChannelPolicy
from activation.states import CasePurpose
from audit.actions import record
from audit.events import Event
from core import clock, plugins
from core.states import Move, MoveRefused
from messaging.actions import sending as messaging
from partners.actions import webhooks
from partners.words import WebhookEvent
from registry.lookup import person_of
from registry.models import Person


class ActivationRefused(Exception):
    """The officer's page says why; `code` is one of: own_case, decided, not_living, fingerprint_missing,
    fingerprint_on_file, same_officer, already_activated, channel_closed, expired."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def purpose_of(user: User) -> CasePurpose | None:
    """What proving this account's person would bring about now; None when nothing is left to be proven."""
    if user.state == State.REGISTERED:
        return CasePurpose.ACTIVATION
    if mobile_asked_by(user):
        return CasePurpose.NEW_MOBILE
    return CasePurpose.LIFT_OF_PAUSE if user.state == State.PAUSED else None


def mobile_asked_by(user: User) -> MobileChange | None:
    """The change of mobile that waits for its proof."""
    change = mobiles.under_way(user)
    return change if change and change.state == MobileChangeState.ASKED else None


def open_case(user: User, *, actor: User) -> ActivationCase:
    """The person's one open case, opened if need be. `user` has something left to be proven: `purpose_of`."""
    case = ActivationCase.objects.open().filter(user=user).first()
    return case or _new_case(user, actor)


def channels_for(person: Person, purpose: str = CasePurpose.ACTIVATION) -> list[Channel]:
    """The channels that can prove this person, in the order of the policy."""
    listed = plugins.load(settings.ACTIVATION_CHANNELS)
    return [listed[p.name] for p in policy.channels().values() if p.name in listed and _admits(p, person, purpose)]


def closed_to(person: Person, purpose: str = CasePurpose.ACTIVATION) -> list[tuple[Channel, str]]:
    """The other channels, each with the code of what this person lacks: kind_not_admitted, purpose_not_admitted or
    fingerprint_missing."""
    listed = plugins.load(settings.ACTIVATION_CHANNELS)
    closed = [p for p in policy.channels().values() if p.name in listed and not _admits(p, person, purpose)]
    return [(listed[p.name], _what_lacks(p, person, purpose)) for p in closed]


def page_of(channel_name: str) -> str:
    """The URL name of the page on which an attempt of this channel continues."""
    return plugins.load(settings.ACTIVATION_CHANNELS)[channel_name].page


def begin(user: User, channel_name: str) -> Attempt:
    """Opens an attempt, or shows the live one again. Raises ActivationRefused."""
    purpose = purpose_of(user)
    if purpose is None:
        raise ActivationRefused("already_activated")
    offered = channels_for(person_of(user.id_number), purpose)
    channel = next((one for one in offered if one.name == channel_name), None)
    if channel is None:
        raise ActivationRefused("channel_closed")
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
    record(Event.IDENTITY_CONFIRMED, actor=actor, subject=user, attempt=attempt.pk)
    _tell_partner(attempt)
    if case.purpose == CasePurpose.NEW_MOBILE:
        _let_mobile_move(attempt, actor)
    else:
        _activate(attempt, actor)


def _tell_partner(attempt: Attempt) -> None:
    at_partner = PartnerAttempt.objects.filter(attempt=attempt).select_related("partner").first()
    if at_partner:
        webhooks.tell(at_partner.partner, WebhookEvent.ACTIVATION_DONE, at_partner.reference)


def _let_mobile_move(attempt: Attempt, actor: User | None) -> None:
    change = mobile_asked_by(attempt.case.user)
    if change is None:
        raise ActivationRefused("decided")
    mobiles.prove(change, at_once=policy.channels()[attempt.channel].moves_mobile_at_once, actor=actor)
    Attempt.objects.live().filter(case=attempt.case).move(states.VOID_ATTEMPT, ended_at=clock.now())


def _activate(attempt: Attempt, actor: User | None) -> None:
    user = attempt.case.user
    try:
        claims.activate(user, actor=actor, channel=attempt.channel)
    except claims.AlreadyActivated:
        raise ActivationRefused("already_activated") from None
    close_all(user)
    channel = plugins.load(settings.ACTIVATION_CHANNELS)[attempt.channel]
    purpose = "pause_lifted" if user.state == State.PAUSED else "activated"
    messaging.send(to=user.mobile, purpose=purpose, language=user.language, context={"channel": channel.title})


def close_all(user: User) -> None:
    """Of every account that says to be this person, in the caller's transaction."""
    rivals = ActivationCase.objects.open().filter(user__id_number=user.id_number)
    Attempt.objects.live().filter(case__user__id_number=user.id_number).move(states.VOID_ATTEMPT, ended_at=clock.now())
    rivals.move(states.CLOSE, ended_at=clock.now())


def move(attempt: Attempt, move: Move, **facts: object) -> None:
    try:
        Attempt.objects.all().move_one(move, attempt.pk, **facts)
    except MoveRefused:
        raise ActivationRefused("decided") from None


def _new_case(user: User, actor: User) -> ActivationCase:
    try:
        with transaction.atomic():
            case = ActivationCase.objects.create(user=user, purpose=purpose_of(user) or CasePurpose.ACTIVATION)
            record(Event.CASE_OPENED, actor=actor, subject=user, case=case.pk)
    except IntegrityError:  # a second tab was first
        return ActivationCase.objects.open().get(user=user)
    return case


def _admits(channel: ChannelPolicy, person: Person, purpose: str) -> bool:
    return channel.admits(person.kind, fingerprint_on_file=person.fingerprint_on_file, purpose=purpose)


def _what_lacks(channel: ChannelPolicy, person: Person, purpose: str) -> str:
    if person.kind not in channel.kinds:
        return "kind_not_admitted"
    return "fingerprint_missing" if purpose in channel.purposes else "purpose_not_admitted"


def _text_visit_code(attempt: Attempt) -> None:
    user = attempt.case.user
    with translation.override(user.language):
        expires_on = date_format(timezone.localtime(attempt.expires_at), "DATE_FORMAT")
    context = {"visit_code": attempt.visit_code, "expires_on": expires_on}
    messaging.send(to=user.mobile, purpose="visit_code", language=user.language, context=context)
