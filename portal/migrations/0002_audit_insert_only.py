"""The database itself refuses to change or delete audit events."""

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION portal_audit_insert_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION 'audit events are insert-only'; END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER portal_audit_insert_only BEFORE UPDATE OR DELETE ON portal_auditevent
FOR EACH ROW EXECUTE FUNCTION portal_audit_insert_only();
"""
POSTGRESQL_BACK = """
DROP TRIGGER portal_audit_insert_only ON portal_auditevent;
DROP FUNCTION portal_audit_insert_only();
"""
# SQLite has no TRUNCATE, so a DELETE trigger would forbid emptying a test
# database; there deletions are found by verify_audit instead.
SQLITE = """
CREATE TRIGGER portal_audit_insert_only BEFORE UPDATE ON portal_auditevent
BEGIN SELECT RAISE(ABORT, 'audit events are insert-only'); END;
"""


def add(apps, schema_editor):
    """Create the trigger for this database."""
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def remove(apps, schema_editor):
    """Drop the trigger."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_BACK)
    else:
        schema_editor.execute("DROP TRIGGER portal_audit_insert_only")


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
