from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("indicators", "0027_plan_run")]

    operations = [
        migrations.AddField(
            model_name="evidence",
            name="pages",
            field=models.CharField(blank=True, default="", max_length=40, verbose_name="页码"),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="evidence",
            name="item",
            field=models.CharField(blank=True, max_length=60, verbose_name="项目"),
        ),
    ]
