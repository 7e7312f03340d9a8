"""An officer who approves a request just when the database goes away. Called once Django is set up."""

import threading
import time
from contextlib import closing, suppress
from typing import Any

from chaos.town import Town

_ANSWER = "The passport is reported as lost; apply for another one."


def restart_postgres_mid_approval(town: Town) -> None:
    """The request has moved, the register waits for a row that somebody else holds, the applicant is not told yet."""
    request, officer = _in_review()
    approving = threading.Thread(target=_approve, args=(request, officer))
    with closing(town.connect()) as holder:
        holder.autocommit = False
        with holder.cursor() as cursor:
            cursor.execute("SELECT 1 FROM registry_document WHERE id = %s FOR UPDATE", [request.answers["document"]])
            approving.start()
            while not _somebody_waits(town):
                time.sleep(0.05)
            town.restart_postgres()
    approving.join()


def approve_what_was_cut_off(town: Town) -> None:
    """Once more, from the page as it was: it was not done."""
    from services.actions import decisions
    from services.models import Reason, ServiceRequest

    request = ServiceRequest.objects.get(state="in_review")
    assert request.officer
    decisions.approve(request, request.officer, reason=Reason(_ANSWER))


def _in_review() -> tuple[Any, Any]:
    """Of somebody who has registered, with somebody else. No connection of this thread lives through the restart."""
    from django.db import connection

    from accounts.models import User
    from registry.lookup import person_of
    from registry.models import Document
    from services.actions import decisions, requests
    from services.catalogue import services

    applicant, officer = User.objects.filter(state="registered").order_by("pk")[:2]
    holder = person_of(applicant.id_number)
    passport = Document.objects.create(holder=holder, kind="passport", number="N1", expires_on="2032-06-30")
    request = requests.begin(services()["report-lost-documents"], applicant, "mid-approval")
    answers = {"lost_on": "2026-11-03", "place": "Riyadh", "circumstances": "In a taxi."}
    requests.keep(request, answers | {"document": passport.pk})
    requests.submit(request)
    decisions.take(request, officer)
    connection.close()
    return request, officer


def _approve(request: Any, officer: Any) -> None:
    from django.db import InterfaceError, OperationalError, connection

    from services.actions import decisions
    from services.models import Reason

    with suppress(OperationalError, InterfaceError):
        decisions.approve(request, officer, reason=Reason(_ANSWER))
    connection.close()


def _somebody_waits(town: Town) -> bool:
    with closing(town.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid')")
        return bool(cursor.fetchone()[0])
