"""Pages of the demonstration. They exist in demo mode only."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from core.phones import MobileError, parse_mobile
from messaging.gateways.demo_operator import DemoOperator
from messaging.gateways.demo_phone import DemoPhone
from messaging.models import DemoText
from registry.models import Person
from simulators import notes, officers

_TEXTS_SHOWN = 30


@require_safe
def phone(request: HttpRequest) -> HttpResponse:
    """What a phone received, as on a phone; without a number, the newest texts of all."""
    texts = DemoText.objects.order_by("-pk")
    typed = request.GET.get("number", "").strip()
    problem = ""
    if typed:
        try:
            texts = texts.filter(to=parse_mobile(typed))
        except MobileError as error:
            texts, problem = texts.none(), error.code
    shown = typed if typed and not problem else ""
    variables = {"texts": texts[:_TEXTS_SHOWN], "number": typed, "problem": problem, "sends_as": shown}
    return render(request, "simulators/phone.html", variables)


@require_POST
def phone_send(request: HttpRequest) -> HttpResponse:
    """Somebody writes a text on this phone, to the portal's number."""
    number, text = request.POST.get("number", ""), request.POST.get("text", "").strip()
    if text:
        DemoPhone().hear(number, text)
    return redirect(f"{reverse('demo_phone')}?{urlencode({'number': number})}")


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """The invented people with what each is good for, and how the officers sign in."""
    good_for = notes.good_for(get_language() or "ar")
    persons = Person.objects.filter(id_number__in=good_for).order_by("pk")
    variables = {
        "people": [(person, good_for[person.id_number]) for person in persons],
        "officers": officers.demo_officers(),
        "magic_numbers": [(number, says) for number, (_gateway, says) in DemoOperator.magic.items()],
    }
    return render(request, "simulators/people.html", variables)
