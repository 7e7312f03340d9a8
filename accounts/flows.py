"""Which code this browser is waiting for. The flow's key is a secret that only this session holds; codes are bound to it."""

from dataclasses import asdict, dataclass

from django.contrib.sessions.backends.base import SessionBase
from django.utils.crypto import get_random_string

from core.sealed import digest

_SESSION_KEY = "code_flow"


@dataclass(frozen=True)
class CodeFlow:
    purpose: str
    user_id: int
    key: str

    @classmethod
    def new(cls, purpose: str, user_id: int, key: str = "") -> "CodeFlow":
        return cls(purpose, user_id, key or new_key())

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
        return digest("code", self.key, self.purpose, str(self.user_id), code)


def new_key() -> str:
    return get_random_string(32)


def end(session: SessionBase) -> None:
    session.pop(_SESSION_KEY, None)
