"""What the operator sees: `manage.py import_registry`."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from registry.models import Person
from tests.processes import database_url
from tests.registry.conftest import OMAR, RANA, SAMER, Write

pytestmark = pytest.mark.django_db


def _run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_registry", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_says_what_was_new_and_then_that_nothing_changed(write: Write) -> None:
    file = str(write(SAMER, RANA))
    assert _run(file)[0] == "2 new, 0 changed, 0 unchanged.\n"
    assert _run(file)[0] == "0 new, 0 changed, 2 unchanged.\n"


def test_it_shows_progress_until_the_end(write: Write) -> None:
    assert "people.csv: 100%" in _run(str(write(SAMER)))[1]


def test_it_lists_the_errors_and_says_what_to_do(write: Write) -> None:
    file = str(write(SAMER | {"sex": "", "nationality": "XX"}, OMAR, "a,b"))
    err = io.StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("import_registry", file, stdout=io.StringIO(), stderr=err)
    assert str(failure.value) == (
        "Nothing was imported: 3 errors on 2 lines. Mend them and import the file again, or keep the good lines with "
        "--keep-good."
    )
    for line in (
        "line 2, sex: The cell is empty.",
        "line 2, nationality: “XX” is not",
        "line 4, line: The line has 2 cells",
    ):
        assert line in err.getvalue()
    assert not Person.objects.exists()


def test_with_keep_good_it_says_how_many_lines_were_left_out(write: Write) -> None:
    out, err = _run(str(write(SAMER | {"sex": ""}, OMAR)), "--keep-good")
    assert out == "1 new, 0 changed, 0 unchanged.\n"
    assert "1 error on 1 line: these lines were left out." in err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "people.csv was refused, and nothing was imported. The file is empty."),
        (b"\xff\xfe\x00", "people.csv was refused, and nothing was imported. The file is not UTF-8"),
    ],
)
def test_a_refused_file_ends_with_a_sentence(write: Write, content: bytes, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        _run(str(write(content)))


def test_a_missing_file_ends_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file or directory"):
        _run(str(tmp_path / "nobody.csv"))


def test_a_folder_ends_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: Is a directory"):
        _run(str(tmp_path))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_exit_code_is_for_scripts(write: Write) -> None:
    def run(file: Path) -> tuple[int, str]:
        command = [sys.executable, "manage.py", "import_registry", str(file)]
        environment = os.environ | {"DEMO_MODE": "true", "DATABASE_URL": database_url()}
        ended = subprocess.run(
            command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
        )
        return ended.returncode, ended.stdout or ended.stderr

    assert run(write(SAMER)) == (0, "1 new, 0 changed, 0 unchanged.\n")
    assert run(write(SAMER)) == (0, "0 new, 0 changed, 1 unchanged.\n")
    assert run(write(SAMER | {"sex": ""}))[0] == 1
    assert run(write(b"\xff"))[0] == 1
    assert Person.objects.count() == 1
