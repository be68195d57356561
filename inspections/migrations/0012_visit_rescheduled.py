from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inspections", "0011_visit_moved")]

    operations = [
        migrations.AddField(
            model_name="visit",
            name="first_planned_on",
            field=models.DateField(blank=True, null=True, verbose_name="原定日期"),
        ),
        migrations.AddField(
            model_name="visit",
            name="reschedule_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="改期原因"),
        ),
    ]
