"""Figures of a school checked on site: claimed and found, and what the school says of a difference."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from portal.core.lib import numbers
from portal.core.lib.models import Stamped
from portal.core.lib.verdicts import NOT_APPLICABLE
from schools.access.models import Place


class Direction(models.TextChoices):
    """How a claim stands to what was found, judged unrounded against the tolerance."""

    SAME = "same", "相符"
    OVER = "over", "多报"
    UNDER = "under", "少报"


class CheckedFigure(Stamped):
    """A figure claimed and found at a finished visit; blank ones are not checked, so without a number it is 不适用.

    `standard` and `tolerance` are in words as they were when the visit began.
    """

    class Answer(models.TextChoices):
        CORRECT = "correct", "更正填报"
        REASON = "explain", "说明理由"

    visit = models.ForeignKey("inspections.Visit", on_delete=models.PROTECT, related_name="figures")
    revision = models.ForeignKey("indicators.Revision", on_delete=models.PROTECT, related_name="+")
    finding = models.ForeignKey(
        "inspections.Finding", null=True, blank=True, on_delete=models.PROTECT, related_name="figures"
    )
    question = models.CharField("问题", max_length=40)
    indicator = models.CharField("指标", max_length=4)
    code = models.CharField("数据", max_length=80)
    label = models.CharField("名称", max_length=200)
    items = models.JSONField("填报项", default=list)
    stage = models.CharField("学段", max_length=10, blank=True)
    unit = models.CharField("单位", max_length=20, blank=True)
    year = models.CharField("统计时间", max_length=40, blank=True)
    claimed = models.DecimalField("填报值", max_digits=30, decimal_places=15, null=True)
    found = models.DecimalField("现场值", max_digits=30, decimal_places=15, null=True)
    standard = models.TextField("标准", blank=True)
    tolerance = models.CharField("允许误差", max_length=20)
    less_is_better = models.BooleanField("以小为好", default=False)
    direction = models.CharField("结论", max_length=5, choices=Direction.choices)
    answer = models.CharField("学校答复", max_length=10, choices=Answer.choices, blank=True)
    answer_text = models.CharField("答复说明", max_length=300, blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    place = Place(school="visit__school")

    class Meta:
        verbose_name = verbose_name_plural = "现场核查数据"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "question", "code"], name="checked_figure_once"),
            models.CheckConstraint(
                name="checked_figure_answered_paired",
                condition=Q(answer="", answered_at__isnull=True, answered_by__isnull=True)
                | (~Q(answer="") & Q(answered_at__isnull=False, answered_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="checked_figure_answers_a_difference", condition=Q(answer="") | ~Q(direction="same")
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def difference(self) -> Decimal | None:
        """Found less claimed; None where one of them is 不适用."""
        return None if self.claimed is None or self.found is None else self.found - self.claimed

    @property
    def is_flattering(self) -> bool:
        """The claim is better than what was found: too high, or too low where less is better."""
        return self.direction == (Direction.UNDER if self.less_is_better else Direction.OVER)

    @property
    def claimed_words(self) -> str:
        return self._amount(self.claimed)

    @property
    def found_words(self) -> str:
        return self._amount(self.found)

    def _amount(self, number: Decimal | None) -> str:
        return NOT_APPLICABLE.words if number is None else f"{numbers.plain(number)} {self.unit}".rstrip()

    @property
    def words(self) -> str:
        """多报 2 间; without a number where one of them is 不适用."""
        label = Direction(self.direction).label
        words = label if self.difference is None else f"{label} {self._amount(abs(self.difference))}"
        return f"{words}（以小为好）" if self.less_is_better and self.direction != Direction.SAME else words

    @property
    def sentence(self) -> str:
        return f"{self.label}填报 {self.claimed_words}，现场 {self.found_words}，{self.words}"

    @property
    def answer_words(self) -> str:
        """学校说明：…"""
        if not self.answer:
            return "学校还没有答复"
        given = "学校要求更正填报" if self.answer == self.Answer.CORRECT else "学校说明理由"
        return f"{given}：{self.answer_text}" if self.answer_text else given
