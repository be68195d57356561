from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("indicators", "0015_item_owners")]

    operations = [
        migrations.AlterField(
            model_name="round",
            name="due_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="截止时间"),
        ),
    ]
