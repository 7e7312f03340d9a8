from django.urls import re_path

from accounts import captcha_views as views

_FORM, _KEY, _LANGUAGE = (
    r"(?P<form_name>registration|sign-in|recovery|lost-mobile)",
    r"(?P<key>[0-9a-f]{32})",
    r"(?P<language>ar|en)",
)

urlpatterns = [
    re_path(rf"^{_FORM}/{_KEY}\.png$", views.image, name="captcha_image"),
    re_path(rf"^{_FORM}/{_KEY}/{_LANGUAGE}\.wav$", views.sound, name="captcha_sound"),
    re_path(rf"^{_FORM}/{_LANGUAGE}/new$", views.refresh, name="captcha_refresh"),
]
