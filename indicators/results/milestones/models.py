"""Frozen milestones on the road to recognition."""

from django.db import models
from django.db.models import Q

from portal.core.lib.models import Immutable
from schools.access.models import Place


class MilestoneKind(models.TextChoices):
    """The steps of recognition at which figures are frozen (国教督办函〔2019〕30号)."""

    SELF = "self", "县级自评"
    CITY = "city", "市级复核"
    PROVINCE = "province", "省级督导评估"
    STATE = "state", "国家认定"


class Milestone(Immutable):
    """An evaluation with its inputs, frozen as what a round stood for at one step; a later one may supersede it."""

    round = models.ForeignKey("indicators.Round", on_delete=models.PROTECT, related_name="milestones")
    kind = models.CharField("环节", max_length=10, choices=MilestoneKind.choices)
    number = models.PositiveSmallIntegerField("第几次冻结")
    evaluation = models.ForeignKey(
        "indicators.Evaluation", verbose_name="评估", on_delete=models.PROTECT, related_name="milestones"
    )
    note = models.CharField("说明", max_length=300, blank=True)
    caveats = models.JSONField("冻结时的提示", default=list)
    sha256 = models.CharField("冻结校验值", max_length=64)
    frozen_at = models.DateTimeField("冻结时间", auto_now_add=True)
    frozen_by = models.ForeignKey("portal.User", verbose_name="冻结人", on_delete=models.PROTECT, related_name="+")

    place = Place(district="round__district")

    class Meta:
        verbose_name = verbose_name_plural = "冻结节点"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "kind", "number"], name="milestone_number_once"),
            models.CheckConstraint(name="milestone_kind_known", condition=Q(kind__in=MilestoneKind.values)),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.title}"

    @property
    def title(self) -> str:
        """With its number from the second time on."""
        again = f"（第 {self.number} 次）" if self.number > 1 else ""
        return f"{self.get_kind_display()}{again}"
