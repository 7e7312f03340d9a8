"""One case per person who proves who they are, with an attempt for each channel they tried."""

from activation.models.cases import (
    VISIT_CODE_LENGTH,
    ActivationCase,
    Attempt,
    AttemptQuerySet,
    CaseQuerySet,
    new_visit_code,
)
from activation.models.nafath import NafathLine, NafathRequest, NafathRequestQuerySet
from activation.models.officers import OfficerCheck, Visit, VisitQuerySet
from activation.models.outages import ChannelOutage, ChannelOutageQuerySet
from activation.models.partners import (
    ErrandQuerySet,
    Fingerprint,
    KioskErrand,
    PartnerAttempt,
    PartnerAttemptQuerySet,
    UsedFingerprint,
)
from core.references import new_reference

__all__ = [
    "VISIT_CODE_LENGTH",
    "ActivationCase",
    "Attempt",
    "AttemptQuerySet",
    "CaseQuerySet",
    "ChannelOutage",
    "ChannelOutageQuerySet",
    "ErrandQuerySet",
    "Fingerprint",
    "KioskErrand",
    "NafathLine",
    "NafathRequest",
    "NafathRequestQuerySet",
    "OfficerCheck",
    "PartnerAttempt",
    "PartnerAttemptQuerySet",
    "UsedFingerprint",
    "Visit",
    "VisitQuerySet",
    "new_reference",
    "new_visit_code",
]
