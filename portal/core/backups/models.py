"""When backups were taken and how they ended."""

from django.db import models

from portal.core.lib.models import Immutable


class Backup(Immutable):
    """One attempt at a backup; without `error` it was written whole, but for the files listed in `damaged`."""

    at = models.DateTimeField("时间", db_index=True)
    folder = models.CharField("目录", max_length=300)
    rows = models.PositiveBigIntegerField("行数", default=0)
    files = models.PositiveIntegerField("文件数", default=0)
    size = models.PositiveBigIntegerField("文件字节数", default=0)
    damaged = models.JSONField("缺少或损坏的文件", default=list)
    error = models.TextField("失败原因", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "备份"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.folder
