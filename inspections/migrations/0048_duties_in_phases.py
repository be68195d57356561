"""The tasks there are belong to the phase they are due in."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    duties = apps.get_model("inspections", "Duty").objects
    for phase in apps.get_model("indicators", "Phase").objects.all():
        due = {"due_on__gte": phase.starts_on, "due_on__lte": phase.ends_on}
        duties.filter(programme=phase.programme_id, phase=None, **due).update(phase=phase)


class Migration(migrations.Migration):
    dependencies = [("inspections", "0047_duty_phase")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
