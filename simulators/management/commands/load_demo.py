import csv
import tomllib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.actions import branches, officers
from accounts.models import Branch, User
from registry.importer import FileRefused, import_file
from registry.models import Person
from simulators import bank, partners
from simulators.officers import OFFICERS, PASSWORD, DemoOfficer

_PEOPLE = settings.BASE_DIR / "demo" / "people.csv"
_BANKS = settings.BASE_DIR / "demo" / "banks.toml"
_BRANCHES = settings.BASE_DIR / "demo" / "branches.toml"


class Command(BaseCommand):
    help = "Brings the demonstration's invented people, branches, officers and partners in, as far as they are not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        self._load_people(_PEOPLE)
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
        if Person.objects.filter(id_number__in=numbers).count() == len(numbers):
            return
        try:
            report = import_file(file, on_error=lambda error: self.stderr.write(str(error)))
        except FileRefused as refusal:
            raise CommandError(f"{file.name} was refused. {refusal}") from None
        if not report.is_kept:
            raise CommandError(f"{file.name} has {report.errors} errors, and nobody was brought in.")


def _numbers(file: Path) -> set[str]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return {line["id_number"] for line in csv.DictReader(lines)}


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
