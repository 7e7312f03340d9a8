"""The simulated Nafath's two faces to the portal: the API with the number, and an OpenID provider. The portal calls them over
HTTP, like anybody's."""

import json
import secrets
from base64 import b64decode
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from core import clock
from simulators import nafath
from simulators.models import NafathGrant

_GRANT_LIFE = timedelta(seconds=60)


@csrf_exempt
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    if refusal := _stranger(request):
        return refusal
    said = _said(request)
    try:
        opened = nafath.open_request(said["nationalId"], said["service"], request.GET.get("requestId", ""))
    except nafath.OpenAlready:
        return JsonResponse({"code": "400-034-050", "message": "An active transaction exists."}, status=400)
    except KeyError:
        return JsonResponse({"code": "422-031-046", "message": "Invalid data."}, status=422)
    return JsonResponse({"transId": opened.trans_id, "random": opened.random}, status=201)


@csrf_exempt
@require_POST
def status(request: HttpRequest) -> HttpResponse:
    if refusal := _stranger(request):
        return refusal
    said = _said(request)
    found = nafath.status_of(said.get("transId", ""), said.get("nationalId", ""), said.get("random", ""))
    if found is None:
        return JsonResponse({"code": "400-034-051", "message": "No such transaction."}, status=400)
    return JsonResponse({"status": found})


@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    return JsonResponse(nafath.key_list())


@require_safe
def configuration(request: HttpRequest) -> HttpResponse:
    """OpenID Connect Discovery."""
    issuer = nafath.issuer()
    return JsonResponse(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/api/v1/mfa/jwk",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


@require_safe
def authorize(request: HttpRequest) -> HttpResponse:
    """To the provider's page, in the language that the portal named."""
    language = "en" if request.GET.get("ui_locales") == "en" else "ar"
    return redirect(f"/{language}/demo/nafath/consent/?{request.GET.urlencode()}")


def grant(national_id: str, asked: dict[str, str]) -> str:
    """Where the browser goes on, with a code for the person who confirmed; `asked` is the query of `authorize`."""
    code = secrets.token_urlsafe(32)
    NafathGrant.objects.create(
        code=code, national_id=national_id, nonce=asked.get("nonce", "")[:128],
        challenge=asked.get("code_challenge", "")[:64], redirect_uri=asked["redirect_uri"][:255],
        expires_at=clock.ahead(_GRANT_LIFE),
    )  # fmt: skip
    return back(asked, code=code)


def back(asked: dict[str, str], **said: str) -> str:
    return f"{asked['redirect_uri']}?{urlencode(said | {'state': asked.get('state', '')})}"


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    if _basic(request) != [nafath.APP_ID, nafath.APP_KEY]:
        return JsonResponse({"error": "invalid_client"}, status=401)
    found = NafathGrant.objects.filter(code=request.POST.get("code", ""), expires_at__gt=clock.now()).first()
    if found is None or not NafathGrant.objects.filter(pk=found.pk).delete()[0] or not _belongs(found, request):
        return JsonResponse({"error": "invalid_grant"}, status=400)
    return JsonResponse(
        {"access_token": secrets.token_urlsafe(24), "token_type": "Bearer", "id_token": _id_token(found)}
    )


def _belongs(found: NafathGrant, request: HttpRequest) -> bool:
    verifier = request.POST.get("code_verifier", "")
    same_address = request.POST.get("redirect_uri") == found.redirect_uri
    return same_address and bool(verifier) and create_s256_code_challenge(verifier) == found.challenge


def _id_token(found: NafathGrant) -> str:
    now = int(clock.read().timestamp())
    claims = {"iss": nafath.issuer(), "aud": nafath.APP_ID, "iat": now, "exp": now + 300, "nonce": found.nonce}
    people = {"sub": found.national_id, "nationalId": found.national_id}
    return nafath.signed(claims | people, by=nafath.key())


def _stranger(request: HttpRequest) -> HttpResponse | None:
    if (request.headers.get("APP-ID"), request.headers.get("APP-KEY")) == (nafath.APP_ID, nafath.APP_KEY):
        return None
    return JsonResponse({"code": "403", "message": "Unknown application."}, status=403)


def _said(request: HttpRequest) -> dict[str, Any]:
    try:
        told = json.loads(request.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _basic(request: HttpRequest) -> list[str]:
    kind, _space, said = request.headers.get("Authorization", "").partition(" ")
    try:
        return b64decode(said).decode().split(":", 1) if kind == "Basic" else []
    except ValueError:
        return []
