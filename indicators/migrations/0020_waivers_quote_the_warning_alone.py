"""Warnings no longer ask for the reason in their own words; what was explained before stays explained."""

from django.db import migrations

ASKED = "；属实的请说明原因"


def quote_alone(apps, schema_editor):
    """Take the question off the warnings quoted by explanations."""
    for waiver in apps.get_model("indicators", "Waiver").objects.filter(message__endswith=ASKED).iterator():
        waiver.message = waiver.message.removesuffix(ASKED)
        waiver.save(update_fields=["message"])


class Migration(migrations.Migration):
    dependencies = [("indicators", "0019_restricted_bytes")]
    operations = [migrations.RunPython(quote_alone, migrations.RunPython.noop)]
