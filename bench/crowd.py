"""A register, its accounts and their requests, as large as asked for; the database writes them itself. Households have four
people, of whom the first has an account. Whatever is measured belongs to a household and an officer that look the same in
every crowd: the first ones."""

from typing import Any

import psycopg2

from bench.servers import POSTGRES

OFFICERS = 200
# With an officer or waiting for one, whatever the size: a page of each work list is full.
OPEN_AT_LEAST = 400
# Of all requests, as after a year and a half with seven working days for each.
OPEN_SHARE = 50
REQUESTS_OF_THE_FIRST, MESSAGES_OF_THE_FIRST, WITH_THE_FIRST_OFFICER = 30, 12, 25

_PEOPLE = """
INSERT INTO registry_person (
    id_number, kind, first_name_ar, father_name_ar, grandfather_name_ar, family_name_ar,
    first_name_en, father_name_en, grandfather_name_en, family_name_en,
    name_key, sex, birth_date, nationality, id_expires_on, fingerprint_on_file, life)
SELECT '2' || lpad(n::text, 9, '0'), 'resident', 'سامر', 'نبيل', 'حسن', 'العمري',
    'Samer' || n %% 977, 'Nabil', 'Hasan', 'Alomari' || n / 4 %% 4999,
    'samer' || n %% 977 || ' alomari' || n / 4 %% 4999, (ARRAY['male', 'female', 'male', 'female'])[1 + n %% 4],
    CASE WHEN n %% 4 < 2 THEN date '1960-01-01' ELSE date '2006-01-01' END + n %% 5000, 'JOR',
    current_date + 30 + n %% 900, true, 'alive'
FROM generate_series(0, %(people)s - 1) AS n ORDER BY n;

INSERT INTO registry_dependencylink (head_id, dependent_id, relation)
SELECT id - (id - 1) %% 4, id, (ARRAY['wife', 'son', 'daughter'])[(id - 1) %% 4]
FROM registry_person WHERE (id - 1) %% 4 > 0 ORDER BY id;

INSERT INTO registry_document (holder_id, kind, number, issued_by, expires_on, status, details)
SELECT id, 'passport', 'P' || id, 'JOR', current_date + 90 + (id %% 1500)::int, 'valid', '{}' FROM registry_person ORDER BY id;

INSERT INTO accounts_user (
    password, is_superuser, id_number, mobile, email, username, language, state, dead_end, is_staff, is_active,
    registered_at, mobile_proven_at, activated_at)
SELECT '!', false, id_number, '+9665' || lpad(id::text, 8, '0'), 'b@example.com', 'head' || id, 'ar', 'activated', '', false,
    true, now(), now(), now()
FROM registry_person WHERE (id - 1) %% 4 = 0 ORDER BY id;

INSERT INTO accounts_user (
    password, is_superuser, id_number, mobile, email, username, language, state, dead_end, is_staff, is_active, registered_at)
SELECT '!', false, '1' || lpad(n::text, 9, '0'), '', 'o@example.com', 'officer' || n, 'ar', 'staff', '', true, true, now()
FROM generate_series(1, %(officers)s) AS n ORDER BY n;
"""

# The newest are open. Of the others one in fifty is a draft that nobody sent, seven in ten are approved.
_REQUESTS = """
WITH facts AS (
    SELECT n, %(requests)s - n < %(open)s AS is_open, n %% 10 AS digit,
        now() - interval '500 days' * (1 - n::float / %(requests)s) AS at
    FROM generate_series(1, %(requests)s) AS n
), stated AS (
    SELECT *, CASE WHEN is_open THEN (ARRAY['submitted', 'in_review', 'returned', 'submitted', 'in_review'])[1 + n %% 5]
        WHEN n %% 50 = 0 THEN 'draft' WHEN digit < 7 THEN 'approved' WHEN digit < 9 THEN 'rejected' ELSE 'withdrawn' END AS state
    FROM facts
)
INSERT INTO services_servicerequest (
    number, token, service, department, applicant_id, answers, state, officer_id, begun_at, submitted_at, due_on, ended_at,
    reason)
SELECT '26' || lpad(n::text, 8, '0'), md5(n::text), department || '-messages', department,
    %(first_account)s + n %% %(accounts)s, '{"topic": "other", "message": "How do I renew the iqama of my son?"}',
    state, CASE WHEN state IN ('draft', 'submitted') THEN NULL ELSE %(first_officer)s + n %% %(officers)s END,
    at, CASE WHEN state <> 'draft' THEN at END,
    CASE WHEN is_open THEN current_date - 5 + (n %% 12)::int WHEN state <> 'draft' THEN (at + interval '9 days')::date END,
    CASE WHEN state IN ('approved', 'rejected', 'withdrawn') THEN at + interval '4 days' END,
    CASE WHEN state IN ('approved', 'rejected') THEN 'Done as the documents say; nothing more is needed.' ELSE '' END
FROM stated, LATERAL (SELECT (ARRAY['civil-affairs', 'passports'])[1 + n %% 2] AS department) AS desk ORDER BY n;
"""

