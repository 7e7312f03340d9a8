"""The inbox: what is told to an account, and what its holder has read. The account keeps the count of unread notices, so that
no page has to ask for it."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import User
from core import batches, clock
from core.paging import newest_first
from core.prepared import Given, Insert, Update
from services.models import Notice, NoticeQuerySet

ROWS_ON_A_PAGE = 20
# As long as the audit trail (security.md, keep).
NOTICES_KEPT = timedelta(days=548)
_WRITE = Insert(Notice, "user_id", "name", "places")
_COUNT = Update(User.objects.filter(pk=Given("user")), unread_notices=F("unread_notices") + 1)


def put(user: User, name: str, **places: Any) -> None:
    """In the transaction of the act; `name` is one of services.notices."""
    _WRITE.save(Notice(user_id=user.pk, name=name, places=places))
    _COUNT.run(user=user.pk)


def page_of(user: User, before: int | None = None, *, only_unread: bool = False) -> tuple[list[Notice], int | None]:
    """See core.paging."""
    own = Notice.objects.of(user)
    return newest_first(own.unread() if only_unread else own, size=ROWS_ON_A_PAGE, before=before)


def mark_read(user: User, notice: int | None = None) -> int:
    """One of them, or all; returns how many were unread."""
    unread = Notice.objects.of(user).unread()
    return _read(user, unread.filter(pk=notice) if notice else unread)


def request_opened(user: User, number: str) -> None:
    """Whoever looks at the request has read what was told of it. Asks nothing where nothing is unread; the page of the moment
    shows what is left."""
    if user.unread_notices:
        read = _read(user, Notice.objects.of(user).unread().filter(places__number=number))
        # More may have come since the page began.
        user.unread_notices = max(0, user.unread_notices - read)


def purge() -> int:
    """Returns how many were removed. What nobody read in that time does not count as unread any more."""
    outlived = Notice.objects.filter(told_at__lt=clock.ahead(-NOTICES_KEPT))
    for user in User.objects.filter(pk__in=outlived.unread().values("user")):
        _read(user, outlived.unread().of(user))
    return batches.delete(outlived)


@transaction.atomic
def _read(user: User, notices: NoticeQuerySet) -> int:
    read = notices.update(read_at=clock.now())
    if read:
        User.objects.filter(pk=user.pk).update(unread_notices=F("unread_notices") - read)
    return read
