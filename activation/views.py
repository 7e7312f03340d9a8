from typing import Any

import segno
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import sentences as account_sentences
from accounts import sessions
from accounts.access import ProvableRequest, provable_required, prover_of
from accounts.models import Branch, MobileChange, User
from activation import policy, sentences
from activation.actions import at_partners, cases
from activation.actions.cases import ActivationRefused
from activation.models import Attempt
from activation.states import AttemptState, CasePurpose
from core import phones
from partners.models import Partner
from registry.lookup import person_of

# What a proof ends a session with.
_DONE = (sessions.ACTIVATED, sessions.PAUSE_LIFTED, sessions.MOBILE_MOVED)


@require_safe
@provable_required
def activation(request: ProvableRequest) -> HttpResponse:
    """Where the person stands, and the channels that can prove them for what is left to be proven."""
    purpose, change = cases.purpose_of(request.prover), cases.change_of(request.prover)
    if purpose is None:
        return _nothing_left(request, change)
    person = person_of(request.prover.id_number)
    attempts = list(cases.attempts_of(request.prover).select_related("case", "at_partner__partner").newest_first()[:20])
    variables = {
        "words": sentences.of_purpose(purpose),
        "change": change,
        "channels": cases.channels_for(person, purpose),
        "moving_at_once": [entry.name for entry in policy.channels().values() if entry.moves_mobile_at_once],
        "closed": [(channel, sentences.why_closed(code)) for channel, code in cases.closed_to(person, purpose)],
        "newest": attempts[0] if attempts else None,
        "attempts": [(attempt, sentences.place_of(attempt)) for attempt in attempts],
        "usable": [attempt.channel for attempt in attempts if attempt.is_usable],
        "fingerprint_on_file": person.fingerprint_on_file,
    }
    return render(request, "activation/hub.html", variables)


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


@require_safe
@provable_required
def bank(request: ProvableRequest) -> HttpResponse:
    """The approved banks, each with the ways in which it can be reached."""
    banks = [(bank, _modes_of(bank)) for bank in _banks(request)]
    return _at_bank(request, "activation/bank.html", banks=[(bank, modes) for bank, modes in banks if modes])


@require_safe
@provable_required
def bank_steps(request: ProvableRequest, slug: str, mode: str) -> HttpResponse:
    chosen = next((bank for bank in _banks(request) if bank.slug == slug), None)
    if chosen is None or mode not in dict(_modes_of(chosen)):
        return redirect("activation_bank")
    steps = {"steps": sentences.steps_at_bank(mode), "agreeing": sentences.agreeing_at_bank(mode)}
    return _at_bank(
        request, "activation/bank_steps.html", bank=chosen, mode=sentences.MODES[mode], mode_name=mode, **steps
    )


@require_safe
def bank_state(request: HttpRequest) -> HttpResponse:
    """How the attempt stands, as a piece of page that the bank's pages ask for now and then. The proof mostly ends the session;
    whoever was signed in with it is still told."""
    if prover := prover_of(request):
        return render(request, "activation/_bank_state.html", _state(prover))
    if (ended_by := sessions.ended_by(request.session)) in _DONE:
        variables = {"is_activated": ended_by == sessions.ACTIVATED, "ended": account_sentences.session_ended(ended_by)}
        return render(request, "activation/_bank_state.html", variables)
    return HttpResponse(status=204)


@require_safe
@provable_required
def officer(request: ProvableRequest) -> HttpResponse:
    return _visit(request, "activation/officer.html")


@require_safe
@provable_required
def visit_print(request: ProvableRequest) -> HttpResponse:
    return _visit(request, "activation/visit_print.html")


def _visit(request: ProvableRequest, template: str) -> HttpResponse:
    attempt = _usable(request, "officer")
    if attempt is None:
        return redirect("activation")
    branches, purpose = Branch.objects.order_by("pk"), CasePurpose(attempt.case.purpose)
    outcome = sentences.outcome(purpose, "officer")
    return render(request, template, {"attempt": attempt, "branches": branches, "outcome": outcome})


def _banks(request: ProvableRequest) -> list[Partner]:
    return at_partners.banks(cases.purpose_of(request.prover) or CasePurpose.ACTIVATION)


def _at_bank(request: ProvableRequest, template: str, **variables: Any) -> HttpResponse:
    attempt = _usable(request, "bank")
    if attempt is None:
        return redirect("activation")
    # An attempt that began at the bank has no code to carry there.
    code = segno.make(attempt.visit_code, micro=False) if attempt.visit_code else None
    qr = code.svg_data_uri(scale=5, border=2, dark="#17211e", light="#fff") if code else ""
    return render(request, template, variables | _state(request.prover) | {"attempt": attempt, "qr": qr})


def _state(user: User) -> dict[str, Any]:
    attempt, purpose = _newest(user, "bank"), cases.purpose_of(user)
    return {
        "is_activated": purpose is None,
        "change": cases.change_of(user),
        "purpose": purpose,
        "outcome": sentences.outcome(purpose or CasePurpose.ACTIVATION, "bank"),
        "is_usable": attempt is not None and attempt.is_usable,
        "begun_at_bank": sentences.place_of(attempt) if attempt and hasattr(attempt, "at_partner") else "",
        "mobile": phones.mask(cases.mobile_of(user)),
    }


def _usable(request: ProvableRequest, channel: str) -> Attempt | None:
    """None, with a word when its time is up, where the person has to choose again."""
    attempt = _newest(request.prover, channel)
    if attempt and attempt.standing == AttemptState.EXPIRED:
        messages.warning(request, sentences.of_expiry(channel))
    return attempt if attempt and attempt.is_usable else None


def _newest(user: User, channel: str) -> Attempt | None:
    found = cases.attempts_of(user).filter(channel=channel).select_related("case", "at_partner__partner")
    return found.newest_first().first()


def _modes_of(bank: Partner) -> list[tuple[str, Any]]:
    return [(mode, title) for mode, title in sentences.MODES.items() if mode in bank.modes]
