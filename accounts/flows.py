"""How far this browser has come: which code it waits for, and whose account it recovers. A flow's key is a secret that only
this session holds; codes are bound to it."""

import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import ClassVar, Self

from django.contrib.sessions.backends.base import SessionBase

from accounts import sessions
from core.sealed import digest, same

_CONSENT = "mobile_change"


@dataclass(frozen=True)
class InSession:
    """A session holds one of a kind, under `session_key`."""

    session_key: ClassVar[str]

    @classmethod
    def of(cls, session: SessionBase) -> Self | None:
        kept = session.get(cls.session_key)
        return cls(**kept) if kept else None

    def keep(self, session: SessionBase) -> None:
        session[self.session_key] = asdict(self)


@dataclass(frozen=True)
class CodeFlow(InSession):
    """`mobile`: where the code goes when it is not the account's own number."""

    session_key = "code_flow"
    purpose: str
    user_id: int
    key: str
    mobile: str = ""

    @classmethod
    def new(cls, purpose: str, user_id: int, key: str = "", mobile: str = "") -> "CodeFlow":
        return cls(purpose, user_id, key or new_key(), mobile)

    @classmethod
    def for_purpose(cls, session: SessionBase, purpose: str) -> "CodeFlow | None":
        flow = cls.of(session)
        return flow if flow and flow.purpose == purpose else None

    @property
    def digest(self) -> str:
        return digest("code_flow", self.key)

    @property
    def mark(self) -> str:
        """Shows which flow a page belongs to, so that a page of another tab is recognised."""
        return self.digest[:12]

    def digest_of_code(self, code: str, *, to: str) -> str:
        """Of a code that is texted `to` a mobile: it proves no other one."""
        return digest("code", self.key, self.purpose, str(self.user_id), to, code)


def new_key() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class RecoveryFlow(InSession):
    """Who says to be whom: what was typed at the first step of a recovery. Nothing of it is proven."""

    session_key = "recovery"
    id_number: str
    mobile: str
    key: str = field(default_factory=new_key)

    @property
    def mark(self) -> str:
        """Like a CodeFlow's."""
        return digest("recovery_flow", self.key)[:12]


@dataclass(frozen=True)
class RecoveryProof(InSession):
    """Question and code were right. It is good until `ends_at`, and while `credentials` are those of the account."""

    session_key = "recovery_proof"
    user_id: int
    credentials: str
    ends_at: str

    def keep(self, session: SessionBase) -> None:
        """The steps before are over."""
        end(session)
        super().keep(session)

    def is_good(self, *, credentials: str, now: datetime) -> bool:
        return same(self.credentials, credentials) and now < datetime.fromisoformat(self.ends_at)

    @property
    def mark(self) -> str:
        return digest("recovery_proof", str(self.user_id), self.credentials)[:12]


@dataclass(frozen=True)
class PasswordProof(InSession):
    """The password was right, and nothing else is proven yet. It is good while `credentials` are those of the account."""

    session_key = "password_proof"
    user_id: int
    credentials: str


@dataclass(frozen=True)
class ReProving(InSession):
    """Password and a code were right of somebody who cannot sign in: the account is paused, or its mobile is lost. It opens the
    activation pages only. `mobile`: the new number whose code it was; "" for the account's own."""

    session_key = sessions.RE_PROVING
    user_id: int
    mobile: str

    def keep(self, session: SessionBase) -> None:
        """The steps before are over."""
        end(session)
        super().keep(session)


def ask_for_consent(session: SessionBase, flow: CodeFlow, change: int) -> None:
    """The next code is the one by which the old number consents to this change of mobile."""
    flow.keep(session)
    session[_CONSENT] = change


def consented(session: SessionBase) -> int:
    """The change that the code is for; 0 when there is none."""
    return int(session.get(_CONSENT, 0))


def end(session: SessionBase) -> None:
    kept = (CodeFlow, RecoveryFlow, RecoveryProof, PasswordProof, ReProving)
    for key in (*(one.session_key for one in kept), _CONSENT):
        session.pop(key, None)
