from django.db import migrations, models


def of_class_sizes(apps, schema_editor):
    """The one figure asked until now of which the standard sets a most."""
    apps.get_model("inspections", "CheckedFigure").objects.filter(code="class_list-pupils").update(less_is_better=True)


class Migration(migrations.Migration):
    dependencies = [("inspections", "0031_rehearsals")]

    operations = [
        migrations.AddField(
            model_name="checkedfigure",
            name="less_is_better",
            field=models.BooleanField(default=False, verbose_name="以小为好"),
        ),
        migrations.RunPython(of_class_sizes, migrations.RunPython.noop),
    ]
