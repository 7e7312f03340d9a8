"""The one case of a person, and the attempts of its channels. However a proof arrives, it ends in `prove`."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from math import ceil
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from accounts.actions import claims, mobiles
from accounts.actions.telling import tell
from accounts.models import MobileChange, User
from accounts.states import STANDING, State
from activation import outages, policy, states
from activation.channels.base import Channel, ChannelPolicy
from activation.models import ActivationCase, Attempt, AttemptQuerySet
from activation.states import CasePurpose
from activation.whereabouts import channel_of, place_of, whose
from audit.actions import record
from audit.events import Event
from core import batches, clock, plugins
from core.prepared import Given, Insert, Select
from core.refusals import Refused
from core.states import Move, MoveRefused
from messaging.actions import sending as messaging
from partners.actions import webhooks
from partners.words import WebhookEvent
from registry.lookup import person_of
from registry.models import Person

_OPEN_CASE = Select(ActivationCase.objects.open().filter(user=Given("user")))
_LIVE_ATTEMPT = Select(Attempt.objects.live().newest_first().filter(case=Given("case"), channel=Given("channel")))
_WRITE_CASE = Insert(ActivationCase, "user_id", "purpose")
_PROVE = Attempt.objects.filter(pk=Given("attempt")).prepared(states.PROVE, ended_at=clock.now())
_ACTIVATE_CASE = ActivationCase.objects.filter(pk=Given("case")).prepared(states.ACTIVATE, ended_at=clock.now())
_LIVE_ATTEMPTS = Attempt.objects.live().select_related("case__user").order_by("pk")
_LIVE_OF_PERSON = Select(_LIVE_ATTEMPTS.filter(case__user__id_number=Given("id_number")))
_OPEN_OF_PERSON = Select(
    ActivationCase.objects.open().filter(user__id_number=Given("id_number")).select_related("user").order_by("pk")
)
# When nobody knows until when a channel is down.
_ASK_AGAIN = timedelta(minutes=10)


class ActivationRefused(Refused):
    """`code` says why. On pages (activation.sentences) it is one of: own_case, decided, not_living, fingerprint_missing,
    fingerprint_on_file, same_officer, already_activated, channel_closed, channel_down, expired, overtaken; not_living_here is
    the resident's. Partners and machines (activation.partner_calls) get some of these, and: no_claim, mobile_differs,
    visit_code_unknown, same_mobile, not_activated, paused, purpose_not_agreed, kind_not_admitted, fingerprint_needed,
    enrolment_not_agreed."""


class ChannelDown(ActivationRefused):
    """An outage that was announced keeps partners from beginning anything new."""

    def __init__(self, retry_in_seconds: int) -> None:
        super().__init__("channel_down")
        self.retry_in_seconds = retry_in_seconds


def purpose_of(user: User) -> CasePurpose | None:
    """What proving this account's person would bring about now; None when nothing is left to be proven."""
    if user.state == State.REGISTERED:
        return CasePurpose.ACTIVATION
    if mobile_asked_by(user):
        return CasePurpose.NEW_MOBILE
    return CasePurpose.LIFT_OF_PAUSE if user.state == State.PAUSED else None


def mobile_asked_by(user: User) -> MobileChange | None:
    """The change of mobile that waits for a proof of the person. Who is not activated is activated first."""
    change = change_of(user)
    return change if change and change.is_asked else None


def change_of(user: User) -> MobileChange | None:
    """The change of mobile under way of an account whose identity is proven, which its own pages tell of."""
    return mobiles.under_way(user) if user.state in STANDING else None


def mobile_of(user: User) -> str:
    """Where the codes and texts of the case go: to the number that the person asks for, else to the account's."""
    change = mobile_asked_by(user)
    return change.mobile if change else user.mobile


def take_turn(user: User) -> None:
    """`claims.take_turn` for a proof of this account's person."""
    claims.take_turn(user, mobile_of(user))


def attempts_of(user: User) -> AttemptQuerySet:
    """Those for what is left to be proven now; none when nothing is."""
    purpose = purpose_of(user)
    since = _since(user, purpose) if purpose else None
    # The database keeps moments to the millisecond at least.
    opened_since = since - timedelta(milliseconds=1) if since else clock.now()
    return Attempt.objects.of(user).filter(case__purpose=purpose or "", case__opened_at__gte=opened_since)


def new_mobile_of(case: ActivationCase) -> str:
    """The number (E.164) that the proof of a case moves the account to; "" when it is for something else."""
    change = mobile_asked_by(case.user) if case.purpose == CasePurpose.NEW_MOBILE else None
    return change.mobile if change else ""


def is_current(case: ActivationCase) -> bool:
    """Whether it was opened for what is to be proven now: for this change of mobile and no other, for this pause, and for a
    claim whose mobile is still the one it was opened with."""
    since = _since(case.user, CasePurpose(case.purpose))
    return since is not None and since <= case.opened_at


def refuse_overtaken(case: ActivationCase) -> None:
    """Whoever shows an old visit code must not prove what somebody else has asked for since. Raises ActivationRefused."""
    if not is_current(case):
        raise ActivationRefused("overtaken")


