import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portal", "0003_audit_event_names_the_role")]

    operations = [
        migrations.CreateModel(
            name="SentForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(verbose_name="表单")),
                ("digest", models.CharField(max_length=64, verbose_name="内容校验值")),
                ("address", models.CharField(blank=True, max_length=300, verbose_name="办理结果")),
                ("sent_at", models.DateTimeField(auto_now_add=True, db_index=True, verbose_name="提交时间")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "已提交的表单",
                "verbose_name_plural": "已提交的表单",
                "constraints": [models.UniqueConstraint(fields=("user", "key", "digest"), name="sent_form_once")],
            },
        ),
    ]
