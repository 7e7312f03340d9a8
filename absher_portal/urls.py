from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from absher_portal import health, reference
from absher_portal.api import api

urlpatterns = [
    # What people ask for most comes first.
    *i18n_patterns(
        path("", include("services.urls")),
        path("", include("accounts.urls")),
        path("", include("messaging.page_urls")),
        path("family/", include("dependents.urls")),
        path("activation/", include("activation.urls")),
        path("sign-in/nafath/", include("activation.nafath_sign_in_urls")),
        path("api/", reference.reference, name="api_reference"),
        path("api/try/", reference.try_out, name="api_try"),
        path("api/problems/", reference.problems, name="api_problems"),
        *([path("demo/", include("simulators.urls"))] if settings.DEMO_MODE else []),
        path("admin/", admin.site.urls),
    ),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("captcha/", include("accounts.captcha_urls")),
    path("gateways/", include("messaging.urls")),
    path("nafath/", include("activation.nafath_urls")),
    path("api/v1/keys", reference.keys, name="api_keys"),
    path("api/v1/", api.urls),
    path("api/problems/<slug:slug>", reference.problem, name="api_problem"),
    *([path("demo/nafath/", include("simulators.nafath_api_urls"))] if settings.DEMO_MODE else []),
]

handler400 = "absher_portal.errors.bad_request"
handler403 = "absher_portal.errors.forbidden"
handler404 = "absher_portal.errors.not_found"
handler500 = "absher_portal.errors.server_error"
