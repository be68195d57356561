from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("indicators", "0016_round_may_have_no_deadline")]

    operations = [
        migrations.AddField(
            model_name="round",
            name="state_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="关闭或重新开放的理由"),
        ),
    ]
