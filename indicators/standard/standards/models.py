"""Versions of the national standard, each one immutable document."""

from django.db import models

from portal.core.lib.models import Immutable, LateJSONField


class Standard(Immutable):
    """One version of the standard: indicators, items, thresholds and rules as canonical JSON.

    Loading the same files again is the same row; changed files are a new
    `revision` of the code, so a version in use never changes (教督〔2017〕6号).
    """

    code = models.CharField("标准代号", max_length=40)
    revision = models.PositiveIntegerField("修订号", default=1)
    name = models.CharField("名称", max_length=120)
    content = LateJSONField("内容")
    sha256 = models.CharField(max_length=64, unique=True)
    loaded_at = models.DateTimeField("载入时间", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "标准"
        ordering = ["code", "-revision"]
        constraints = [models.UniqueConstraint(fields=["code", "revision"], name="standard_revision_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def version(self) -> str:
        return f"{self.code}·{self.revision}"
