"""The coefficients of an evaluation stand in its result; nothing ever read these rows."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("indicators", "0013_programme_goals_and_safeguards")]
    operations = [migrations.DeleteModel("Coefficient")]
