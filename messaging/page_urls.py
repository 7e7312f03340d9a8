from django.urls import path

from messaging import views

urlpatterns = [
    path("sms/", views.commands, name="text_commands"),
]
