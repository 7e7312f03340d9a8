from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import sessions
from accounts.access import SignedInRequest, activated_required, resident_required
from accounts.actions import mobiles
from accounts.states import State
from audit.actions import record
from audit.events import Event
from core import letters
from core.templatetags.portal import moment, parsed
from registry.lookup import person_of
from services import catalogue


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
@resident_required
def dashboard(request: SignedInRequest) -> HttpResponse:
    """The state of the account, what to do next, and the services that are open to the person."""
    account, person = request.user, person_of(request.user.id_number)
    previous = request.session.get("previous_sign_in", "")
    same = {
        "state": State(account.state),
        "is_activated": account.is_activated,
        "kind": person.kind,
        "services": catalogue.services_for(person.kind),
        "sms_service_number": settings.SMS_SERVICE_NUMBER,
        "session_seconds": sessions.idle_seconds(request.session),
        "is_first_sign_in": not previous,
        "unread_notices": account.unread_shown,
    }
    words = {
        "name": person.name if account.is_activated else account.username,
        "previous_sign_in": moment(parsed(previous)),
    }
    change = mobiles.under_way(account) if account.is_activated else None
    if change or not account.is_activated:
        return render(request, "services/dashboard.html", same | words | {"change": change})
    return letters.fill_in(request, "services/dashboard.html", same=same, blanks=words)


@require_safe
@activated_required
def enquiry(request: SignedInRequest, slug: str) -> HttpResponse:
    person = person_of(request.user.id_number)
    service = next((s for s in catalogue.services_for(person.kind) if s.slug == slug and not s.is_request), None)
    if service is None:
        raise Http404
    record(Event.PERSON_VIEWED, actor=request.user, subject=request.user, service=slug)
    return render(request, "services/enquiry.html", {"service": service, "sections": service.read()(person)})
