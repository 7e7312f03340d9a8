"""The switchboard: a plug-in is one file, one class with a name, one line in the settings."""

from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from django.core.checks import CheckMessage, Warning

from core import plugins

GOOD = """
    class Plugin:
        name = "{name}"
        def check_config(self):
            return []
"""
Room = Callable[..., str]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A package with these plug-in files; its name."""
    package = f"room_{tmp_path.name}"
    monkeypatch.syspath_prepend(tmp_path)

    def furnish(**files: str) -> str:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
        for name, code in files.items():
            (tmp_path / package / f"{name}.py").write_text(dedent(code.replace("{name}", name)))
        return package

    yield furnish
    plugins._load.cache_clear()


def _ids(messages: list[CheckMessage]) -> list[str | None]:
    return [message.id for message in messages]


def test_listed_plugins_are_loaded_by_name_in_their_order(room: Room) -> None:
    package = room(one=GOOD, two=GOOD)
    loaded = plugins.load([f"{package}.two.Plugin", f"{package}.one.Plugin"])
    assert list(loaded) == ["two", "one"]
    assert type(loaded["one"]).__module__ == f"{package}.one"


def test_a_plugin_is_made_once(room: Room) -> None:
    listed = [f"{room(one=GOOD)}.one.Plugin"]
    assert plugins.load(listed)["one"] is plugins.load(listed)["one"]


def test_a_good_switchboard_has_nothing_said_against_it(room: Room) -> None:
    package = room(one=GOOD, base=GOOD, _helpers="")
    assert plugins.check(package, "ROOMS", [f"{package}.one.Plugin"]) == []


def test_a_file_that_nobody_listed_is_named(room: Room) -> None:
    package = room(one=GOOD, two=GOOD)
    (message,) = plugins.check(package, "ROOMS", [f"{package}.one.Plugin"])
    assert (message.id, message.msg) == (
        "plugins.W001",
        f"{package}.two is a plug-in that ROOMS does not list.",
    )


def test_a_file_that_is_known_need_not_be_listed(room: Room) -> None:
    package = room(one=GOOD, two=GOOD)
    assert plugins.check(package, "ROOMS", [f"{package}.one.Plugin"], known=[f"{package}.two.Plugin"]) == []


def test_an_empty_switchboard_is_an_error(room: Room) -> None:
    messages = plugins.check(room(one=GOOD), "ROOMS", [])
    assert "plugins.E001" in _ids(messages)


@pytest.mark.parametrize(
    "code", ["1 / 0", "class Other: pass", "class Plugin:\n    def __init__(self): raise KeyError('url')"]
)
def test_a_plugin_that_cannot_be_loaded_is_named_and_the_others_are_still_checked(room: Room, code: str) -> None:
    package = room(broken=code, two=GOOD)
    messages = plugins.check(package, "ROOMS", [f"{package}.broken.Plugin", f"{package}.two.Plugin"])
    assert _ids(messages) == ["plugins.E002"]
    assert f"{package}.broken.Plugin in ROOMS cannot be loaded: " in messages[0].msg


def test_a_listed_plugin_that_has_no_file_is_named(room: Room) -> None:
    package = room(one=GOOD)
    messages = plugins.check(package, "ROOMS", [f"{package}.one.Plugin", f"{package}.gone.Plugin"])
    assert _ids(messages) == ["plugins.E002"]


def test_two_plugins_of_one_name_are_named(room: Room) -> None:
    package = room(one=GOOD, two=GOOD.replace("{name}", "one"))
    messages = plugins.check(package, "ROOMS", [f"{package}.one.Plugin", f"{package}.two.Plugin"])
    assert _ids(messages) == ["plugins.E003"]
    assert messages[0].msg == f"{package}.two.Plugin and {package}.one.Plugin share the name “one”."


def test_what_a_plugin_says_of_its_own_settings_is_passed_on(room: Room) -> None:
    code = """
        from django.core.checks import Warning
        class Plugin:
            name = "one"
            def check_config(self):
                return [Warning("The address is missing.", id="trial.W001")]
    """
    package = room(one=code)
    assert plugins.check(package, "ROOMS", [f"{package}.one.Plugin"]) == [
        Warning("The address is missing.", id="trial.W001")
    ]
