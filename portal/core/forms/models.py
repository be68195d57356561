"""Forms that were sent, so that one sent twice is done once."""

from django.conf import settings
from django.db import models

LONGEST_ADDRESS = 300


class SentForm(models.Model):
    """A form as one person sent it, and the address its answer led to; `digest` is that of everything typed."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField("表单")
    digest = models.CharField("内容校验值", max_length=64)
    address = models.CharField("办理结果", max_length=LONGEST_ADDRESS, blank=True)
    sent_at = models.DateTimeField("提交时间", auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "已提交的表单"
        constraints = [models.UniqueConstraint(fields=["user", "key", "digest"], name="sent_form_once")]

    def __str__(self) -> str:
        return self.address
