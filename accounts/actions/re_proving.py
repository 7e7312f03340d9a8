"""Proving the person again, for whoever cannot sign in: the account is paused, or its mobile is lost. A password alone opens
nothing, password and code open the activation pages and nothing else (security.md, SES-1)."""

from django.contrib.sessions.backends.base import SessionBase

from accounts import sessions
from accounts.actions import claims, codes, mobiles
from accounts.flows import CodeFlow, PasswordProof, ReProving
from accounts.models import Purpose, User
from accounts.states import PROVEN, STANDING, State
from audit.actions import record
from audit.events import Event
from core.sealed import digest, same


def note_password(session: SessionBase, user: User) -> None:
    """The password of `user` was right in this browser."""
    PasswordProof(user.pk, _credentials(user)).keep(session)


def account_of(session: SessionBase) -> User | None:
    """Whose password was right in this browser; None once password or mobile have changed, or the account has ended."""
    proof = PasswordProof.of(session)
    if proof is None:
        return None
    user = User.objects.filter(pk=proof.user_id, is_active=True, state__in={*PROVEN, *STANDING}).first()
    return user if user and knows_password_of(session, user) else None


def knows_password_of(session: SessionBase, user: User) -> bool:
    """Whether the password that was right in this browser is still this account's, and its mobile the same."""
    proof = PasswordProof.of(session)
    return proof is not None and proof.user_id == user.pk and same(proof.credentials, _credentials(user))


def send_code(user: User, *, client_ip: str) -> CodeFlow:
    """To the mobile of a paused account."""
    return codes.begin(Purpose.RE_PROVING, user, proven=Event.PASSWORD_ACCEPTED, client_ip=client_ip)


def complete(flow: CodeFlow, typed_code: str) -> None:
    """The code of the account's own mobile was typed: it is not lost. Raises codes.CodeRefused."""
    codes.take(flow, typed_code, first=claims.take_turn, then=_note)


def open_session(session: SessionBase, flow: CodeFlow, *, shared: bool) -> None:
    """For the account whose code was typed; under a new key, and it lives as long as a resident's."""
    session.cycle_key()
    ReProving(flow.user_id, flow.mobile).keep(session)
    sessions.start(session, "shared" if shared else "resident")


def prover_of(session: SessionBase) -> User | None:
    """Whose person this browser proves again; None when nothing is left of what it was opened for."""
    proof = ReProving.of(session)
    if proof is None:
        return None
    user = User.objects.standing().filter(pk=proof.user_id, is_active=True).first()
    return user if user and _is_good(proof, user) else None


def _is_good(proof: ReProving, user: User) -> bool:
    """One for a new number is good for that number's change only: another one's proof must not move this one. One for the
    account's own number is good until another number is asked for, which this person's proof would move the account to."""
    change = mobiles.under_way(user)
    if not proof.mobile:
        return user.state == State.PAUSED and not (change and change.is_asked)
    return change is not None and change.mobile == proof.mobile


def _note(user: User) -> None:
    mobiles.withdraw_unproven(user)
    record(Event.RE_PROVING_BEGUN, actor=user, subject=user)


def _credentials(user: User) -> str:
    return digest("password_proof", str(user.pk), user.password, user.mobile)
