"""The simulated Nafath's server; the app's pages stand with the other pages of the demonstration."""

from django.urls import path

from simulators import nafath_api_views as views

urlpatterns = [
    path("api/v1/mfa/request", views.ask, name="demo_nafath_ask"),
    path("api/v1/mfa/request/status", views.status, name="demo_nafath_status"),
    path("api/v1/mfa/jwk", views.keys, name="demo_nafath_keys"),
    path(".well-known/openid-configuration", views.configuration, name="demo_nafath_configuration"),
    path("authorize", views.authorize, name="demo_nafath_authorize"),
    path("token", views.token, name="demo_nafath_token"),
]
