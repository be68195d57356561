import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def photos_of_their_own(apps, schema_editor):
    """Give the one photo an answer had a row of its own."""
    photo = apps.get_model("inspections", "VisitPhoto")
    answers = apps.get_model("inspections", "ChecklistAnswer").objects.filter(photo__isnull=False)
    for answer in answers.order_by("id").iterator():
        photo.objects.create(
            visit_id=answer.visit_id,
            question=answer.question,
            document_id=answer.photo_id,
            key=uuid.uuid4(),
            created_by_id=answer.updated_by_id,
            updated_by_id=answer.updated_by_id,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0002_audit_insert_only"),
        ("inspections", "0006_visit_periods"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="VisitPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                ("question", models.CharField(max_length=40, verbose_name="问题")),
                ("key", models.UUIDField(default=uuid.uuid4)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="撤下时间")),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="创建人",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="portal.document"
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="更新人",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="inspections.visit"
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "现场照片",
                "verbose_name_plural": "现场照片",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("visit", "key"), name="visit_photo_once"),
                    models.CheckConstraint(
                        name="visit_photo_withdrawn_by_somebody",
                        condition=models.Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                        | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                    ),
                ],
            },
        ),
        migrations.RunPython(photos_of_their_own, migrations.RunPython.noop),
        migrations.RemoveField(model_name="checklistanswer", name="photo"),
    ]
