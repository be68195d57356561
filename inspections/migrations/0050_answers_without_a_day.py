"""Codes no longer say that they are used, nor answers when they came: together they led from one to the other."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("inspections", "0049_unused_codes")]

    operations = [
        migrations.RemoveField("surveycode", "is_used"),
        migrations.RemoveField("surveyanswer", "day"),
    ]
