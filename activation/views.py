from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import SignedInRequest, resident_required
from accounts.models import Branch
from activation import actions, sentences
from activation.actions import ActivationRefused
from activation.models import Attempt
from registry.models import Person


@require_safe
@resident_required
def activation(request: SignedInRequest) -> HttpResponse:
    """Where the person stands, and the channels that can prove them."""
    if request.user.is_activated:
        return redirect("dashboard")
    person = Person.objects.get(id_number=request.user.id_number)
    attempts = Attempt.objects.filter(case__user=request.user).order_by("-pk")
    variables = {
        "channels": actions.channels_for(person),
        "attempts": attempts[:20],
        "live": {attempt.channel: attempt for attempt in attempts.live()},
        "fingerprint_on_file": person.fingerprint_on_file,
    }
    return render(request, "activation/hub.html", variables)


@require_POST
@resident_required
def begin(request: SignedInRequest, channel: str) -> HttpResponse:
    try:
        actions.begin(request.user, channel)
    except ActivationRefused as refused:
        messages.error(request, sentences.of_refusal(refused))
        return redirect("activation")
    return redirect(actions.page_of(channel))


@require_safe
@resident_required
def officer(request: SignedInRequest) -> HttpResponse:
    return render(request, "activation/officer.html", _visit(request))


@require_safe
@resident_required
def visit_print(request: SignedInRequest) -> HttpResponse:
    return render(request, "activation/visit_print.html", _visit(request))


def _visit(request: SignedInRequest) -> dict[str, object]:
    live = Attempt.objects.live().filter(case__user=request.user, channel="officer")
    attempt = live.order_by("-pk").first()
    if attempt is None:
        raise Http404
    return {"attempt": attempt, "branches": Branch.objects.order_by("pk")}
