"""A school's self-report of a year: its own words, its problems with next steps, and what was frozen when it was issued."""

from django.db import models
from django.db.models import Q

from indicators.collection.submissions.models import Submission
from inspections.papers.models import IssuedPaper
from portal.core.lib.models import Stamped


class SelfReport(IssuedPaper):
    """学校自评报告 on one submission; issued it is frozen with the revision it quotes, withdrawn the next version follows."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        ISSUED = "issued", "已签发"
        WITHDRAWN = "withdrawn", "已撤回"

    submission = models.ForeignKey("indicators.Submission", on_delete=models.PROTECT, related_name="self_reports")
    version = models.PositiveIntegerField("版次", default=1)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    revision = models.ForeignKey(
        "indicators.Revision",
        verbose_name="引用的提交",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    content = models.JSONField("冻结内容", null=True, blank=True)
    sha256 = models.CharField("sha256", max_length=64, blank=True)

    place = Submission.place.via("submission")

    class Meta:
        verbose_name = verbose_name_plural = "学校自评报告"
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "version"], name="self_report_version_once"),
            models.UniqueConstraint(
                fields=["submission"], name="self_report_open_once", condition=~Q(state="withdrawn")
            ),
            models.CheckConstraint(
                name="self_report_issued_whole",
                condition=Q(state="draft", issued_at__isnull=True, issued_by__isnull=True, content__isnull=True)
                | Q(
                    state__in=["issued", "withdrawn"],
                    issued_at__isnull=False,
                    issued_by__isnull=False,
                    revision__isnull=False,
                    content__isnull=False,
                    docx__isnull=False,
                    pdf__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="self_report_withdrawn_by_somebody",
                condition=(Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True) & ~Q(state="withdrawn"))
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False, state="withdrawn"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission.school} {self.submission.round}自评报告（第 {self.version} 版）"


class SelfReportText(Stamped):
    """What the school wrote in a section, over which text of the portal (`basis`)."""

    report = models.ForeignKey(SelfReport, on_delete=models.PROTECT, related_name="texts")
    section = models.CharField("部分", max_length=20)
    text = models.TextField("文字", blank=True)
    basis = models.TextField("系统的文字", blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        verbose_name = verbose_name_plural = "自评报告文字"
        constraints = [models.UniqueConstraint(fields=["report", "section"], name="self_report_text_once")]


class SelfReportProblem(Stamped):
    """A problem the school names, with its next step: measure, who, by when."""

    report = models.ForeignKey(SelfReport, on_delete=models.PROTECT, related_name="problems")
    # The proposal it was accepted from; blank for one of the school's own.
    source = models.CharField("来源", max_length=40, blank=True)
    text = models.TextField("问题")
    measure = models.TextField("措施", blank=True)
    responsible = models.CharField("责任人", max_length=60, blank=True)
    due_on = models.DateField("完成时间", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1)
    dropped = models.BooleanField("已删去", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "自评报告的问题"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "source"],
                name="self_report_problem_once",
                condition=Q(dropped=False) & ~Q(source=""),
            )
        ]

    @property
    def lacking(self) -> list[str]:
        """Missing parts of its next step."""
        named = {"措施": self.measure, "责任人": self.responsible, "完成时间": self.due_on}
        return [label for label, value in named.items() if not value]
