from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts import sessions
from accounts.access import SignedInRequest, activated_required, resident_required
from accounts.actions import mobiles
from accounts.states import State
from audit.actions import record
from audit.events import Event
from core import letters
from core.dates import DateField
from core.prepared import Given, Select
from core.templatetags.portal import both_calendars, moment
from registry.lookup import person_of
from registry.models import Person
from services import catalogue, pressing

# With whether another mobile is on its way, and whether a request waits for its applicant: seldom, and so not worth
# statements of their own.
_PERSON = Select(
    Person.objects.filter(id_number=Given("id_number")).annotate(
        has_mobile_change=mobiles.IS_UNDER_WAY, has_errands=pressing.IS_WAITED_FOR
    )
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "services/home.html")


@require_safe
def individuals(request: HttpRequest) -> HttpResponse:
    variables = {"sms_service_number": settings.SMS_SERVICE_NUMBER}
    return render(request, "services/individuals.html", variables)


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "services/terms.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "services/privacy.html")


@require_safe
def other_calendar(request: HttpRequest) -> HttpResponse:
    """The day that is being typed, as both calendars have it, for the script beside a date; empty while it is none."""
    typed = [request.GET.get(part, "") for part in ("calendar", "day", "month", "year")]
    try:
        day = DateField(required=False).clean(typed)
    except ValidationError:
        day = None
    return HttpResponse(f"= {both_calendars(day)}" if day else "")


@require_safe
@resident_required
def dashboard(request: SignedInRequest) -> HttpResponse:
    """The state of the account, what to do next, and the services that are open to the person."""
    account = request.user
    person: Any = _PERSON.first(id_number=account.id_number, user=account.pk)
    previous = request.session.get("previous_sign_in", "")
    same = {
        "state": State(account.state),
        "is_activated": account.is_activated,
        "kind": person.kind,
        "enquiries": catalogue.enquiries_for(person.kind),
        "centres": catalogue.centres_for(person.kind),
        "sms_service_number": settings.SMS_SERVICE_NUMBER,
        "session_seconds": sessions.idle_seconds(request.session),
        "is_first_sign_in": not previous,
        "unread_notices": account.unread_shown,
    }
    words = {
        "name": person.name if account.is_activated else account.username,
        "previous_sign_in": _moment_of(previous, get_language()),
    }
    change = mobiles.under_way(account) if account.is_activated and person.has_mobile_change else None
    errands = pressing.requests_of(account) if account.is_activated and person.has_errands else []
    if change or errands or not account.is_activated:
        return render(request, "services/dashboard.html", same | words | {"change": change, "errands": errands})
    return letters.fill_in(request, "services/dashboard.html", same=same, blanks=words)


@lru_cache(1000)
def _moment_of(at: str, language: str) -> str:
    """Whoever is signed in comes back to the dashboard again and again."""
    return moment(datetime.fromisoformat(at) if at else None)


@require_safe
@activated_required
def enquiry(request: SignedInRequest, slug: str) -> HttpResponse:
    person = person_of(request.user.id_number)
    service = next((one for one in catalogue.enquiries_for(person.kind) if one.slug == slug), None)
    if service is None:
        raise Http404
    if service.own_page:
        return redirect(service.own_page)
    record(Event.PERSON_VIEWED, actor=request.user, subject=request.user, service=slug)
    return render(request, "services/enquiry.html", {"service": service, "sections": service.read()(person)})
