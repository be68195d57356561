"""Stored forecasts of pupils."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from portal.core.lib import digests
from portal.core.lib.models import Immutable
from schools.access.models import Place

# A new shape of what `queries.make` gives is a new FORMAT, with its step from the one before and a sample in
# tests/indicators/planning/forecast/contents.
FORMAT = 2


def _from_1(content: Mapping[str, Any]) -> dict[str, Any]:
    """Format 1 grew: a forecast left out what nobody expected or set, an early one what it was projected from."""
    grown = ("townships", "observed", "intake_shares", "moved", "homes", "shares", "ratios")
    return {**content, "format": 2, "base": dict.fromkeys(grown, ()) | content["base"]}


UPGRADES: digests.Upgrades = {1: _from_1}


class Forecast(Immutable):
    """Pupils of the years after a round in three scenarios; the same inputs and assumptions give the same content, stored once until others do."""

    round = models.ForeignKey(
        "indicators.Round", verbose_name="评估年度", on_delete=models.PROTECT, related_name="forecasts"
    )
    to_year = models.PositiveSmallIntegerField("预测到")
    content = models.JSONField("完整结果")
    sha256 = models.CharField("校验值", max_length=64)
    created_at = models.DateTimeField("预测时间", auto_now_add=True)
    created_by = models.ForeignKey("portal.User", verbose_name="预测人", on_delete=models.PROTECT, related_name="+")

    place = Place(district="round__district")

    class Meta:
        verbose_name = verbose_name_plural = "生源预测"
        ordering = ["-id"]

    @property
    def stored(self) -> Mapping[str, Any]:
        """The content in today's format; `content` and `sha256` stay as they were recorded."""
        return digests.upgraded(self.content, FORMAT, UPGRADES)

    def __str__(self) -> str:
        return f"{self.round}生源预测（到 {self.to_year} 年）"
