"""Wrong passwords of people who are signed in are counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portal", "0004_sent_forms")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="wrong_passwords",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="连续输错的密码次数"),
        ),
    ]
