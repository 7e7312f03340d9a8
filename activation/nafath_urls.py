"""What Nafath calls, or leads a browser back to: the same address for both languages."""

from django.urls import path

from activation import nafath_views

urlpatterns = [
    path("callback", nafath_views.callback, name="nafath_callback"),
    path("return", nafath_views.returned, name="nafath_return"),
]
