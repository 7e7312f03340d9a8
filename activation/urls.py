from django.urls import path

from activation import nafath_views, views

urlpatterns = [
    path("", views.activation, name="activation"),
    path("begin/<slug:channel>/", views.begin, name="activation_begin"),
    path("bank/", views.bank, name="activation_bank"),
    path("bank/state/", views.bank_state, name="activation_bank_state"),
    path("bank/<slug:slug>/<slug:mode>/", views.bank_steps, name="activation_bank_steps"),
    path("nafath/", nafath_views.activation, name="activation_nafath"),
    path("nafath/ask/", nafath_views.activation_ask, name="activation_nafath_ask"),
    path("nafath/state/", nafath_views.activation_state, name="activation_nafath_state"),
    path("officer/", views.officer, name="activation_officer"),
    path("officer/print/", views.visit_print, name="activation_visit_print"),
]
