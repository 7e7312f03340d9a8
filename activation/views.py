from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import sessions
from accounts.access import SignedInRequest, resident_required
from accounts.models import Branch, User
from activation import sentences
from activation.actions import at_partners, cases
from activation.actions.cases import ActivationRefused
from activation.models import Attempt
from activation.states import AttemptState
from core import phones
from partners.models import Partner
from registry.lookup import person_of


@require_safe
@resident_required
def activation(request: SignedInRequest) -> HttpResponse:
    """Where the person stands, and the channels that can prove them."""
    if request.user.is_activated:
        return redirect("dashboard")
    person = person_of(request.user.id_number)
    attempts = list(Attempt.objects.of(request.user).select_related("at_partner__partner").newest_first()[:20])
    variables = {
        "channels": cases.channels_for(person),
        "closed": [(channel, sentences.why_closed(code)) for channel, code in cases.closed_to(person)],
        "newest": attempts[0] if attempts else None,
        "attempts": [(attempt, sentences.place_of(attempt)) for attempt in attempts],
        "usable": [attempt.channel for attempt in attempts if attempt.is_usable],
        "fingerprint_on_file": person.fingerprint_on_file,
    }
    return render(request, "activation/hub.html", variables)


@require_POST
@resident_required
def begin(request: SignedInRequest, channel: str) -> HttpResponse:
    try:
        cases.begin(request.user, channel)
    except ActivationRefused as refused:
        messages.error(request, sentences.of_refusal(refused))
        return redirect("activation")
    return redirect(cases.page_of(channel))


@require_safe
@resident_required
def bank(request: SignedInRequest) -> HttpResponse:
    """The approved banks, each with the ways in which it can be reached."""
    banks = [(bank, _modes_of(bank)) for bank in at_partners.banks()]
    return _at_bank(request, "activation/bank.html", banks=[(bank, modes) for bank, modes in banks if modes])


@require_safe
@resident_required
def bank_steps(request: SignedInRequest, slug: str, mode: str) -> HttpResponse:
    chosen = next((bank for bank in at_partners.banks() if bank.slug == slug), None)
    if chosen is None or mode not in dict(_modes_of(chosen)):
        return redirect("activation_bank")
    steps = {"steps": sentences.steps_at_bank(mode), "agreeing": sentences.agreeing_at_bank(mode)}
    return _at_bank(
        request, "activation/bank_steps.html", bank=chosen, mode=sentences.MODES[mode], mode_name=mode, **steps
    )


@require_safe
def bank_state(request: HttpRequest) -> HttpResponse:
    """How the attempt stands, as a piece of page that the bank's pages ask for now and then. The activation ends the session;
    whoever was signed in with it is still told."""
    if isinstance(request.user, User) and not request.user.is_staff:
        return render(request, "activation/_bank_state.html", _state(request.user))
    if sessions.ended_by(request.session) == sessions.ACTIVATED:
        return render(request, "activation/_bank_state.html", {"is_activated": True})
    return HttpResponse(status=204)


@require_safe
@resident_required
def kiosk(request: SignedInRequest) -> HttpResponse:
    return _at_machine(request, "kiosk")


@require_safe
@resident_required
def atm(request: SignedInRequest) -> HttpResponse:
    return _at_machine(request, "atm")


@require_safe
@resident_required
def officer(request: SignedInRequest) -> HttpResponse:
    return _visit(request, "activation/officer.html")


@require_safe
@resident_required
def visit_print(request: SignedInRequest) -> HttpResponse:
    return _visit(request, "activation/visit_print.html")


def _visit(request: SignedInRequest, template: str) -> HttpResponse:
    attempt = _usable(request, "officer")
    if attempt is None:
        return redirect("activation")
    return render(request, template, {"attempt": attempt, "branches": Branch.objects.order_by("pk")})


def _at_machine(request: SignedInRequest, channel: str) -> HttpResponse:
    attempt = _usable(request, channel)
    if attempt is None:
        return redirect("activation")
    return render(request, "activation/machine.html", {"attempt": attempt, "channel": channel})


def _at_bank(request: SignedInRequest, template: str, **variables: Any) -> HttpResponse:
    attempt = _usable(request, "bank")
    if attempt is None:
        return redirect("activation")
    # An attempt that began at the bank has no code to carry there.
    code = segno.make(attempt.visit_code, micro=False) if attempt.visit_code else None
    qr = code.svg_data_uri(scale=5, border=2, dark="#17211e", light="#fff") if code else ""
    return render(request, template, variables | _state(request.user) | {"attempt": attempt, "qr": qr})


def _state(user: User) -> dict[str, Any]:
    attempt = _newest(user, "bank")
    return {
        "is_activated": user.is_activated,
        "is_usable": attempt is not None and attempt.is_usable,
        "begun_at_bank": sentences.place_of(attempt) if attempt and hasattr(attempt, "at_partner") else "",
        "mobile": phones.mask(user.mobile),
    }


def _usable(request: SignedInRequest, channel: str) -> Attempt | None:
    """None, with a word when its time is up, where the person has to choose again."""
    attempt = _newest(request.user, channel)
    if attempt and attempt.standing == AttemptState.EXPIRED:
        messages.warning(request, sentences.of_expiry(channel))
    return attempt if attempt and attempt.is_usable else None


def _newest(user: User, channel: str) -> Attempt | None:
    found = Attempt.objects.of(user).filter(channel=channel).select_related("at_partner__partner")
    return found.newest_first().first()


def _modes_of(bank: Partner) -> list[tuple[str, Any]]:
    return [(mode, title) for mode, title in sentences.MODES.items() if mode in bank.modes]
