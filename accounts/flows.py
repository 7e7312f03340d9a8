"""How far this browser has come: which code it waits for, and whose account it recovers. A flow's key is a secret that only
this session holds; codes are bound to it."""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import get_random_string

from accounts import sessions
from core.sealed import digest, same

_SESSION_KEY, _RECOVERY, _PROOF = "code_flow", "recovery", "recovery_proof"
_PASSWORD, _CONSENT = "password_proof", "mobile_change"


@dataclass(frozen=True)
class CodeFlow:
    """`mobile`: where the code goes when it is not the account's own number."""

    purpose: str
    user_id: int
    key: str
    mobile: str = ""

    @classmethod
    def new(cls, purpose: str, user_id: int, key: str = "", mobile: str = "") -> "CodeFlow":
        return cls(purpose, user_id, key or new_key(), mobile)

    @classmethod
    def of(cls, session: SessionBase, purpose: str) -> "CodeFlow | None":
        kept = session.get(_SESSION_KEY)
        return cls(**kept) if kept and kept["purpose"] == purpose else None

    def keep(self, session: SessionBase) -> None:
        session[_SESSION_KEY] = asdict(self)

    @property
    def digest(self) -> str:
        return digest("code_flow", self.key)

    @property
    def mark(self) -> str:
        """Shows which flow a page belongs to, so that a page of another tab is recognised."""
        return self.digest[:12]

    def digest_of_code(self, code: str) -> str:
        return digest("code", self.key, self.purpose, str(self.user_id), *filter(None, [self.mobile]), code)


def new_key() -> str:
    return get_random_string(32)


@dataclass(frozen=True)
class RecoveryFlow:
    """Who says to be whom: what was typed at the first step of a recovery. Nothing of it is proven."""

    id_number: str
    mobile: str
    key: str = field(default_factory=new_key)

    @classmethod
    def of(cls, session: SessionBase) -> "RecoveryFlow | None":
        kept = session.get(_RECOVERY)
        return cls(**kept) if kept else None

    def keep(self, session: SessionBase) -> None:
        session[_RECOVERY] = asdict(self)

    @property
    def mark(self) -> str:
        """Like a CodeFlow's."""
        return digest("recovery_flow", self.key)[:12]


@dataclass(frozen=True)
class RecoveryProof:
    """Question and code were right. It is good until `ends_at`, and while `credentials` are those of the account."""

    user_id: int
    credentials: str
    ends_at: str

    @classmethod
    def of(cls, session: SessionBase) -> "RecoveryProof | None":
        kept = session.get(_PROOF)
        return cls(**kept) if kept else None

    def keep(self, session: SessionBase) -> None:
        """The steps before are over."""
        end(session)
        session[_PROOF] = asdict(self)

    def is_good(self, *, credentials: str, now: datetime) -> bool:
        return same(self.credentials, credentials) and now < datetime.fromisoformat(self.ends_at)

    @property
    def mark(self) -> str:
        return digest("recovery_proof", str(self.user_id), self.credentials)[:12]


@dataclass(frozen=True)
class PasswordProof:
    """The password was right, and nothing else is proven yet. It is good while `credentials` are those of the account."""

    user_id: int
    credentials: str

    @classmethod
    def of(cls, session: SessionBase) -> "PasswordProof | None":
        kept = session.get(_PASSWORD)
        return cls(**kept) if kept else None

    def keep(self, session: SessionBase) -> None:
        session[_PASSWORD] = asdict(self)


@dataclass(frozen=True)
class ReProving:
    """Password and a code were right of somebody who cannot sign in: the account is paused, or its mobile is lost. It opens the
    activation pages only. `mobile`: the new number whose code it was; "" for the account's own."""

    user_id: int
    mobile: str

    @classmethod
    def of(cls, session: SessionBase) -> "ReProving | None":
        kept = session.get(sessions.RE_PROVING)
        return cls(**kept) if kept else None

    def keep(self, session: SessionBase) -> None:
        """The steps before are over."""
        end(session)
        session[sessions.RE_PROVING] = asdict(self)


def ask_for_consent(session: SessionBase, flow: CodeFlow, change: int) -> None:
    """The next code is the one by which the old number consents to this change of mobile."""
    flow.keep(session)
    session[_CONSENT] = change


def consented(session: SessionBase) -> int:
    """The change that the code is for; 0 when there is none."""
    return int(session.get(_CONSENT, 0))


def end(session: SessionBase) -> None:
    for key in (_SESSION_KEY, _RECOVERY, _PROOF, _PASSWORD, _CONSENT, sessions.RE_PROVING):
        session.pop(key, None)
