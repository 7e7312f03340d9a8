"""The least that an endpoint for partners must do: a stock Django with one POST of django-ninja that verifies the signature of a
call, burns its nonce and keeps the answer by its idempotency key, both in one transaction. It knows one key, PEER_PUBLIC_KEY
(PEM), by the name "bench". PEER_DATABASE names its PostgreSQL database; `python signed_api.py` makes the tables."""

import json
import os
from datetime import timedelta
from types import SimpleNamespace

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="bare-" + "0123456789abcdef" * 4,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": "127.0.0.1",
            "USER": "postgres",
            "NAME": os.environ["PEER_DATABASE"],
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    },
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
)
django.setup()

from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.urls import path  # noqa: E402
from http_message_signatures import (  # noqa: E402
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    MappingKeyResolver,
)
from http_message_signatures.algorithms import ED25519  # noqa: E402
from ninja import NinjaAPI, Schema  # noqa: E402
from ninja.errors import HttpError  # noqa: E402

application = get_wsgi_application()
key = load_pem_public_key(os.environ["PEER_PUBLIC_KEY"].encode())
resolver = MappingKeyResolver(public_keys={"bench": key}, private_keys={})
verifier = HTTPMessageVerifier(signature_algorithm=ED25519, key_resolver=resolver)
api = NinjaAPI()


class Beginning(Schema):
    id_number: str
    mobile: str
    mode: str


class Begun(Schema):
    reference: str
    sent_to: str


def signed(request):
    call = SimpleNamespace(method=request.method, url=request.build_absolute_uri(), headers=dict(request.headers))
    covered = ("@method", "@target-uri", "content-digest")
    try:
        [result] = verifier.verify(call, max_age=timedelta(seconds=60), require_components=covered, body=request.body)
    except (HTTPMessageSignaturesException, ValueError):
        return None
    return result.parameters["nonce"]


@api.post("/activation/attempts", response=Begun, auth=signed)
def begin(request, beginning: Beginning):
    told = {"reference": "0f3k8m2n5p7q9r1s4t6v8w0x2y", "sent_to": beginning.mobile}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO nonce (nonce) VALUES (%s) ON CONFLICT (nonce) DO NOTHING", [request.auth])
        if cursor.rowcount != 1:
            raise HttpError(401, "This nonce was used.")
        cursor.execute(
            "INSERT INTO answer (key, told) VALUES (%s, %s) ON CONFLICT (key) DO NOTHING",
            [request.headers["Idempotency-Key"], json.dumps(told)],
        )
    return told


urlpatterns = [path("api/v1/", api.urls)]

if __name__ == "__main__":
    with connection.cursor() as made:
        made.execute("CREATE TABLE nonce (nonce text PRIMARY KEY, used_at timestamptz NOT NULL DEFAULT now())")
        made.execute("CREATE TABLE answer (key text PRIMARY KEY, told text, answered_at timestamptz DEFAULT now())")
