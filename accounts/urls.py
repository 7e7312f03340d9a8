from django.urls import path

from accounts import recovery_views, views

urlpatterns = [
    path("register/", views.registration, name="registration"),
    path("register/code/", views.registration_code, name="registration_code"),
    path("register/code/send-again/", views.registration_resend, name="registration_resend"),
    path("register/mobile/", views.registration_mobile, name="registration_mobile"),
    path("register/username/", views.registration_username, name="registration_username"),
    path("register/completed/", views.registration_completed, name="registration_completed"),
    path("sign-in/", views.login, name="login"),
    path("sign-in/mobile/", views.login_mobile, name="login_mobile"),
    path("sign-in/code/", views.login_code, name="login_code"),
    path("sign-in/code/send-again/", views.login_resend, name="login_resend"),
    path("sign-in/password/", views.login_password, name="login_password"),
    path("recover/", recovery_views.recovery, name="recovery"),
    path("recover/question/", recovery_views.question, name="recovery_question"),
    path("recover/code/", recovery_views.code, name="recovery_code"),
    path("recover/code/send-again/", recovery_views.resend, name="recovery_resend"),
    path("recover/password/", recovery_views.password, name="recovery_password"),
    path("code/state/<slug:purpose>/", views.code_state, name="code_state"),
    path("sign-out/", views.logout, name="logout"),
    path("session/extend/", views.session_extend, name="session_extend"),
    path("account/", views.account, name="account"),
    path("account/password/", views.account_password, name="account_password"),
]
