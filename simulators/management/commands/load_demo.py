import csv
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.actions import branches, officers
from accounts.models import Branch, User
from registry.importer import FileRefused, import_file
from registry.models import Document, Kind, Person
from simulators import bank, partners
from simulators.officers import OFFICERS, PASSWORD, DemoOfficer

_PEOPLE = settings.BASE_DIR / "demo" / "people.csv"
_DOCUMENTS = settings.BASE_DIR / "demo" / "documents.toml"
_BANKS = settings.BASE_DIR / "demo" / "banks.toml"
_BRANCHES = settings.BASE_DIR / "demo" / "branches.toml"


class Command(BaseCommand):
    help = "Brings the demonstration's invented people, branches, officers and partners in, as far as they are not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        self._load_people(_PEOPLE)
        for paper in tomllib.loads(_DOCUMENTS.read_text())["document"]:
            _file_away(paper)
        by_city = {facts["city_en"]: _branch(facts) for facts in tomllib.loads(_BRANCHES.read_text())["branch"]}
        known = set(User.objects.get_queryset().staff().values_list("username", flat=True))
        for officer in OFFICERS:
            if officer.username not in known:
                _enlist(officer, by_city[officer.city])
        partners.admit_all()
        bank.admit_others(tomllib.loads(_BANKS.read_text())["bank"])
        self.stdout.write(self.style.SUCCESS("The demonstration is loaded. /demo/people/ shows who can sign in."))

    def _load_people(self, file: Path) -> None:
        if not file.exists():
            raise CommandError(f"{file} is missing. It belongs to the project; bring it back and load again.")
        numbers = _numbers(file)
        if Person.objects.filter(_numbered(*numbers)).count() == len(numbers):
            return
        # Who has become a resident meanwhile is refused, and the others come in.
        keep_good = Person.objects.exclude(border_number="").exists()
        try:
            report = import_file(file, keep_good, on_error=lambda error: self.stderr.write(str(error)))
        except FileRefused as refusal:
            raise CommandError(f"{file.name} was refused. {refusal}") from None
        if not report.is_kept:
            raise CommandError(f"{file.name} has {report.errors} errors, and nobody was brought in.")


def _numbers(file: Path) -> set[str]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return {line["id_number"] for line in csv.DictReader(lines)}


def _numbered(*numbers: str) -> Q:
    return Q(id_number__in=numbers) | Q(border_number__in=numbers)


def _file_away(paper: dict[str, Any]) -> None:
    """New arrivals have entered lately, however long ago the demonstration was set up."""
    days_ago, sponsor = paper.pop("entered_days_ago", None), paper.pop("sponsor", "")
    holder = Person.objects.filter(_numbered(paper.pop("holder"))).get()
    if days_ago is not None:
        entered_on = timezone.localdate() - timedelta(days=days_ago)
        Person.objects.filter(pk=holder.pk, kind=Kind.VISITOR).update(entered_on=entered_on)
    facts = {
        "holder": holder,
        "details": paper.pop("details"),
        "sponsor": Person.objects.filter(id_number=sponsor).first(),
    }
    Document.objects.get_or_create(**paper, defaults=facts)


def _branch(entry: dict[str, Any]) -> Branch:
    facts = {name: fact for name, fact in entry.items() if name != "visits"}
    branch, _is_new = Branch.objects.get_or_create(name_en=facts["name_en"], defaults=facts)
    # A demonstration that was loaded before branches had hours.
    Branch.objects.filter(pk=branch.pk, hours_en="").update(**facts)
    branches.open_through_the_week(branch, (entry["visits"]["from"], entry["visits"]["until"]))
    return branch


@transaction.atomic
def _enlist(officer: DemoOfficer, branch: Branch) -> None:
    roles = Group.objects.filter(name=officer.role.value) if officer.role else Group.objects.none()
    email = f"{officer.username}@example.com"
    new = officers.NewOfficer(officer.username, officer.id_number, email, PASSWORD, branch, tuple(roles))
    enlisted = officers.enlist(new, actor=None)
    if officer.role is None:
        User.objects.filter(pk=enlisted.pk).update(is_superuser=True)
    officers.give_authenticator(enlisted, actor=None)
