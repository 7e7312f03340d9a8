"""Sessions in the database, living by its clock.

`start(session, life)` says how long a signed-in session lives; before that it is a visitor's, who fills in a form.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import IntegrityError, connection
from django.db.models import F
from django.db.models.functions import Least
from django.utils.crypto import constant_time_compare

from accounts.models import Session, User
from core import clock
from core.prepared import Delete, Given, Insert, Select, Update
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

_OF_USER = Session.objects.filter(user=Given("user"))
_LIVING = Select(_OF_USER.filter(expire_date__gt=clock.now()).only("pk"))
_END = Delete(_OF_USER)


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


def save_now(session: SessionBase) -> None:
    """In the midst of a request. Raises SessionInterrupted, as Django does at its end, when the session has been ended since
    the request began."""
    try:
        session.save()
    except UpdateError:
        raise SessionInterrupted("The session was ended meanwhile.") from None


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
    # Key and data, as this request has written them.
    _written: tuple[str, bytes] | None = None

    @classmethod
    def get_model_class(cls) -> Any:
        return Session

    def save(self, must_create: bool = False) -> None:
        """As Django's, in one statement without a transaction around it; the same is not written twice, so an act can save the
        session in its own transaction. Where that is undone the answer is an error page, after which Django saves none."""
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        writes = self.session_key, self.serializer().dumps(data)
        if writes == self._written:
            return
        row = Session(
            session_key=self.session_key,
            session_data=self.encode(data),
            user_id=_account_in(data),
            ends_at=datetime.fromisoformat(data[_ENDS_AT]) if _ENDS_AT in data else None,
        )
        writing = _writing(data.get(_LIFE, "visitor"), has_end=row.ends_at is not None)
        if must_create:
            writing.insert(row)
        else:
            writing.update(row)
        self._written = writes

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
        return secrets.token_hex(16)


class _Writing:
    """How sessions of a life are written. Their end is in the row, or follows from the life."""

    def __init__(self, life: Life, *, has_end: bool) -> None:
        ends_at: Any = Given("ends_at") if has_end else clock.ahead(life.whole)
        varying = ["session_key", "session_data", "user_id", *(["ends_at"] if has_end else [])]
        facts: dict[str, Any] = {
            "idle_seconds": int(life.idle.total_seconds()),
            "expire_date": Least(clock.ahead(life.idle), ends_at),
            "touched_at": clock.now(),
        } | ({} if has_end else {"ends_at": ends_at})
        self._fields: list[Any] = [Session._meta.get_field(name) for name in varying]
        self._insert = Insert(Session, *varying, **facts)
        changed: dict[str, Any] = {field.name: Given(field.attname) for field in self._fields if not field.primary_key}
        self._update = Update(Session.objects.filter(pk=Given("session_key")), **changed, **facts)

    def insert(self, row: Session) -> None:
        try:
            self._insert.save(row)
        except IntegrityError:
            raise CreateError from None

    def update(self, row: Session) -> None:
        values = {f.attname: f.get_db_prep_save(getattr(row, f.attname), connection) for f in self._fields}
        if not self._update.run(**values):
            raise UpdateError


@cache
def _writing(life: str, *, has_end: bool) -> _Writing:
    return _Writing(LIVES[life], has_end=has_end)


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
    keys = [session.pk for session in _LIVING.all(user=user)]
    _END.run(user=user)
    if not keys:
        return
    until = clock.ahead(LIVES["visitor"].whole)
    said = SessionStore().encode({_ENDED_BY: why})
    # Under other keys: whatever a request that is still under way writes for the old ones is lost.
    Session.objects.bulk_create(
        Session(session_key=_key_after(key), session_data=said, expire_date=until, ends_at=until) for key in keys
    )


def recall_end(session: SessionBase, old_key: str) -> None:
    """Why the session of a browser that still shows `old_key` was ended, if that was said, goes into its new one. It stays said
    until it expires: a browser may send several requests before the first is answered."""
    left = Session.objects.filter(session_key=_key_after(old_key), expire_date__gt=clock.now()).first()
    if left:
        session.update(SessionStore().decode(left.session_data))


def _key_after(old_key: str) -> str:
    return digest("ended_session", old_key)[:40]


def ended_by(session: SessionBase) -> str:
    return str(session.get(_ENDED_BY, ""))


def forget_end(session: SessionBase) -> None:
    session.pop(_ENDED_BY, None)
