"""Plug-ins: one file, one class with a `name`, listed in settings (the switchboard), as PASSWORD_HASHERS are."""

import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any

from django.core import checks
from django.utils.module_loading import import_string


def load(setting: Iterable[str]) -> dict[str, Any]:
    """The listed plug-ins by name, in their order, each made once a process."""
    return dict(_load(tuple(setting)))


@cache
def _load(paths: tuple[str, ...]) -> dict[str, Any]:
    return {plugin.name: plugin for plugin in (import_string(path)() for path in paths)}


def check(package: str, setting_name: str, listed: Iterable[str], known: Iterable[str] = ()) -> list[checks.CheckMessage]:
    """A warning for each plug-in file in `package` that is neither listed in the setting nor in `known`."""
    files = {f"{package}.{module.name}" for module in pkgutil.iter_modules(import_module(package).__path__)}
    mentioned = {path.rpartition(".")[0] for path in (*listed, *known)}
    return [
        checks.Warning(f"{file} is a plug-in that {setting_name} does not list.", id="plugins.W001")
        for file in sorted(files - mentioned)
        if not file.rpartition(".")[2].startswith("_") and file.rpartition(".")[2] != "base"
    ]
