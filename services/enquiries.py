from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.models import Person
from services.facts import Fact, Section, validity


def my_data(person: Person) -> list[Section]:
    return [
        Section(
            _("Person"),
            [
                Fact(_("Name in Arabic"), person.name_ar),
                Fact(_("Name in English"), person.name_en, ltr=True),
                Fact(_("Sex"), person.get_sex_display()),
                Fact(_("Birth date"), person.birth_date),
                Fact(_("Marital status"), person.marital_status_name),
                Fact(_("Nationality"), person.nationality_name),
            ],
        ),
        *identity_validity(person),
    ]


def identity_validity(person: Person) -> list[Section]:
    today = timezone.localdate()
    return [
        Section(
            _("Identity"),
            [
                Fact(_("Number"), person.id_number, ltr=True),
                Fact(_("Kind"), person.get_kind_display()),
                Fact(_("Expires on"), person.id_expires_on),
                Fact(_("Validity"), validity(person.id_expires_on, today)),
            ],
        )
    ]
