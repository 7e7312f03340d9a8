"""The bare endpoint: a stock Django with one POST of django-ninja that reads a body and answers; no database, no signature."""

from django.conf import settings

settings.configure(
    SECRET_KEY="bare-" + "0123456789abcdef" * 4,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
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

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import path  # noqa: E402
from ninja import NinjaAPI, Schema  # noqa: E402

application = get_wsgi_application()
api = NinjaAPI()


class Beginning(Schema):
    id_number: str
    mobile: str
    mode: str


class Begun(Schema):
    reference: str
    sent_to: str


@api.post("/activation/attempts", response=Begun)
def begin(request, beginning: Beginning):
    return {"reference": "0f3k8m2n5p7q9r1s4t6v8w0x2y", "sent_to": beginning.mobile}


urlpatterns = [path("api/v1/", api.urls)]
