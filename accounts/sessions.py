"""Sessions in the database, living by its clock.

`start(session, life)` says how long a signed-in session lives; before that it is a visitor's, who fills in a form.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import F
from django.db.models.functions import Least
from django.utils.crypto import constant_time_compare, get_random_string

from accounts.models import Session, User
from core import clock
from core.prepared import Given, Select
from core.sealed import digest

_LIFE = "life"
_ENDS_AT = "ends_at"
_ENDED_BY = "ended_by"
# In a session that is not signed in: whose person it proves again (accounts.flows.ReProving).
RE_PROVING = "re_proving"
# Why a session was ended, where the person is told.
ACTIVATED = "activated"
PAUSED = "paused"
PAUSE_LIFTED = "pause_lifted"
MOBILE_MOVED = "mobile_moved"
# What a proof of the person ends a session with.
PROVEN = (ACTIVATED, PAUSE_LIFTED, MOBILE_MOVED)
# An extension is written at most this often, so a page seldom costs an UPDATE.
_EXTEND_AFTER = timedelta(seconds=20)
_STORED = Select(Session.objects.filter(session_key=Given("key")).select_related("user").annotate(read_at=clock.now()))


@dataclass(frozen=True)
class Life:
    """How long a session lasts without a request, and in all (security.md, Numbers)."""

    idle: timedelta
    whole: timedelta


LIVES = {
    "visitor": Life(timedelta(minutes=30), timedelta(hours=2)),
    "resident": Life(timedelta(minutes=15), timedelta(hours=8)),
    "shared": Life(timedelta(minutes=3), timedelta(minutes=10)),
    "officer": Life(timedelta(minutes=10), timedelta(hours=8)),
}


def start(session: SessionBase, life: str) -> None:
    session[_LIFE] = life
    session[_ENDS_AT] = (clock.read() + LIVES[life].whole).isoformat()


def life_of(session: SessionBase) -> Life:
    return LIVES[session.get(_LIFE, "visitor")]


def idle_seconds(session: SessionBase) -> int:
    """After how many without a request the session ends."""
    return int(life_of(session).idle.total_seconds())


def seconds_left(session: SessionBase) -> int:
    """Until the session ends when no further request comes."""
    left = datetime.fromisoformat(session[_ENDS_AT]) - clock.read()
    return max(0, int(min(life_of(session).idle, left).total_seconds()))


class SessionStore(DatabaseStore):
    extendable = False
    # Read along with the session of somebody signed in.
    account: User | None = None

    @classmethod
    def get_model_class(cls) -> Any:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        life = LIVES[data.get(_LIFE, "visitor")]
        row.user_id = _account_in(data)
        row.idle_seconds = int(life.idle.total_seconds())
        row.ends_at = datetime.fromisoformat(data[_ENDS_AT]) if _ENDS_AT in data else clock.ahead(life.whole)
        row.expire_date = Least(clock.ahead(life.idle), row.ends_at)
        row.touched_at = clock.now()
        return row

    def _get_session_from_db(self) -> Any:
        row: Any = _STORED.first(key=self.session_key)
        if row is None or row.expire_date <= row.read_at:
            self._session_key = None
            return None
        self.extendable = row.touched_at + _EXTEND_AFTER < row.read_at
        self.account = row.user
        return row

    def _get_new_session_key(self) -> str:
        """Not looked up before: should it exist, the INSERT fails and `create` makes another."""
        return get_random_string(32, VALID_KEY_CHARS)


def _account_in(data: dict[str, Any]) -> int | None:
    """The account with which the session ends: of somebody signed in, or of whoever is proven again."""
    if SESSION_KEY in data:
        return int(data[SESSION_KEY])
    return int(data[RE_PROVING]["user_id"]) if RE_PROVING in data else None


def holder_of(session: SessionBase) -> User | None:
    """Who is signed in, as `django.contrib.auth.get_user` finds it, but without asking the database once more."""
    user: User | None = session.account if SESSION_KEY in session else None  # type: ignore[attr-defined]
    if user is None or not user.may_be_signed_in:
        return None
    if constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        return user
    session.flush()  # The credentials have changed.
    return None


def extend_if_due(session: SessionBase) -> None:
    """A request came: the idle time starts anew, within the whole life."""
    if getattr(session, "extendable", False):
        extend(session)


def extend(session: SessionBase) -> None:
    Session.objects.filter(session_key=session.session_key).update(
        expire_date=Least(clock.ahead(life_of(session).idle), F("ends_at")), touched_at=clock.now()
    )


def end(users: list[int]) -> None:
    Session.objects.filter(user__in=users).delete()


def end_saying(why: str, user: int) -> None:
    """The browsers that were signed in, and nobody else, can be told `why` when they come back: see `recall_end`."""
    keys = list(Session.objects.filter(user=user, expire_date__gt=clock.now()).values_list("session_key", flat=True))
    end([user])
    until = clock.ahead(LIVES["visitor"].whole)
    said = SessionStore().encode({_ENDED_BY: why})
    # Under other keys: whatever a request that is still under way writes for the old ones is lost.
    Session.objects.bulk_create(
        Session(session_key=_key_after(key), session_data=said, expire_date=until, ends_at=until) for key in keys
    )


def recall_end(session: SessionBase, old_key: str) -> None:
    """Why the session of a browser that still shows `old_key` was ended, if that was said, goes into its new one, once."""
    left = Session.objects.filter(session_key=_key_after(old_key), expire_date__gt=clock.now()).first()
    if left:
        session.update(SessionStore().decode(left.session_data))
        left.delete()


def _key_after(old_key: str) -> str:
    return digest("ended_session", old_key)[:40]


def ended_by(session: SessionBase) -> str:
    return str(session.get(_ENDED_BY, ""))


def forget_end(session: SessionBase) -> None:
    session.pop(_ENDED_BY, None)
