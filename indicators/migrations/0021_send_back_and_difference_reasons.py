"""Names as in the glossary: ReturnReason, StatisticsExplanation in Python only; tables and rows stay as they are."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("indicators", "0020_waivers_quote_the_warning_alone")]

    operations = [
        # First the tables get the names they have: renaming the models then changes nothing in the database.
        migrations.AlterModelTable(name="returnreason", table="indicators_returnreason"),
        migrations.AlterModelTable(name="statisticsexplanation", table="indicators_statisticsexplanation"),
        migrations.RenameModel(old_name="ReturnReason", new_name="SendBackReason"),
        migrations.RenameModel(old_name="StatisticsExplanation", new_name="DifferenceReason"),
        migrations.AlterField(
            model_name="differencereason",
            name="submission",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="difference_reasons",
                to="indicators.submission",
            ),
        ),
    ]
