from django.urls import path

from simulators import atm_views, bank_views, kiosk_views, nafath_views, phone_views, views

urlpatterns = [
    path("phone/", views.phone, name="demo_phone"),
    path("phone/send/", views.phone_send, name="demo_phone_send"),
    path("people/", views.people, name="demo_people"),
    path("nafath/", nafath_views.app, name="demo_nafath"),
    path("nafath/consent/", nafath_views.consent, name="demo_nafath_consent"),
    path("nafath/<slug:trans_id>/answer/", nafath_views.answer, name="demo_nafath_answer"),
    path("bank/", bank_views.bank, name="demo_bank"),
    # Where demo_bank_sign_in of the mode “phone” leads, too.
    path("bank/phone/", phone_views.phone_banking, name="demo_phone_banking"),
    path("bank/phone/call/", phone_views.phone_call, name="demo_phone_call"),
    path("bank/webhooks/", bank_views.webhooks, name="demo_bank_webhooks"),
    path("bank/<slug:mode>/", bank_views.sign_in, name="demo_bank_sign_in"),
    path("bank/<slug:mode>/services/", bank_views.services, name="demo_bank_services"),
    path("bank/<slug:mode>/activation/", bank_views.activation, name="demo_bank_activation"),
    path("bank/<slug:mode>/code/", bank_views.code, name="demo_bank_code"),
    path("bank/<slug:mode>/done/", bank_views.done, name="demo_bank_done"),
    path("atm/", atm_views.cash_machine, name="demo_atm"),
    path("atm/session/", atm_views.atm_session, name="demo_atm_session"),
    path("kiosk/", kiosk_views.kiosk, name="demo_kiosk"),
    path("kiosk/visit/", kiosk_views.kiosk_visit, name="demo_kiosk_visit"),
]
