"""Who you are: accounts, the codes that prove a mobile, sessions, and what somebody agreed to; and the branches."""

from accounts.models.branches import USUAL_HOURS, WORKING_WEEK, Branch, ClosedDay, OpeningHours, Weekday
from accounts.models.codes import CODE_LIFE, CODE_TRIES, CodeQuerySet, OneTimeCode, Purpose, TryCounter
from accounts.models.mobile_changes import MobileChange, MobileChangeQuerySet
from accounts.models.people import CLAIM_LIFE, TEMPORARY_PASSWORD_LIFE, Pledge, User, UserManager, UserQuerySet
from accounts.models.sessions import Session

__all__ = [
    "CLAIM_LIFE",
    "CODE_LIFE",
    "CODE_TRIES",
    "TEMPORARY_PASSWORD_LIFE",
    "USUAL_HOURS",
    "WORKING_WEEK",
    "Branch",
    "ClosedDay",
    "CodeQuerySet",
    "MobileChange",
    "MobileChangeQuerySet",
    "OneTimeCode",
    "OpeningHours",
    "Pledge",
    "Purpose",
    "Session",
    "TryCounter",
    "User",
    "UserManager",
    "UserQuerySet",
    "Weekday",
]
