"""Saved scenarios: named sets of measures on an evaluation."""

from django.db import models

from portal.core.lib.models import Stamped
from schools.access.models import Place


class Scenario(Stamped):
    """What would change if: nothing of it touches real data. `measures` as `PlannedMeasure.as_json` gives them."""

    evaluation = models.ForeignKey(
        "indicators.Evaluation", verbose_name="依据的评估", on_delete=models.PROTECT, related_name="scenarios"
    )
    name = models.CharField("名称", max_length=60)
    note = models.CharField("说明", max_length=300, blank=True)
    measures = models.JSONField("措施", default=list)
    version = models.PositiveIntegerField("版本", default=1)

    place = Place(district="evaluation__round__district")

    class Meta:
        verbose_name = verbose_name_plural = "试算方案"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name
