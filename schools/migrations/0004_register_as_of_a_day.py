import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("schools", "0003_department_kind_and_status"),
    ]

    operations = [
        migrations.AddField(
            model_name="school",
            name="changed_on",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="school",
            name="closed_on",
            field=models.DateField(editable=False, null=True, verbose_name="停办日期"),
        ),
        migrations.AddField(
            model_name="school",
            name="opened_on",
            field=models.DateField(blank=True, null=True, verbose_name="设立日期"),
        ),
        migrations.AddField(
            model_name="schoolchange",
            name="left",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="schools.district",
            ),
        ),
    ]
