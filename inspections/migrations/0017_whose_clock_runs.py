from django.db import migrations, models
from django.utils import timezone


def start_clocks(apps, schema_editor):
    """What waits for a verifier has waited since the last request."""
    Finding = apps.get_model("inspections", "Finding")
    extension = ("ask_extension", "extend", "decline_extension")
    for finding in Finding.objects.exclude(state="closed").iterator():
        entries = list(finding.entries.order_by("id").values_list("kind", "at"))
        asked = [at for kind, at in entries if kind == "request_close"]
        more = [(kind, at) for kind, at in entries if kind in extension]
        since = []
        if finding.state in ("close_requested", "verifying") and asked:
            since.append(asked[-1])
        if more and more[-1][0] == "ask_extension":
            since.append(more[-1][1])
        if since:
            Finding.objects.filter(pk=finding.pk).update(waiting_since=timezone.localtime(min(since)).date())


class Migration(migrations.Migration):
    dependencies = [("inspections", "0016_closing_rests_on_a_figure")]

    operations = [
        migrations.AddField(
            model_name="finding",
            name="waiting_since",
            field=models.DateField(blank=True, null=True, verbose_name="等待核查或答复起"),
        ),
        migrations.AddField(
            model_name="finding",
            name="shifted_due_on",
            field=models.DateField(blank=True, null=True, verbose_name="扣除核查占用后的期限"),
        ),
        migrations.RunPython(start_clocks, migrations.RunPython.noop),
    ]
