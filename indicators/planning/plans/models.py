"""Stored plans."""

from django.db import models

from portal.core.lib.models import Immutable
from schools.access.models import Place


class PlanRun(Immutable):
    """The least-cost way from a round to the standard; the same inputs and terms give the same row."""

    round = models.ForeignKey(
        "indicators.Round", verbose_name="评估年度", on_delete=models.PROTECT, related_name="plans"
    )
    first_year = models.PositiveSmallIntegerField("规划起始年度")
    last_year = models.PositiveSmallIntegerField("规划末年")
    total_cost = models.DecimalField("总费用（万元）", max_digits=16, decimal_places=4)
    reaches = models.BooleanField("末年全部达标")
    content = models.JSONField("完整结果")
    sha256 = models.CharField("校验值", max_length=64)
    created_at = models.DateTimeField("规划时间", auto_now_add=True)
    created_by = models.ForeignKey("portal.User", verbose_name="规划人", on_delete=models.PROTECT, related_name="+")

    place = Place(district="round__district")

    class Meta:
        verbose_name = verbose_name_plural = "达标规划"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["round", "sha256"], name="plan_same_once")]

    def __str__(self) -> str:
        return f"{self.round}达标规划（{self.first_year}—{self.last_year}）"
