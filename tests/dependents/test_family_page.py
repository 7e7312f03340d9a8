"""The family page: who is linked to the head, how long papers are valid, what is coming, what can be done and what is under way."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from audit.events import Event
from audit.models import Entry
from dependents import ages, members
from dependents.coming import BIRTHDAY_SOON, is_soon
from dependents.members import Standing
from registry.models import DependencyLink, Document, DocumentKind, Life, Person, Relation, Sex
from services.actions import inbox, requests
from services.catalogue import services
from services.models import ServiceRequest
from tests.cast import luhn_number, sign_in
from tests.services.papers import attach_required
from tests.walk import path

pytestmark = pytest.mark.django_db

Belong = Callable[..., DependencyLink]


def today() -> date:
    return timezone.localdate()


def years_old(years: int, days: int = 0) -> date:
    """The birth date of somebody who turned so old `days` ago; negative: who turns so old in so many days. On 29 February few do:
    a day earlier they have, or a day later they will."""
    turned = today() - timedelta(days=days)
    if (turned.month, turned.day) == (2, 29):
        turned -= timedelta(days=1 if days >= 0 else -1)
    return ages.birthday(turned, -years)


def family(client: Client, language: str = "en") -> str:
    return client.get(path("family", language)).content.decode()


def card(page: str, link: DependencyLink) -> str:
    """What stands about one member."""
    found = re.search(rf'<article class="card member" id="member-{link.pk}".*?</article>', page, re.DOTALL)
    assert found
    return found.group()


def test_a_member_stands_there_with_relation_number_age_and_papers(applicant: Client, belong: Belong) -> None:
    son = belong(
        Relation.SON, birth_date=years_old(11, 5), id_expires_on=today() + timedelta(days=400), first_name_en="Nabil"
    )
    Document.objects.create(
        holder=son.dependent, kind=DocumentKind.PASSPORT, number="N7", expires_on=today() + timedelta(days=500)
    )
    shown = card(family(applicant), son)
    for text in (
        "Nabil Nabil Hasan Alomari",
        "Son",
        "11 years",
        son.dependent.id_number,
        "Valid, 1 year and 1 month left",
        "Valid, 1 year and 4 months left",
    ):
        assert text in shown
    assert shown.count("badge-success") == 2 and "AH)" in shown


def test_a_member_without_a_passport_is_told_so(applicant: Client, daughter: DependencyLink) -> None:
    assert "The register holds none." in card(family(applicant), daughter)


@pytest.mark.parametrize(
    ("days", "tone", "words", "sentence"),
    [
        (91, "success", "Valid, [23] months left", ""),
        (90, "warning", "Valid, 90 days left", "The iqama expires soon."),
        (0, "warning", "Valid until the end of today", "The iqama expires soon."),
        (-1, "danger", "Expired one day ago", "The iqama has expired."),
    ],
)
def test_an_identity_is_coloured_and_worded(
    days: int, tone: str, words: str, sentence: str, applicant: Client, belong: Belong
) -> None:
    link = belong(Relation.DAUGHTER, id_expires_on=today() + timedelta(days=days))
    page = family(applicant)
    shown = card(page, link)
    assert re.search(f'badge-{tone}">{words}', shown) and sentence in shown
    assert (f'href="#member-{link.pk}"' in page) == bool(sentence)


@pytest.mark.parametrize(
    ("days", "tone", "sentence"),
    [
        (80, "warning", "Have a passport made, then ask for the iqama by this day."),
        (-1, "danger", "the time for it is over."),
    ],
)
def test_a_child_born_here_needs_a_first_iqama(
    days: int, tone: str, sentence: str, applicant: Client, belong: Belong
) -> None:
    link = belong(Relation.DAUGHTER, id_expires_on=today() + timedelta(days=days), first_name_en="Lama")
    Document.objects.create(holder=link.dependent, kind=DocumentKind.BIRTH_CERTIFICATE, number="KF1")
    page = family(applicant)
    shown = card(page, link)
    assert f"notice-{tone} member-coming" in shown and sentence in shown and "The iqama" not in shown
    begun = f"/en/requests/new/add-dependent-born-here/?child={link.dependent_id}"
    assert shown.count(begun) == 2 and sentence in page.split("<article")[0]
    assert "Lama" in applicant.get(begun).content.decode()
    Document.objects.create(holder=link.dependent, kind=DocumentKind.IQAMA, number=link.dependent.id_number)
    assert "no iqama" not in family(applicant) and begun not in family(applicant)


@pytest.mark.parametrize(
    ("days", "purpose", "sentence", "offered"),
    [
        (20, "residence", "Ask for it before this day, within 90 days of the entry.", True),
        (91, "residence", "More than 90 days since the entry", True),
        (20, "visit", "", False),
        (None, "residence", "", False),
    ],
)
def test_who_has_come_on_a_residence_visa_needs_an_iqama_in_time(
    days: int | None, purpose: str, sentence: str, offered: bool, applicant: Client, belong: Belong
) -> None:
    entered_on = None if days is None else today() - timedelta(days=days)
    link = belong(Relation.WIFE, id_number="3000000004", entered_on=entered_on, birth_date=date(1994, 2, 2))
    Document.objects.create(holder=link.dependent, kind=DocumentKind.VISA, number="V1", details={"purpose": purpose})
    shown = card(family(applicant), link)
    assert ("member-coming" in shown) == bool(sentence) and sentence in shown
    assert (f"add-resident-dependent/?arrival={link.dependent_id}" in shown) == offered


def test_what_is_under_way_is_not_asked_for_again(applicant: Client, activated: User, belong: Belong) -> None:
    link = belong(Relation.SON, id_expires_on=today() + timedelta(days=80))
    Document.objects.create(holder=link.dependent, kind=DocumentKind.BIRTH_CERTIFICATE, number="KF1")
    requests.begin(services()["add-dependent-born-here"], activated, "t", {"child": link.dependent_id})
    shown = card(family(applicant), link)
    assert "no iqama yet" in shown and shown.count("/add-dependent-born-here/?child=") == 1


@pytest.mark.parametrize(("days", "sentence"), [(30, "The passport expires soon."), (-30, "The passport has expired.")])
def test_a_passport_that_ends_is_told(days: int, sentence: str, applicant: Client, daughter: DependencyLink) -> None:
    expires_on = today() + timedelta(days=days)
    Document.objects.create(holder=daughter.dependent, kind=DocumentKind.PASSPORT, number="N7", expires_on=expires_on)
    assert sentence in card(family(applicant), daughter)


@pytest.mark.parametrize(
    ("relation", "years", "days", "sentence"),
    [
        (Relation.SON, 18, -179, "He turns 18."),
        (Relation.SON, 21, -1, "He turns 21."),
        (Relation.SON, 21, 0, "He is over 21: each renewal of his iqama needs proof that he studies."),
        (Relation.SON, 25, -179, "He turns 25."),
        (Relation.SON, 25, 0, "He is 25 or older and has to leave your sponsorship."),
        (Relation.DAUGHTER, 21, -10, "She turns 21."),
        (Relation.DAUGHTER, 21, 0, "She is over 21: each renewal of her iqama needs proof that she is unmarried."),
    ],
)
def test_what_a_birthday_brings_is_told_in_time(
    relation: Relation, years: int, days: int, sentence: str, applicant: Client, belong: Belong
) -> None:
    link = belong(relation, birth_date=years_old(years, days))
    assert card(family(applicant), link).count("member-coming") == 1
    assert sentence in card(family(applicant), link)


def test_a_birthday_is_soon_for_half_a_year() -> None:
    day = date(2027, 9, 1)
    within = [is_soon(day + timedelta(days=n), day, BIRTHDAY_SOON) for n in (0, 1, 180, 181)]
    assert within == [False, True, True, False]


@pytest.mark.parametrize(
    ("relation", "years", "days"),
    [
        (Relation.SON, 18, -181),
        (Relation.SON, 18, 0),
        (Relation.SON, 20, 0),
        (Relation.DAUGHTER, 18, -1),
        (Relation.DAUGHTER, 20, 0),
        (Relation.WIFE, 21, 0),
    ],
)
def test_on_other_days_nothing_is_coming(
    relation: Relation, years: int, days: int, applicant: Client, belong: Belong
) -> None:
    belong(relation, birth_date=years_old(years, days))
    page = family(applicant)
    assert "member-coming" not in page and "Nothing has to be done soon." in page


def test_a_citizen_needs_no_sponsor(applicant: Client, belong: Belong) -> None:
    number = luhn_number("100007100")
    son = belong(Relation.SON, id_number=number, birth_date=years_old(25), nationality="SAU", id_expires_on=None)
    shown = card(family(applicant), son)
    assert "member-coming" not in shown and "Companion" not in shown and "Does not expire" in shown


@pytest.mark.parametrize(
    ("relation", "born", "standing"),
    [
        (Relation.WIFE, date(1990, 1, 1), Standing.DEPENDENT),
        (Relation.HUSBAND, date(1990, 1, 1), Standing.DEPENDENT),
        (Relation.DAUGHTER, date(1990, 1, 1), Standing.DEPENDENT),
        (Relation.SON, date(2015, 1, 1), Standing.DEPENDENT),
        (Relation.SON, date(2005, 1, 1), Standing.COMPANION),
        (Relation.FATHER, date(1955, 1, 1), Standing.COMPANION),
        (Relation.MOTHER, date(1955, 1, 1), Standing.COMPANION),
        (Relation.FATHER_IN_LAW, date(1955, 1, 1), Standing.COMPANION),
        (Relation.MOTHER_IN_LAW, date(1955, 1, 1), Standing.COMPANION),
    ],
)
def test_who_is_a_dependent_and_who_a_companion(
    relation: Relation, born: date, standing: Standing, activated: User, person: Person, belong: Belong
) -> None:
    belong(relation, birth_date=born)
    shown = members.household(person, activated, today=date(2026, 11, 26))
    assert [member.standing for member in shown.members] == [standing]


def test_a_son_is_a_companion_from_his_eighteenth_birthday(activated: User, person: Person, belong: Belong) -> None:
    belong(Relation.SON, birth_date=date(2008, 2, 29))

    def standing_on(day: date) -> Standing | None:
        return members.household(person, activated, today=day).members[0].standing

    assert standing_on(date(2026, 2, 28)) == Standing.DEPENDENT
    assert standing_on(date(2026, 3, 1)) == Standing.COMPANION


def test_the_first_wife_is_a_dependent_and_further_ones_are_companions(
    activated: User, person: Person, belong: Belong
) -> None:
    later = belong(Relation.WIFE, since="2020-01-01", birth_date=date(1980, 1, 1))
    first = belong(Relation.WIFE, since="2010-01-01", birth_date=date(1990, 1, 1))
    shown = {one.link.pk: one.standing for one in members.household(person, activated, today=today()).members}
    assert shown == {first.pk: Standing.DEPENDENT, later.pk: Standing.COMPANION}


def test_the_wife_stands_first_then_the_children_then_the_parents(applicant: Client, belong: Belong) -> None:
    belong(Relation.MOTHER, first_name_en="Mother", birth_date=date(1955, 1, 1))
    belong(Relation.SON, first_name_en="Younger", birth_date=date(2018, 1, 1))
    belong(Relation.DAUGHTER, first_name_en="Older", birth_date=date(2012, 1, 1))
    belong(Relation.WIFE, first_name_en="Wife", birth_date=date(1990, 1, 1))
    assert re.findall(r'<h2 id="name-\d+"><bdi>(\w+)', family(applicant)) == ["Wife", "Older", "Younger", "Mother"]


def test_each_member_is_chosen_already_where_a_link_leads(
    applicant: Client, wife: DependencyLink, daughter: DependencyLink
) -> None:
    page = family(applicant)
    links = re.findall(r'href="(/en/requests/new/[^"]+)"', card(page, daughter))
    assert f"/en/requests/new/amend-name/?person={daughter.dependent_id}" in links
    assert f"/en/requests/new/separate-dependent/?member={daughter.pk}" in links
    assert f"/en/requests/new/register-divorce/?member={wife.pk}" in card(page, wife)
    assert not any("register-divorce" in link for link in links)
    start = applicant.get(f"/en/requests/new/separate-dependent/?member={daughter.pk}").content.decode()
    assert f'<input type="hidden" name="member" value="{daughter.pk}">' in start
    form = applicant.post(
        "/en/requests/new/separate-dependent/", {"token": "t", "member": str(daughter.pk)}, follow=True
    ).content.decode()
    assert re.search(rf'value="{daughter.pk}"[^>]* checked', form) and not re.search(
        rf'value="{wife.pk}"[^>]* checked', form
    )


def test_the_passport_of_a_member_can_be_reported_lost_from_here(applicant: Client, daughter: DependencyLink) -> None:
    passport = Document.objects.create(
        holder=daughter.dependent, kind=DocumentKind.PASSPORT, number="N7", expires_on="2032-06-30"
    )
    assert f"/en/requests/new/report-lost-documents/?document={passport.pk}" in card(family(applicant), daughter)


@pytest.mark.parametrize("chosen", ["", "x", "0", "-1", "9" * 30, "٣", "1 OR 1=1"])
def test_a_link_that_chooses_nobody_chooses_nothing(chosen: str, applicant: Client, daughter: DependencyLink) -> None:
    page = applicant.get("/en/requests/new/separate-dependent/", {"member": chosen, "reason": "work"}).content.decode()
    assert 'name="token"' in page and 'name="member"' not in page and 'name="reason"' not in page


def test_a_link_does_not_choose_somebody_elses_child(
    applicant: Client, daughter: DependencyLink, stranger: User, make_person: Callable[..., Person]
) -> None:
    head = Person.objects.get(id_number=stranger.id_number)
    child = make_person(luhn_number("200007399"), first_name_en="Foreign")
    link = DependencyLink.objects.create(head=head, dependent=child, relation=Relation.SON)
    applicant.post("/en/requests/new/separate-dependent/", {"token": "t", "member": str(link.pk)})
    assert ServiceRequest.objects.get().answers == {}


def test_nothing_can_be_done_for_who_has_left_the_kingdom(applicant: Client, belong: Belong) -> None:
    gone = belong(Relation.SON, life=Life.LEFT, id_expires_on="2020-01-01")
    shown = card(family(applicant), gone)
    assert "Left the Kingdom for good" in shown
    assert "What can be done" not in shown and "member-coming" not in shown


def test_requests_under_way_stand_with_the_member(
    applicant: Client, activated: User, wife: DependencyLink, daughter: DependencyLink, person: Person
) -> None:
    draft = requests.begin(services()["separate-dependent"], activated, "a", {"member": daughter.pk})
    sent = requests.begin(services()["correct-birth-date"], activated, "b")
    requests.keep(sent, {"person": wife.dependent_id, "birth_date": "1990-09-03"})
    attach_required(sent)
    requests.submit(sent)
    own = requests.begin(services()["amend-name"], activated, "c", {"person": person.pk})
    requests.begin(services()["civil-affairs-messages"], activated, "d")
    ended = requests.begin(services()["amend-name"], activated, "e", {"person": daughter.dependent_id})
    requests.keep(ended, {"first_name_en": "Lamar", "reason": "As in the passport."})
    attach_required(ended)
    requests.submit(ended)
    requests.withdraw(ended)
    page = family(applicant)
    assert draft.number in card(page, daughter) and "Draft" in card(page, daughter)
    assert sent.number in card(page, wife) and "Answer due by" in card(page, wife)
    assert ended.number not in page and page.count("Message to Civil Affairs") == 0
    others = page[page.index("Other requests under way") :]
    assert own.number in others and draft.number not in others


def test_a_draft_moves_to_the_member_who_is_chosen_instead(
    applicant: Client, activated: User, wife: DependencyLink, daughter: DependencyLink
) -> None:
    draft = requests.begin(services()["separate-dependent"], activated, "a", {"member": daughter.pk})
    requests.keep(draft, {"member": wife.pk})
    page = family(applicant)
    assert draft.number in card(page, wife) and draft.number not in card(page, daughter)


def test_an_empty_family_is_told_how_it_comes_to_be(applicant: Client) -> None:
    page = family(applicant)
    assert "The register holds nobody under your number." in page
    assert 'href="/en/requests/at/civil-affairs/"' in page and "Something has to be done soon" not in page


@pytest.mark.parametrize("ended", [date(2026, 1, 1)])
def test_whose_link_has_ended_is_not_there(ended: date, applicant: Client, daughter: DependencyLink) -> None:
    DependencyLink.objects.update(until=ended)
    assert "Lama" not in family(applicant)


def test_a_dependents_own_account_is_never_opened_to_the_head(
    applicant: Client, wife: DependencyLink, make_account: Callable[..., User]
) -> None:
    """Neither that there is one, nor its mobile, its requests or its inbox."""
    without = family(applicant)
    account = make_account("rana1990", wife.dependent.id_number, "+966555000222", state="activated")
    request = requests.begin(services()["civil-affairs-messages"], account, "t")
    requests.keep(request, {"topic": "other", "message": "A word in private."})
    requests.submit(request)
    inbox.put(account, "password_changed")

    def without_tokens(page: str) -> str:
        return re.sub(r'(csrfmiddlewaretoken" value|nonce)="[^"]*"', "", page)

    assert without_tokens(family(applicant)) == without_tokens(without)
    for address in ("", "form/", "review/", "files/"):
        assert applicant.get(f"/en/requests/{request.number}/{address}").status_code == 404
    for address in ("write/", "withdraw/"):
        assert applicant.post(f"/en/requests/{request.number}/{address}").status_code == 404
    assert request.number not in applicant.get("/en/requests/").content.decode()


def test_a_member_sees_no_family_but_their_own(
    wife: DependencyLink, daughter: DependencyLink, make_account: Callable[..., User]
) -> None:
    account = make_account("rana1990", wife.dependent.id_number, "+966555000222", state="activated")
    page = family(sign_in(Client(), account))
    assert "Lama" not in page and "The register holds nobody under your number." in page


def test_the_look_is_noted(applicant: Client, activated: User) -> None:
    family(applicant)
    looked = Entry.objects.filter(event=Event.PERSON_VIEWED, actor_id=activated.pk).latest("pk")
    assert looked.details == {"service": "family"}


def test_only_the_activated_come_in(resident: User, browser: Client) -> None:
    for name in ("family", "family_record"):
        assert Client().get(path(name)).url.startswith("/en/sign-in/")
        assert browser.get(path(name)).status_code == 302
    sign_in(browser, resident)
    assert [browser.get(path(name)).url for name in ("family", "family_record")] == ["/en/activation/"] * 2


def test_the_service_of_the_menu_leads_here(applicant: Client) -> None:
    assert "/en/services/report-family/" in applicant.get("/en/dashboard/").content.decode()
    assert applicant.get("/en/services/report-family/").url == "/en/family/"


def test_a_large_family_costs_no_more_queries(applicant: Client, activated: User, belong: Belong) -> None:
    counts = []
    for size in (1, 12):
        for n in range(len(DependencyLink.objects.all()), size):
            link = belong(Relation.SON, first_name_en=f"Child{n}", birth_date=date(2015, 1, 1 + n))
            Document.objects.create(
                holder=link.dependent, kind=DocumentKind.PASSPORT, number=f"N{n}", expires_on="2032-06-30"
            )
            requests.begin(services()["amend-name"], activated, f"t{n}", {"person": link.dependent_id})
        with CaptureQueriesContext(connection) as queries:
            assert family(applicant).count('class="card member"') == size
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("born", "english", "arabic"),
    [
        (date(2026, 11, 20), "less than a month", "أقل من شهر"),
        (date(2026, 10, 26), "one month", "شهر واحد"),
        (date(2024, 11, 27), "23 months", "23 شهرًا"),
        (date(2024, 11, 26), "2 years", "سنتان"),
        (date(2015, 11, 27), "10 years", "10 سنوات"),
        (date(1926, 11, 26), "100 years", "100 سنة"),
    ],
)
def test_an_age_is_worded(born: date, english: str, arabic: str) -> None:
    with override("en"):
        assert ages.age_in_words(born, on=date(2026, 11, 26)) == english
    with override("ar"):
        assert ages.age_in_words(born, on=date(2026, 11, 26)) == arabic


def test_the_page_is_whole_in_arabic(applicant: Client, belong: Belong) -> None:
    belong(Relation.SON, sex=Sex.MALE, birth_date=years_old(25), id_expires_on=today() - timedelta(days=3))
    page = family(applicant, "ar")
    for text in ("أسرتي", "مرافق", "25 سنة", "انتهت الإقامة، ويلزم تجديدها", "يلزم خروجه من كفالتك", "ما يمكن عمله"):
        assert text in page
