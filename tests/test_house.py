"""The house keeps its own rules: those that no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import ForeignKey, Index, Model, Q, UniqueConstraint
from django.template.loader import get_template
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Purpose, User
from scripts import messages

ROOT: Path = settings.BASE_DIR
APPS = (
    "core",
    "audit",
    "messaging",
    "registry",
    "partners",
    "accounts",
    "services",
    "dependents",
    "activation",
    "simulators",
)
TEMPLATES = ROOT / "templates"
# Named by Django itself, or by the handlers of errors.
_FOUND_BY_DJANGO = re.compile(r"^(400|403|403_csrf|404|500|503)\.html$|^admin/|^django/|^registration/")


def _sources() -> Iterator[Path]:
    for app in (*APPS, "absher_portal"):
        yield from (ROOT / app).rglob("*.py")


def _templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def _everything_that_names_templates() -> str:
    return "\n".join(path.read_text() for path in (*_sources(), *_templates()))


def test_migrations_have_names_that_say_what_they_do() -> None:
    automatic = [path.name for app in APPS for path in (ROOT / app).glob("migrations/*_auto_*.py")]
    assert automatic == []


def test_what_names_an_account_is_found_by_an_index() -> None:
    """Registrations that nobody activates are removed, and for each every table is asked whether something names it."""
    naming = [
        field
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is User
    ]
    assert [f"{field}" for field in naming if not (field.db_index or field.unique or _leads(field))] == []


def _leads(field: ForeignKey[Model]) -> bool:
    """An index, or a constraint that is one, begins with it, and holds every row that has it."""
    unique = [one for one in field.model._meta.constraints if isinstance(one, UniqueConstraint)]
    indexes: list[Index | UniqueConstraint] = [*field.model._meta.indexes, *unique]
    whole = (None, Q(**{f"{field.name}__isnull": False}))
    return any([*one.fields][:1] == [field.name] for one in indexes if one.condition in whole)


def test_every_template_can_be_read() -> None:
    """Also what no test draws: a filter whose library is not loaded is found when the template is read."""
    for path in _templates():
        get_template(str(path.relative_to(TEMPLATES)))


def test_every_template_is_used() -> None:
    named = _everything_that_names_templates()
    names = [str(path.relative_to(TEMPLATES)) for path in _templates()]
    unused = [name for name in names if not _FOUND_BY_DJANGO.match(name) and f'"{name}"' not in named]
    assert unused == []


def test_every_sms_text_is_there_in_both_languages_and_used() -> None:
    texts = {path.name for path in (TEMPLATES / "messaging" / "sms").glob("*.txt")}
    purposes = {name.split(".")[0] for name in texts}
    assert texts == {f"{purpose}.{language}.txt" for purpose in purposes for language in ("ar", "en")}
    code = "\n".join(path.read_text() for path in _sources())
    of_codes = {f"{purpose}_code" for purpose in Purpose.values}
    assert [p for p in purposes - of_codes if f'"{p}"' not in code] == []


@pytest.mark.parametrize("path", sorted((TEMPLATES / "components").glob("*.html")), ids=lambda path: path.name)
def test_a_component_says_in_its_first_line_what_it_needs(path: Path) -> None:
    first, rest = path.read_text().split("\n", 1)
    contract = re.fullmatch(r"\{# components/(\w+): (.+) #\}", first)
    assert contract, "The first line is {# components/name: its variables #}."
    assert contract.group(1) == path.stem
    promised = set(re.findall(r"\w+", contract.group(2)))
    used = {found.split(".")[0].split("|")[0] for found in re.findall(r"\{\{\s*([\w.|]+)", rest)}
    local = {"forloop", *re.findall(r"\{% for (\w+) in", rest), *re.findall(r"\bas (\w+) %\}", rest), "error", "field"}
    assert used - local <= promised


def test_a_component_gets_only_what_it_names() -> None:
    careless = [
        f"{path.name}: {include}"
        for path in _templates()
        for include in re.findall(r'\{% include "components/[^%]+%\}', path.read_text())
        if not include.endswith("only %}")
    ]
    assert careless == []


def test_every_url_name_stands_in_a_test() -> None:
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py") if path.name != "test_house.py")
    assert [name for name in _url_names() if not re.search(rf'[":]{name}"', tests)] == []


def _url_names() -> Iterator[str]:
    def walk(resolver: URLResolver) -> Iterator[str]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLResolver):
                yield from () if pattern.namespace == "admin" else walk(pattern)
            elif isinstance(pattern, URLPattern) and pattern.name:
                yield pattern.name

    yield from walk(get_resolver())


@pytest.mark.program("msguniq", "xgettext")
def test_every_text_is_translated() -> None:
    assert messages.problems() == []


def test_pages_hold_no_text_outside_of_translations() -> None:
    bare = [
        f"{path.relative_to(TEMPLATES)}: {text.strip()}"
        for path in _templates()
        for text in _texts_between_tags(path.read_text())
        if re.search(r"[A-Za-z]{2}", text) and text.strip() != "English"
    ]
    assert bare == []


def test_the_operators_page_tells_what_runs_by_itself() -> None:
    told = re.findall(r"^\| `(\w+\.\w+)` \|", (ROOT / "docs" / "operators.md").read_text(), re.MULTILINE)
    chores = {chore["task"] for chore in settings.CELERY_BEAT_SCHEDULE.values()}
    assert sorted(chores) == sorted(task for task in told if task.split(".")[0] in APPS)


@pytest.mark.parametrize("path", sorted((ROOT / "static").glob("*.js")), ids=lambda path: path.name)
def test_scripts_hold_no_word_for_people(path: Path) -> None:
    """The page hands them over in data attributes, translated."""
    script = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    assert re.findall(r"[\u0621-\u064a]+|documentElement\.lang", script) == []


def _texts_between_tags(template: str) -> list[str]:
    template = re.sub(r"\{% block body_?class %\}.*?\{% endblock %\}|&\w+;", "", template)
    template = re.sub(r"\{% (blocktranslate|comment)\b.*?\{% end\1 %\}", "", template, flags=re.DOTALL)
    template = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "\n", template, flags=re.DOTALL)
    return [line for text in re.findall(r">([^<>]+)<", template) for line in text.splitlines()]


def test_requirements_name_packages_and_hashes_and_no_index() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert "://" not in text and "--index-url" not in text and "--find-links" not in text
        pins = re.findall(r"^[A-Za-z0-9_.\[\]-]+==", text, re.MULTILINE)
        assert len(pins) > 20 and text.count("--hash=sha256:") >= len(pins)


def test_every_environment_variable_is_explained() -> None:
    settings_source = (ROOT / "absher_portal" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', settings_source))
    explained = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read <= explained
    assert explained - read <= {"POSTGRES_PASSWORD", "KANNEL_ADMIN_PASSWORD", "WEB_WORKERS"}


def test_no_page_of_the_product_reads_the_environment_but_the_settings() -> None:
    reading = [
        str(path.relative_to(ROOT))
        for path in _sources()
        if "os.environ" in path.read_text() and path.name not in ("celery.py", "wsgi.py", "asgi.py")
    ]
    assert reading == []


def test_functions_fit_one_glance() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in _sources()
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno and node.end_lineno - node.lineno > 30
    ]
    assert long == []
