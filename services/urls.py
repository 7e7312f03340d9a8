from django.urls import path

from services import views

urlpatterns = [
    path("", views.home, name="home"),
    path("individuals/", views.individuals, name="individuals"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("services/<slug:slug>/", views.enquiry, name="enquiry"),
    path("terms/", views.terms, name="terms"),
    path("privacy/", views.privacy, name="privacy"),
]
