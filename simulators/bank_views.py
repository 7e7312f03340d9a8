"""The demonstration's bank in the customer's hands: app, website and ATM. Its telephone line has views of its own."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from partners.words import Mode, Purpose, WebhookEvent
from registry.models import Person
from simulators import bank as program
from simulators import notes, places
from simulators.client import FORGED, LATE, OTHER_MOBILE, TWICE, WRONG_CODE, Exchange
from simulators.forms import BankCodeForm, CustomerForm
from simulators.places import SERVICES, Memory, Visit, about, national, numbers_of, of_service, offered, with_code

CHANNELS: dict[Mode, Promise] = {
    Mode.APP: _("Bank app"),
    Mode.WEBSITE: _("Bank website"),
    Mode.PHONE: pgettext_lazy("at a bank", "Phone banking"),
    Mode.ATM: pgettext_lazy("at a bank", "ATM"),
}
_ON_PAGES = (Mode.APP, Mode.WEBSITE, Mode.ATM)
_OF_CALLS = (FORGED, LATE, TWICE)
_MEMORY = Memory("demo_bank", Visit, seconds=900)
_P = ParamSpec("_P")
form_view = require_http_methods(["GET", "HEAD", "POST"])
View = Callable[Concatenate[HttpRequest, Mode, Visit, _P], HttpResponse]


def _customer_required(view: View[_P]) -> Callable[Concatenate[HttpRequest, str, _P], HttpResponse]:
    @wraps(view)
    def checked(request: HttpRequest, mode: str, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        visit = _MEMORY.recall(request)
        if visit is None:
            return redirect("demo_bank_sign_in", _mode(mode))
        return view(request, _mode(mode), visit, *args, **kwargs)

    return checked


@require_safe
def bank(request: HttpRequest) -> HttpResponse:
    """Whoever was there before is forgotten."""
    return _MEMORY.forget(render(request, "simulators/bank.html", {"bank": program.BANK, "channels": CHANNELS.items()}))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """Where the portal tells the bank what became of its attempts, and where the bank's engineers look at it."""
    if request.method == "POST":
        url = f"{settings.PUBLIC_URL}{request.get_full_path()}"
        is_taken = program.take_webhook("POST", url, request.body, request.headers)
        return HttpResponse(status=204 if is_taken else 400)
    shown = {"bank": program.BANK, "webhooks": [(told, _event_title(told.event)) for told in program.WEBHOOKS]}
    return render(request, "simulators/bank_webhooks.html", shown)


def _event_title(event: str) -> str:
    return str(WebhookEvent(event).label) if event in WebhookEvent.values else event


@form_view
def sign_in(request: HttpRequest, mode: str) -> HttpResponse:
    form = CustomerForm(request.POST or None, initial=numbers_of(request.user))
    if request.method == "POST" and form.is_valid():
        visit = Visit(form.cleaned_data["id_number"], form.cleaned_data["mobile"])
        return _MEMORY.keep(redirect("demo_bank_services", _mode(mode)), visit)
    people = Person.objects.filter(id_number__in=notes.good_for("en")).order_by("pk")
    return _page(request, _mode(mode), "simulators/bank_sign_in.html", form=form, people=people)


@require_safe
@_customer_required
def services(request: HttpRequest, mode: Mode, visit: Visit) -> HttpResponse:
    return _page(request, mode, "simulators/bank_services.html", services=SERVICES.items())


@form_view
@_customer_required
def activation(request: HttpRequest, mode: Mode, visit: Visit) -> HttpResponse:
    """The customer checks both numbers and accepts; `for` is what was chosen from the menu."""
    exchange, chosen = None, request.GET.get("for", "")
    visit = replace(visit, purpose=chosen if chosen in SERVICES else Purpose.ACTIVATION)
    if request.method == "POST":
        play = request.POST.get("play", "")
        mobile = OTHER_MOBILE if play == places.OTHER_MOBILE else visit.mobile
        exchange = program.begin(visit.id_number, mobile, mode, play=play)
        if exchange.is_good:
            return _MEMORY.keep(redirect("demo_bank_code", mode), with_code(visit, exchange))
    plays = offered(places.OTHER_MOBILE, *_OF_CALLS)
    return _page(
        request, mode, "simulators/bank_activation.html",
        visit=visit, mobile=national(visit.mobile), plays=plays, **of_service(visit), **about(exchange),
    )  # fmt: skip


@form_view
@_customer_required
def code(request: HttpRequest, mode: Mode, visit: Visit) -> HttpResponse:
    if not visit.reference:
        return redirect("demo_bank_activation", mode)
    play = request.POST.get("play", "")
    form = BankCodeForm(request.POST if request.method == "POST" and not play.startswith("without") else None)
    exchange = _exchange(visit, form, play)
    if exchange and exchange.is_good:
        if play == "without_again":
            return _MEMORY.keep(redirect("demo_bank_code", mode), with_code(visit, exchange))
        return _MEMORY.keep(redirect("demo_bank_done", mode), replace(visit, is_replay=exchange.is_replay))
    plays = [("without_code", places.PLAYS[places.WRONG_CODE]), *offered(*_OF_CALLS)]
    return _page(request, mode, "simulators/bank_code.html", visit=visit, form=form, plays=plays, **about(exchange))


@require_safe
@_customer_required
def done(request: HttpRequest, mode: Mode, visit: Visit) -> HttpResponse:
    return _page(request, mode, "simulators/bank_done.html", visit=visit, **of_service(visit))


def _exchange(visit: Visit, form: BankCodeForm, play: str) -> Exchange | None:
    """None when nothing was sent to the portal."""
    match play:
        case "without_again":
            return program.send_again(visit.reference)
        case "without_code":
            return program.confirm(visit.reference, WRONG_CODE)
        case _other:
            return program.confirm(visit.reference, form.cleaned_data["code"], play=play) if form.is_valid() else None


def _page(request: HttpRequest, mode: Mode, template: str, **variables: Any) -> HttpResponse:
    frame = {"mode": mode, "channel": CHANNELS[mode], "bank": program.BANK}
    return render(request, template, frame | variables)


def _mode(typed: str) -> Mode:
    if typed not in list(_ON_PAGES):
        raise Http404
    return Mode(typed)
