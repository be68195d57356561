"""Stored monthly updates."""

from django.db import models

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
