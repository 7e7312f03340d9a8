"""The officer's channel: a visit, a document typed without seeing what the person typed, and a second officer where they
differ."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actions import claims
from accounts.actions.telling import tell
from accounts.models import User
from accounts.states import State
from activation import policy, states
from activation.actions import bookings, cases
from activation.actions.cases import ActivationRefused
from activation.models import Attempt, AttemptQuerySet, Fingerprint, OfficerCheck
from activation.states import CasePurpose
from audit.actions import record
from audit.events import Event
from core import clock
from core.idnumbers import IdNumberError, parse
from core.sealed import seal, unseal
from core.text import compact_digits, name_key
from messaging.actions import sending as messaging
from registry import actions as register
from registry.lookup import person_of
from registry.models import Person

# The reason of a look at a case whose visit code somebody has brought.
VISIT_CODE = "visit_code"


@dataclass(frozen=True)
class Document:
    """What an officer reads off the identity document."""

    id_number: str
    name: str
    birth_date: date


def find_attempts(officer: User, searched: str) -> Sequence[Attempt]:
    """The officer channel's live attempts for an exact visit code or ID number, the newest first. The look is audited, with
    which of the two. For the ID number of a paused account an attempt begins."""
    _begin_for_paused(officer, searched)
    key = _key(searched)
    live = Attempt.objects.live().filter(channel="officer", **key)
    reason = VISIT_CODE if "visit_code" in key else "number_searched"
    newest = live.select_related("case__user").order_by("-pk")[:10]
    found = [attempt for attempt in newest if cases.is_current(attempt.case)]
    for attempt in found:
        record(Event.CASE_FOUND, actor=officer, subject=attempt.case.user, attempt=attempt.pk, reason=reason)
    return found


def check_document(attempt: Attempt, officer: User, document: Document, fingerprint: Fingerprint) -> list[str]:
    """Activates when the document agrees with the register, else asks a second officer; returns what differs.
    Raises ActivationRefused."""
    person = _judge(attempt, officer, fingerprint)
    differences = _differences(attempt.case.user, person, document)
    with transaction.atomic():
        claims.take_turn(attempt.case.user)
        _write_check(attempt, officer, document, fingerprint, differences)
        if differences:
            cases.move(attempt, states.ASK_SECOND_OFFICER)
            # The visit is over; the claim must not end while the second officer thinks.
            claims.hold(attempt.case.user, policy.channels()[attempt.channel].attempt_life)
            record(Event.IDENTITY_DIFFERED, actor=officer, subject=attempt.case.user, attempt=attempt.pk)
        else:
            _activate(attempt, officer, person, fingerprint)
        bookings.came(attempt, officer)
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
        cases.move(attempt, states.REFUSE, ended_at=clock.now(), refusal=reason)
        bookings.came(attempt, officer)
        _tell_refusal(attempt)
        record(Event.ACTIVATION_REFUSED, actor=officer, subject=user, attempt=attempt.pk)


def _tell_refusal(attempt: Attempt) -> None:
    """To the number that the person has in hand."""
    user = attempt.case.user
    if attempt.case.purpose == CasePurpose.ACTIVATION:
        tell(user, "activation_refused")
    else:
        messaging.send(to=cases.mobile_of(user), purpose="proof_refused", language=user.language)


def document_of(check: OfficerCheck) -> Document:
    """For the second officer, who compares it with the register."""
    kept = json.loads(unseal(check.sealed_document))
    return Document(kept["id_number"], kept["name"], date.fromisoformat(kept["birth_date"]))


def judge_look(attempt: Attempt, officer: User) -> None:
    """Raises ActivationRefused where the officer may not look at all, whatever the reason."""
    _refuse_own_case(attempt, officer)
    _refuse_ended(attempt)


def view(attempt: Attempt, officer: User, reason: str) -> None:
    """An officer opens a case to work on it. The look is audited with its reason (core.looks, or a word of the desk). Raises
    ActivationRefused."""
    judge_look(attempt, officer)
    record(Event.CASE_VIEWED, actor=officer, subject=attempt.case.user, attempt=attempt.pk, reason=reason)


def _begin_for_paused(officer: User, searched: str) -> None:
    """Who paused their account cannot sign in to begin an attempt: it begins when they stand before an officer, without a
    visit code, which tells several claims to one number apart."""
    key = _key(searched).get("case__user__id_number", "")
    user = User.objects.filter(id_number=key, state=State.PAUSED).first()
    if user is None:
        return
    if any(cases.is_current(attempt.case) for attempt in _live_at_the_desk(user)):
        return
    case = cases.open_case(user, actor=officer, purpose=CasePurpose.LIFT_OF_PAUSE)
    if cases.live_attempt(case, "officer") is None:
        cases.new_attempt(case, "officer", officer)


def _live_at_the_desk(user: User) -> AttemptQuerySet:
    attempts = Attempt.objects.of(user).select_related("case__user")
    return attempts.awaiting_officer() | attempts.awaiting_second_officer().filter(channel="officer")


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
    cases.refuse_overtaken(attempt.case)


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
    user = attempt.case.user
    cases.take_turn(user)
    if fingerprint == Fingerprint.TAKEN:
        register.record_fingerprint(person, on=timezone.localdate())
        record(Event.FINGERPRINT_RECORDED, actor=officer, subject=user)
    cases.prove(attempt, actor=officer)
