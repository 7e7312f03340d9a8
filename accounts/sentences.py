"""What a page says when a code or a password did not do: what happened, and what to do next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import sessions
from accounts.actions import codes, sign_in
from accounts.flows import CodeFlow
from accounts.models import Purpose
from core import clock
from core.throttle import Budget, OverBudget
from messaging.actions import ceilings

# A page can stay open as long as its session, less some minutes in which to come back to it.
_A_PAGE_WAITS_SECONDS = (sessions.LIVES["visitor"].idle - timedelta(minutes=5)).total_seconds()
_PER_MOBILE = ("sms-hour", "sms-day", "sms-block")


@dataclass(frozen=True)
class Wait:
    """A limit or a lock, told calmly: what happened, what is possible again and when, what works meanwhile (sentences).
    `possible_again` ends where the time follows; `until` is a whole minute."""

    happened: str
    possible_again: str
    seconds: int
    until: datetime
    works: list[str]


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


def of_another_tab(flow: object) -> str:
    if isinstance(flow, CodeFlow):
        return _("You began anew in another tab. Type the code of the newest message.")
    return _("You began anew in another tab. This page belongs to it now: fill it in once more.")


def code_sent(*, is_first: bool) -> str:
    if is_first:
        return _("The code is on its way.")
    return _("A new code is on its way. The one before does not work any more.")


def of_wait(over: OverBudget) -> str:
    return _("No further code can be sent yet. You can ask for one in %(wait)s.") % {
        "wait": duration(over.retry_in_seconds)
    }


def wait_for_code(refusal: OverBudget | codes.CodesLocked | None, purpose: str, *, code_is_out: bool) -> Wait | None:
    """None for the minute between two codes, too: that is no limit, and the page counts it beside the button."""
    match refusal:
        case codes.CodesLocked(retry_in_seconds=seconds):
            happened = _(
                "Too many wrong codes were typed for this account or mobile, so its codes do not work for a while."
            )
            return _wait(happened, _("Codes work again in"), seconds, [_after_a_wait(seconds, purpose), _meanwhile()])
        case OverBudget(budget=budget, retry_in_seconds=seconds) if budget != ceilings.ONE_A_MINUTE:
            first, last = (_typed_still(), "") if code_is_out else ("", _meanwhile())
            works = [first, *_ways_round(budget, purpose), _after_a_wait(seconds, purpose), last]
            return _wait(_limit_reached(budget), _("A code can be sent again in"), seconds, [*filter(None, works)])
    return None


def wait_for_sign_in(locked: sign_in.SignInLocked) -> Wait:
    if locked.is_account:
        happened = _(
            "Too many wrong passwords were typed. To protect the account, nobody can sign in to it for a while."
        )
        works = _(
            "The account and its data are safe. Whoever is signed in stays signed in, a code that was sent already still "
            "works, and a visit code stays valid."
        )
    else:
        happened = _("Too many tries to sign in came from your network within a minute.")
        works = _("Over another network, for example mobile data, it works at once.")
    return _wait(happened, _("Sign-in is possible again in"), locked.retry_in_seconds, [works])


def wait_for_answers(retry_in_seconds: int) -> Wait:
    happened = _("Too many answers were not right. To protect the account, none is taken for a while.")
    works = _("The account and its data are safe, and whoever knows the password can sign in meanwhile.")
    return _wait(happened, _("Answers are taken again in"), retry_in_seconds, [works])


def _wait(happened: str, possible_again: str, seconds: int, works: list[str]) -> Wait:
    return Wait(happened, possible_again, seconds, whole_minute(seconds), works)


def whole_minute(in_seconds: int, now: datetime | None = None) -> datetime:
    """The first one at which so many seconds are over. `now`: the database's time, if it was read already."""
    return ((now or clock.read()) + timedelta(seconds=in_seconds + 59)).replace(second=0, microsecond=0)


