"""Codes that may still answer get rows of their own, which answering deletes; ended surveys have none left."""

import django.db.models.deletion
from django.db import migrations, models


def fill(apps, schema_editor):
    codes = apps.get_model("inspections", "SurveyCode").objects.filter(is_used=False)
    unused = apps.get_model("inspections", "UnusedCode")
    unused.objects.bulk_create((unused(code_id=pk) for pk in codes.values_list("pk", flat=True)), batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("inspections", "0048_duties_in_phases")]

    operations = [
        migrations.CreateModel(
            name="UnusedCode",
            fields=[
                (
                    "code",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="unused",
                        serialize=False,
                        to="inspections.surveycode",
                    ),
                ),
            ],
            options={"verbose_name": "没有用过的答题码", "verbose_name_plural": "没有用过的答题码"},
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
