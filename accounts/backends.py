from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User
from core.prepared import Given, Select

_BY_ID = Select(User.objects.filter(pk=Given("id")))


class SessionUserBackend(ModelBackend):
    """Loads the account of a session and its permissions. Nobody is authenticated here by a password alone: see
    `accounts.actions.sign_in`."""

    def authenticate(self, request: HttpRequest | None, *args: Any, **credentials: Any) -> None:
        return None

    def get_user(self, user_id: int) -> User | None:
        user = _BY_ID.first(id=user_id)
        return user if user and user.may_be_signed_in else None
