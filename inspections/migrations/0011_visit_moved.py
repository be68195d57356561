import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inspections", "0010_findings_are_handed_over"),
        ("schools", "0008_roles_wait_for_a_second_person"),
    ]

    operations = [
        migrations.AddField(
            model_name="visit",
            name="move_reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="改到本校的原因"),
        ),
        migrations.AddField(
            model_name="visit",
            name="moved_from",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="schools.school",
                verbose_name="原定学校",
            ),
        ),
    ]
