"""Bytes that were marked as evidence stay marked wherever else they lie."""

from django.db import migrations
from django.db.models import QuerySet


def mark(apps, schema_editor):
    """Carry the mark of evidence over to its document, from where every road reads it."""
    marked = apps.get_model("indicators", "Evidence").objects.filter(restricted=True).values("document")
    QuerySet(apps.get_model("portal", "Document")).filter(pk__in=marked).update(restricted=True)


class Migration(migrations.Migration):
    dependencies = [
        ("indicators", "0018_judged_again_for_a_reason"),
        ("portal", "0006_document_may_be_restricted"),
    ]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
