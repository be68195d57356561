"""Days that follow from the changes recorded so far; apart, since PostgreSQL alters no table with rows in motion."""

from django.db import migrations


def read_changes(apps, schema_editor):
    """Set the new columns from the changes, in the order they were recorded."""
    Change, District = apps.get_model("schools", "SchoolChange"), apps.get_model("schools", "District")
    districts = dict(District.objects.values_list("code", "pk"))
    for change in Change.objects.select_related("school").order_by("pk").iterator():
        if not change.changed:
            continue
        school = change.school
        school.refresh_from_db(fields=["changed_on", "closed_on"])
        school.changed_on = max(change.valid_from, school.changed_on or change.valid_from)
        if "status" in change.changed:
            school.closed_on = change.valid_from if change.changed["status"][1] == "停办" else None
        school.save(update_fields=["changed_on", "closed_on"])
        if "district" in change.changed:
            change.left_id = districts.get(change.changed["district"][0])
            change.save(update_fields=["left"])


class Migration(migrations.Migration):
    dependencies = [("schools", "0004_register_as_of_a_day")]
    operations = [migrations.RunPython(read_changes, migrations.RunPython.noop)]
