"""The demonstration has a family for each way in which a family grows."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import override

from dependents import arrivals, marrying
from registry.models import Document, Kind, Person
from services import rules
from services.catalogue import services
from services.effects import Granted, apply

pytestmark = pytest.mark.django_db

FAISAL, HANI = "2000080008", "2000320008"


@pytest.fixture(autouse=True)
def _demonstration(db: None) -> None:
    load()


def load() -> str:
    complaints = StringIO()
    call_command("load_demo", stdout=StringIO(), stderr=complaints)
    return complaints.getvalue()


@pytest.mark.parametrize(
    ("head", "service"),
    [
        ("2000000006", "register-newborn"),
        ("1000000008", "register-newborn"),
        (HANI, "register-marriage"),
        ("2000310009", "add-spouse"),
        ("2000010005", "add-child"),
        (FAISAL, "add-resident-dependent"),
        ("2000030003", "add-dependent-born-here"),
    ],
)
def test_somebody_can_try_it(head: str, service: str) -> None:
    asking = Person.objects.get(id_number=head)
    barring = [finding.fix for finding in rules.findings(services()[service], asking) if finding.bars]
    assert barring == []


def test_the_single_man_can_marry_whom_his_note_names() -> None:
    typed = {"spouse_number": "2123456788", "spouse_born_on": date(1991, 7, 5), "married_on": timezone.localdate()}
    assert marrying.judge(typed, Person.objects.get(id_number=HANI)) == {}


def test_of_the_arrivals_one_has_not_paid_and_a_visitor_is_not_for_residence() -> None:
    faisal = Person.objects.get(id_number=FAISAL)
    with override("en"):
        told = {one.first_name_en: arrivals.judge({"arrival": one}, faisal) for one in arrivals.new_arrivals(faisal)}
    assert told["Shahina"] == told["Rayan"] == {}
    assert "fee is not paid" in told["Aisha"]["arrival"]
    assert "visit visa" in told["Abdul Hameed"]["arrival"]


def test_it_starts_again_when_an_arrival_has_become_a_resident_and_somebody_is_missing() -> None:
    faisal, shahina = (Person.objects.get(id_number=number) for number in (FAISAL, "3000000004"))
    insured = {"insurance_number": "TW771204", "insurance_expires_on": "2032-01-01"}
    answers = {"arrival": shahina.pk, "relation": "wife"} | insured
    apply("dependents.arrivals.add", Granted(answers, faisal, "2612345678", on=timezone.localdate()))
    people = Person.objects.count()
    assert load() == ""
    Person.objects.filter(id_number=HANI).update(id_number="2999999994")
    assert "a resident by now" in load()
    assert Person.objects.count() == people + 1
    assert Person.objects.get(border_number="3000000004").kind == Kind.RESIDENT
    assert Document.objects.valid().visas().filter(holder=shahina).count() == 0
