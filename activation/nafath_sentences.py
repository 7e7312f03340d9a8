"""What the Nafath pages say: what is asked, how it stands, and why it did not go on."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.sentences import Wait, duration, whole_minute
from activation.actions.nafath import RequestOpen
from activation.states import CasePurpose, NafathState
from core.throttle import OverBudget


@dataclass(frozen=True)
class Stand:
    """How a request that has ended, or never was, is told. `tone` is that of a notice."""

    tone: str
    title: str
    text: str


PURPOSES: dict[str, Promise] = {
    CasePurpose.ACTIVATION: gettext_lazy("To activate your account"),
    CasePurpose.LIFT_OF_PAUSE: gettext_lazy("To open your paused account"),
    CasePurpose.NEW_MOBILE: gettext_lazy("To give your account another mobile number"),
}
SIGN_IN = gettext_lazy("To sign in to your account")
WITH_THE_CODE = gettext_lazy("Use the code from the text message")


def of_stand(state: str) -> Stand | None:
    """None while nothing has to be said of a request before."""
    match state:
        case NafathState.REJECTED:
            return Stand(
                "danger",
                _("The request was rejected in the app"),
                _(
                    "If it was a mistake, start again. If you asked for nothing, do nothing: nobody gets in without you."
                ),
            )
        case NafathState.EXPIRED:
            return Stand(
                "warning",
                _("The time for this request is over"),
                _("Nothing was confirmed in time. Open the app, have it ready, and start again."),
            )
        case NafathState.FAILED:
            return Stand(
                "warning",
                _("The request ended without an answer"),
                _("It did not reach the app, or was not needed any more. Start again, or choose another way."),
            )
    return None


def of_failure() -> str:
    return _(
        "Nafath did not take the request just now. Your data are not the cause. Start again in a moment, or choose another way."
    )


def of_open_elsewhere() -> str:
    return _("The app shows another request for you already. Answer it there, or wait three minutes, then start again.")


def of_request_open(other: RequestOpen) -> str:
    return _(
        "A request for your ID number is open in another window or for another account. If you did not ask for it, reject it in"
        " the app: then you can start again at once. Otherwise in %(wait)s."
    ) % {"wait": duration(max(1, other.seconds))}


def of_return() -> str:
    return _(
        "What came back from Nafath was not accepted, and nothing was changed. Start again, as the holder of this account."
    )


def of_lost_way() -> str:
    return _("This browser did not begin that confirmation, or it is over. Begin again here.")


def of_no_confirmation() -> str:
    return _("There is no confirmation from the app that this browser could use. Start again.")


def limit_reached(over: OverBudget, *, back: str) -> Wait:
    """`back` is the URL name of the page with the other ways."""
    seconds = over.retry_in_seconds
    happened = _(
        "The app was asked %(limit)s times within ten minutes. So that nobody is pressed into confirming, it rests now."
    ) % {"limit": over.budget.limit}
    works = (
        _("The code from the text message works meanwhile.")
        if back == "login_code"
        else _("The other ways work meanwhile.")
    )
    return Wait(happened, _("A request can be sent again in"), seconds, whole_minute(seconds), [works])
