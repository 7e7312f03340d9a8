from django.urls import path

from activation import views

urlpatterns = [
    path("", views.activation, name="activation"),
    path("begin/<slug:channel>/", views.begin, name="activation_begin"),
    path("bank/", views.bank, name="activation_bank"),
    path("bank/state/", views.bank_state, name="activation_bank_state"),
    path("bank/<slug:slug>/<slug:mode>/", views.bank_steps, name="activation_bank_steps"),
    path("kiosk/", views.kiosk, name="activation_kiosk"),
    path("atm/", views.atm, name="activation_atm"),
    path("officer/", views.officer, name="activation_officer"),
    path("officer/print/", views.visit_print, name="activation_visit_print"),
]
