"""AUD-1: whatever moves leaves an entry, also what its time or another act ends: about whose account it is, and by whom."""

import ast
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction

from accounts import states as account_states
from accounts.actions import claims, endings, mobiles, registration
from accounts.claim import Claim
from accounts.models import Branch, User
from accounts.states import State
from activation import states as activation_states
from activation.actions import at_partners, bookings, cases, nafath, visits
from activation.actions.at_partners import Holder, Where
from activation.actions.nafath import Aim
from activation.models import Attempt, Fingerprint, NafathRequest, Visit
from activation.nafath.line import NafathFailed
from audit.events import Event
from audit.models import Entry
from core import batches, clock
from core.states import Move
from messaging.models import SendCounter
from partners.words import Mode
from registry.models import Person
from tests.booking import book, free_times
from tests.cast import Phone, in_no_browser, luhn_number
from tests.nafath import NafathServer
from tests.programs import admit

pytestmark = pytest.mark.django_db

ENDS = (Event.ATTEMPT_EXPIRED, Event.ATTEMPT_VOIDED, Event.CASE_CLOSED)
ENDS_OF_VISITS = (Event.VISIT_KEPT, Event.VISIT_RELEASED, Event.VISIT_MISSED)


@pytest.fixture
def visit(visitor: Attempt, branch: Branch) -> Visit:
    return book(visitor, branch)


@pytest.fixture
def visitor(resident: User) -> Attempt:
    return cases.begin(resident, "officer")


def _told(*events: Event) -> list[tuple[str, int | None, int | None, int]]:
    """Event, subject, actor, and the key of what moved."""
    entries = Entry.objects.filter(event__in=events).order_by("pk")
    keys = [entry.details.get("case") or entry.details.get("visit") or entry.details["attempt"] for entry in entries]
    return [(entry.event, entry.subject_id, entry.actor_id, key) for entry, key in zip(entries, keys, strict=True)]


def _prove(attempt: Attempt, actor: User | None) -> None:
    with transaction.atomic():
        cases.take_turn(attempt.case.user)
        cases.prove(Attempt.objects.select_related("case__user").get(pk=attempt.pk), actor=actor)


@pytest.mark.parametrize("noticed_by", ["chore", "holder"])
def test_an_attempt_that_nobody_completed_in_time(noticed_by: str, visitor: Attempt, resident: User) -> None:
    Attempt.objects.update(expires_at=clock.ahead(-timedelta(seconds=5)))
    cases.expire_attempts() if noticed_by == "chore" else cases.begin(resident, "officer")
    cases.expire_attempts()
    assert _told(*ENDS) == [("attempt_expired", resident.pk, None, visitor.pk)]