_MESSAGES = """
INSERT INTO services_requestmessage (request_id, author_id, text, asked_fields, written_at)
SELECT 1 + n %% %(requests)s, CASE WHEN n %% 2 = 0 THEN %(first_account)s + n %% %(accounts)s ELSE %(first_officer)s END,
    'Please look at the second page once more; the date is that of the deed.', '[]', now()
FROM generate_series(1, %(messages)s) AS n ORDER BY n;
"""

# What is looked at, the same in every crowd.
_FIRST = """
UPDATE services_servicerequest SET applicant_id = applicant_id + 1 WHERE applicant_id = %(first_account)s;
UPDATE services_servicerequest SET officer_id = officer_id + 1 WHERE officer_id = %(first_officer)s;
DELETE FROM services_requestmessage WHERE request_id IN (SELECT max(id) FROM services_servicerequest WHERE state = 'in_review');
UPDATE services_servicerequest SET applicant_id = %(first_account)s WHERE id IN (
    SELECT id FROM services_servicerequest WHERE state IN ('approved', 'rejected') ORDER BY id LIMIT %(requests_of_the_first)s);
UPDATE services_servicerequest SET applicant_id = %(first_account)s
    WHERE id = (SELECT max(id) FROM services_servicerequest WHERE state = 'in_review');
UPDATE services_servicerequest SET officer_id = %(first_officer)s, department = 'civil-affairs', service = 'civil-affairs-messages'
    WHERE id IN (
    SELECT id FROM services_servicerequest WHERE state = 'in_review' ORDER BY id DESC LIMIT %(with_the_first_officer)s);
INSERT INTO services_requestmessage (request_id, author_id, text, asked_fields, written_at)
SELECT max(id), %(first_account)s, 'How much longer does it take?', '[]', now()
FROM services_servicerequest, generate_series(1, %(messages_of_the_first)s) AS n WHERE state = 'in_review' GROUP BY n;
"""


def write(database: str, *, people: int, requests: int, messages: int) -> None:
    """Into a database that is migrated and else empty."""
    connection = psycopg2.connect(f"{POSTGRES}/{database}")
    connection.autocommit = True
    with connection.cursor() as cursor:
        # Every row refers to one that is there: looking that up again would take longer than writing it.
        cursor.execute(
            "SET session_replication_role = replica; SET synchronous_commit = off; SET statement_timeout = 0"
        )
        known: dict[str, Any] = {"people": people, "requests": requests, "messages": messages, "officers": OFFICERS}
        cursor.execute(_PEOPLE, known)
        known |= _accounts(cursor) | {
            "open": max(OPEN_AT_LEAST, requests // OPEN_SHARE),
            "requests_of_the_first": REQUESTS_OF_THE_FIRST,
            "messages_of_the_first": MESSAGES_OF_THE_FIRST,
            "with_the_first_officer": WITH_THE_FIRST_OFFICER,
        }
        for statements in (_REQUESTS, _MESSAGES, _FIRST):
            cursor.execute(statements, known)
        cursor.execute("VACUUM (ANALYZE)")
    connection.close()


def _accounts(cursor: Any) -> dict[str, int]:
    cursor.execute(
        "SELECT min(id) FILTER (WHERE NOT is_staff), count(*) FILTER (WHERE NOT is_staff), min(id) FILTER (WHERE is_staff)"
        " FROM accounts_user"
    )
    return dict(zip(("first_account", "accounts", "first_officer"), cursor.fetchone(), strict=True))
