from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0011_names_given_at_first_login"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="disabled_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="停用的原因"),
        ),
        migrations.AddField(
            model_name="user",
            name="password_reset_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="密码重置的原因"),
        ),
    ]
