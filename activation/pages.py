"""The attempt that a page is about."""

from django.contrib import messages

from accounts.access import SignedInRequest
from accounts.models import User
from activation import sentences
from activation.models import Attempt
from activation.states import AttemptState


def usable(request: SignedInRequest, channel_name: str) -> Attempt | None:
    """None, with a word when its time is up, where the person has to choose again."""
    attempt = newest(request.user, channel_name)
    if attempt and attempt.standing == AttemptState.EXPIRED:
        messages.warning(request, sentences.of_expiry(channel_name))
    return attempt if attempt and attempt.is_usable else None


def newest(user: User, channel_name: str) -> Attempt | None:
    found = (
        Attempt.objects.of(user)
        .filter(channel=channel_name)
        .select_related("at_partner__partner", "at_partner__device", "case")
    )
    return found.newest_first().first()
