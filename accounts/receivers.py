from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps
from django.db.models import Q

from accounts.roles import RIGHTS


def make_roles(sender: Any, *, apps: Apps = installed, using: str, **kwargs: Any) -> None:
    """Groups for the officers' roles, each with exactly its rights; runs after every `migrate`."""
    try:
        group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:  # migrated to a point before there were groups
        return
    for role, rights in RIGHTS.items():
        wanted = Q()
        for app_label, codename in (right.split(".") for right in rights):
            wanted |= Q(content_type__app_label=app_label, codename=codename)
        kept, _is_new = group.objects.using(using).get_or_create(name=role.value)
        kept.permissions.set(permission.objects.using(using).filter(wanted))
