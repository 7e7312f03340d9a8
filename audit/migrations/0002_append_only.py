"""The database itself refuses to change an entry of the trail.

One UPDATE is allowed: the seal is set, once, and nothing else. PostgreSQL also refuses DELETE; SQLite does not, because
there the test runner empties tables row by row. A migration that alters these tables on SQLite rebuilds them without their
triggers and must make them again.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

_POSTGRESQL = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    new_seal bigint;
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit_entry' THEN
        IF OLD.seal_id IS NULL AND NEW.seal_id IS NOT NULL THEN
            new_seal := NEW.seal_id;
            NEW.seal_id := NULL;
            IF NEW IS NOT DISTINCT FROM OLD THEN
                NEW.seal_id := new_seal;
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION 'The audit trail is append-only.' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER audit_entry_is_append_only BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_seal_is_append_only BEFORE UPDATE OR DELETE ON audit_seal
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
"""
_POSTGRESQL_BACK = "DROP FUNCTION audit_is_append_only() CASCADE"

_KEPT = ("id", "at", "event", "actor_id", "subject_id", "details", "request_id", "client_ip", "digest")
_SQLITE = (
    f"""
    CREATE TRIGGER audit_entry_is_append_only BEFORE UPDATE ON audit_entry
    WHEN NOT (OLD.seal_id IS NULL AND NEW.seal_id IS NOT NULL AND {" AND ".join(f"NEW.{c} IS OLD.{c}" for c in _KEPT)})
    BEGIN SELECT RAISE(ABORT, 'The audit trail is append-only.'); END
    """,
    """
    CREATE TRIGGER audit_seal_is_append_only BEFORE UPDATE ON audit_seal
    BEGIN SELECT RAISE(ABORT, 'The audit trail is append-only.'); END
    """,
)
_SQLITE_BACK = ("DROP TRIGGER audit_entry_is_append_only", "DROP TRIGGER audit_seal_is_append_only")


def _refuse_changes(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _execute(schema_editor, (_POSTGRESQL,), _SQLITE)


def _allow_changes(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _execute(schema_editor, (_POSTGRESQL_BACK,), _SQLITE_BACK)


def _execute(
    schema_editor: BaseDatabaseSchemaEditor, postgresql: tuple[str, ...], sqlite: tuple[str, ...]
) -> None:
    for statement in postgresql if schema_editor.connection.vendor == "postgresql" else sqlite:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_trail")]

    operations = [migrations.RunPython(_refuse_changes, _allow_changes)]
