"""Escalations of late findings (督办): their levels (levels.toml); proposed by a job, decided by a person, answered by the school."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.db import models
from django.db.models import Q

from inspections.rectification.models import Finding
from portal.core.lib.dates import Period, Unit
from portal.core.lib.models import Immutable, Stamped
from schools.access.models import Place

MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Level:
    """One level; `days` after the due day by category of finding, before it where negative."""

    code: str
    name: str
    days: Mapping[str, int]
    decides: str
    reply: bool
    word: str
    paper: str
    source: str

    @property
    def is_leaders(self) -> bool:
        return self.decides == "leader"


_DATA = tomllib.loads(Path(__file__).with_name("levels.toml").read_text(encoding="utf-8"))
LEVELS = {entry["code"]: Level(**entry) for entry in _DATA["levels"]}
LEVEL_CHOICES = [(level.code, level.name) for level in LEVELS.values()]
LEVEL_ORDER = {code: place for place, code in enumerate(LEVELS)}
SEVERITY_PERCENT: Mapping[str, int] = _DATA["severity"]["percent"]


def sooner(days: int, severity: str) -> int:
    """Days after the due day: the graver the sooner; a reminder before it stays."""
    return days if days <= 0 else max(1, days * SEVERITY_PERCENT.get(severity, 100) // 100)


REPLY_WITHIN = Period(_DATA["reply"]["count"], Unit(_DATA["reply"]["unit"]))


class LevelSetting(Stamped):
    """When a district reaches a level for a category of findings; without a row `levels.toml` holds."""

    district = models.ForeignKey("schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    level = models.CharField("级次", max_length=10, choices=LEVEL_CHOICES)
    category = models.CharField("类别", max_length=15, choices=Finding.Category.choices)
    days = models.SmallIntegerField("逾期几天", null=True, blank=True, help_text="负数是到期前；空白是不用这一级")

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "督办级次设置"
        constraints = [
            models.UniqueConstraint(fields=["district", "level", "category"], name="level_setting_once"),
            models.CheckConstraint(
                name="level_setting_days_sensible",
                condition=Q(days__isnull=True) | Q(days__gte=-MOST_DAYS, days__lte=MOST_DAYS),
            ),
        ]


class Escalation(Stamped):
    """One level that a finding reached with one due day; never deleted."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "待决定"
        ISSUED = "issued", "待签收"
        ACKNOWLEDGED = "acknowledged", "待回复"
        REPLIED = "replied", "待办结"
        DONE = "done", "已办结"
        DECLINED = "declined", "不予督办"
        DROPPED = "dropped", "不再需要"

    # What a person has issued; the rest is how the bureau works.
    ISSUED_STATES = (State.ISSUED, State.ACKNOWLEDGED, State.REPLIED, State.DONE)

    finding = models.ForeignKey(Finding, verbose_name="问题", on_delete=models.PROTECT, related_name="escalations")
    level = models.CharField("级次", max_length=10, choices=LEVEL_CHOICES)
    due_on = models.DateField("整改期限")
    days_late = models.SmallIntegerField("提出时逾期天数")
    state = models.CharField("状态", max_length=15, choices=State.choices, default=State.PROPOSED)
    put_off_until = models.DateField("暂缓到", null=True, blank=True)
    reason = models.CharField("不予督办或暂缓的原因", max_length=200, blank=True)
    number = models.CharField("文号", max_length=30, blank=True)
    requirement = models.TextField("督办要求", blank=True)
    reply_due_on = models.DateField("反馈期限", null=True, blank=True)
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)
    decided_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField("签收时间", null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        "portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reply = models.TextField("办理情况", blank=True)
    replied_at = models.DateTimeField("回复时间", null=True, blank=True)
    replied_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.TextField("办结意见", blank=True)
    finished_at = models.DateTimeField("办结时间", null=True, blank=True)
    finished_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    place = Finding.place.via("finding")

    class Meta:
        verbose_name = verbose_name_plural = "督办"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["finding", "level", "due_on"], name="escalation_once"),
            *(
                models.CheckConstraint(
                    name=f"escalation_{step}_paired",
                    condition=Q(**{f"{step}_at__isnull": True, f"{step}_by__isnull": True})
                    | Q(**{f"{step}_at__isnull": False, f"{step}_by__isnull": False}),
                )
                for step in ("decided", "acknowledged", "replied", "finished")
            ),
        ]
        indexes = [models.Index(fields=["state"], name="escalation_waiting")]

    def __str__(self) -> str:
        return self.number or f"{self.get_level_display()} {self.finding}"

    @property
    def spec(self) -> Level:
        return LEVELS[self.level]


class EscalationFile(Immutable):
    """A file handed in with a reply (佐证); of a reply sent back it stays on record."""

    escalation = models.ForeignKey(Escalation, on_delete=models.PROTECT, related_name="files")
    document = models.ForeignKey("portal.Document", on_delete=models.PROTECT, related_name="+")

    place = Escalation.place.via("escalation")

    class Meta:
        verbose_name = verbose_name_plural = "督办佐证"
        ordering = ["id"]
