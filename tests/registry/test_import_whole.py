"""An import as a whole: all lines or none, repeatable, told of in the audit trail."""

import hashlib
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.forms.models import model_to_dict

from audit.models import Entry
from registry.importer import FileRefused, import_file
from registry.importer.source import COLUMNS
from registry.importer.staging import _IMPORT_LOCK
from registry.models import DependencyLink, Document, Person
from registry.names import folded_names
from tests.cast import luhn_number
from tests.registry.conftest import NABIL, OMAR, RANA, SAMER, Bring, Cells, Write, csv_text

pytestmark = pytest.mark.django_db


def _register() -> list[list[dict[str, object]]]:
    return [
        [model_to_dict(row) | {"pk": row.pk} for row in model._default_manager.order_by("pk")]
        for model in (Person, DependencyLink, Document)
    ]


def _crowd(count: int) -> list[Cells]:
    """A man and his sons, numbered: more than a batch."""
    sons = [
        NABIL | {"id_number": luhn_number(f"21{index:07}"), "passport_number": f"S{index:07}"}
        for index in range(1, count)
    ]
    return [SAMER, *sons]


def test_a_second_run_changes_nothing(bring: Bring) -> None:
    assert bring(SAMER, RANA, NABIL, OMAR).counts == (4, 0, 0)
    before = _register()
    assert bring(SAMER, RANA, NABIL, OMAR).counts == (0, 0, 4)
    assert _register() == before


def test_the_same_people_in_another_order_change_nothing(bring: Bring) -> None:
    bring(SAMER, RANA, NABIL, OMAR)
    assert bring(OMAR, NABIL, RANA, SAMER).counts == (0, 0, 4)


def test_new_changed_and_unchanged_lines_are_counted_apart(bring: Bring) -> None:
    bring(SAMER, RANA)
    assert bring(SAMER, RANA | {"id_expires_on": "2033-01-31"}, NABIL).counts == (1, 1, 1)


def test_people_whom_the_file_does_not_mention_stay(bring: Bring) -> None:
    bring(SAMER, RANA)
    bring(OMAR)
    assert Person.objects.count() == 3


def test_one_bad_line_keeps_all_others_out(bring: Bring) -> None:
    outcome = bring(SAMER, RANA | {"sex": "x"}, OMAR)
    assert (outcome.report.is_kept, outcome.report.errors, outcome.report.bad_lines) == (False, 1, 1)
    assert not Person.objects.exists()
    assert not Entry.objects.exists()


def test_good_lines_are_kept_when_that_is_asked_for(bring: Bring) -> None:
    outcome = bring(SAMER, RANA | {"nationality": "XXX"}, OMAR, keep_good=True)
    assert (outcome.report.is_kept, outcome.report.new, outcome.report.bad_lines) == (True, 2, 1)
    assert Person.objects.count() == 2


def test_a_bad_line_leaves_the_person_in_the_register_as_it_is(bring: Bring) -> None:
    bring(SAMER)
    bring(SAMER | {"id_expires_on": "2040-01-01", "sex": "?"}, OMAR, keep_good=True)
    assert Person.objects.get(id_number=SAMER["id_number"]).id_expires_on == date(2031, 1, 31)


def test_a_file_without_a_good_line_keeps_none(bring: Bring) -> None:
    outcome = bring(SAMER | {"sex": "?"}, "a,b", keep_good=True)
    assert (outcome.report.new, outcome.report.errors, outcome.report.bad_lines) == (0, 2, 2)


def test_the_import_is_an_entry_of_the_audit_trail_and_names_nobody(bring: Bring) -> None:
    bring(SAMER, RANA | {"nationality": "XXX"}, OMAR, keep_good=True)
    entry = Entry.objects.get()
    content = csv_text(SAMER, RANA | {"nationality": "XXX"}, OMAR).encode()
    assert entry.event == "register_imported"
    assert entry.details == {
        "file_sha256": hashlib.sha256(content).hexdigest(),
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "bad_lines": 1,
    }


def test_the_search_key_is_the_one_that_a_saved_person_gets(bring: Bring) -> None:
    bring(SAMER)
    person = Person.objects.get()
    imported = person.name_key
    person.save()
    person.refresh_from_db()
    names = ("سامر", "نبيل", "حسن", "العمري", "Samer", "Nabil", "Hasan", "Alomari")
    assert person.name_key == imported == folded_names(*names)


def test_progress_adds_up_to_the_size_of_the_file(write: Write) -> None:
    file = write(*_crowd(50))
    steps: list[int] = []
    import_file(file, progress=steps.append)
    assert sum(steps) == file.stat().st_size
    assert min(steps) >= 0


def test_more_than_a_batch_is_streamed(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.importer.BATCH_LINES", 7)
    monkeypatch.setattr("registry.importer.SLICE_LINES", 10)
    file = write(*reversed(_crowd(100)))
    assert import_file(file).new == 100
    assert DependencyLink.objects.count() == 99
    assert import_file(file).unchanged == 100


def test_new_passports_replace_old_ones_across_batches(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.importer.SLICE_LINES", 10)
    import_file(write(*_crowd(30)))
    renewed = [person | {"passport_number": f"R{person['id_number']}"} for person in _crowd(30)]
    assert import_file(write(*renewed)).changed == 30
    assert Document.objects.valid().filter(number__startswith="R").count() == 30
    assert Document.objects.count() == 60


def test_errors_behind_the_first_batch_still_keep_all_out(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.importer.BATCH_LINES", 7)
    report = import_file(write(*_crowd(30), "bad"))
    assert (report.is_kept, report.errors) == (False, 1)
    assert not Person.objects.exists()


def test_a_missing_file_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        import_file(tmp_path / "nobody.csv")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_second_import_at_the_same_time_is_refused(write: Write) -> None:
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_IMPORT_LOCK])
        with pytest.raises(FileRefused, match="Another import is under way"):
            import_file(write(SAMER))
    assert not Person.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_sees_half_an_import(write: Write) -> None:
    """While lines are merged, another connection reads the register as it was."""
    seen: list[int] = []

    def look(_bytes: int) -> None:
        with closing(connection.copy()) as other, other.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM registry_person")
            seen.append(cursor.fetchone()[0])

    import_file(write(SAMER, OMAR), progress=look)
    assert set(seen) == {0}
    assert Person.objects.count() == 2


def test_the_thirteen_columns_are_those_of_the_specification() -> None:
    assert ",".join(COLUMNS) == (
        "id_number,kind,name_ar,name_en,sex,birth_date,nationality,id_expires_on,head_id_number,relation,"
        "fingerprint_on_file,passport_number,passport_expires_on"
    )
