"""Reports call the fields of their issue and withdrawal as every paper does; nothing is stored otherwise."""

from django.conf import settings
from django.db import migrations, models


def account(name: str) -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=name, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("inspections", "0044_public_page"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField("report", "issued_at", models.DateTimeField("签发时间", null=True, blank=True)),
        migrations.AlterField("report", "issued_by", account("签发人账号")),
        migrations.AlterField("report", "withdrawn_by", account("撤回人")),
    ]
