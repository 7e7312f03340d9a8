from django.urls import path

from activation import nafath_views

urlpatterns = [
    path("", nafath_views.sign_in, name="login_nafath"),
    path("ask/", nafath_views.sign_in_ask, name="login_nafath_ask"),
    path("state/", nafath_views.sign_in_state, name="login_nafath_state"),
    path("finish/", nafath_views.sign_in_finish, name="login_nafath_finish"),
]
