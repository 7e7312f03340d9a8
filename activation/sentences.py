"""What a page says when an activation step did not do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from activation import policy
from activation.actions.cases import ActivationRefused
from activation.advisor import Advice, Why
from activation.channels.base import Need
from activation.models import Visit
from activation.states import CasePurpose, RefusalReason, VisitState
from core import clock, hijri
from core.throttle import OverBudget
from partners.words import Mode

_SENTENCES: dict[str, Promise] = {
    "own_case": _("This is your own case. Another officer has to decide it."),
    "decided": _("This case was decided a moment ago. Search for it again to see how it stands."),
    "not_living": _("The register does not show this person as living in the Kingdom. Refuse, with that reason."),
    "fingerprint_missing": _("No fingerprint is on file for this person. Take it now and choose “taken now”."),
    "fingerprint_on_file": _("A fingerprint is on file for this person. Compare it and choose “matches”."),
    "same_officer": _("You made the check yourself. A second officer has to decide."),
    "expired": _("This visit code has expired. The resident can ask for a new one on the activation page."),
    "already_activated": _("This person already has an activated account."),
    "overtaken": _(
        "The mobile number was changed since, or the change was stopped. This case has ended; a new one can be begun."
    ),
    "not_living_here": RefusalReason.NOT_LIVING.label,
    "channel_down": _("This way is down at present, as it says below. Choose another one, or come back later."),
    "channel_closed": _("This way is not open to you at present. Choose one of the ways shown here."),
}

BOOKING_STEPS = (_("Branch"), _("Day"), _("Time"), _("Confirm"))
_BOOKING: dict[str, Promise] = {
    "attempt_ended": _(
        "Your visit code is of no use any more, so nothing was booked. Choose a way to activate once more."
    ),
    "booked_meanwhile": _("Your booking has changed in another window. This is how it stands; nothing else was done."),
    "too_soon": _("That time is too near: visits are booked two hours ahead at least. Choose a later one."),
    "not_offered": _("The branch takes no visits then: it is closed, or the time is over. Choose one of these."),
    "none_booked": _("No visit is booked any more. You can book one, or come without."),
    "own_case": _("This is your own case. Another officer has to decide it."),
    "not_yet": _("The time of this visit has not come yet. Mark it when it is over."),
}
_ENDED_VISITS: dict[str, Promise] = {
    VisitState.BOOKED: _(
        "The time of your visit has passed. Come today while the branch is open, or book another time: your visit code is good."
    ),
    VisitState.MISSED: _(
        "You did not come to your visit. Book another time, or come without: your visit code is good."
    ),
    VisitState.CALLED_OFF: _("The branch is closed on the day of your visit, so it was called off. Book another time."),
}
_WHY_CLOSED: dict[str, Promise] = {
    "kind_not_admitted": _("It cannot prove people with your kind of identity number."),
    "purpose_not_admitted": _("It cannot be used for this purpose."),
    "fingerprint_missing": _("It needs a fingerprint on file, and none of yours is there yet."),
}
_EXPIRED: dict[str, Promise] = {
    "officer": _("Your visit code has expired. Choose the officer once more to get a new one."),
    "bank": _("The time to activate at a bank has passed. Choose the bank once more to begin anew."),
    "nafath": _("The time of this attempt has passed. Choose the Nafath app once more to begin anew."),
}
_EXPIRED_ELSEWHERE = _("The time of your last attempt has passed. Choose the same way once more, or another one.")
_LOOK = _("Check the ID number and the mobile number shown, and accept.")
_AGREE = _("Type it in there and choose “Agree”.")
# As banks and machines call it in their menus.
_SERVICES: dict[str, Promise] = {
    CasePurpose.ACTIVATION: _("Activate account"),
    CasePurpose.LIFT_OF_PAUSE: _("Open a paused account"),
    CasePurpose.NEW_MOBILE: _("Confirm a new mobile number"),
}
# With the place of the service's name.
_FIRST_STEPS: dict[str, tuple[Promise, ...]] = {
    Mode.APP: (
        _("Open your bank's app and sign in to it."),
        _("Choose “Portal services”, then “{service}”."),
        _LOOK,
    ),
    Mode.WEBSITE: (
        _("Open your bank's website, by typing its address yourself, and sign in to it."),
        _("Choose “Portal services”, then “{service}”."),
        _LOOK,
    ),
    Mode.PHONE: (
        _("Call the number on the back of your bank card, and identify yourself as usual."),
        _("Choose portal services from the spoken menu, then “{service}”."),
        _("Listen to the ID number and the mobile number, and accept with the key that is named."),
    ),
    Mode.ATM: (
        _("Put your card into one of your bank's ATMs and type your PIN."),
        _("Choose “E-services”, then “{service}”."),
        _LOOK,
    ),
}


@dataclass(frozen=True)
class PurposeWords:
    """Of the page with the ways to be proven."""

    title: Promise
    lead: Promise


_PURPOSES: dict[str, PurposeWords] = {
    CasePurpose.ACTIVATION: PurposeWords(
        _("Account activation"),
        _("Your mobile number is proven. What is left is to prove that the account is yours."),
    ),
    CasePurpose.LIFT_OF_PAUSE: PurposeWords(
        _("Open your paused account"),
        _(
            "The account is paused, and nobody can sign in. Prove that it is you in one of these ways, and it is open again."
        ),
    ),
    CasePurpose.NEW_MOBILE: PurposeWords(
        _("Prove that the account is yours"),
        _("The new number is confirmed. What is left is to prove that it is you who asked for it."),
    ),
}
_OUTCOMES: dict[str, Promise] = {
    CasePurpose.ACTIVATION: _("The account is activated; a text message confirms it."),
    CasePurpose.LIFT_OF_PAUSE: _("The pause is lifted; a text message confirms it. Then sign in."),
}
_DONE_AT_THE_DESK: dict[str, Promise] = {
    CasePurpose.ACTIVATION: _("The account is activated. The resident is told by text message."),
    CasePurpose.LIFT_OF_PAUSE: _("The pause is lifted. The resident is told by text message."),
    CasePurpose.NEW_MOBILE: _("The account has the new mobile number. Both numbers are told by text message."),
}
_AT_ONCE = _("The account moves to the new number at once; both numbers get a text message.")
_AFTER_NOTICE = _("The old number is told by text message. The account moves to the new number 24 hours later.")


def of_purpose(purpose: CasePurpose) -> PurposeWords:
    return _PURPOSES[purpose]


def outcome(purpose: CasePurpose, channel_name: str) -> str:
    """What follows when this channel has proven the person."""
    if purpose != CasePurpose.NEW_MOBILE:
        return str(_OUTCOMES[purpose])
    return str(_AT_ONCE if policy.channels()[channel_name].moves_mobile_at_once else _AFTER_NOTICE)


def done_at_the_desk(purpose: CasePurpose) -> str:
    return str(_DONE_AT_THE_DESK[purpose])


_WHY_ADVISED: dict[str, Promise] = {
    Why.TAKES_FINGERPRINT: _("No fingerprint of yours is on file yet: here it is taken, and proves who you are."),
    Why.NEAREST: _("With what you have, no way works from home. This one is the shortest visit."),
}
_NEEDED: dict[str, Promise] = {
    Need.BANK_ACCOUNT: _("It needs an account at an approved bank, with the same mobile number."),
    Need.NAFATH_APP: _("It needs the Nafath app."),
    Need.LEAVING_HOME: _("It needs a visit."),
}


def of_advice(advice: Advice) -> str:
    """Why that way is the best one."""
    return str(_WHY_ADVISED.get(advice.why) or advice.best.advice or advice.best.summary)


def lacking(needs: Iterable[Need]) -> list[str]:
    """What a way asks for that the person does not have."""
    return [str(_NEEDED[need]) for need in sorted(needs)]


def steps_at_bank(mode: str, purpose: CasePurpose) -> list[str]:
    """What to do there before the code is sent; a `mode` of whereabouts.MODES."""
    return [str(step).format(service=_SERVICES[purpose]) for step in _FIRST_STEPS[mode]]


def agreeing_at_bank(mode: str) -> str:
    """What to do there with the code."""
    return str(_("Press the keys of its digits, then the key for “Agree”.") if mode == Mode.PHONE else _AGREE)


def why_closed(code: str) -> str:
    return str(_WHY_CLOSED[code])


def of_expiry(channel_name: str) -> str:
    return str(_EXPIRED.get(channel_name, _EXPIRED_ELSEWHERE))


def of_refusal(refused: ActivationRefused) -> str:
    return str(_SENTENCES[refused.code])


def of_booking(code: str) -> str:
    """Of a BookingRefused, by its code."""
    return str(_BOOKING[code])


def of_ended_visit(visit: Visit) -> str:
    """What to do about a visit that is not to come; nothing where the person ended it."""
    return str(_ENDED_VISITS.get(visit.state, ""))


def of_too_many_changes(over: OverBudget) -> str:
    again = timezone.localtime(clock.read() + timedelta(seconds=over.retry_in_seconds))
    return gettext("You have booked or moved your visit five times within a day. You can do so again on %s.") % (
        f"{date_format(again, 'DATETIME_FORMAT')} ({hijri.in_words(again.date())})"
    )
