from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("indicators", "0005_evaluation_holds_absurd_figures")]

    operations = [
        migrations.AlterField(
            model_name="answer",
            name="number",
            field=models.DecimalField(blank=True, decimal_places=15, max_digits=30, null=True, verbose_name="数值"),
        ),
    ]
