"""What the demonstration's servers remember. Nothing of it is the portal's."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models.functions import Now

from core import clock


class NafathQuerySet(models.QuerySet["NafathTransaction"]):
    def waiting(self) -> Self:
        return self.filter(status="WAITING", expires_at__gt=clock.now())

    def read(self) -> Self:
        """With `read_at`, the database's time; the newest first."""
        return self.annotate(read_at=clock.now()).order_by("-pk")


class NafathTransaction(models.Model):
    """A request as the simulated Nafath keeps it. `numbers` are those the app lets the person choose from."""

    trans_id = models.CharField(max_length=40, unique=True)
    request_id = models.CharField(max_length=40)
    national_id = models.CharField(max_length=10)
    service = models.CharField(max_length=60)
    random = models.CharField(max_length=2)
    numbers = models.JSONField()
    status = models.CharField(max_length=9, default="WAITING")
    asked_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    # Not a column: NafathQuerySet.read tells it.
    read_at: datetime

    objects: Any = NafathQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_simulated_request_has_a_status",
                condition=models.Q(status__in=["WAITING", "COMPLETED", "REJECTED", "EXPIRED"]),
            )
        ]

    def __str__(self) -> str:
        return self.trans_id

    @property
    def seconds_left(self) -> int:
        return max(0, int((self.expires_at - self.read_at).total_seconds()))


class NafathGrant(models.Model):
    """An authorization code of the simulated OpenID provider, good once."""

    code = models.CharField(max_length=64, unique=True)
    national_id = models.CharField(max_length=10)
    nonce = models.CharField(max_length=128)
    challenge = models.CharField(max_length=64)
    redirect_uri = models.CharField(max_length=255)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.pk}"
