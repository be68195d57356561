"""A task belongs to a phase of its programme."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inspections", "0046_school_self_reports")]

    operations = [
        migrations.AddField(
            "duty",
            "phase",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="duties",
                to="indicators.phase",
                verbose_name="阶段",
            ),
        )
    ]
