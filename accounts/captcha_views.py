from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.captcha import image as picture
from accounts.captcha import sound as voice
from accounts.captcha.challenge import Challenge


@never_cache
@require_safe
def image(request: HttpRequest, form_name: str, key: str) -> HttpResponse:
    challenge = Challenge.of(request, form_name, key)
    return HttpResponse(picture.draw(challenge.answer(), challenge.hashkey), content_type="image/png")


@never_cache
@require_safe
def sound(request: HttpRequest, form_name: str, key: str, language: str) -> HttpResponse:
    challenge = Challenge.of(request, form_name, key)
    return HttpResponse(voice.speak(challenge.answer(), language, challenge.hashkey), content_type="audio/wav")


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
