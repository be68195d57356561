"""Who reviews a submission; of those decided already it is who decided last."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def who_decided(apps, schema_editor):
    submissions, decisions = apps.get_model("indicators", "Submission"), apps.get_model("indicators", "Decision")
    newest = decisions.objects.filter(revision__submission=models.OuterRef("pk")).order_by("-pk")
    rows = submissions.objects.filter(decided_at__isnull=False)
    rows.update(reviewer=models.Subquery(newest.values("decided_by")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0023_scenario"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="reviewer",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="审核人",
            ),
        ),
        migrations.RunPython(who_decided, migrations.RunPython.noop),
    ]
