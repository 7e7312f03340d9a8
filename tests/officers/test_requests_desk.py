"""The officers' desk for requests: what waits, one request, and who works on it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Branch, ClosedDay, User
from accounts.roles import Role
from audit.events import Event
from audit.models import Entry
from messaging.models import Message
from registry.models import DependencyLink, Person, Relation
from services.actions import assignments, decisions, proposals, requests
from services.actions.handling import DecisionRefused
from services.catalogue import services
from services.due import working_days_after
from services.models import Reason, ServiceRequest
from services.states import RequestState
from services.tasks import free_requests
from tests.cast import luhn_number
from tests.officers.conftest import enter
from tests.officers.requests import REASON, ask, page_of, read_now
from tests.parallel import at_the_same_moment

pytestmark = pytest.mark.django_db

DESK = "/en/admin/services/servicerequest/"


@pytest.fixture
def desk(civil_affairs: User) -> Client:
    return enter(Client(), civil_affairs)


def shown(desk: Client, path: str) -> str:
    return desk.get(path).content.decode()


def list_of(desk: Client, name: str, **narrowed: str) -> str:
    return desk.get(f"{DESK}list/{name}/", narrowed).content.decode()


def due(request: ServiceRequest, days: int) -> None:
    ServiceRequest.objects.filter(pk=request.pk).update(due_on=timezone.localdate() + timedelta(days=days))


def look(desk: Client, request: ServiceRequest, reason: str = "complaint") -> str:
    return desk.post(page_of(request, "services_look"), {"reason": reason}, follow=True).content.decode()


def test_on_an_old_page_nobody_decides_on_what_was_answered_since(
    desk: Client, civil_affairs: User, activated: User
) -> None:
    """What was typed stands on the page still, beside the answers as they are now."""
    request = ask(activated, officer=civil_affairs)
    decision = {"decision": "approve", "checks": "0", "text": REASON}
    old = decision | {"seen": _seen(shown(desk, page_of(request)))}
    decisions.send_back(request, civil_affairs, reason=Reason(REASON), fields=["message"])
    requests.answer(request, {"message": "How do I sell it?"}, "")
    page = desk.post(page_of(request), old).text
    assert "This page was old" in page and "How do I sell it?" in page and REASON in page
    request.refresh_from_db()
    assert request.state == RequestState.IN_REVIEW
    desk.post(page_of(request), decision | {"seen": _seen(page)})
    request.refresh_from_db()
    assert request.state == RequestState.APPROVED


@pytest.mark.parametrize("decision", ["approve", "return", "reject"])
def test_a_page_that_does_not_say_what_it_showed_decides_nothing(
    decision: str, desk: Client, civil_affairs: User, activated: User
) -> None:
    request = ask(activated, officer=civil_affairs)
    page = desk.post(page_of(request), {"decision": decision, "checks": "0", "text": REASON}).text
    assert "This page was old" in page and REASON in page
    request.refresh_from_db()
    assert request.state == RequestState.IN_REVIEW
    # What is wrong besides is told at once.
    assert "This page was old" in desk.post(page_of(request), {"decision": decision}).text


@pytest.mark.parametrize("leaves", ["stops", "moves"])
@pytest.mark.parametrize("is_proposed", [False, True])
def test_what_an_officer_leaves_behind_is_new_for_the_others(
    leaves: str, is_proposed: bool, civil_affairs: User, colleague: User, activated: User, give_role: Callable[[User, Role], User],
    person: Person, make_person: Callable[..., Person], attachments_folder: object,
) -> None:  # fmt: skip
    child = make_person(luhn_number("200003001"), birth_date="2015-01-01")
    link = DependencyLink.objects.create(head=person, dependent=child, relation=Relation.SON)
    gone = {"member": link.pk, "died_on": "2026-11-03", "place": "Riyadh"}
    request = ask(activated, "register-death", officer=civil_affairs, **gone)
    other, returned = (
        ask(activated, token=token, officer=officer) for token, officer in (("o", colleague), ("r", civil_affairs))
    )
    decisions.send_back(returned, civil_affairs, reason=Reason(REASON), fields=["message"])
    if is_proposed:
        proposals.propose(request, civil_affairs, reason=Reason(REASON))
    assert assignments.free_left_ones() == 0
    if leaves == "stops":
        User.objects.filter(pk=civil_affairs.pk).update(is_active=False)
    else:
        give_role(civil_affairs, Role.PASSPORTS)
    free_requests()
    for one in (request, other, returned):
        one.refresh_from_db()
    assert (request.state, request.officer, request.proposed_by) == (RequestState.SUBMITTED, None, None)
    assert (other.officer, returned.state) == (colleague, RequestState.RETURNED)
    requests.answer(returned, {"message": "In Jeddah."}, "")
    assert assignments.free_left_ones() == 1
    assert Entry.objects.filter(event=Event.REQUEST_RELEASED).count() == 2
    assert Message.objects.filter(to=activated.mobile, purpose="request_released").count() == 2


def _seen(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"')[0]


def test_an_officer_takes_the_next_one_and_decides(desk: Client, civil_affairs: User, activated: User) -> None:
    request = ask(activated)
    assert request.number in list_of(desk, "new")
    taken = desk.post(f"{DESK}next/civil-affairs/")
    page = shown(desk, taken.url)
    assert "How do I renew?" in page and "Approve" in page
    desk.post(page_of(request), {"decision": "approve", "text": REASON, "checks": ["0"]} | read_now(request))
    request.refresh_from_db()
    assert (request.state, request.officer, request.reason) == (RequestState.APPROVED, civil_affairs, REASON)


def test_a_decision_without_a_sentence_is_answered_beside_the_field(desk: Client, activated: User) -> None:
    request = ask(activated)
    desk.post(page_of(request, "services_take"))
    page = desk.post(page_of(request), {"decision": "reject", "text": "no"} | read_now(request)).content.decode()
    assert "Write a whole sentence." in page
    page = desk.post(page_of(request), {"decision": "reject"} | read_now(request)).content.decode()
    assert "Write what the applicant is to know" in page
    request.refresh_from_db()
    assert request.state == RequestState.IN_REVIEW


def test_what_is_to_be_checked_is_ticked_before_approval_and_not_before_rejection(
    desk: Client, civil_affairs: User, activated: User
) -> None:
    request = ask(activated, officer=civil_affairs)
    page = desk.post(page_of(request), {"decision": "approve", "text": REASON} | read_now(request)).content.decode()
    assert "Tick all of it to approve." in page and REASON in page
    desk.post(page_of(request), {"decision": "reject", "text": REASON} | read_now(request))
    request.refresh_from_db()
    assert request.state == RequestState.REJECTED


def test_a_released_request_can_be_taken_again(desk: Client, activated: User) -> None:
    request = ask(activated)
    desk.post(page_of(request, "services_take"))
    desk.post(page_of(request, "services_release"))
    request.refresh_from_db()
    assert (request.state, request.officer) == (RequestState.SUBMITTED, None)


def test_an_officer_sees_the_requests_of_the_own_department_only(desk: Client, activated: User) -> None:
    other = ask(activated, "passports-messages")
    assert other.number not in list_of(desk, "new")
    assert desk.get(page_of(other)).status_code == 404
    assert desk.post(f"{DESK}next/passports/").status_code == 403


def test_who_may_not_decide_sees_no_desk(
    officer: User, give_role: Callable[[User, Role], User], activated: User
) -> None:
    request = ask(activated)
    auditor = enter(Client(), give_role(officer, Role.AUDITOR))
    paths = (DESK, page_of(request), f"{DESK}list/new/", f"{DESK}questions/", f"{DESK}batch/done/")
    assert {auditor.get(path).status_code for path in paths} == {403}


def test_a_draft_is_nobodys_business(desk: Client, activated: User) -> None:
    draft = requests.begin(services()["civil-affairs-messages"], activated, "t")
    assert desk.get(page_of(draft)).status_code == 404


def test_each_list_holds_what_its_name_says(desk: Client, civil_affairs: User, activated: User) -> None:
    new, mine, asked, soon, late = (ask(activated, token=str(n)) for n in range(5))
    decisions.take(mine, civil_affairs)
    decisions.take(asked, civil_affairs)
    decisions.send_back(asked, civil_affairs, reason=Reason(REASON), fields=[])
    due(soon, 0)
    due(late, -3)
    held = {
        name: {one.number for one in (new, mine, asked, soon, late) if one.number in list_of(desk, name)}
        for name in ("new", "mine", "returned", "soon", "overdue")
    }
    assert held == {
        "new": {new.number, soon.number, late.number},
        "mine": {mine.number, asked.number},
        "returned": {asked.number},
        "soon": {soon.number},
        "overdue": {late.number},
    }
    assert " late</span>" in list_of(desk, "overdue") and "Due today" in list_of(desk, "soon")
    assert desk.get(f"{DESK}list/everything/").status_code == 404


def test_a_list_is_narrowed_by_service_and_by_the_branch_of_its_officer(
    desk: Client, civil_affairs: User, colleague: User, branch: Branch, activated: User
) -> None:
    here, elsewhere = ask(activated, token="1", officer=civil_affairs), ask(activated, token="2", officer=colleague)
    due(here, 0)
    due(elsewhere, 0)
    page = list_of(desk, "soon", branch=str(branch.pk))
    assert here.number in page and elsewhere.number not in page
    page = list_of(desk, "soon", service="civil-affairs-messages")
    assert here.number in page and elsewhere.number in page
    assert here.number not in list_of(desk, "soon", service="report-lost-documents")
    assert here.number in list_of(desk, "soon", service="nothing", branch="999999")


def test_a_list_goes_on_by_key_with_what_is_due_first(
    desk: Client, activated: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.worklists.ROWS_ON_A_PAGE", 2)
    known = [ask(activated, token=str(n)) for n in range(5)]
    for request, days in zip(known, (3, 1, 1, 5, 0), strict=True):
        due(request, days)
    order, after = [], ""
    for _page in range(3):
        page = list_of(desk, "new", **({"after": after} if after else {}))
        order += sorted((page.index(f'value="{one.number}"'), one) for one in known if f'value="{one.number}"' in page)
        after = page.split("after=")[1].split('"')[0] if "after=" in page else ""
    assert [request.pk for _place, request in order] == [known[n].pk for n in (4, 1, 2, 0, 3)]


def test_the_start_page_counts_and_says_how_long_the_first_one_waits(desk: Client, activated: User) -> None:
    request = ask(activated)
    due(request, -1)
    ServiceRequest.objects.filter(pk=request.pk).update(submitted_at=timezone.now() - timedelta(days=12))
    page = shown(desk, DESK).replace("\xa0", " ")
    assert "The first one waits for 12 days" in page and "working day late" in page


def test_due_soon_counts_no_holiday_as_a_working_day(desk: Client, activated: User) -> None:
    request, today = ask(activated), timezone.localdate()
    next_day, _second, third = (working_days_after(today, days) for days in (1, 2, 3))
    due(request, (third - today).days)
    assert request.number not in list_of(desk, "soon")
    ClosedDay.objects.create(day=next_day, reason_ar="العيد", reason_en="The feast")
    page = list_of(desk, "soon")
    assert request.number in page and '<span class="badge badge-warning">2 working days left</span>' in page


@pytest.mark.parametrize("path", ["", "list/soon/"])
def test_a_page_asks_for_the_holidays_once(path: str, office: Client, activated: User) -> None:
    """However many departments somebody has."""
    due(ask(activated), 0)
    with CaptureQueriesContext(connection) as queries:
        office.get(f"{DESK}{path}")
    assert sum('FROM "accounts_closedday"' in query["sql"] for query in queries) == 1


def test_after_a_decision_the_next_one_is_a_click_away(desk: Client, civil_affairs: User, activated: User) -> None:
    mine, later, first = ask(activated, officer=civil_affairs), ask(activated, token="2"), ask(activated, token="3")
    due(later, 5)
    due(first, 1)
    decided = {"decision": "reject", "text": REASON, "then_next": "yes"}
    assert desk.post(page_of(mine), decided | read_now(mine)).url == page_of(first)
    first.refresh_from_db()
    assert first.officer == civil_affairs
    assert desk.post(page_of(first), decided | read_now(first)).url == page_of(later)
    page = desk.post(page_of(later), decided | read_now(later), follow=True).text
    assert "Nothing waits that you may decide." in page and f"Request {later.number} is rejected." in page


def test_a_decision_with_errors_takes_nothing_else(desk: Client, civil_affairs: User, activated: User) -> None:
    mine, waits = ask(activated, officer=civil_affairs), ask(activated, token="2")
    assert "field-wrong" in desk.post(page_of(mine), {"decision": "reject", "then_next": "yes"}).text
    waits.refresh_from_db()
    assert (waits.officer, waits.state) == (None, RequestState.SUBMITTED)


@pytest.mark.parametrize("path", ["", "list/new/", "list/overdue/", "list/soon/", "list/mine/", "questions/"])
def test_a_page_asks_the_database_as_often_for_many_as_for_one(
    path: str, desk: Client, civil_affairs: User, activated: User
) -> None:
    counts = []
    for size in (1, 12):
        for n in range(size):
            due(ask(activated, token=f"{size}-{n}", officer=civil_affairs if n % 2 else None), -1)
        desk.get(f"{DESK}{path}")
        with CaptureQueriesContext(connection) as queries:
            desk.get(f"{DESK}{path}")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_page_of_a_request_asks_as_often_for_a_long_thread_as_for_a_short_one(
    desk: Client, civil_affairs: User, activated: User
) -> None:
    request = ask(activated, officer=civil_affairs)
    counts = []
    for size in (3, 9):
        for n in range(size):
            requests.write(request, f"Message {n}")
            ask(activated, token=f"{size}-{n}")
        desk.get(page_of(request))
        with CaptureQueriesContext(connection) as queries:
            desk.get(page_of(request))
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.postgres
@pytest.mark.parametrize("narrowed", [{}, {"service": "civil-affairs-messages"}, {"after": "first"}])
@pytest.mark.parametrize("name", ["new", "mine", "returned", "second", "soon", "overdue"])
def test_a_list_is_read_in_the_order_of_an_index(
    name: str, narrowed: dict[str, str], desk: Client, activated: User
) -> None:
    first = ask(activated)
    with CaptureQueriesContext(connection) as queries, connection.cursor() as cursor:
        list_of(desk, name, **{key: str(first.pk) if key == "after" else value for key, value in narrowed.items()})
        rows = [
            query["sql"]
            for query in queries
            if 'FROM "services_servicerequest"' in query["sql"] and "LIMIT 51" in query["sql"]
        ]
        # A small table is read from end to end unless that is forbidden.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {rows[0]}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert len(rows) == 1 and "Index Scan using request_" in plan and "Sort" not in plan, plan


@pytest.mark.parametrize("typed", ["number", "spaced", "arabic"])
def test_a_request_is_found_by_its_number(typed: str, desk: Client, activated: User) -> None:
    number = ask(activated).number
    spellings = {
        "number": number,
        "spaced": f" {number[:4]} {number[4:]} ",
        "arabic": number.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
    }
    assert desk.post(DESK, {"searched": spellings[typed]}).url.endswith(f"/{number}/")


def test_requests_are_found_by_the_applicants_number_and_the_search_is_in_the_trail(
    desk: Client, civil_affairs: User, activated: User, stranger: User
) -> None:
    own, foreign = [ask(activated, token="1"), ask(activated, token="2")], ask(stranger)
    page = desk.post(DESK, {"searched": activated.id_number}).content.decode()
    assert all(request.number in page for request in own) and foreign.number not in page
    look = Entry.objects.get(event=Event.REQUESTS_SEARCHED, actor_id=civil_affairs.pk)
    assert (look.subject_id, look.details) == (activated.pk, {"reason": "number_searched"})


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("", "Type a request number"), ("12", "Both numbers have ten digits."), ("2999999994", "No request of your department")],
)  # fmt: skip
def test_a_search_that_finds_nothing_says_why(typed: str, sentence: str, desk: Client) -> None:
    assert sentence in desk.post(DESK, {"searched": typed}).content.decode()


def test_a_look_by_the_officer_who_has_it_needs_no_other_reason(
    desk: Client, civil_affairs: User, activated: User
) -> None:
    request = ask(activated, officer=civil_affairs)
    assert "How do I renew?" in shown(desk, page_of(request))
    seen = Entry.objects.get(event=Event.REQUEST_VIEWED)
    assert (seen.subject_id, seen.details) == (activated.pk, {"request": request.pk, "reason": "holds"})


def test_anybody_else_gives_a_reason_before_a_word_is_shown(
    desk: Client, person: Person, activated: User, colleague: User
) -> None:
    request = ask(activated, officer=colleague)
    page = shown(desk, page_of(request))
    assert "Why do you look?" in page and "How do I renew?" not in page and person.name_en not in page
    assert not Entry.objects.filter(event=Event.REQUEST_VIEWED).exists()
    page = desk.post(page_of(request, "services_look"), {"reason": "curious"}).content.decode()
    assert "How do I renew?" not in page and "field-wrong" in page
    assert "How do I renew?" in look(desk, request)
    assert Entry.objects.get(event=Event.REQUEST_VIEWED).details["reason"] == "complaint"


def test_a_reason_is_given_for_one_request_and_ends(
    desk: Client, activated: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = ask(activated, token="1"), ask(activated, token="2")
    look(desk, first)
    assert "Why do you look?" in shown(desk, page_of(second))
    monkeypatch.setattr("core.looks.HOLDS_FOR", timedelta(0))
    assert "Why do you look?" in look(desk, second)


def test_whoever_has_it_gives_it_to_a_colleague(
    desk: Client, civil_affairs: User, colleague: User, activated: User
) -> None:
    request = ask(activated, officer=civil_affairs)
    assert "Choose a colleague." in desk.post(page_of(request, "services_assign"), {}).content.decode()
    desk.post(page_of(request, "services_assign"), {"officer": colleague.pk})
    request.refresh_from_db()
    assert (request.officer, request.state) == (colleague, RequestState.IN_REVIEW)
    assert Entry.objects.get(event=Event.REQUEST_ASSIGNED).details == {"request": request.pk, "to": colleague.pk}


def test_a_returned_request_is_handed_over_and_stays_with_its_applicant(
    civil_affairs: User, colleague: User, activated: User
) -> None:
    request = ask(activated, officer=civil_affairs)
    decisions.send_back(request, civil_affairs, reason=Reason(REASON), fields=[])
    assignments.assign(request, civil_affairs, to=colleague)
    assert (request.officer, request.state) == (colleague, RequestState.RETURNED)


def test_a_supervisor_gives_out_what_is_new_and_what_others_have(
    supervisor: User, civil_affairs: User, colleague: User, activated: User
) -> None:
    request = ask(activated)
    assignments.assign(request, supervisor, to=civil_affairs)
    assert (request.officer, request.state) == (civil_affairs, RequestState.IN_REVIEW)
    assignments.assign(request, supervisor, to=colleague)
    assert request.officer == colleague
    decisions.release(request, supervisor)
    assert request.officer is None


def test_who_neither_has_it_nor_supervises_gives_nothing_away(
    civil_affairs: User, colleague: User, passports: User, supervisor: User, activated: User
) -> None:
    request = ask(activated, officer=colleague)
    for act in (
        lambda: assignments.assign(request, civil_affairs, to=civil_affairs),
        lambda: decisions.release(request, civil_affairs),
    ):
        with pytest.raises(DecisionRefused, match="not_yours"):
            act()
    with pytest.raises(DecisionRefused, match="not_a_colleague"):
        assignments.assign(request, supervisor, to=passports)
    assert ServiceRequest.objects.get().officer == colleague


def _related(officer: User, applicant: User, make_person: Callable[..., Person]) -> None:
    """The officer is the applicant's brother-in-law's child, say: somebody the register ties to the applicant."""
    own = make_person(officer.id_number, nationality="SAU", id_expires_on=None)
    DependencyLink.objects.create(
        head=Person.objects.get(id_number=applicant.id_number), dependent=own, relation=Relation.SON
    )


def test_nobody_gets_a_request_of_the_own_family(
    desk: Client,
    civil_affairs: User,
    colleague: User,
    activated: User,
    stranger: User,
    make_person: Callable[..., Person],
) -> None:
    _related(civil_affairs, activated, make_person)
    of_family, other = ask(activated), ask(stranger)
    assert desk.post(f"{DESK}next/civil-affairs/").url.endswith(f"/{other.number}/")
    assert decisions.take_next(civil_affairs, "civil-affairs") is None
    decisions.take(of_family, colleague)
    with pytest.raises(DecisionRefused, match="own_request"):
        assignments.assign(of_family, colleague, to=civil_affairs)
    page = desk.get(page_of(of_family), follow=True).content.decode()
    assert "This request is yours or of your family." in page and "Why do you look?" not in page
    assert "This request is yours or of your family." in look(desk, of_family)


def test_taking_the_next_one_asks_one_question_however_many_wait(
    civil_affairs: User, activated: User, stranger: User, make_person: Callable[..., Person]
) -> None:
    _related(civil_affairs, activated, make_person)
    counts = []
    for size in (1, 8):
        for n in range(size):
            ask(activated, token=f"{size}-{n}")
        ask(stranger, token=str(size))
        with CaptureQueriesContext(connection) as queries:
            assert decisions.take_next(civil_affairs, "civil-affairs")
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_officers_who_take_the_next_one_at_once_get_different_ones(
    civil_affairs: User, colleague: User, supervisor: User, activated: User
) -> None:
    for n in range(2):
        ask(activated, token=str(n))
    officers = (civil_affairs, colleague, supervisor)
    taken = at_the_same_moment([lambda me=me: decisions.take_next(me, "civil-affairs") for me in officers])
    assert sorted(str(one) for one in taken) == sorted(
        [*ServiceRequest.objects.values_list("number", flat=True), "None"]
    )
    assert ServiceRequest.objects.with_officer(civil_affairs).count() <= 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_officers_who_take_one_request_at_once_one_gets_it(
    civil_affairs: User, colleague: User, activated: User
) -> None:
    number = ask(activated).number
    acts = [
        lambda me=me: decisions.take(ServiceRequest.objects.select_related("applicant").get(number=number), me)
        for me in (civil_affairs, colleague)
    ]
    outcomes = at_the_same_moment(acts)
    assert sorted(str(outcome) for outcome in outcomes) == ["None", "moved"]
    assert Entry.objects.filter(event=Event.REQUEST_TAKEN).count() == 1


def test_the_page_tells_the_steps_so_far(desk: Client, civil_affairs: User, activated: User) -> None:
    request = ask(activated, officer=civil_affairs)
    decisions.send_back(request, civil_affairs, reason=Reason(REASON), fields=["message"])
    requests.answer(ServiceRequest.objects.get(), {"message": "In Jeddah."}, "Corrected.")
    page = shown(desk, page_of(request))
    steps = ("Request submitted", "Request taken", "Request returned", "Returned request answered")
    assert [page.index(step) for step in steps] == sorted(page.index(step) for step in steps)
    assert "In Jeddah." in page and "Corrected." in page


def test_what_may_be_asked_twice_stands_side_by_side(
    desk: Client, civil_affairs: User, activated: User, stranger: User
) -> None:
    first = ask(activated, token="1", topic="other", message="How do I renew?")
    of_another = ask(stranger, topic="family", message="Where is the branch?")
    request = ask(activated, token="2", officer=civil_affairs, topic="family", message="Where is the branch?")
    unlike = ask(stranger, token="3", topic="data", message="My name is wrong.")
    page = shown(desk, page_of(request))
    assert "Possibly the same" in page and first.number in page and of_another.number in page
    assert "Another applicant" in page and unlike.number not in page
    looks = Entry.objects.filter(event=Event.REQUEST_VIEWED, details__reason="alike")
    assert set(looks.values_list("subject_id", flat=True)) == {activated.pk, stranger.pk}


def test_what_looks_the_same_but_is_of_the_officers_family_is_not_shown(
    desk: Client, civil_affairs: User, activated: User, stranger: User, make_person: Callable[..., Person]
) -> None:
    _related(civil_affairs, activated, make_person)
    of_family = ask(activated)
    page = shown(desk, page_of(ask(stranger, officer=civil_affairs)))
    assert "How do I renew?" in page and of_family.number not in page


def test_an_answer_that_differs_from_the_register_is_marked_in_words(
    desk: Client, civil_affairs: User, activated: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = services()["civil-affairs-messages"]
    topic, message = service.fields
    fields = (topic, replace(message, register="first_name_en"))
    monkeypatch.setitem(services(), service.slug, replace(service, fields=fields))
    request = ask(activated, officer=civil_affairs, topic="data", message="Sameer")
    page = shown(desk, page_of(request))
    assert "Differs" in page and "In the register" in page
    ServiceRequest.objects.update(answers={"topic": "data", "message": "  SAMER "})
    assert "Agrees" in shown(desk, page_of(request))


def test_the_family_member_in_question_is_shown_beside_the_applicant(
    desk: Client, civil_affairs: User, activated: User, person: Person, make_person: Callable[..., Person]
) -> None:
    child = make_person(luhn_number("200003001"), first_name_en="Lama", birth_date="2015-01-01")
    link = DependencyLink.objects.create(head=person, dependent=child, relation=Relation.DAUGHTER)
    request = ask(activated, "separate-dependent", officer=civil_affairs, member=link.pk, reason="work")
    page = shown(desk, page_of(request))
    assert child.name_en in page and child.id_number in page and "Daughter" in page
    DependencyLink.objects.update(until="2026-11-01")
    assert "Not registered with the applicant any more" in shown(desk, page_of(request))
