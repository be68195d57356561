from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("schools", "0008_roles_wait_for_a_second_person"),
    ]

    operations = [
        migrations.AddField(
            model_name="department",
            name="abolished_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="撤销的原因"),
        ),
        migrations.AddField(
            model_name="membership",
            name="end_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="结束的原因"),
        ),
    ]
