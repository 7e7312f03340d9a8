"""What holds after every fault, within a minute (security.md). Each statement counts the rows that break it."""

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