def open_case(user: User, *, actor: User, purpose: CasePurpose | None = None) -> ActivationCase:
    """The person's one open case, opened if need be; one for another purpose, or for what was asked before, gives way to it.
    `user` has something left to be proven: `purpose_of`, or the `purpose` given."""
    wanted = purpose or purpose_of(user) or CasePurpose.ACTIVATION
    case = _OPEN_CASE.first(user=user.pk)
    if case:
        case.user = user
    if case and not (case.purpose == wanted and is_current(case)):
        _close(case, actor=actor)
        case = None
    return case or _new_case(user, actor, wanted)


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
    """The address of the page on which an attempt of this channel continues."""
    page = plugins.load(settings.ACTIVATION_CHANNELS)[channel_name].page
    return reverse(page) if page else reverse("activation_channel", args=[channel_name])


def begin(user: User, channel_name: str) -> Attempt:
    """Opens an attempt, or shows the live one again. Raises ActivationRefused."""
    purpose = purpose_of(user)
    if purpose is None:
        raise ActivationRefused("already_activated")
    offered = channels_for(person_of(user.id_number), purpose)
    channel = next((one for one in offered if one.name == channel_name), None)
    if channel is None:
        raise ActivationRefused("channel_closed")
    if outages.of(channel):
        raise ActivationRefused("channel_down")
    case = open_case(user, actor=user)
    return live_attempt(case, channel_name) or new_attempt(case, channel_name, user, **channel.beginning())


def refuse_while_down(channel_name: str) -> None:
    """For partners, who would otherwise send people on into an outage that residents are told of. Raises ChannelDown."""
    if outage := outages.announced(channel_name):
        seconds = (outage.until - clock.read()).total_seconds() if outage.until else _ASK_AGAIN.total_seconds()
        raise ChannelDown(max(1, ceil(seconds)))


def expire_attempts() -> int:
    """Ends attempts nobody completed in time, and cases that were overtaken; returns how many attempts ran out."""
    for case in ActivationCase.objects.open().exclude(purpose=CasePurpose.ACTIVATION).select_related("user"):
        if not is_current(case):
            _close(case, actor=None)
    return sum(map(_expire, batches.each(Attempt.objects.outlived().select_related("case__user"))))


def live_attempt(case: ActivationCase, channel_name: str) -> Attempt | None:
    """One that nobody completed in time makes room for another."""
    attempt = None if case.is_new else _LIVE_ATTEMPT.first(case=case.pk, channel=channel_name)
    if attempt:
        attempt.case = case
    if attempt and attempt.is_outlived:
        _expire(attempt)
        return None
    return attempt


def new_attempt(case: ActivationCase, channel_name: str, actor: User, **beginning: Any) -> Attempt:
    life = policy.channels()[channel_name].attempt_life
    attempt = Attempt(case=case, channel=channel_name, **beginning)
    with transaction.atomic(savepoint=False):
        if not _writing(life).save_if_first(attempt):  # a second tab was first
            return Attempt.objects.live().get(case=case, channel=channel_name)
        claims.hold(case.user, life)
        if attempt.visit_code and plugins.load(settings.ACTIVATION_CHANNELS)[channel_name].texts_visit_code:
            _text_visit_code(attempt)
        _record(Event.ATTEMPT_BEGUN, attempt, actor)
    return attempt


@cache
def _writing(life: timedelta) -> Insert[Attempt]:
    return Insert(Attempt, "case_id", "channel", "visit_code", expires_at=clock.ahead(life))


def prove(attempt: Attempt, *, actor: User | None) -> None:
    """The person of the case is proven, in the caller's transaction, which begins with `claims.take_turn`. The first proof
    wins; the other attempts end. Raises ActivationRefused."""
    case, user = attempt.case, attempt.case.user
    if case.purpose == CasePurpose.NEW_MOBILE:
        refuse_overtaken(case)
    if not _PROVE.run(attempt=attempt.pk):
        raise ActivationRefused("decided")
    _ACTIVATE_CASE.run(case=case.pk)
    record(Event.IDENTITY_CONFIRMED, actor=actor, subject=user, attempt=attempt.pk)
    _tell_partner(attempt)
    if case.purpose == CasePurpose.NEW_MOBILE:
        _let_mobile_move(attempt, actor)
    else:
        _activate(attempt, actor)


def _tell_partner(attempt: Attempt) -> None:
    if at_partner := getattr(attempt, "at_partner", None):
        webhooks.tell(at_partner.partner, WebhookEvent.ACTIVATION_DONE, at_partner.reference)


def _let_mobile_move(attempt: Attempt, actor: User | None) -> None:
    user, entry = attempt.case.user, policy.channels()[attempt.channel]
    change = mobile_asked_by(user)
    try:
        if change is None:
            raise ActivationRefused("overtaken")
        mobiles.prove(change, at_once=entry.moves_mobile_at_once, actor=actor)
    except MoveRefused:
        raise ActivationRefused("overtaken") from None
    _void(_LIVE_ATTEMPTS.filter(case=attempt.case), actor)
    user.refresh_from_db()
    if entry.lifts_pause_with_mobile and user.state == State.PAUSED:
        _activate(attempt, actor)


