"""Campaigns (专项督导行动): one theme, many schools, several teams."""

from django.db import models
from django.db.models import F, Q

from portal.core.lib.models import Stamped
from schools.access.models import Place


class Campaign(Stamped):
    """A 专项督导 of many schools in one period; its visits hold the schools, days and teams."""

    district = models.ForeignKey("schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    theme = models.CharField("主题", max_length=100)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    # Codes of the standard in force when it was planned.
    indicators = models.JSONField("指标", default=list, blank=True)
    matters = models.TextField("督导事项", max_length=1000)
    notice_no = models.CharField("通知文号", max_length=40, blank=True)
    per_day = models.PositiveSmallIntegerField("每组每天最多几所")
    # Of the plan as it was shown and confirmed: the same plan sent again is the same campaign.
    digest = models.CharField("校验值", max_length=64)

    change_reason = models.CharField("最近修改的原因", max_length=200, blank=True)
    cancel_reason = models.CharField("取消的原因", max_length=200, blank=True)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)
    cancelled_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "专项督导"
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "digest"], name="campaign_once", condition=Q(cancelled_at__isnull=True)
            ),
            models.CheckConstraint(name="campaign_dates_in_order", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="campaign_cancelled_by_somebody",
                condition=Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.theme
