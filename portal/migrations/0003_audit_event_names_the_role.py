"""An audit event names the actor's role; SQLite makes the table anew for it and forgets its trigger."""

from django.db import migrations, models

SQLITE = """
CREATE TRIGGER portal_audit_insert_only BEFORE UPDATE ON portal_auditevent
BEGIN SELECT RAISE(ABORT, 'audit events are insert-only'); END;
"""


def add_again(apps, schema_editor):
    """Create the trigger where the change of the table dropped it."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER IF EXISTS portal_audit_insert_only")
        schema_editor.execute(SQLITE)


class Migration(migrations.Migration):
    dependencies = [("portal", "0002_audit_insert_only")]
    operations = [
        migrations.AddField(
            model_name="auditevent",
            name="actor_role",
            field=models.CharField(blank=True, default="", max_length=120, verbose_name="角色"),
        ),
        migrations.RunPython(add_again, add_again),
    ]
