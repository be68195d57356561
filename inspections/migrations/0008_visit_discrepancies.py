from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inspections", "0007_visit_photos")]

    operations = [
        migrations.AddField(
            model_name="checklistanswer",
            name="reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="不登记问题的原因"),
        ),
        migrations.AddField(
            model_name="finding",
            name="question",
            field=models.CharField(blank=True, editable=False, max_length=40, verbose_name="检查题"),
        ),
    ]
