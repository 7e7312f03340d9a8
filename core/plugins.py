"""Plug-ins: one file, one class with a `name`, listed in settings (the switchboard), as PASSWORD_HASHERS are."""

import pkgutil
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import Any

from django.core import checks
from django.utils.module_loading import import_string


def load(listed: Iterable[str]) -> dict[str, Any]:
    """The listed plug-ins by name, in their order, each made once a process."""
    return dict(_load(tuple(listed)))


@cache
def _load(paths: tuple[str, ...]) -> dict[str, Any]:
    return {plugin.name: plugin for plugin in (import_string(path)() for path in paths)}


def check(
    packages: str | Iterable[str], setting_name: str, listed: Iterable[str], known: Iterable[str] = ()
) -> list[checks.CheckMessage]:
    """What is wrong with the switchboard `setting_name`: a file of `packages` that stands neither in it nor in `known`,
    a listed plug-in that cannot be loaded or shares its name, and what each one's `check_config()` says."""
    listed, packages = list(listed), [packages] if isinstance(packages, str) else packages
    return [
        *(fault for package in packages for fault in _unlisted(package, setting_name, [*listed, *known])),
        *(_of_the_listed(setting_name, listed) if listed else _nothing_listed(setting_name)),
    ]


def _nothing_listed(setting_name: str) -> Iterator[checks.CheckMessage]:
    yield checks.Error(f"{setting_name} is empty. List at least one plug-in.", id="plugins.E001")


def _unlisted(package: str, setting_name: str, mentioned: list[str]) -> Iterator[checks.CheckMessage]:
    modules = {path.rpartition(".")[0] for path in mentioned}
    for module in sorted(pkgutil.iter_modules(import_module(package).__path__), key=lambda found: found.name):
        path = f"{package}.{module.name}"
        if path not in modules and module.name != "base" and not module.name.startswith("_"):
            yield checks.Warning(f"{path} is a plug-in that {setting_name} does not list.", id="plugins.W001")


def _of_the_listed(setting_name: str, listed: list[str]) -> Iterator[checks.CheckMessage]:
    owners: dict[str, str] = {}
    for path in listed:
        try:
            plugin = import_string(path)()
        except Exception as error:  # whatever a plug-in file can raise while it is imported
            yield checks.Error(f"{path} in {setting_name} cannot be loaded: {error}", id="plugins.E002")
            continue
        owner = owners.setdefault(plugin.name, path)
        if owner != path:
            yield checks.Error(f"{path} and {owner} share the name “{plugin.name}”.", id="plugins.E003")
        yield from plugin.check_config()
