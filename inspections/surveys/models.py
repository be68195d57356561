"""Satisfaction surveys of a district: what is asked (questionnaire.toml, copied when made), codes, and answers that lead back to nobody."""

import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from portal.core.lib.models import Immutable, Stamped
from schools.access.models import Place

CURRENT_QUESTIONNAIRE: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("questionnaire.toml").read_text(encoding="utf-8")
)
# 万人, as application forms give the population.
_TEN_THOUSAND = 10_000


@dataclass(frozen=True, slots=True)
class AskedGroup:
    """A group of people who are asked (对象); `each_school` of them for every school, or a `share` of the sample."""

    code: str
    label: str
    by_school: bool
    note: str = ""
    share: str = "0"
    each_school: int = 0


@dataclass(frozen=True, slots=True)
class SurveyQuestion:
    """One statement people judge, of one dimension, put to some groups."""

    code: str
    dimension: str
    text: str
    groups: tuple[str, ...]


class Questionnaire:
    """One version, as a survey holds it."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        self.content = content
        self.version: str = content["version"]
        self.choices: dict[str, str] = content["choices"]
        self.satisfied = frozenset(content["satisfied"])
        self.least_shown: int = content["least_shown"]
        self.groups = {one["code"]: AskedGroup(**one) for one in content["groups"]}
        self.dimensions: dict[str, str] = {one["code"]: one["label"] for one in content["dimensions"]}
        self.questions = [SurveyQuestion(**one | {"groups": tuple(one["groups"])}) for one in content["questions"]]
        self.return_rate = Fraction(content["sample"]["return_rate"])
        self.sample_words: str = content["sample"]["source"]

    def put_to(self, group: str) -> list[SurveyQuestion]:
        return [question for question in self.questions if group in question.groups]

    def portions(self, population: Decimal, pupils: Mapping[int, int]) -> dict[tuple[str, int | None], int]:
        """Codes for each group at each school, None for those asked in the whole district.

        `population` in 万人, `pupils` by school; schools without pupils get the least.
        """
        sample = self.content["sample"]
        residents = (population * _TEN_THOUSAND * Decimal(sample["per_resident"])).to_integral_value(ROUND_CEILING)
        wanted, everybody = max(int(residents), sample["least"]), sum(pupils.values())
        found: dict[tuple[str, int | None], int] = {}
        for group in self.groups.values():
            sent = ceil(wanted * Fraction(group.share) / self.return_rate)
            if group.by_school:
                for school, count in pupils.items():
                    own = ceil(Fraction(sent * count, everybody)) if everybody else 0
                    found[group.code, school] = max(own, sample["least_per_school"])
            else:
                found[group.code, None] = sent or group.each_school * len(pupils)
        return found


class Survey(Stamped):
    """A satisfaction survey (满意度调查) of a district's own: an early estimate, never the state's result (D1)."""

    district = models.ForeignKey("schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    title = models.CharField("名称", max_length=60)
    opens_on = models.DateField("开始日期")
    closes_on = models.DateField("截止日期")
    population = models.DecimalField("常住人口", max_digits=8, decimal_places=2, help_text="万人")
    content = models.JSONField("问卷")
    # Codes are derived from it and the portal's key: they can be printed again, and are stored nowhere.
    seed = models.CharField(max_length=64, editable=False)
    opened_at = models.DateTimeField("发放时间", null=True, blank=True)
    opened_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    ended_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    place = Place(district="district", with_all_below=True)

    class Meta:
        verbose_name = verbose_name_plural = "满意度调查"
        ordering = ["-opens_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["district", "title"], name="survey_title_once"),
            models.CheckConstraint(name="survey_days_in_order", condition=Q(closes_on__gte=models.F("opens_on"))),
            models.CheckConstraint(
                name="survey_opened_paired",
                condition=Q(opened_at__isnull=True, opened_by__isnull=True)
                | Q(opened_at__isnull=False, opened_by__isnull=False),
            ),
            models.CheckConstraint(
                name="survey_ended_paired",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False, opened_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def questionnaire(self) -> Questionnaire:
        return Questionnaire(self.content)

    @property
    def state(self) -> str:
        """draft, waiting, open, over (the days are over, not counted yet) or ended."""
        if self.ended_at:
            return "ended"
        if not self.opened_at:
            return "draft"
        today = timezone.localdate()
        if today < self.opens_on:
            return "waiting"
        return "open" if today <= self.closes_on else "over"

    @property
    def state_words(self) -> tuple[str, str]:
        """Text and tone."""
        return {
            "draft": ("草稿", "muted"),
            "waiting": ("已发放，还没到开始日期", "info"),
            "open": ("正在答题", "info"),
            "over": ("已截止，待结束", "warn"),
            "ended": ("已结束", "ok"),
        }[self.state]


class SurveyPortion(Immutable):
    """How many codes of a survey go to one group (对象), at one school or in the whole district."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="portions")
    group = models.CharField("对象", max_length=20)
    school = models.ForeignKey(
        "schools.School", verbose_name="学校", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sent = models.PositiveIntegerField("发放")

    class Meta:
        verbose_name = verbose_name_plural = "发放数"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "group", "school"], name="portion_once"),
            models.UniqueConstraint(
                fields=["survey", "group"], name="portion_once_in_district", condition=Q(school=None)
            ),
        ]


class SurveyCode(Immutable):
    """A code good for one answer (答题码), by its keyed digest."""

    portion = models.ForeignKey(SurveyPortion, on_delete=models.PROTECT, related_name="codes")
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = verbose_name_plural = "答题码"

    def __str__(self) -> str:
        return "答题码"

    @property
    def is_used(self) -> bool:
        return not hasattr(self, "unused")


class UnusedCode(models.Model):
    """That a code may still answer. Answering deletes it, and ending a survey all of them: a row that were changed instead
    would name the transaction of its answer, and the order of such rows that of the answers.
    """

    code = models.OneToOneField(SurveyCode, primary_key=True, on_delete=models.PROTECT, related_name="unused")

    class Meta:
        verbose_name = verbose_name_plural = "没有用过的答题码"

    def __str__(self) -> str:
        return "没有用过的答题码"


class SurveyAnswer(Immutable):
    """What somebody of a group answered. Nothing leads to the code, the time or the person, not even its number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="answers")
    group = models.CharField("对象", max_length=20)
    school = models.ForeignKey(
        "schools.School", verbose_name="学校", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answers = models.JSONField("答案")

    class Meta:
        verbose_name = verbose_name_plural = "答卷"
