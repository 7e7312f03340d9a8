from django.urls import path

from simulators import views

urlpatterns = [
    path("phone/", views.phone, name="demo_phone"),
    path("people/", views.people, name="demo_people"),
]
