"""The peer: the smallest django-allauth site on which people sign up with a phone number and a code. PEER_DATABASE names
its PostgreSQL database; `python allauth_site.py` makes the tables. Codes are kept in a table, as an operator would get them."""

import os
import sys

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="peer-" + "0123456789abcdef" * 4,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
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
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "allauth",
        "allauth.account",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    PASSWORD_HASHERS=[f"{__name__}.Hasher"],
    ACCOUNT_ADAPTER=f"{__name__}.Adapter",
    ACCOUNT_LOGIN_METHODS={"phone"},
    ACCOUNT_SIGNUP_FIELDS=["phone*", "password1*", "password2*"],
    ACCOUNT_RATE_LIMITS=False,
    LOGIN_REDIRECT_URL="/done",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from allauth.account.adapter import DefaultAccountAdapter  # noqa: E402
from django.contrib.auth.hashers import Argon2PasswordHasher  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402


class Hasher(Argon2PasswordHasher):
    time_cost, memory_cost, parallelism = 2, 19_456, 1


def _query(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone() if cursor.description else None


class Adapter(DefaultAccountAdapter):
    def set_phone(self, user, phone, verified):
        _query(
            "INSERT INTO phone VALUES (%s, %s, %s) ON CONFLICT (user_id) DO UPDATE SET number = %s, verified = %s",
            user.pk, phone, verified, phone, verified,
        )  # fmt: skip

    def get_phone(self, user):
        return _query("SELECT number, verified FROM phone WHERE user_id = %s", user.pk)

    def set_phone_verified(self, user, phone):
        _query("UPDATE phone SET verified = true WHERE user_id = %s AND number = %s", user.pk, phone)

    def get_user_by_phone(self, phone):
        found = _query("SELECT user_id FROM phone WHERE number = %s", phone)
        return User.objects.filter(pk=found[0]).first() if found else None

    def send_verification_code_sms(self, user, phone, code, **kwargs):
        _query("INSERT INTO sms (number, code) VALUES (%s, %s)", phone, code)


def done(request):
    return HttpResponse("done")


urlpatterns = [path("accounts/", include("allauth.account.urls")), path("done", done)]
application = get_wsgi_application()

if __name__ == "__main__":
    from django.core.management import call_command

    sys.modules["allauth_site"] = sys.modules["__main__"]
    call_command("migrate", verbosity=0)
    _query("CREATE TABLE phone (user_id int PRIMARY KEY, number text UNIQUE, verified bool)")
    _query("CREATE TABLE sms (id serial PRIMARY KEY, number text, code text)")
    _query("CREATE INDEX ON sms (number)")
