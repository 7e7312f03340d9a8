"""The trigram index under PersonQuerySet.found_by. SQLite looks through the rows."""

from django.apps.registry import Apps
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# pg_trgm is a trusted extension since PostgreSQL 13: whoever may create tables here may create it.
CREATE = "CREATE INDEX person_by_name ON registry_person USING gin (name_key gin_trgm_ops)"
DROP = "DROP INDEX person_by_name"


def create_index(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(CREATE)


def drop_index(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_population_register")]

    operations = [TrigramExtension(), migrations.RunPython(create_index, drop_index)]