def _activate(attempt: Attempt, actor: User | None) -> None:
    user = attempt.case.user
    try:
        claims.activate(user, actor=actor, channel=attempt.channel)
    except claims.AlreadyActivated:
        raise ActivationRefused("already_activated") from None
    close_all(user, actor=actor)
    what = "pause_lifted" if user.state == State.PAUSED else "activated"
    tell(user, what, **_places(attempt))


def close_all(user: User, *, actor: User | None) -> None:
    """Of every account that says to be this person, in the caller's transaction."""
    _void(_LIVE_OF_PERSON.all(id_number=user.id_number), actor)
    _close_cases(_OPEN_OF_PERSON.all(id_number=user.id_number), actor)


def give_way(attempt: Attempt, *, actor: User) -> None:
    """Ends an attempt for another one of the same channel. Raises ActivationRefused."""
    with transaction.atomic():
        move(attempt, states.VOID_ATTEMPT, ended_at=clock.now())
        _record(Event.ATTEMPT_VOIDED, attempt, actor)


def move(attempt: Attempt, move: Move, **facts: object) -> None:
    try:
        Attempt.objects.all().move_one(move, attempt.pk, **facts)
    except MoveRefused:
        raise ActivationRefused("decided") from None


def _since(user: User, purpose: CasePurpose | None) -> datetime | None:
    """When what is to be proven came up; None when there is nothing of the kind."""
    match purpose:
        case CasePurpose.NEW_MOBILE:
            change = mobile_asked_by(user)
            return change.asked_at if change else None
        case CasePurpose.LIFT_OF_PAUSE:
            return user.paused_at
        case _activation:
            return user.mobile_proven_at


def _close(case: ActivationCase, *, actor: User | None) -> None:
    with transaction.atomic():
        _void(_LIVE_ATTEMPTS.filter(case=case), actor)
        _close_cases([case], actor)


def _void(attempts: Iterable[Attempt], actor: User | None) -> None:
    """In the caller's transaction; of those that end at this moment somebody else has written the entry."""
    for attempt in attempts:
        if Attempt.objects.filter(pk=attempt.pk).move(states.VOID_ATTEMPT, ended_at=clock.now()):
            _record(Event.ATTEMPT_VOIDED, attempt, actor)


def _close_cases(cases: Iterable[ActivationCase], actor: User | None) -> None:
    """In the caller's transaction."""
    for case in cases:
        if ActivationCase.objects.filter(pk=case.pk).move(states.CLOSE, ended_at=clock.now()):
            record(Event.CASE_CLOSED, actor=actor, subject=case.user, case=case.pk)


def _expire(attempt: Attempt) -> bool:
    with transaction.atomic():
        outlived = Attempt.objects.outlived().filter(pk=attempt.pk)
        if not outlived.move(states.EXPIRE_ATTEMPT, ended_at=clock.now()):
            return False
        _record(Event.ATTEMPT_EXPIRED, attempt, None)
    return True


def _record(event: Event, attempt: Attempt, actor: User | None) -> None:
    record(event, actor=actor, subject=attempt.case.user, channel=attempt.channel, attempt=attempt.pk)


def _new_case(user: User, actor: User, purpose: CasePurpose) -> ActivationCase:
    case = ActivationCase(user=user, purpose=purpose)
    with transaction.atomic(savepoint=False):
        if not _WRITE_CASE.save_if_first(case):  # a second tab was first
            return ActivationCase.objects.open().get(user=user)
        record(Event.CASE_OPENED, actor=actor, subject=user, case=case.pk)
    case.is_new = True
    return case


def _admits(channel: ChannelPolicy, person: Person, purpose: str) -> bool:
    return channel.admits(person.kind, fingerprint_on_file=person.fingerprint_on_file, purpose=purpose)


def _what_lacks(channel: ChannelPolicy, person: Person, purpose: str) -> str:
    if person.kind not in channel.kinds:
        return "kind_not_admitted"
    return "fingerprint_missing" if purpose in channel.purposes else "purpose_not_admitted"


def _places(attempt: Attempt) -> dict[str, dict[str, str]]:
    """Where the person was proven, in each language."""
    words = {"channel": channel_of, "whose": whose, "place": place_of}
    places: dict[str, dict[str, str]] = {name: {} for name in words}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for name, said in words.items():
                places[name][language] = said(attempt)
    return places


def _text_visit_code(attempt: Attempt) -> None:
    user = attempt.case.user
    mobile = mobile_of(user)
    with translation.override(user.language):
        expires_on = date_format(timezone.localtime(attempt.expires_at), "DATE_FORMAT")
    context = {"visit_code": attempt.visit_code, "expires_on": expires_on}
    messaging.send(to=mobile, purpose="visit_code", language=user.language, context=context)
