"""What a page says when a code or a password did not do: what happened, and what to do next."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import sessions
from accounts.actions import codes, sign_in
from core.throttle import OverBudget


def of_code(refused: codes.CodeRefused) -> str:
    match refused:
        case codes.WrongCode(tries_left=0) | codes.CodeUsedUp():
            return _("That code was tried too often. Ask for a new one.")
        case codes.WrongCode(tries_left=left):
            return ngettext(
                "That is not the code of the newest message. One try is left.",
                "That is not the code of the newest message. %(left)d tries are left.",
                left,
            ) % {"left": left}
        case codes.CodeExpired():
            return _("That code has expired. Ask for a new one.")
        case codes.CodeAlreadyUsed():
            return _("That code has been used already. Ask for a new one.")
        case codes.AccountPaused():
            return of_pause()
        case codes.ClaimEnded():
            return claim_ended()
        case codes.CodesLocked(retry_in_seconds=seconds):
            return _("Too many wrong codes were typed for this account or mobile. Codes work again in %(wait)s.") % {
                "wait": duration(seconds)
            }
        case _other:
            return _("No code is on its way to you yet. Ask for a new one.")


def code_sent(*, is_first: bool) -> str:
    if is_first:
        return _("The code is on its way.")
    return _("A new code is on its way. The one before does not work any more.")


def of_wait(over: OverBudget) -> str:
    return _("No further code can be sent yet. You can ask for one in %(wait)s.") % {
        "wait": duration(over.retry_in_seconds)
    }


def of_password_lock(locked: sign_in.SignInLocked) -> str:
    wait = {"wait": duration(locked.retry_in_seconds)}
    if locked.is_account:
        return _("Too many wrong passwords. To protect the account, sign-in is paused for %(wait)s.") % wait
    return _("Too many tries from your network. Sign-in is possible again in %(wait)s.") % wait


def of_pause() -> str:
    return _(
        "This account is paused: its holder asked for it. Show your identity document at a Passports or Civil Affairs"
        " office, and it is open again."
    )


def of_wrong_password() -> str:
    return _("Username or password is not right. Check both and type the password again.")


def duration(seconds: int) -> str:
    """Rounded up to what a person would say."""
    if seconds < 60:
        return ngettext("one second", "%(n)d seconds", seconds) % {"n": seconds}
    minutes = -(-seconds // 60)
    if minutes < 90:
        return ngettext("one minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours = -(-minutes // 60)
    return ngettext("one hour", "%(n)d hours", hours) % {"n": hours}


def claim_ended() -> str:
    return _("This account has ended: its time ran out, or another one for the same number was activated. Begin again.")


def session_ended(by: str) -> str:
    match by:
        case sessions.ACTIVATED:
            return _("Your account has been activated. Sign in again.")
        case sessions.PAUSED:
            return of_pause()
        case _other:
            return ""