def test_however_many_ran_out_each_account_has_its_entry(
    make_person: Callable[..., Person], make_account: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_AT_ONCE", 2)
    people = [make_person(luhn_number(f"2000500{n:02}")) for n in range(5)]
    crowd = [make_account(f"crowd{n:02}a1", one.id_number, f"+9665123410{n:02}") for n, one in enumerate(people)]
    attempts = [cases.begin(one, "officer") for one in crowd]
    Attempt.objects.update(expires_at=clock.ahead(-timedelta(seconds=5)))
    assert cases.expire_attempts() == 5
    told = [("attempt_expired", user.pk, None, one.pk) for user, one in zip(crowd, attempts, strict=True)]
    assert _told(*ENDS) == told


def test_what_an_activation_ends(
    visitor: Attempt, resident: User, officer: User, make_account: Callable[..., User]
) -> None:
    at_bank = cases.new_attempt(visitor.case, "bank", resident)
    rival = make_account("rival2026", resident.id_number, "+966511111111")
    of_rival = cases.begin(rival, "officer")
    _prove(visitor, officer)
    assert _told(*ENDS) == [
        ("attempt_voided", resident.pk, officer.pk, at_bank.pk),
        ("attempt_voided", rival.pk, officer.pk, of_rival.pk),
        ("case_closed", rival.pk, officer.pk, of_rival.case_id),
    ]


def test_what_another_mobile_ends(activated: User, officer: User) -> None:
    with transaction.atomic():
        claims.take_turn(activated, "+966511111111")
        mobiles.ask(activated, "+966511111111")
    at_desk = cases.begin(activated, "officer")
    at_kiosk = cases.new_attempt(at_desk.case, "kiosk", activated)
    _prove(at_desk, officer)
    assert _told(*ENDS) == [("attempt_voided", activated.pk, officer.pk, at_kiosk.pk)]


@pytest.mark.parametrize("noticed_by", ["chore", "holder"])
def test_a_case_that_was_overtaken(noticed_by: str, activated: User) -> None:
    mobiles.ask(activated, "+966511111111")
    overtaken = cases.begin(activated, "officer")
    mobiles.ask(activated, "+966522222222")
    cases.expire_attempts() if noticed_by == "chore" else cases.begin(activated, "officer")
    actor = activated.pk if noticed_by == "holder" else None
    assert _told(*ENDS) == [
        ("attempt_voided", activated.pk, actor, overtaken.pk),
        ("case_closed", activated.pk, actor, overtaken.case_id),
    ]


def test_the_case_of_somebody_who_has_died(visitor: Attempt, resident: User) -> None:
    with transaction.atomic():
        endings.end_of_person(resident.id_number)
    assert _told(*ENDS) == [
        ("attempt_voided", resident.pk, None, visitor.pk),
        ("case_closed", resident.pk, None, visitor.case_id),
    ]


def test_an_attempt_that_goes_on_at_another_bank(resident: User) -> None:
    holder = Holder(resident.id_number, resident.mobile)
    for name in ("first-bank", "second-bank"):
        at_partners.begin(holder, Where(admit(name), Mode.APP), "bank")
        SendCounter.objects.all().delete()
    first = Attempt.objects.earliest("pk")
    assert _told(*ENDS) == [("attempt_voided", resident.pk, resident.pk, first.pk)]


@pytest.mark.parametrize("is_today", [True, False])
def test_a_visit_of_somebody_who_came(
    is_today: bool, visit: Visit, visitor: Attempt, resident: User, person: Person, officer: User
) -> None:
    if is_today:
        Visit.objects.update(starts_at=clock.now())
    document = visits.Document(person.id_number, person.name_ar, person.birth_date)
    visits.check_document(visitor, officer, document, Fingerprint.MATCHED)
    event = "visit_kept" if is_today else "visit_released"
    assert _told(*ENDS_OF_VISITS) == [(event, resident.pk, officer.pk, visit.pk)]


@pytest.mark.parametrize("noticed_by", ["chore", "who wants the place"])
def test_a_visit_that_is_needed_no_more(
    noticed_by: str, visit: Visit, visitor: Attempt, resident: User, stranger: User, branch: Branch
) -> None:
    _prove(visitor, None)
    if noticed_by == "chore":
        bookings.settle()
    else:
        User.objects.filter(pk=stranger.pk).update(
            state=State.REGISTERED, activated_at=None, claim_ends_at=clock.ahead(timedelta(days=1))
        )
        book(cases.begin(User.objects.get(pk=stranger.pk), "officer"), branch, visit.starts_at)
    bookings.settle()
    assert _told(*ENDS_OF_VISITS) == [("visit_released", resident.pk, None, visit.pk)]


@pytest.mark.parametrize("noticed_by", ["chore", "holder"])
def test_a_visit_that_nobody_came_to(
    noticed_by: str, visit: Visit, visitor: Attempt, resident: User, branch: Branch
) -> None:
    Visit.objects.update(starts_at=clock.ahead(-timedelta(days=1)))
    bookings.settle() if noticed_by == "chore" else book(visitor, branch, free_times(visitor, branch)[0])
    bookings.settle()
    assert _told(*ENDS_OF_VISITS) == [("visit_missed", resident.pk, None, visit.pk)]


def test_a_mobile_that_was_proven_while_the_username_was_taken(
    claim: Callable[..., Claim], person: Person, phone: Phone, stranger: User
) -> None:
    flow = registration.register(claim(username=stranger.username), client_ip="198.51.100.7", keep=in_no_browser)
    with pytest.raises(registration.UsernameTaken):
        registration.prove_mobile(flow, phone.newest_code(), keep=in_no_browser)
    entry = Entry.objects.get(event=Event.MOBILE_PROVEN)
    assert (entry.subject_id, entry.actor_id, entry.details) == (flow.user_id, None, {})


@pytest.mark.parametrize("noticed_by", ["chore", "holder", "page"])
def test_a_question_that_nobody_answered_in_the_app(
    noticed_by: str, resident: User, nafath_server: NafathServer
) -> None:
    aim = Aim(resident, cases.begin(resident, "nafath"))
    nafath_server.will_ask()
    asked = nafath.ask(aim, language="en")
    NafathRequest.objects.update(expires_at=clock.ahead(-timedelta(seconds=1)))
    nafath_server.will_ask("trans-2")
    look = {
        "chore": nafath.expire,
        "holder": lambda: nafath.ask(aim, language="en"),
        "page": lambda: nafath.newest(aim),
    }
    look[noticed_by]()
    nafath.expire()
    entry = Entry.objects.get(event=Event.NAFATH_EXPIRED)
    assert (entry.subject_id, entry.actor_id, entry.details) == (resident.pk, None, {"request": asked.pk})


def test_a_question_that_never_reached_the_app(resident: User, nafath_server: NafathServer) -> None:
    with pytest.raises(NafathFailed):
        nafath.ask(Aim(resident, cases.begin(resident, "nafath")), language="en")
    entry = Entry.objects.get(event=Event.NAFATH_FAILED)
    assert (entry.subject_id, entry.actor_id) == (resident.pk, None)


def test_an_end_that_is_undone_leaves_no_entry(visitor: Attempt, resident: User) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        cases.close_all(resident, actor=None)
        assert len(_told(*ENDS)) == 2
        raise RuntimeError
    assert _told(*ENDS) == []


# --- And those that are written tomorrow ------------------------------------------------------------------------------
_MOVES = {n for room in (account_states, activation_states) for n, what in vars(room).items() if isinstance(what, Move)}


def _words(node: ast.AST) -> set[str]:
    """The names there, and what is called by the name of its module: `record`, `cases.prove`. Moves have no module's."""
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    of = [one for one in ast.walk(node) if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)]
    return names | {f"{one.value.id}.{one.attr}".removeprefix("states.") for one in of}


def _functions() -> dict[str, set[str]]:
    """The words of every function of the actions, with the moves of the prepared statements that it names."""
    found = {}
    for path in [
        path for room in ("accounts", "activation") for path in (settings.BASE_DIR / room / "actions").glob("*.py")
    ]:
        body = ast.parse(path.read_text()).body
        assigned = [one for one in body if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name)]
        prepared = {one.targets[0].id: _words(one.value) & _MOVES for one in assigned}
        for one in [one for one in body if isinstance(one, ast.FunctionDef)]:
            words = _words(one)
            found[f"{path.stem}.{one.name}"] = words.union(*[prepared.get(word, set()) for word in words])
    return found


def test_no_action_makes_a_move_without_leaving_an_entry() -> None:
    """Itself, or by a function that it calls."""
    functions, recording = _functions(), {"record"}
    for _call in functions:
        recording |= {
            name
            for name, words in functions.items()
            if recording & (words | {f"{name.partition('.')[0]}.{word}" for word in words})
        }
    moving = {name for name, words in functions.items() if words & _MOVES}
    assert moving >= {
        "cases._void",
        "cases.prove",
        "nafath._end",
        "bookings.settle",
        "claims.activate",
        "profile.pause",
    }
    assert sorted(moving - recording) == []
