from django.urls import path

from simulators import bank_views, views

urlpatterns = [
    path("phone/", views.phone, name="demo_phone"),
    path("phone/send/", views.phone_send, name="demo_phone_send"),
    path("people/", views.people, name="demo_people"),
    path("bank/", bank_views.bank, name="demo_bank"),
    path("bank/webhooks/", bank_views.webhooks, name="demo_bank_webhooks"),
    path("bank/<slug:mode>/", bank_views.sign_in, name="demo_bank_sign_in"),
    path("bank/<slug:mode>/services/", bank_views.services, name="demo_bank_services"),
    path("bank/<slug:mode>/activation/", bank_views.activation, name="demo_bank_activation"),
    path("bank/<slug:mode>/code/", bank_views.code, name="demo_bank_code"),
    path("bank/<slug:mode>/done/", bank_views.done, name="demo_bank_done"),
]
