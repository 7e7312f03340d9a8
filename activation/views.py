from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import SignedInRequest, resident_required
from accounts.models import Branch, User
from activation import advisor, outages, pages, sentences
from activation.actions import cases
from activation.actions.cases import ActivationRefused
from activation.channels.base import Channel
from activation.forms import AdvisorForm
from activation.models import Attempt
from activation.states import CasePurpose
from core import plugins
from registry.lookup import person_of
from registry.models import Person


@require_safe
@resident_required
def activation(request: SignedInRequest) -> HttpResponse:
    """Where the person stands, and the channels that can prove them."""
    if request.user.is_activated:
        return redirect("dashboard")
    purpose = cases.purpose_of(request.user) or CasePurpose.ACTIVATION
    return render(request, "activation/hub.html", _hub(request, person_of(request.user.id_number), purpose))


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
def officer(request: SignedInRequest) -> HttpResponse:
    return _visit(request, "activation/officer.html")


@require_safe
@resident_required
def visit_print(request: SignedInRequest) -> HttpResponse:
    return _visit(request, "activation/visit_print.html")


def _hub(request: SignedInRequest, person: Person, purpose: CasePurpose) -> dict[str, Any]:
    offered = cases.channels_for(person, purpose)
    down = outages.running(offered)
    live = [channel for channel in offered if channel.name not in down]
    closed = cases.closed_to(person, purpose)
    return {
        "live": live,
        "down": [(channel, down[channel.name]) for channel in offered if channel.name in down],
        "closed": [(channel, sentences.why_closed(code)) for channel, code in closed],
        "fingerprint_on_file": person.fingerprint_on_file,
        **_so_far(request.user),
        **_advice(request, person, live),
    }


def _so_far(user: User) -> dict[str, Any]:
    found = Attempt.objects.of(user).select_related("at_partner__partner", "at_partner__device")
    attempts = list(found.newest_first()[:20])
    listed = plugins.load(settings.ACTIVATION_CHANNELS)
    usable = [attempt for attempt in attempts if attempt.is_usable and attempt.channel in listed]
    return {
        "newest": attempts[0] if attempts else None,
        "attempts": [(attempt, sentences.place_of(attempt)) for attempt in attempts],
        "under_way": [(attempt, sentences.place_of(attempt), cases.page_of(attempt.channel)) for attempt in usable],
        "usable": {attempt.channel for attempt in usable},
    }


def _advice(request: HttpRequest, person: Person, live: list[Channel]) -> dict[str, Any]:
    """Where no question would tell the ways apart, the advice needs none."""
    needs = advisor.questions(live)
    asked = AdvisorForm.SENT in request.GET and bool(needs)
    form = AdvisorForm(request.GET if asked else None, needs=needs)
    is_answered = form.is_valid() if needs else len(live) > 1
    advice = advisor.advise(person, live, form.has() if needs else frozenset()) if is_answered else None
    said = {"why": sentences.of_advice(advice), "lacks": sentences.lacking(advice.lacks)} if advice else {}
    return {"form": form, "has_questions": bool(needs), "asked": asked, "advice": advice, **said}


def _visit(request: SignedInRequest, template: str) -> HttpResponse:
    attempt = pages.usable(request, "officer")
    if attempt is None:
        return redirect("activation")
    return render(request, template, {"attempt": attempt, "branches": Branch.objects.order_by("pk")})
