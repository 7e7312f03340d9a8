from django.urls import path

from activation import views

urlpatterns = [
    path("", views.activation, name="activation"),
    path("begin/<slug:channel>/", views.begin, name="activation_begin"),
    path("officer/", views.officer, name="activation_officer"),
    path("officer/print/", views.visit_print, name="activation_visit_print"),
]
