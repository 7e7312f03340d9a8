from django.urls import include, path

from services import draft_views, file_views, inbox_views, request_views, views

_REQUESTS = [
    path("", request_views.listed, name="requests"),
    path("at/<slug:department>/", request_views.centre, name="requests_centre"),
    path("new/<slug:slug>/", request_views.start, name="request_start"),
    path("<slug:number>/", request_views.one, name="request"),
    path("<slug:number>/form/", draft_views.form, name="request_form"),
    path("<slug:number>/review/", draft_views.review, name="request_review"),
    path("<slug:number>/receipt/", request_views.receipt, name="request_receipt"),
    path("<slug:number>/write/", request_views.write, name="request_write"),
    path("<slug:number>/withdraw/", request_views.withdraw, name="request_withdraw"),
    path("<slug:number>/files/", file_views.files, name="request_files"),
    path("<slug:number>/files/<int:key>/", file_views.file, name="request_file"),
    path("<slug:number>/files/<int:key>/small/", file_views.small, name="request_file_small"),
    path("<slug:number>/files/<int:key>/remove/", file_views.remove, name="request_file_remove"),
]
urlpatterns = [
    path("", views.home, name="home"),
    path("individuals/", views.individuals, name="individuals"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("inbox/", inbox_views.notices, name="inbox"),
    path("inbox/read/", inbox_views.mark_read, name="inbox_read"),
    path("services/<slug:slug>/", views.enquiry, name="enquiry"),
    path("requests/", include(_REQUESTS)),
    path("dates/", views.other_calendar, name="other_calendar"),
    path("terms/", views.terms, name="terms"),
    path("privacy/", views.privacy, name="privacy"),
]
