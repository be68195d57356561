"""Frozen results of judging a district."""

from django.db import models
from django.utils import timezone

from portal.core.lib.models import Immutable
from schools.access.models import Place


class JudgedStage(models.TextChoices):
    """Compulsory stages that are judged."""

    PRIMARY = "primary", "小学"
    JUNIOR = "junior", "初中"


class Evaluation(Immutable):
    """One judgement of a district's round; the same inputs, standard and engine give the same row."""

    round = models.ForeignKey("indicators.Round", on_delete=models.PROTECT, related_name="evaluations")
    standard = models.ForeignKey("indicators.Standard", on_delete=models.PROTECT)
    engine = models.CharField("引擎版本", max_length=20)
    inputs_sha256 = models.CharField("输入校验值", max_length=64)
    inputs = models.JSONField("输入版本", help_text="respondent → revision id, receipt, sha256, figures, register")
    result = models.JSONField("完整结果")
    complete = models.BooleanField("数据齐全")
    verdict = models.BooleanField("结论", null=True)
    why = models.JSONField("结论的理由", default=list)
    # Why a closed round was judged again with another outcome to be expected; else blank.
    reason = models.CharField("重新评估的原因", max_length=300, blank=True)
    data_as_of = models.DateTimeField("数据截至")
    created_at = models.DateTimeField("评估时间", auto_now_add=True)
    created_by = models.ForeignKey("portal.User", on_delete=models.PROTECT, related_name="+")

    place = Place(district="round__district")

    class Meta:
        verbose_name = verbose_name_plural = "评估结果"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "standard", "engine", "inputs_sha256"], name="evaluation_same_inputs_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.round} 评估（{timezone.localtime(self.created_at):%Y-%m-%d %H:%M}）"


class PartResult(Immutable):
    """One stage part of a school: its pupils and whether it passes 6-of-7 with the floor."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="parts")
    school = models.ForeignKey("schools.School", on_delete=models.PROTECT, related_name="results")
    school_name = models.CharField("学校名称", max_length=100)
    kind = models.CharField("学校类型", max_length=20)
    area = models.CharField("城乡类型", max_length=4)
    sponsor = models.PositiveSmallIntegerField("举办者类型")
    stage = models.CharField("学段", max_length=10, choices=JudgedStage.choices)
    pupils = models.DecimalField("在校生数", max_digits=12, decimal_places=0, null=True)
    passes = models.BooleanField("达标", null=True)
    # None as well where the school had no relaxation for A1–A7.
    relaxed = models.BooleanField("放宽口径达标", null=True)
    reached = models.PositiveSmallIntegerField("达标项数", default=0)
    revision = models.ForeignKey("indicators.Revision", null=True, on_delete=models.PROTECT, related_name="+")

    place = Place(school="school", district="evaluation__round__district")

    class Meta:
        verbose_name = verbose_name_plural = "学校学段结果"
        ordering = ["school__code", "-stage"]
        constraints = [models.UniqueConstraint(fields=["evaluation", "school", "stage"], name="part_once")]


class IndicatorResult(Immutable):
    """One of A1–A7 for one part. Values carry 15 decimals; the exact ones are in Evaluation.result."""

    part = models.ForeignKey(PartResult, on_delete=models.PROTECT, related_name="indicators")
    code = models.CharField("指标", max_length=4)
    numerator = models.DecimalField("分子", max_digits=36, decimal_places=15, null=True)
    value = models.DecimalField("指标值", max_digits=36, decimal_places=15, null=True)
    threshold = models.DecimalField("标准值", max_digits=12, decimal_places=4)
    floor = models.DecimalField("85% 底线", max_digits=12, decimal_places=4)
    reaches = models.BooleanField("达标", null=True)
    reaches_floor = models.BooleanField("达到底线", null=True)
    gap = models.DecimalField("差距", max_digits=36, decimal_places=15, null=True)
    near_limit = models.BooleanField("临界", default=False)
    formula = models.CharField("算式", max_length=300, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "指标结果"
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["part", "code"], name="indicator_result_once")]
