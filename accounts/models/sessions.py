"""Browsers that are signed in."""

from typing import Any, ClassVar, Self

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from accounts.models.people import User


class Session(AbstractBaseSession):
    """A browser's session in the database (it must survive Redis). `expire_date` is moved by the idle rule, never
    beyond `ends_at`."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    ends_at = models.DateTimeField(null=True)
    idle_seconds = models.PositiveIntegerField(default=15 * 60)
    touched_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[BaseSessionManager[Self]] = BaseSessionManager()

    @classmethod
    def get_session_store_class(cls) -> Any:
        return import_string("accounts.sessions.SessionStore")
