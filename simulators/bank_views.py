"""The demonstration's bank in the customer's hands: its app, its website, its telephone line and its ATM.

What the bank knows of its visitor stands sealed in a cookie of its own: the portal's session ends with the activation.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from core.sealed import Unreadable, seal, unseal
from partners.words import Mode, WebhookEvent
from registry.models import Person
from simulators import bank as program
from simulators import notes
from simulators.bank import Exchange
from simulators.forms import BankCodeForm, CustomerForm

_COOKIE = "demo_bank"
_COOKIE_SECONDS = 900
_WRONG_CODE = "000000"
CHANNELS: dict[Mode, Promise] = {
    Mode.APP: _("Bank app"),
    Mode.WEBSITE: _("Bank website"),
    Mode.PHONE: pgettext_lazy("at a bank", "Phone banking"),
    Mode.ATM: pgettext_lazy("at a bank", "ATM"),
}
_P = ParamSpec("_P")
form_view = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Visit:
    """A customer in one of the bank's channels. `reference` is the portal's of a begun attempt."""

    id_number: str
    mobile: str
    reference: str = ""
    sent_to: str = ""
    code_reference: str = ""
    is_replay: bool = False

    def keep(self, response: HttpResponse) -> HttpResponse:
        response.set_cookie(
            _COOKIE, seal(json.dumps(asdict(self))), max_age=_COOKIE_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
        )  # fmt: skip
        return response


View = Callable[Concatenate[HttpRequest, Mode, Visit, _P], HttpResponse]


def _customer_required(view: View[_P]) -> Callable[Concatenate[HttpRequest, str, _P], HttpResponse]:
    @wraps(view)
    def checked(request: HttpRequest, mode: str, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        visit = _visit_of(request)
        if visit is None:
            return redirect("demo_bank_sign_in", _mode(mode))
        return view(request, _mode(mode), visit, *args, **kwargs)

    return checked


@require_safe
def bank(request: HttpRequest) -> HttpResponse:
    """Whoever was there before is forgotten."""
    shown = {"bank_name": _bank_name(), "channels": CHANNELS.items()}
    response = render(request, "simulators/bank.html", shown)
    response.delete_cookie(_COOKIE, samesite="Lax")
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """Where the portal tells the bank what became of its attempts, and where the bank's engineers look at it."""
    if request.method == "POST":
        url = f"{settings.PUBLIC_URL}{request.get_full_path()}"
        is_taken = program.take_webhook("POST", url, request.body, request.headers)
        return HttpResponse(status=204 if is_taken else 400)
    shown = {"bank_name": _bank_name(), "webhooks": [(told, _event_title(told.event)) for told in program.WEBHOOKS]}
    return render(request, "simulators/bank_webhooks.html", shown)


def _event_title(event: str) -> str:
    return str(WebhookEvent(event).label) if event in WebhookEvent.values else event


@form_view
def sign_in(request: HttpRequest, mode: str) -> HttpResponse:
    """Whoever is signed in to the portal in this browser finds their numbers filled in."""
    form = CustomerForm(request.POST or None, initial=_numbers_of(request))
    if request.method == "POST" and form.is_valid():
        visit = Visit(form.cleaned_data["id_number"], form.cleaned_data["mobile"])
        return visit.keep(redirect("demo_bank_services", _mode(mode)))
    people = Person.objects.filter(id_number__in=notes.good_for("en")).order_by("pk")
    return _page(request, _mode(mode), "simulators/bank_sign_in.html", form=form, people=people)


@require_safe
@_customer_required
def services(request: HttpRequest, mode: Mode, visit: Visit) -> HttpResponse:
    return _page(request, mode, "simulators/bank_services.html")


@form_view
@_customer_required
def activation(request: HttpRequest, mode: Mode, visit: Visit) -> HttpResponse:
    """The customer checks both numbers and accepts."""
    exchange = None
    if request.method == "POST":
        play = request.POST.get("play", "")
        mobile = program.OTHER_MOBILE if play == "other_mobile" else visit.mobile
        exchange = program.begin(visit.id_number, mobile, mode, play=play)
        if exchange.is_good:
            return _with_code(visit, exchange).keep(redirect("demo_bank_code", mode))
    return _page(
        request,
        mode,
        "simulators/bank_activation.html",
        visit=visit,
        mobile=_national(visit.mobile),
        **_answer(exchange),
    )


@form_view
@_customer_required
def code(request: HttpRequest, mode: Mode, visit: Visit) -> HttpResponse:
    if not visit.reference:
        return redirect("demo_bank_activation", mode)
    play = request.POST.get("play", "")
    form = BankCodeForm(request.POST if request.method == "POST" and not play.startswith("without") else None)
    exchange = _exchange(request, visit, form, play)
    if exchange and exchange.is_good:
        if play == "without_again":
            return _with_code(visit, exchange).keep(redirect("demo_bank_code", mode))
        return replace(visit, is_replay=exchange.is_replay).keep(redirect("demo_bank_done", mode))
    return _page(request, mode, "simulators/bank_code.html", visit=visit, form=form, **_answer(exchange))


@require_safe
@_customer_required
def done(request: HttpRequest, mode: Mode, visit: Visit) -> HttpResponse:
    return _page(request, mode, "simulators/bank_done.html", visit=visit)


def _exchange(request: HttpRequest, visit: Visit, form: BankCodeForm, play: str) -> Exchange | None:
    """None when nothing was sent to the portal."""
    match play:
        case "without_again":
            return program.send_again(visit.reference)
        case "without_code":
            return program.confirm(visit.reference, _WRONG_CODE)
        case _other:
            return program.confirm(visit.reference, form.cleaned_data["code"], play=play) if form.is_valid() else None


def _with_code(visit: Visit, exchange: Exchange) -> Visit:
    told = {name: str(exchange.told[name]) for name in ("reference", "sent_to", "code_reference")}
    return replace(visit, **told, is_replay=exchange.is_replay)


def _answer(exchange: Exchange | None) -> dict[str, Any]:
    if exchange is None:
        return {}
    return {"exchange": exchange, "problem": exchange.problem(get_language() or "ar")}


def _page(request: HttpRequest, mode: Mode, template: str, **variables: Any) -> HttpResponse:
    frame = {"mode": mode, "channel": CHANNELS[mode], "bank_name": _bank_name()}
    return render(request, template, frame | variables)


def _bank_name() -> str:
    agreement = program.BANK.agreement
    return agreement.name_ar if get_language() == "ar" else agreement.name_en


def _mode(typed: str) -> Mode:
    if typed not in list(CHANNELS):
        raise Http404
    return Mode(typed)


def _visit_of(request: HttpRequest) -> Visit | None:
    try:
        return Visit(**json.loads(unseal(request.COOKIES.get(_COOKIE, ""))))
    except Unreadable:
        return None


def _numbers_of(request: HttpRequest) -> dict[str, str]:
    user: Any = request.user
    if not user.is_authenticated or user.is_staff:
        return {}
    return {"id_number": user.id_number, "mobile": _national(user.mobile)}


def _national(mobile: str) -> str:
    return f"0{mobile.removeprefix('+966')}"
