"""How far a problem was put right, as seen on a later visit (回访)."""

from django.db import models

from inspections.visits.models import Visit
from portal.core.lib.models import Stamped


class FollowUp(Stamped):
    """What a visit found of an earlier finding. It closes nothing: closing is verified in its own steps."""

    class Outcome(models.TextChoices):
        DONE = "done", "已整改"
        MOSTLY = "mostly", "基本整改"
        NOT = "not", "未整改"

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="follow_ups")
    finding = models.ForeignKey("inspections.Finding", on_delete=models.PROTECT, related_name="follow_ups")
    outcome = models.CharField("结论", max_length=10, choices=Outcome.choices)
    now = models.CharField("现状", max_length=300)
    requirement = models.CharField("后续要求", max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    place = Visit.place.via("visit")

    class Meta:
        verbose_name = verbose_name_plural = "回访结论"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["visit", "finding"], name="follow_up_once")]

    def __str__(self) -> str:
        return f"{self.finding} {self.get_outcome_display()}"
