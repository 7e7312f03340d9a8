import re

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.captcha import image as picture
from accounts.captcha import sound as voice
from accounts.captcha.challenge import Challenge

_RANGE = re.compile("bytes=(?:([0-9]{1,9})-([0-9]{0,9})|-([0-9]{1,9}))")


@never_cache
@require_safe
def image(request: HttpRequest, form_name: str, key: str) -> HttpResponse:
    challenge = _shown(request, form_name, key)
    return HttpResponse(picture.draw(challenge.answer(), challenge.hashkey), content_type="image/png")


@never_cache
@require_safe
def sound(request: HttpRequest, form_name: str, key: str, language: str) -> HttpResponse:
    challenge = _shown(request, form_name, key)
    return _wav(request, voice.speak(challenge.answer(), language, challenge.hashkey))


@never_cache
@require_safe
def refresh(request: HttpRequest, form_name: str, language: str) -> HttpResponse:
    """A new challenge for a form that stays as it is."""
    challenge = Challenge.of(request, form_name)
    return JsonResponse(
        {
            "key": challenge.key,
            "image": reverse("captcha_image", args=[form_name, challenge.key]),
            "sound": reverse("captcha_sound", args=[form_name, challenge.key, language]),
        }
    )


def _shown(request: HttpRequest, form_name: str, key: str) -> Challenge:
    """Who comes without the page's cookie has no page: no row is written, and no cookie set. An image that arrives late
    would otherwise bring back the CSRF secret from before a sign-in."""
    if "CSRF_COOKIE" not in request.META:
        raise Http404
    return Challenge(form_name, key, request.META["CSRF_COOKIE"])


def _wav(request: HttpRequest, recording: bytes) -> HttpResponse:
    """The whole, or the piece that is asked for: Safari plays nothing from a server that ignores Range."""
    size, asked = len(recording), _RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None:
        return HttpResponse(recording, content_type="audio/wav", headers={"Accept-Ranges": "bytes"})
    piece = _piece(asked, size)
    if not piece:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    place = {"Content-Range": f"bytes {piece.start}-{piece.stop - 1}/{size}"}
    return HttpResponse(recording[piece.start : piece.stop], content_type="audio/wav", status=206, headers=place)


def _piece(asked: re.Match[str], size: int) -> range:
    first, last, from_the_end = asked.groups()
    if from_the_end:
        return range(max(0, size - int(from_the_end)), size)
    return range(int(first), min(size, int(last) + 1) if last else size)
