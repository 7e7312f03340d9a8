from datetime import date, time

from django.urls import path, register_converter

from activation import channel_views, nafath_views, views, visit_views


class DayConverter:
    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return f"{value:%Y-%m-%d}"


class TimeConverter:
    regex = r"\d{2}:\d{2}"

    def to_python(self, value: str) -> time:
        return time.fromisoformat(value)

    def to_url(self, value: time) -> str:
        return f"{value:%H:%M}"


register_converter(DayConverter, "day")
register_converter(TimeConverter, "time")

_VISIT = "officer/visit/<int:branch>/"

urlpatterns = [
    path("", views.activation, name="activation"),
    path("begin/<slug:channel>/", views.begin, name="activation_begin"),
    path("officer/", visit_views.officer, name="activation_officer"),
    path("officer/print/", visit_views.visit_print, name="activation_visit_print"),
    path("officer/calendar/", visit_views.visit_calendar, name="activation_visit_calendar"),
    path("officer/visit/", visit_views.visit_branch, name="activation_visit"),
    path("officer/visit/cancel/", visit_views.visit_cancel, name="activation_visit_cancel"),
    path(_VISIT, visit_views.visit_day, name="activation_visit_day"),
    path(f"{_VISIT}<day:day>/", visit_views.visit_time, name="activation_visit_time"),
    path(f"{_VISIT}<day:day>/<time:at>/", visit_views.visit_confirm, name="activation_visit_confirm"),
    path("nafath/", nafath_views.activation, name="activation_nafath"),
    path("nafath/ask/", nafath_views.activation_ask, name="activation_nafath_ask"),
    path("nafath/state/", nafath_views.activation_state, name="activation_nafath_state"),
    path("by/<slug:channel>/", channel_views.channel, name="activation_channel"),
    path("by/<slug:channel>/state/", channel_views.state, name="activation_state"),
    path("bank/", channel_views.bank, name="activation_bank"),
    path("bank/<slug:slug>/<slug:mode>/", channel_views.bank_steps, name="activation_bank_steps"),
    path("kiosk/", channel_views.kiosk, name="activation_kiosk"),
    path("atm/", channel_views.atm, name="activation_atm"),
]
