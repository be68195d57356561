"""Figures of the state's statistics next to what schools report, and why they differ."""

from django.conf import settings
from django.db import models

from portal.core.lib.models import Immutable
from schools.access.models import Place


class StatisticsImport(Immutable):
    """A statistics workbook taken over for a round; a newer one supersedes its figures, none is ever deleted."""

    round = models.ForeignKey(
        "indicators.Round", verbose_name="评估年度", on_delete=models.PROTECT, related_name="statistics"
    )
    document = models.ForeignKey("portal.Document", verbose_name="文件", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField("文件校验值", max_length=64)
    year = models.PositiveSmallIntegerField("统计年度")
    forms = models.JSONField("报表", default=list)
    mapping = models.CharField("对照版本", max_length=12)
    created_at = models.DateTimeField("导入时间", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="导入人", on_delete=models.PROTECT, related_name="+"
    )

    place = Place(district="round__district")

    class Meta:
        verbose_name = verbose_name_plural = "统计报表"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.document.name


class StatisticsFigure(Immutable):
    """One figure of a school in the statistics: the derived value and the cell it was derived from."""

    statistics = models.ForeignKey(StatisticsImport, on_delete=models.PROTECT, related_name="figures")
    school = models.ForeignKey("schools.School", verbose_name="学校", on_delete=models.PROTECT, related_name="+")
    item = models.CharField("项目", max_length=60)
    value = models.DecimalField("数值", max_digits=30, decimal_places=15)
    raw = models.CharField("原文", max_length=200)
    unit = models.CharField("表中单位", max_length=10)
    form = models.CharField("表号", max_length=40)
    sheet = models.CharField("工作表", max_length=40)
    cells = models.CharField("单元格", max_length=100)
    header = models.CharField("表头", max_length=200)

    place = Place(school="school", district="statistics__round__district")

    class Meta:
        verbose_name = verbose_name_plural = "统计数"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["statistics", "school", "item"], name="statistics_figure_once"),
        ]

    def __str__(self) -> str:
        return self.source

    @property
    def source(self) -> str:
        """教基3112 D7."""
        return f"{self.form} {self.cells}"


class StatisticsPrefill(Immutable):
    """A blank answer that was filled in with a figure of the statistics."""

    submission = models.ForeignKey("indicators.Submission", on_delete=models.PROTECT, related_name="prefills")
    item = models.CharField("项目", max_length=60)
    figure = models.ForeignKey(StatisticsFigure, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("预填时间", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="预填人", on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = verbose_name_plural = "统计预填"
        ordering = ["id"]


class DifferenceReason(Immutable):
    """Why a school's figure differs from the statistics.

    It holds only while both figures still read the same; the newest counts.
    """

    submission = models.ForeignKey("indicators.Submission", on_delete=models.PROTECT, related_name="difference_reasons")
    item = models.CharField("项目", max_length=60)
    reported = models.CharField("填报数", max_length=220)
    statistics = models.DecimalField("统计数", max_digits=30, decimal_places=15)
    reason = models.CharField("说明", max_length=300)
    created_at = models.DateTimeField("说明时间", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="说明人", on_delete=models.PROTECT, related_name="+"
    )

    place = Place(school="submission__school", district="submission__round__district")

    class Meta:
        # Of the release that brought it.
        db_table = "indicators_statisticsexplanation"
        verbose_name = verbose_name_plural = "差异说明"
        ordering = ["id"]
