"""The number of a person has changed in the register: their accounts go with it."""

from accounts.actions.telling import tell
from accounts.models import User
from audit.actions import record
from audit.events import Event


def replace_number(old: str, new: str) -> None:
    """In the transaction of the change in the register. Whoever has an account signs in with the new number from now on, and is
    told."""
    accounts = User.objects.filter(id_number=old, is_staff=False)
    standing = list(accounts.standing().order_by("pk").select_for_update(no_key=True))
    accounts.update(id_number=new)
    for account in standing:
        record(Event.ID_NUMBER_REPLACED, subject=account)
        tell(account, "number_replaced")
