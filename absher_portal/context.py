from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from accounts import sessions


def portal(request: HttpRequest) -> dict[str, Any]:
    """What every page needs."""
    language = get_language() or settings.LANGUAGE_CODE
    other = "en" if language == "ar" else "ar"
    return {
        "portal_name": settings.PORTAL_NAME[language],
        "demo_mode": settings.DEMO_MODE,
        "language": language,
        "other_language": other,
        "other_language_url": _in_language(request.path, language, other),
        **_session_of(request),
    }


def _session_of(request: HttpRequest) -> dict[str, Any]:
    """For the page of somebody signed in, or proven again: after how many idle seconds the session ends."""
    user = getattr(request, "user", None)
    if user is None or (user.is_authenticated and user.is_staff):
        return {}
    is_proving_again = not user.is_authenticated and hasattr(request, "prover")
    if not user.is_authenticated and not is_proving_again:
        return {}
    return {
        "session_seconds": sessions.idle_seconds(request.session),
        "is_proving_again": is_proving_again,
        "unread_notices": getattr(user, "unread_shown", ""),
    }


def _in_language(path: str, language: str, other: str) -> str:
    """Pages have the same path in both languages but for the prefix."""
    prefix = f"/{language}/"
    return f"/{other}/{path.removeprefix(prefix)}" if path.startswith(prefix) else f"/{other}/"
