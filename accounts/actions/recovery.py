"""Recovery of a username or a password (domain §5): a question that the register can judge, then a code to the mobile.

For a number that nobody has, and for another person's mobile, everything is the same: the question, the work, what a wrong
answer costs. Only no answer is right, and no text is sent (security.md, ENUM-1).
"""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from accounts.actions import codes
from accounts.flows import CodeFlow, RecoveryFlow, RecoveryProof
from accounts.models import Purpose, TryCounter, User
from accounts.states import STANDING
from audit.actions import record
from audit.events import Event
from core import clock
from core.sealed import digest, same
from core.text import compact_digits
from core.throttle import Budget, Charge, OverBudget
from registry.lookup import find
from registry.models import DependencyLink, Document

# Counted apart from wrong codes: whoever knows a number and a mobile could else lock their holder's sign-in.
WRONG_PER_ACCOUNT = Budget("wrong-answers-account", 10, timedelta(hours=24), locks=(timedelta(hours=2),))
WRONG_PER_PHONE = Budget("wrong-answers-phone", 10, timedelta(hours=24), locks=(timedelta(hours=2),))
# Ours: as long as a resident's session without a request.
PROOF_LIFE = timedelta(minutes=15)


class Question(StrEnum):
    PASSPORT = "passport"
    DEPENDENT = "dependent"
    EXPIRY = "expiry"


class AnswerRefused(Exception):
    """The answer is not the register's, or no account has this number and this mobile: which of them is not told."""


class AnswersLocked(Exception):
    def __init__(self, retry_in_seconds: int) -> None:
        super().__init__()
        self.retry_in_seconds = retry_in_seconds


class ProofOver(Exception):
    """Its time is up, or the account has changed since the code was typed."""


def question(flow: RecoveryFlow) -> Question:
    """Always the same for a number, whoever asks and whatever the mobile: nobody gets an easier one by beginning anew, and a
    question that changed would tell that the number is known."""
    return _chosen(flow.id_number, _answers(flow.id_number))


def seconds_locked(flow: RecoveryFlow) -> int:
    """0 while answers are taken."""
    return TryCounter.objects.wait_seconds(*_wrong(flow))


def answer(flow: RecoveryFlow, typed: str, *, client_ip: str) -> CodeFlow:
    """The next step's code, sent to the account's mobile. A try is counted before the answer is compared. Raises
    AnswerRefused, AnswersLocked."""
    wrong = _wrong(flow)
    try:
        TryCounter.objects.spend(*wrong)
    except OverBudget as over:
        raise AnswersLocked(over.retry_in_seconds) from None
    user, is_right = _account_of(flow), _is_right(flow.id_number, typed)
    if user is None or not is_right:
        TryCounter.objects.fail(*wrong)
        record(Event.RECOVERY_REFUSED, subject=user)
        raise AnswerRefused
    TryCounter.objects.refund(*wrong)
    return codes.begin(Purpose.RECOVERY, user, proven=Event.RECOVERY_ANSWERED, client_ip=client_ip)


def prove(flow: CodeFlow, typed_code: str) -> RecoveryProof:
    """Raises codes.CodeRefused."""
    user = codes.take(flow, typed_code, then=_note_recovery)
    return RecoveryProof(user.pk, _credentials(user), (clock.read() + PROOF_LIFE).isoformat())


def account_of(proof: RecoveryProof) -> User:
    """Raises ProofOver."""
    user = User.objects.with_password().filter(pk=proof.user_id).first()
    if user is None or not proof.is_good(credentials=_credentials(user), now=clock.read()):
        raise ProofOver
    return user


def _note_recovery(user: User) -> None:
    record(Event.ACCOUNT_RECOVERED, actor=user, subject=user)


def _account_of(flow: RecoveryFlow) -> User | None:
    """The person's one account, or else the newest claim whose mobile is proven."""
    found = User.objects.with_password().filter(id_number=flow.id_number, mobile=flow.mobile)
    accounts = list(found.exclude(mobile_proven_at=None).order_by("-pk"))
    return next((user for user in accounts if user.state in STANDING), accounts[0] if accounts else None)


def _is_right(id_number: str, typed: str) -> bool:
    """Compares with all that would be right, one after the other, whatever the outcome."""
    answers = _answers(id_number)
    right = answers[_chosen(id_number, answers)]
    return any([same(_comparable(typed), _comparable(one)) for one in right])  # noqa: C419


def _answers(id_number: str) -> dict[Question, list[str]]:
    """What the register holds. Three statements, whoever it is."""
    person = find(id_number)
    passports = Document.objects.valid().passports().filter(holder__id_number=id_number)
    dependents = DependencyLink.objects.current().filter(head__id_number=id_number)
    answers = {
        Question.PASSPORT: list(passports.values_list("number", flat=True)),
        Question.DEPENDENT: list(dependents.values_list("dependent__id_number", flat=True)),
        Question.EXPIRY: [person.id_expires_on.isoformat()] if person and person.id_expires_on else [],
    }
    return answers if person and person.is_living else {one: [] for one in Question}


def _chosen(id_number: str, answers: dict[Question, list[str]]) -> Question:
    """Of those that have an answer, drawn by the number; of all, where nothing is known."""
    drawn = sorted(Question, key=_lot_of(id_number))
    return next((one for one in drawn if answers[one]), drawn[0])


def _lot_of(id_number: str) -> Callable[[Question], str]:
    return lambda one: digest("recovery_question", id_number, one)


def _comparable(text: str) -> str:
    return compact_digits(text).upper()


def _wrong(flow: RecoveryFlow) -> tuple[Charge, Charge]:
    """The pair stands for the account, whether there is one or not: a stranger with another mobile locks nobody out."""
    return WRONG_PER_ACCOUNT.of(f"{flow.id_number} {flow.mobile}"), WRONG_PER_PHONE.of(flow.mobile)


def _credentials(user: User) -> str:
    return digest("recovery_credentials", str(user.pk), user.password, user.mobile)
