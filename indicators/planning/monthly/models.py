"""Stored monthly updates, and by which day a district wants them."""

from django.db import models
from django.db.models import Q

from portal.core.lib.models import Stamped
from schools.access.models import Place


class MonthlyUpdate(Stamped):
    """What changed at a school in a month, by flat field code: {"plus": "2", "minus": "0"}; empty where nothing did."""

    school = models.ForeignKey(
        "schools.School", verbose_name="学校", on_delete=models.PROTECT, related_name="monthly_updates"
    )
    month = models.DateField("月份（当月 1 日）")
    changes = models.JSONField("变化", default=dict)
    note = models.CharField("说明", max_length=300, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    place = Place(school="school")

    class Meta:
        verbose_name = verbose_name_plural = "月度动态"
        ordering = ["month", "school__code"]
        constraints = [models.UniqueConstraint(fields=["school", "month"], name="monthly_update_once")]

    def __str__(self) -> str:
        return f"{self.school}{self.month:%Y-%m}动态"


class MonthlyDay(Stamped):
    """By which day of a month a district wants the month before reported; empty: nobody is reminded."""

    district = models.OneToOneField(
        "schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="monthly_day"
    )
    day = models.PositiveSmallIntegerField("报送日", null=True, blank=True)
    # Earlier months are not asked for: nobody knew of a day then.
    first_month = models.DateField("从哪个月起（当月 1 日）")

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "月度动态报送日"
        constraints = [
            # Every month has such a day.
            models.CheckConstraint(
                name="monthly_day_in_every_month", condition=Q(day__isnull=True) | Q(day__gte=1, day__lte=28)
            )
        ]

    def __str__(self) -> str:
        return f"每月 {self.day} 日前" if self.day else "不提醒"
