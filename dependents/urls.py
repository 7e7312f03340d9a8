from django.urls import path

from dependents import views

urlpatterns = [
    path("", views.family, name="family"),
    path("record/", views.family_record, name="family_record"),
]
