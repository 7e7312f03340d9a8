from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import SignedInRequest, resident_required
from accounts.models import Branch
from activation import sentences
from activation.actions import cases
from activation.actions.cases import ActivationRefused
from activation.models import Attempt
from activation.states import AttemptState
from registry.lookup import person_of


@require_safe
@resident_required
def activation(request: SignedInRequest) -> HttpResponse:
    """Where the person stands, and the channels that can prove them."""
    if request.user.is_activated:
        return redirect("dashboard")
    person = person_of(request.user.id_number)
    attempts = list(Attempt.objects.of(request.user).newest_first()[:20])
    variables = {
        "channels": cases.channels_for(person),
        "attempts": attempts,
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
def officer(request: SignedInRequest) -> HttpResponse:
    return _visit(request, "activation/officer.html")


@require_safe
@resident_required
def visit_print(request: SignedInRequest) -> HttpResponse:
    return _visit(request, "activation/visit_print.html")


def _visit(request: SignedInRequest, template: str) -> HttpResponse:
    attempt = Attempt.objects.of(request.user).filter(channel="officer").newest_first().first()
    if attempt is None or not attempt.is_usable:
        if attempt and attempt.standing == AttemptState.EXPIRED:
            messages.warning(request, _("Your visit code has expired. Choose the officer once more to get a new one."))
        return redirect("activation")
    return render(request, template, {"attempt": attempt, "branches": Branch.objects.order_by("pk")})
