"""The page of the demonstration's people leads to every simulator, and says for whom each is good."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from registry.importer import import_file
from registry.models import Person
from simulators.views import SIMULATORS
from tests.walk import path

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _demo_people(db: None) -> None:
    assert import_file(settings.BASE_DIR / "demo" / "people.csv").errors == 0


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_page_leads_to_every_simulator(language: str) -> None:
    page = Client().get(path("demo_people", language)).content.decode()
    with override(language):
        for name, title, says in SIMULATORS:
            assert f'href="{reverse(name)}"' in page and str(title) in page
            assert set(re.findall(r"\d{10}", str(says))) <= set(re.findall(r"\d{10}", page))


def test_who_is_named_for_the_machines_is_good_for_them() -> None:
    of_atm, of_kiosk = (re.findall(r"\d{10}", str(says)) for _name, _title, says in SIMULATORS[2:4])
    assert Person.objects.filter(id_number__in=of_atm, fingerprint_on_file=True).count() == len(of_atm) == 1
    assert Person.objects.filter(id_number__in=of_kiosk, fingerprint_on_file=False).count() == len(of_kiosk) == 3
