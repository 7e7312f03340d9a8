from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import ProvableRequest, provable_required
from accounts.models import MobileChange, User
from activation import advisor, outages, policy, sentences, whereabouts
from activation.actions import cases
from activation.actions.cases import ActivationRefused
from activation.channels.base import Channel
from activation.forms import AdvisorForm
from activation.states import CasePurpose
from core import plugins
from registry.lookup import person_of
from registry.models import Person


@require_safe
@provable_required
def activation(request: ProvableRequest) -> HttpResponse:
    """Where the person stands, and the channels that can prove them for what is left to be proven."""
    purpose, change = cases.purpose_of(request.prover), cases.change_of(request.prover)
    if purpose is None:
        return _nothing_left(request, change)
    hub = _hub(request, person_of(request.prover.id_number), purpose)
    return render(request, "activation/hub.html", hub | {"words": sentences.of_purpose(purpose), "change": change})


def _nothing_left(request: ProvableRequest, change: MobileChange | None) -> HttpResponse:
    """The person is proven; perhaps a change of mobile waits for its notice to be over."""
    if change is None:
        return redirect("dashboard")
    variables = {"words": sentences.of_purpose(CasePurpose.NEW_MOBILE), "change": change}
    return render(request, "activation/proven.html", variables)


@require_POST
@provable_required
def begin(request: ProvableRequest, channel: str) -> HttpResponse:
    try:
        cases.begin(request.prover, channel)
    except ActivationRefused as refused:
        messages.error(request, sentences.of_refusal(refused))
        return redirect("activation")
    return redirect(cases.page_of(channel))


def _hub(request: ProvableRequest, person: Person, purpose: CasePurpose) -> dict[str, Any]:
    offered = cases.channels_for(person, purpose)
    down = outages.running(offered)
    live = [channel for channel in offered if channel.name not in down]
    closed = cases.closed_to(person, purpose)
    return {
        "live": live,
        "down": [(channel, down[channel.name]) for channel in offered if channel.name in down],
        "closed": [(channel, sentences.why_closed(code)) for channel, code in closed],
        "purpose": purpose,
        "fingerprint_on_file": person.fingerprint_on_file,
        "moving_at_once": [entry.name for entry in policy.channels().values() if entry.moves_mobile_at_once],
        **_so_far(request.prover),
        **_advice(request, person, live),
    }


def _so_far(user: User) -> dict[str, Any]:
    places = ("at_partner__partner", "at_partner__device", "officer_check__branch")
    attempts = list(cases.attempts_of(user).select_related("case", *places).newest_first()[:20])
    listed = plugins.load(settings.ACTIVATION_CHANNELS)
    usable = [attempt for attempt in attempts if attempt.is_usable and attempt.channel in listed]
    return {
        "newest": attempts[0] if attempts else None,
        "attempts": [(attempt, whereabouts.place_of(attempt)) for attempt in attempts],
        "under_way": [(attempt, whereabouts.place_of(attempt), cases.page_of(attempt.channel)) for attempt in usable],
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
