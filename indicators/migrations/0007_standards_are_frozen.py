"""The database itself refuses to change a standard that was loaded."""

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION indicators_standard_frozen() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'a loaded standard never changes'; END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER indicators_standard_frozen BEFORE UPDATE OR DELETE ON indicators_standard
FOR EACH ROW EXECUTE FUNCTION indicators_standard_frozen();
"""
POSTGRESQL_BACK = """
DROP TRIGGER indicators_standard_frozen ON indicators_standard;
DROP FUNCTION indicators_standard_frozen();
"""
# SQLite has no TRUNCATE: a DELETE trigger would forbid emptying a test database.
# A later migration that alters the table has to create the trigger again there.
SQLITE = """
CREATE TRIGGER indicators_standard_frozen BEFORE UPDATE ON indicators_standard
BEGIN SELECT RAISE(ABORT, 'a loaded standard never changes'); END;
"""


def add(apps, schema_editor):
    """Create the trigger for this database."""
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def remove(apps, schema_editor):
    """Drop the trigger."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_BACK)
    else:
        schema_editor.execute("DROP TRIGGER indicators_standard_frozen")


class Migration(migrations.Migration):
    dependencies = [("indicators", "0006_answer_keeps_every_digit")]
    operations = [migrations.RunPython(add, remove)]
