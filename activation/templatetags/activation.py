from django import template

from accounts.models import User
from activation.models import Attempt

register = template.Library()


@register.inclusion_tag("activation/_refusal.html")
def activation_refusal(user: User) -> dict[str, Attempt | None]:
    """For pages below this floor, which name the tag only. It says nothing once the person has begun anew."""
    return {"attempt": Attempt.objects.of(user).newest_first().first()}
