from django.urls import path

from simulators import views

urlpatterns = [
    path("phone/", views.phone, name="demo_phone"),
    path("phone/send/", views.phone_send, name="demo_phone_send"),
    path("people/", views.people, name="demo_people"),
]
