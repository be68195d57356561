"""Recusals (回避): which inspector does not inspect which school, since when and until when."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.db import models
from django.db.models import F, OuterRef, Q
from django.utils import timezone

from portal.core.lib.models import Stamped
from schools.access.models import Place


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation in words; `since` says what day is asked for, `years` how long it lasts from that day, if not for good."""

    label: str
    since: str
    source: str
    years: int = 0

    def until(self, since: dt.date) -> dt.date | None:
        """The last day: the same day so many years later; for 29 February the day before March."""
        if not self.years:
            return None
        year = min(since.year + self.years, dt.MAXYEAR)
        try:
            return since.replace(year=year)
        except ValueError:
            return since.replace(year=year, day=28)


# Each with its source.
KINDS: Mapping[str, Relation] = {
    code: Relation(**entry)
    for code, entry in tomllib.loads(Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8")).items()
}


class Recusal(Stamped):
    """An inspector steps back from a school; ended with a reason, never deleted.

    The relation is private: notices and the trail name none.
    """

    class Origin(models.TextChoices):
        DECLARED = "declared", "本人声明"
        RECORDED = "recorded", "局管理员登记"
        OBJECTED = "objected", "学校提出异议"

    class Decision(models.TextChoices):
        RECUSED = "recused", "回避"
        NOT_RECUSED = "not_recused", "不回避"

    inspector = models.ForeignKey("portal.User", verbose_name="督学", on_delete=models.PROTECT, related_name="recusals")
    school = models.ForeignKey("schools.School", verbose_name="学校", on_delete=models.PROTECT, related_name="recusals")
    # A code of kinds.toml; the words may change there.
    kind = models.CharField("情形", max_length=20)
    note = models.CharField("说明", max_length=200, blank=True)
    origin = models.CharField("来源", max_length=10, choices=Origin.choices)
    # Whether the school wrote the objection itself: then it reads relation, reason and decision.
    is_own_words = models.BooleanField("学校自己提出", default=False)
    since = models.DateField("自")
    until = models.DateField("至", null=True, blank=True)
    decision = models.CharField("决定", max_length=12, choices=Decision.choices, blank=True)
    decision_reason = models.CharField("决定的理由", max_length=200, blank=True)
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    decided_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    end_reason = models.CharField("结束的原因", max_length=200, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    ended_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    place = Place(school="school")

    class Meta:
        verbose_name = verbose_name_plural = "回避"
        ordering = ["-since", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["inspector", "school", "kind", "since", "is_own_words"],
                name="recusal_once",
                condition=Q(ended_at=None) & ~Q(decision="not_recused"),
            ),
            models.CheckConstraint(name="recusal_dates_in_order", condition=Q(until=None) | Q(until__gte=F("since"))),
            models.CheckConstraint(
                name="recusal_decided_by_somebody",
                condition=Q(decided_at=None, decided_by=None, decision="")
                | Q(decided_at__isnull=False, decided_by__isnull=False, origin="objected") & ~Q(decision=""),
            ),
            models.CheckConstraint(
                name="recusal_ended_by_somebody",
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inspector.name} · {self.school}"

    @staticmethod
    def in_force(on: dt.date | OuterRef) -> Q:
        """Holds on that day; an objection holds until it is decided."""
        lasts = Q(until=None) | Q(until__gte=on)
        return lasts & Q(since__lte=on, ended_at=None) & ~Q(decision=Recusal.Decision.NOT_RECUSED)

    def is_in_force(self, on: dt.date, last: dt.date | None = None) -> bool:
        """As `in_force`, of one row; with `last` on any day from one to the other."""
        holds = self.ended_at is None and self.decision != self.Decision.NOT_RECUSED
        return holds and self.since <= (last or on) and (self.until is None or self.until >= on)

    @property
    def relation(self) -> Relation:
        return KINDS[self.kind]

    @staticmethod
    def undecided() -> Q:
        return Q(origin=Recusal.Origin.OBJECTED, decision="", ended_at=None)

    @property
    def is_undecided(self) -> bool:
        return self.origin == self.Origin.OBJECTED and not self.decision and self.ended_at is None

    @property
    def state(self) -> tuple[str, str]:
        """Words and tone."""
        if self.ended_at is not None:
            return "已结束", "muted"
        if self.is_undecided:
            return "待决定，暂按回避", "warn"
        if self.decision == self.Decision.NOT_RECUSED:
            return "不回避", "muted"
        if self.until is not None and self.until < timezone.localdate():
            return "已期满", "muted"
        return "回避", "info"