def _limit_reached(budget: Budget) -> str:
    match budget.name:
        case "sms-hour":
            text = _("All the codes that one mobile gets within an hour (%(limit)s) have been sent.")
        case "sms-day":
            text = _("All the codes that one mobile gets within a day (%(limit)s) have been sent.")
        case "sends-id-number":
            text = _("All the codes that one ID number gets within an hour (%(limit)s) have been sent.")
        case "sends-other-mobiles":
            text = _("All the codes that an account sends to new numbers within a day (%(limit)s) have been sent.")
        case "sends-address":
            text = _("Very many codes were asked for from your network, which may be a shared one.")
        case "sms-block":
            text = _("Very many codes were asked for just now for mobile numbers that begin like this one.")
        case _all_together:
            text = _("The portal has sent as many text messages as it may within a day.")
    return text % {"limit": budget.limit}


def _ways_round(budget: Budget, purpose: str) -> Iterator[str]:
    if budget == codes.SENDS_PER_ADDRESS:
        yield _("Over another network, for example mobile data, it works at once.")
    if budget.name in _PER_MOBILE and purpose in (Purpose.REGISTRATION, Purpose.NEW_MOBILE):
        yield _("Another mobile of yours can get the code at once: change the number below.")


def _typed_still() -> str:
    return _("A code that has arrived still works until its time is up.")


def _meanwhile() -> str:
    return _("Everything that needs no sign-in works meanwhile.")


def _after_a_wait(seconds: int, purpose: str) -> str:
    if seconds <= _A_PAGE_WAITS_SECONDS:
        return _("This page can stay open: the code can be asked for here then.")
    if purpose == Purpose.REGISTRATION:
        return _("This page does not wait that long: fill in the registration again then.")
    if purpose == Purpose.RECOVERY:
        return _("The account and its data are safe. This page does not wait that long: begin the recovery again then.")
    return _("The account and its data are safe. This page does not wait that long: sign in again then.")


def of_officers_lock(locked: sign_in.SignInLocked) -> str:
    """Which of the two was wrong is not told: a code is looked at after the right password only."""
    wait = {"wait": duration(locked.retry_in_seconds)}
    if locked.is_account:
        return _("Too many wrong passwords or codes. To protect the account, sign-in is paused for %(wait)s.") % wait
    return _("Too many tries from your network. Sign-in is possible again in %(wait)s.") % wait


def of_pause() -> str:
    return _(
        "This account is paused: its holder asked for it. Sign in to see the ways to open it again, or show your identity"
        " document at a Passports or Civil Affairs office."
    )


def of_change_that_waits() -> str:
    return _("Another change of your mobile number is proven and waits. Stop it first, or wait until it is done.")


def of_ended_change() -> str:
    return _("This change of your mobile number has ended: it was stopped, or its time ran out. Begin anew.")


def re_proving_ended() -> str:
    return _(
        "There is nothing left to prove: what you had asked for is done, or was stopped. Sign in to see how it stands."
    )


def of_changed_credentials() -> str:
    return _("The password or the mobile of this account has changed since you began. Sign in again.")


def of_refused_answer() -> str:
    return _(
        "That does not fit what the register holds, or the ID number and the mobile are not those of one account. Check"
        " the answer; to put the number or the mobile right, start again."
    )


def of_wrong_old_password() -> str:
    return _("This is not your present password. Type it again.")


def of_wrong_password() -> str:
    return _("Username or password is not right. Check both and type the password again.")


def of_outlived_password() -> str:
    return _(
        "The temporary password from the kiosk has expired: it works for 24 hours. Choose “Forgotten username or password?”"
        " below, or get another one at a kiosk."
    )


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
        case sessions.PAUSE_LIFTED:
            return _("The pause of your account is lifted. Sign in again.")
        case sessions.MOBILE_MOVED:
            return _("The mobile number of your account has changed. Sign in again; the code goes to the new number.")
        case _other:
            return ""
