"""Compiled reports, each a frozen version with its Word and PDF files."""

from django.db import models
from django.db.models import Q

from inspections.papers.models import IssuedPaper
from schools.access.models import Place

# The parts of a district a report may be on, at most one of them.
PARTS = ("school", "township", "group", "campaign")


class Report(IssuedPaper):
    """A phased rectification report (阶段整改报告), one scope, one period, one data version; or a county's self-assessment
    (县级自评报告) of one evaluation.

    A draft is compiling or ready; one whose job gave up is shown as failed (queries.with_state), which is not stored.
    """

    class State(models.TextChoices):
        COMPILING = "compiling", "编制中"
        READY = "ready", "草稿"
        ISSUED = "issued", "已印发"
        WITHDRAWN = "withdrawn", "已撤回"
        FAILED = "failed", "失败"

    class Scope(models.TextChoices):
        DISTRICT = "district", "全区"
        TOWNSHIP = "township", "乡镇、街道"
        GROUP = "group", "教育集团"
        CAMPAIGN = "campaign", "专项督导"
        SCHOOL = "school", "学校"

    class Kind(models.TextChoices):
        PHASED = "phased", "整改报告"
        SELF_ASSESSMENT = "self_assessment", "县级自评报告"

    kind = models.CharField("种类", max_length=20, choices=Kind.choices, default=Kind.PHASED)
    district = models.ForeignKey(
        "schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="reports"
    )
    school = models.ForeignKey("schools.School", null=True, blank=True, verbose_name="学校", on_delete=models.PROTECT)
    township = models.ForeignKey(
        "schools.Department",
        null=True,
        blank=True,
        verbose_name="乡镇、街道",
        on_delete=models.PROTECT,
        related_name="+",
    )
    group = models.ForeignKey(
        "schools.Group", null=True, blank=True, verbose_name="教育集团", on_delete=models.PROTECT, related_name="+"
    )
    campaign = models.ForeignKey(
        "inspections.Campaign",
        null=True,
        blank=True,
        verbose_name="专项督导",
        on_delete=models.PROTECT,
        related_name="+",
    )
    phase = models.ForeignKey("indicators.Phase", null=True, blank=True, verbose_name="阶段", on_delete=models.PROTECT)
    evaluation = models.ForeignKey("indicators.Evaluation", null=True, blank=True, on_delete=models.PROTECT)
    starts_on = models.DateField("起")
    ends_on = models.DateField("止")
    title = models.CharField("标题", max_length=200)
    version = models.PositiveIntegerField("版次")
    data_sha256 = models.CharField("数据版本", max_length=64)
    context = models.JSONField("报告数据")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.COMPILING)
    warnings = models.JSONField("提示", default=list, blank=True, help_text="what whoever opens the files should know")
    number = models.CharField("文号", max_length=40, blank=True)
    # What the office wrote: section → {"text", "basis": the portal's text it was written over}.
    texts = models.JSONField("编制单位的文字", default=dict, blank=True)
    # Counts the changes of texts: files are of one revision.
    revision = models.PositiveIntegerField(default=0)
    job = models.ForeignKey("portal.Job", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    place = Place(school="school", district="district")

    class Meta:
        verbose_name = verbose_name_plural = "整改报告"
        ordering = ["-id"]
        constraints = [
            # The data version covers the scope too.
            models.UniqueConstraint(
                fields=["district", "starts_on", "ends_on", "data_sha256"],
                name="report_same_data_once",
                condition=~Q(state="withdrawn"),
            ),
            models.CheckConstraint(
                name="report_ready_has_files",
                condition=Q(state="compiling") | Q(docx__isnull=False, pdf__isnull=False),
            ),
            models.CheckConstraint(
                name="report_issued_by_somebody",
                condition=Q(issued_at__isnull=True, issued_by__isnull=True, state__in=["compiling", "ready"])
                | Q(issued_at__isnull=False, issued_by__isnull=False, state__in=["issued", "withdrawn"]),
            ),
            models.CheckConstraint(
                name="report_withdrawn_by_somebody",
                condition=(Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True) & ~Q(state="withdrawn"))
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False, state="withdrawn"),
            ),
            models.CheckConstraint(
                name="report_on_one_part",
                condition=Q(school__isnull=True, township__isnull=True, group__isnull=True)
                | Q(school__isnull=True, township__isnull=True, campaign__isnull=True)
                | Q(school__isnull=True, group__isnull=True, campaign__isnull=True)
                | Q(township__isnull=True, group__isnull=True, campaign__isnull=True),
            ),
        ]

    @property
    def scope(self) -> str:
        return next((name for name in PARTS if getattr(self, f"{name}_id")), "district")

    @property
    def has_series(self) -> bool:
        """Issuing gives it a number of the series of papers: not for a school's or a county's."""
        return self.kind == self.Kind.PHASED and not self.school_id

    @property
    def is_draft(self) -> bool:
        return self.state in (self.State.COMPILING, self.State.READY)

    def __str__(self) -> str:
        return f"{self.title}（第 {self.version} 版）"
