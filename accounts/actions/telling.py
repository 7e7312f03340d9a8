"""What happened to an account is told to its mobile and to its inbox, in the transaction of the act."""

from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User
from messaging.actions import sending


def tell(user: User, name: str, **places: Any) -> None:
    """`name` is that of a text and of a notice (services.notices). A place whose value differs in the two languages is given as
    {"ar": …, "en": …}. Whose mobile went to another account has the inbox alone, until they prove a new number."""
    if user.mobile:
        context = {place: _in(user.language, value) for place, value in places.items()}
        sending.send(to=user.mobile, purpose=name, language=user.language, context=context)
    note(user, name, **places)


def note(user: User, name: str, **places: Any) -> None:
    """The inbox only, where the texts go elsewhere or say something else. The inbox is a room above: it is named."""
    import_string(settings.INBOX)(user, name, **places)


def _in(language: str, value: Any) -> Any:
    return value[language] if isinstance(value, dict) else value
