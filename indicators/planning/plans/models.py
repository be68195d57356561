"""Stored plans."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from portal.core.lib import digests
from portal.core.lib.models import Immutable
from schools.access.models import Place

# A new shape of what `queries.make` finds is a new FORMAT, with its step from the one before and a sample in
# tests/indicators/planning/plans/contents.
FORMAT = 2


def _from_1(content: Mapping[str, Any]) -> dict[str, Any]:
    """Format 1 grew: early plans name no next steps, no budgets needed, no year earlier, nor why the search ended."""
    found = {
        "format": 2,
        "needed_bound": content["least_needed"],
        "budgets_needed": None,
        "budgets_bound": None,
        "can_reach": content["least_needed"] is not None,
        "ended_by": "gap" if content["proven"] else "time",
        "next_steps": [],
        "one_year_earlier": None,
    } | {name: value for name, value in content.items() if name != "format"}
    if found["one_year_earlier"]:
        # The price of a year earlier ignored the yearly budgets.
        found["one_year_earlier"] = {"budgets": "none"} | found["one_year_earlier"]
    return found


UPGRADES: digests.Upgrades = {1: _from_1}


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

    @property
    def stored(self) -> Mapping[str, Any]:
        """The content in today's format; `content` and `sha256` stay as they were recorded."""
        return digests.upgraded(self.content, FORMAT, UPGRADES)

    def __str__(self) -> str:
        return f"{self.round}达标规划（{self.first_year}—{self.last_year}）"
