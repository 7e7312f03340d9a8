from django.urls import path

from services import inbox_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("individuals/", views.individuals, name="individuals"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("inbox/", inbox_views.notices, name="inbox"),
    path("inbox/read/", inbox_views.mark_read, name="inbox_read"),
    path("services/<slug:slug>/", views.enquiry, name="enquiry"),
    path("terms/", views.terms, name="terms"),
    path("privacy/", views.privacy, name="privacy"),
]
