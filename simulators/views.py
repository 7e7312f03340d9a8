"""Pages of the demonstration. They exist in demo mode only."""

import httpx
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.phones import MobileError, parse_mobile
from core.references import new_reference
from messaging.gateways.base import InboundText
from messaging.gateways.demo_operator import DemoOperator
from messaging.gateways.demo_phone import DemoPhone, form_of
from messaging.models import DemoText
from registry.models import Person
from simulators import notes, officers

_TEXTS_SHOWN = 30
_WRITTEN_AT_MOST = 160
_ANSWER_WITHIN_SECONDS = 4
# What plays somebody else's part, by URL name, and for whom it is good.
SIMULATORS: tuple[tuple[str, Promise, Promise], ...] = (
    (
        "demo_bank", gettext_lazy("Demonstration bank"),
        gettext_lazy("App, website and ATM of a bank: citizens and residents."),
    ),
    (
        "demo_phone_banking", pgettext_lazy("at a bank", "Phone banking"),
        gettext_lazy("The same bank by telephone; the voice stands there to read."),
    ),
    (
        "demo_atm", gettext_lazy("Demonstration ATM"),
        gettext_lazy("A machine of an ATM network: everybody with a fingerprint on file. A border number, such as 4123456784, "
                     "puts a finger on the reader, too."),
    ),
    (
        "demo_kiosk", gettext_lazy("Demonstration kiosk"),
        gettext_lazy("Activation, another mobile number, a new password, pause: everybody. It takes the fingerprint of those "
                     "who have none on file, such as 2000240008, 3000010003 and 1000040004."),
    ),
    (
        "demo_nafath", gettext_lazy("Demonstration Nafath app"),
        gettext_lazy("Activation and the second step at sign-in: citizens and residents."),
    ),
)  # fmt: skip


@require_safe
def phone(request: HttpRequest) -> HttpResponse:
    """What came to a phone and was written there, as on a phone; without a number, the newest texts of all."""
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
    number, text = request.POST.get("number", ""), request.POST.get("text", "").replace("\0", "").strip()
    if text and not _write(number, text[:_WRITTEN_AT_MOST]):
        messages.error(request, _("The portal did not take the message. It may be busy: send it again in a moment."))
    return redirect(f"{reverse('demo_phone')}?{urlencode({'number': number})}")


def _write(number: str, text: str) -> bool:
    """Whether the portal took the text, which comes to it as from an operator."""
    try:
        written = DemoText(to=parse_mobile(number), text=text, reference=new_reference(), is_written_there=True)
    except MobileError:
        return False
    written.save()
    address = f"{settings.PUBLIC_URL}{reverse('gateway_texts', args=[DemoPhone.name])}"
    said = form_of(InboundText(written.to, text, written.reference))
    try:
        httpx.post(address, data=said, timeout=_ANSWER_WITHIN_SECONDS).raise_for_status()
    except httpx.HTTPError:
        written.delete()
        return False
    return True


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """The invented people with what each is good for, and how the officers sign in."""
    good_for = notes.good_for(get_language() or "ar")
    persons = Person.objects.filter(id_number__in=good_for).order_by("pk")
    variables = {
        "people": [(person, good_for[person.id_number]) for person in persons],
        "simulators": SIMULATORS,
        "officers": officers.demo_officers(),
        "magic_numbers": [(number, says) for number, (_gateway, says) in DemoOperator.magic.items()],
    }
    return render(request, "simulators/people.html", variables)
