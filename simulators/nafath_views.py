"""The simulated Nafath app, in the hands of whoever types their number, and the provider's own page."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from core.text import compact_digits
from registry.models import Person
from simulators import nafath, notes
from simulators.forms import NafathPersonForm
from simulators.models import NafathTransaction
from simulators.nafath import Callback
from simulators.nafath_api_views import back, grant

_SHOWN = 5
SAID: dict[str, Promise] = {
    "over": _("This request is over."),
    "expired": _("The request is left to expire."),
    "rejected": _("You rejected the request."),
    "played": _("A failure was played."),
    "no_pin": _("That is not the PIN. Type the one that stands below."),
    "no_number": _("Choose one of the three numbers first."),
    "other_number": _("That is another number, so the app rejected the request."),
    "confirmed": _("You confirmed the request."),
}
form_view = require_http_methods(["GET", "HEAD", "POST"])


@form_view
def app(request: HttpRequest) -> HttpResponse:
    """The requests of a person. Whoever is signed in to the portal in this browser finds their number filled in."""
    person = _person(request)
    form = NafathPersonForm(request.GET if "id_number" in request.GET else None, initial=_number_of(request))
    if person is None and form.is_valid():
        form.add_error("id_number", str(_("Nobody in the demonstration has this number.")))
    shown = {"form": form, "person": person, "people": _people(), "requests": _requests(person) if person else []}
    return render(request, "simulators/nafath.html", shown | _told(request))


@require_POST
def answer(request: HttpRequest, trans_id: str) -> HttpResponse:
    """The person chose a number and confirmed, or rejected, or played something wrong."""
    found = NafathTransaction.objects.waiting().filter(trans_id=trans_id).first()
    said, calls = _answered(request, found) if found else ("over", [])
    known = {"id_number": request.POST.get("id_number", ""), "said": said}
    statuses = [("status", call.status) for call in calls]
    return redirect(f"{reverse('demo_nafath')}?{urlencode([*known.items(), *statuses])}")


@form_view
def consent(request: HttpRequest) -> HttpResponse:
    """The OpenID provider's page: who are you, and do you confirm?"""
    asked = request.GET.dict()
    if "redirect_uri" not in asked:
        return redirect("demo_nafath")
    form = NafathPersonForm(request.POST or None, initial=_number_of(request))
    if request.method == "POST" and request.POST.get("play") == "reject":
        return _lead_back(request, back(asked, error="access_denied"))
    if request.method == "POST" and form.is_valid():
        return _lead_back(request, grant(form.cleaned_data["id_number"], asked))
    return render(request, "simulators/nafath_consent.html", {"form": form, "people": _people()})


def _lead_back(request: HttpRequest, address: str) -> HttpResponse:
    """By a link: no page may send a form on to another server."""
    return render(request, "simulators/nafath_back.html", {"address": address})


def _answered(request: HttpRequest, found: NafathTransaction) -> tuple[str, list[Callback]]:
    """What happened, a name of SAID, and the calls to the portal."""
    play, chosen = request.POST.get("play", ""), request.POST.get("number", "")
    if play == "expire":
        nafath.expire(found)
        return "expired", []
    if play == "reject":
        return "rejected", nafath.answer(found, "REJECTED")
    if play:
        return "played", nafath.answer(found, "COMPLETED", play=play)
    if not chosen or compact_digits(request.POST.get("pin", "")) != nafath.PIN:
        return ("no_pin" if chosen else "no_number"), []
    if chosen != found.random:
        return "other_number", nafath.answer(found, "REJECTED")
    return "confirmed", nafath.answer(found, "COMPLETED")


def _requests(person: Person) -> list[NafathTransaction]:
    return list(NafathTransaction.objects.read().filter(national_id=person.id_number)[:_SHOWN])


def _person(request: HttpRequest) -> Person | None:
    number = compact_digits(request.GET.get("id_number", _number_of(request).get("id_number", "")))
    return Person.objects.filter(id_number=number).first()


def _people() -> QuerySet[Person]:
    return Person.objects.filter(id_number__in=notes.good_for("en")).order_by("pk")


def _number_of(request: HttpRequest) -> dict[str, str]:
    user: Any = request.user
    return {} if not user.is_authenticated or user.is_staff else {"id_number": user.id_number}


def _told(request: HttpRequest) -> dict[str, Any]:
    """What the last answer brought about: it stands in the address, for the portal's session may have ended with it."""
    said, statuses = request.GET.get("said", ""), request.GET.getlist("status")
    return {"told": SAID.get(said, ""), "statuses": [s for s in statuses if s.isdecimal()][:2], "pin": nafath.PIN}
