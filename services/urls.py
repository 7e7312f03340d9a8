from django.urls import path

from services import file_views, inbox_views, request_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("individuals/", views.individuals, name="individuals"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("inbox/", inbox_views.notices, name="inbox"),
    path("inbox/read/", inbox_views.mark_read, name="inbox_read"),
    path("services/<slug:slug>/", views.enquiry, name="enquiry"),
    path("requests/", request_views.listed, name="requests"),
    path("requests/at/<slug:department>/", request_views.centre, name="requests_centre"),
    path("requests/new/<slug:slug>/", request_views.start, name="request_start"),
    path("requests/<slug:number>/", request_views.one, name="request"),
    path("requests/<slug:number>/form/", request_views.form, name="request_form"),
    path("requests/<slug:number>/review/", request_views.review, name="request_review"),
    path("requests/<slug:number>/write/", request_views.write, name="request_write"),
    path("requests/<slug:number>/withdraw/", request_views.withdraw, name="request_withdraw"),
    path("requests/<slug:number>/files/", file_views.files, name="request_files"),
    path("requests/<slug:number>/files/<int:key>/", file_views.file, name="request_file"),
    path("requests/<slug:number>/files/<int:key>/remove/", file_views.remove, name="request_file_remove"),
    path("terms/", views.terms, name="terms"),
    path("privacy/", views.privacy, name="privacy"),
]
