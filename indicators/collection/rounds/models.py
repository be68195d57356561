"""Assessment years of a district."""

from django.db import models

from portal.core.lib import dates
from portal.core.lib.models import Stamped


class Round(Stamped):
    """One assessment year of a district (评估年度)."""

    class State(models.TextChoices):
        OPEN = "open", "填报中"
        CLOSED = "closed", "已关闭"

    code = models.CharField("年度代号", max_length=20)
    name = models.CharField("名称", max_length=100)
    district = models.ForeignKey(
        "schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="rounds"
    )
    standard = models.ForeignKey("indicators.Standard", verbose_name="标准", on_delete=models.PROTECT)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField("开启时间")
    # Empty when a past year is filled in afterwards: without deadline and notices.
    due_at = models.DateTimeField("截止时间", null=True, blank=True)
    state_reason = models.CharField("关闭或重新开放的理由", max_length=200, blank=True)
    school_year_start = models.DateField("学年初基准日")
    fiscal_year = models.PositiveSmallIntegerField("财政年度")
    school_year = models.CharField("学年", max_length=9)

    scope_district, scope_school, scope_department = "district", "district__schools", "district__departments"

    class Meta:
        verbose_name = verbose_name_plural = "评估年度"
        ordering = ["-school_year_start", "-id"]
        constraints = [models.UniqueConstraint(fields=["district", "code"], name="round_code_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_backfill(self) -> bool:
        """Whether a past year is filled in afterwards (补录往年): without deadline and notices."""
        return self.due_at is None

    @property
    def reference_dates(self) -> dict[str, str]:
        """The three clocks in words: 学年初, 财政, 学年."""
        return {
            "学年初": dates.day(self.school_year_start),
            "财政": f"{self.fiscal_year} 财政年度",
            "学年": f"{self.school_year} 学年",
        }
