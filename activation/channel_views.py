"""The pages on which an attempt goes on elsewhere: at a bank, a kiosk, an ATM, or whatever a channel stands for."""

from typing import Any

import segno
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts import sentences as account_sentences
from accounts import sessions
from accounts.access import ProvableRequest, provable_required, prover_of
from accounts.models import User
from activation import machines, outages, pages, sentences, whereabouts
from activation.actions import at_partners, cases
from activation.forms import CityForm
from activation.models import Attempt
from activation.states import CasePurpose
from core import phones, plugins
from partners.models import Device, Partner
from partners.words import Mode
from registry.lookup import person_of


@require_safe
@provable_required
def channel(request: ProvableRequest, channel: str) -> HttpResponse:
    """The page of a channel that has none of its own."""
    listed = plugins.load(settings.ACTIVATION_CHANNELS).get(channel)
    if listed and listed.page:
        return redirect(listed.page)
    return _page(request, channel, "activation/channel.html")


@require_safe
@provable_required
def bank(request: ProvableRequest) -> HttpResponse:
    """The approved banks, each with the ways in which it can be reached."""
    banks = [(bank, _modes_of(bank)) for bank in _banks(request)]
    return _page(request, "bank", "activation/bank.html", banks=[(bank, modes) for bank, modes in banks if modes])


@require_safe
@provable_required
def bank_steps(request: ProvableRequest, slug: str, mode: str) -> HttpResponse:
    chosen = next((bank for bank in _banks(request) if bank.slug == slug), None)
    if chosen is None or mode not in dict(_modes_of(chosen)):
        return redirect("activation_bank")
    shown = {"bank": chosen, "mode": whereabouts.MODES[mode], "mode_name": mode}
    purpose = cases.purpose_of(request.prover) or CasePurpose.ACTIVATION
    steps = {"steps": sentences.steps_at_bank(mode, purpose), "agreeing": sentences.agreeing_at_bank(mode)}
    return _page(request, "bank", "activation/bank_steps.html", **shown, **steps)


@require_safe
@provable_required
def kiosk(request: ProvableRequest) -> HttpResponse:
    return _at_machine(request, Device.Kind.KIOSK, "activation/kiosk.html")


@require_safe
@provable_required
def atm(request: ProvableRequest) -> HttpResponse:
    """With the banks whose own ATMs do it, for whom a bank can prove."""
    return _at_machine(request, Device.Kind.ATM, "activation/atm.html", banks=_banks_with_atms(request))


@require_safe
def state(request: HttpRequest, channel: str) -> HttpResponse:
    """How the attempt stands, as a piece of page that the channel's pages ask for now and then. The activation ends the
    session; whoever was signed in with it is still told."""
    if channel not in plugins.load(settings.ACTIVATION_CHANNELS):
        raise Http404
    if prover := prover_of(request):
        return render(request, "activation/_state.html", _state(prover, pages.newest(prover, channel)))
    if (ended_by := sessions.ended_by(request.session)) in sessions.PROVEN:
        variables = {"is_activated": ended_by == sessions.ACTIVATED, "ended": account_sentences.session_ended(ended_by)}
        return render(request, "activation/_state.html", variables)
    return HttpResponse(status=204)


def _at_machine(request: ProvableRequest, kind: Device.Kind, template: str, **variables: Any) -> HttpResponse:
    """A machine's channel is called as its kind is."""
    purpose = at_partners.agreed_as(request.prover)
    asked = request.GET if "city" in request.GET else None
    form = CityForm(asked, cities=machines.cities(kind, purpose))
    places = machines.places(kind, purpose, form.chosen())
    return _page(request, kind, template, form=form, places=places, **variables)


def _page(request: ProvableRequest, name: str, template: str, **variables: Any) -> HttpResponse:
    channel = plugins.load(settings.ACTIVATION_CHANNELS).get(name)
    attempt = pages.usable(request, name) if channel else None
    if channel is None or attempt is None:
        return redirect("activation")
    steps = channel.steps(person_of(request.prover.id_number), attempt.case.purpose)
    shown = {"attempt": attempt, "qr": _qr(attempt), "channel": channel, "steps": steps}
    shown["outcome"] = sentences.outcome(CasePurpose(attempt.case.purpose), name)
    # What has begun at a partner can be finished there.
    shown["outage"] = None if hasattr(attempt, "at_partner") else outages.announced(name)
    return render(request, template, shown | _state(request.prover, attempt) | variables)


def _state(user: User, attempt: Attempt | None) -> dict[str, Any]:
    is_usable = attempt is not None and attempt.is_usable
    if not is_usable:  # perhaps by the proof, which came after the account was read
        user.refresh_from_db()
    purpose = cases.purpose_of(user)
    return {
        "is_activated": purpose is None,
        "change": cases.change_of(user),
        "purpose": purpose,
        "is_usable": is_usable,
        "goes_on_at": whereabouts.place_of(attempt) if attempt and hasattr(attempt, "at_partner") else "",
        "mobile": phones.mask(cases.mobile_of(user)),
    }


def _qr(attempt: Attempt) -> str:
    """Nothing for an attempt that has no code to carry there, because it began there."""
    code = segno.make(attempt.visit_code, micro=False) if attempt.visit_code else None
    return code.svg_data_uri(scale=5, border=2, dark="#17211e", light="#fff") if code else ""


def _banks(request: ProvableRequest) -> list[Partner]:
    return at_partners.banks(at_partners.agreed_as(request.prover))


def _banks_with_atms(request: ProvableRequest) -> list[Partner]:
    user = request.prover
    purpose = cases.purpose_of(user) or CasePurpose.ACTIVATION
    is_open = any(channel.name == "bank" for channel in cases.channels_for(person_of(user.id_number), purpose))
    return [bank for bank in _banks(request) if Mode.ATM in bank.modes] if is_open else []


def _modes_of(bank: Partner) -> list[tuple[str, Any]]:
    return [(mode, title) for mode, title in whereabouts.MODES.items() if mode in bank.modes]
