"""What holds after every fault, within a minute (security.md). Each statement counts the rows that break it."""

from collections.abc import Iterable
from typing import Any

INVARIANTS = {
    "no due message is unended": """
        SELECT count(*) FROM messaging_message
        WHERE state = 'queued' AND due_at < now() - interval '10 seconds'
           OR state = 'sending' AND claimed_at < now() - interval '10 seconds'
           OR state IN ('queued', 'sending') AND lives_until < now() - interval '10 seconds'""",
    "no text outlives its sending": """
        SELECT count(*) FROM messaging_message WHERE state NOT IN ('queued', 'sending') AND sealed_body <> ''""",
    "no account is half": """
        SELECT count(*) FROM accounts_user u
        WHERE state = 'registered' AND (mobile_proven_at IS NULL OR claim_ends_at IS NULL)
           OR state = 'pending' AND mobile_proven_at IS NOT NULL AND mobile_proven_at < now() - interval '10 seconds'
           OR NOT EXISTS (SELECT 1 FROM accounts_pledge p WHERE p.user_id = u.id)""",
    "every registration has its audit events": """
        SELECT count(*) FROM accounts_user u WHERE NOT EXISTS
          (SELECT 1 FROM audit_entry e WHERE e.subject_id = u.id AND e.event = 'registration_started')
        OR state = 'registered' AND NOT EXISTS
          (SELECT 1 FROM audit_entry e WHERE e.subject_id = u.id AND e.event = 'registration_finished')""",
    "no registration is finished in the trail alone": """
        SELECT count(*) FROM audit_entry e JOIN accounts_user u ON u.id = e.subject_id
        WHERE e.event = 'registration_finished' AND u.state <> 'registered'""",
    "no code was guessed too often": "SELECT count(*) FROM accounts_onetimecode WHERE tries > 5",
    "no used code was replaced": """
        SELECT count(*) FROM accounts_onetimecode WHERE consumed_at IS NOT NULL AND voided_at IS NOT NULL""",
    "one activation per person": """
        SELECT count(*) FROM (SELECT 1 FROM accounts_user WHERE state IN ('activated', 'paused')
        GROUP BY id_number HAVING count(*) > 1) AS twice""",
    "every request that was sent, and every decision, has its audit event": """
        SELECT count(*) FROM services_servicerequest r JOIN (VALUES
          ('request_submitted', '{submitted,in_review,returned,approved,rejected,withdrawn}'::text[]),
          ('request_approved', '{approved}'), ('request_rejected', '{rejected}')) AS act (event, states)
          ON r.state = ANY (act.states)
        WHERE NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.event = act.event AND e.details -> 'request' = to_jsonb(r.id))""",
    "every decision is told": """
        SELECT count(*) FROM services_servicerequest r WHERE r.state IN ('approved', 'rejected') AND NOT EXISTS
          (SELECT 1 FROM services_notice n WHERE n.user_id = r.applicant_id AND n.name = 'request_' || r.state
           AND n.places ->> 'number' = r.number)""",
    "what is lost was approved, and what was approved is lost": """
        SELECT count(*) FROM services_servicerequest r
        JOIN registry_document d ON d.id = (r.answers ->> 'document')::bigint
        WHERE r.service = 'report-lost-documents' AND (r.state = 'approved') <> (d.status = 'lost')""",
}


def broken(connection: Any) -> dict[str, int]:
    """How many rows break which."""
    found = {}
    with connection.cursor() as cursor:
        for name, statement in INVARIANTS.items():
            cursor.execute(statement)
            if count := cursor.fetchone()[0]:
                found[name] = count
    return found


def forgotten(connection: Any, told: Iterable[tuple[str, str]]) -> int:
    """Of how many things that somebody was told (event, username) the trail knows nothing."""
    columns = [list(column) for column in zip(*told, strict=True)] or [[], []]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM unnest(%s::text[], %s::text[]) AS told (event, username) WHERE NOT EXISTS"
            " (SELECT FROM audit_entry e JOIN accounts_user u ON u.id = e.subject_id"
            " WHERE e.event = told.event AND u.username = told.username)",
            columns,
        )
        return int(cursor.fetchone()[0])
