"""Compiled reports, each a frozen version with its Word and PDF files."""

from django.db import models
from django.db.models import Q

from portal.core.lib.models import Stamped
from schools.access.permissions import Place


class Report(Stamped):
    """A phased rectification report (阶段整改报告): one scope, one period, one data version.

    Stored states are compiling and ready; a report whose job gave up is shown as failed (queries.with_state).
    """

    class State(models.TextChoices):
        COMPILING = "compiling", "编制中"
        READY = "ready", "已生成"
        FAILED = "failed", "失败"

    district = models.ForeignKey(
        "schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="reports"
    )
    school = models.ForeignKey("schools.School", null=True, blank=True, verbose_name="学校", on_delete=models.PROTECT)
    phase = models.ForeignKey("indicators.Phase", null=True, blank=True, verbose_name="阶段", on_delete=models.PROTECT)
    evaluation = models.ForeignKey("indicators.Evaluation", null=True, blank=True, on_delete=models.PROTECT)
    starts_on = models.DateField("起")
    ends_on = models.DateField("止")
    title = models.CharField("标题", max_length=200)
    version = models.PositiveIntegerField("版次")
    data_sha256 = models.CharField("数据版本", max_length=64)
    context = models.JSONField("报告数据")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.COMPILING)
    warnings = models.JSONField("提示", default=list, blank=True, help_text="what whoever opens the files should know")
    job = models.ForeignKey("portal.Job", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    docx = models.ForeignKey("portal.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    pdf = models.ForeignKey("portal.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    place = Place(school="school", district="district")

    class Meta:
        verbose_name = verbose_name_plural = "整改报告"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "starts_on", "ends_on", "data_sha256"],
                name="report_district_same_data_once",
                condition=Q(school__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["school", "starts_on", "ends_on", "data_sha256"],
                name="report_school_same_data_once",
                condition=Q(school__isnull=False),
            ),
            models.CheckConstraint(
                name="report_ready_has_files",
                condition=~Q(state="ready") | Q(docx__isnull=False, pdf__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（第 {self.version} 版）"
