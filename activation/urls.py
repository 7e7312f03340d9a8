from django.urls import path

from activation import channel_views, nafath_views, views

urlpatterns = [
    path("", views.activation, name="activation"),
    path("begin/<slug:channel>/", views.begin, name="activation_begin"),
    path("nafath/", nafath_views.activation, name="activation_nafath"),
    path("nafath/ask/", nafath_views.activation_ask, name="activation_nafath_ask"),
    path("nafath/state/", nafath_views.activation_state, name="activation_nafath_state"),
    path("by/<slug:channel>/", channel_views.channel, name="activation_channel"),
    path("by/<slug:channel>/state/", channel_views.state, name="activation_state"),
    path("bank/", channel_views.bank, name="activation_bank"),
    path("bank/<slug:slug>/<slug:mode>/", channel_views.bank_steps, name="activation_bank_steps"),
    path("kiosk/", channel_views.kiosk, name="activation_kiosk"),
    path("atm/", channel_views.atm, name="activation_atm"),
    path("officer/", views.officer, name="activation_officer"),
    path("officer/print/", views.visit_print, name="activation_visit_print"),
]
