"""How many calls, counted in the database before they are answered."""

from datetime import timedelta

from core.throttle import Budget, OverBudget
from partners.models import CallCounter, Partner
from partners.problems import TOO_MANY_CALLS, Problem

_MINUTE = timedelta(minutes=1)
# Of calls whose signature does not hold, for one network. Those that are signed count for their partner.
UNSIGNED_CALLS = Budget("partners.unsigned_calls", 60, _MINUTE)


def spend_call_of(partner: Partner) -> None:
    """Raises Problem."""
    _spend(Budget("partners.calls", partner.calls_a_minute, _MINUTE), partner.slug)


def spend_unsigned_call(network: str) -> None:
    """Raises Problem."""
    _spend(UNSIGNED_CALLS, network)


def _spend(budget: Budget, subject: str) -> None:
    try:
        # The call itself is written down before it is answered (partners.calllog).
        CallCounter.objects.spend(budget.of(subject), waits_for_disk=False)
    except OverBudget as over:
        raise Problem(TOO_MANY_CALLS, retry_in_seconds=over.retry_in_seconds) from None
