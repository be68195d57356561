"""The ledger of problems (问题台账) and their rectification until closed (销号)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from indicators.results.evaluations.models import JudgedStage
from portal.core.lib.models import Immutable, Stamped
from schools.access.permissions import Place


class LedgerCount(models.Model):
    """The last number given in one district's ledger for one year and source."""

    ledger = models.CharField("台账", max_length=6)
    year = models.PositiveSmallIntegerField("年度")
    source = models.CharField("来源", max_length=4)
    last = models.PositiveIntegerField("最后序号", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "台账序号"
        constraints = [models.UniqueConstraint(fields=["ledger", "year", "source"], name="ledger_count_once")]

    def __str__(self) -> str:
        return f"{self.ledger} {self.year}-{self.source}: {self.last}"


class Finding(Stamped):
    """One row of the ledger; never deleted, reopened when its indicator falls again.

    `ledger` is the code of the district whose ledger counts the number; `evaluation`
    and `stage` are set when the row was raised from a gap an evaluation found.
    """

    class State(models.TextChoices):
        TO_DISPATCH = "to_dispatch", "待派发"
        RECTIFYING = "rectifying", "整改中"
        CLOSE_REQUESTED = "close_requested", "申请销号"
        VERIFYING = "verifying", "核查中"
        CLOSED = "closed", "已销号"
        SENT_BACK = "sent_back", "退回整改"

    class Source(models.TextChoices):
        SELF_CHECK = "ZP", "学校自查"
        EVALUATION = "PG", "评估差距"
        VISIT = "DD", "督导发现"
        COMPLAINT = "XF", "群众反映"

    class Category(models.TextChoices):
        AT_ONCE = "at_once", "立行立改"
        WITH_DEADLINE = "with_deadline", "限期整改"
        LONG_TERM = "long_term", "长期坚持"

    number = models.CharField("编号", max_length=30)
    ledger = models.CharField("台账", max_length=6, blank=True, editable=False)
    source = models.CharField("来源", max_length=4, choices=Source.choices)
    school = models.ForeignKey("schools.School", verbose_name="学校", on_delete=models.PROTECT, related_name="findings")
    visit = models.ForeignKey(
        "inspections.Visit", null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    question = models.CharField("检查题", max_length=40, blank=True, editable=False)
    evaluation = models.ForeignKey(
        "indicators.Evaluation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    stage = models.CharField("学段", max_length=10, choices=JudgedStage.choices, blank=True)
    indicator = models.CharField("指标", max_length=4)
    problem = models.TextField("问题描述")
    current_value = models.CharField("现状值", max_length=60, blank=True)
    standard_value = models.CharField("标准值", max_length=60, blank=True)
    category = models.CharField("类别", max_length=15, choices=Category.choices, default=Category.WITH_DEADLINE)
    requirement = models.TextField("整改要求", blank=True)
    goal = models.CharField("整改目标", max_length=200, blank=True)
    responsible = models.CharField("责任人", max_length=60, blank=True)
    due_on = models.DateField("整改期限")
    photo = models.ForeignKey("portal.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.TO_DISPATCH)
    reopened = models.PositiveSmallIntegerField("重新打开次数", default=0)
    rectified_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField("销号时间", null=True, blank=True)
    closed_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    place = Place(school="school")

    class Meta:
        verbose_name = verbose_name_plural = "问题台账"
        ordering = ["due_on", "number"]
        constraints = [
            models.UniqueConstraint(fields=["ledger", "number"], name="finding_number_once"),
            models.UniqueConstraint(
                fields=["evaluation", "school", "stage", "indicator"],
                name="finding_gap_once",
                condition=Q(evaluation__isnull=False),
            ),
            models.CheckConstraint(
                name="finding_closed_paired",
                condition=Q(state="closed", closed_at__isnull=False, closed_by__isnull=False)
                | (~Q(state="closed") & Q(closed_at__isnull=True, closed_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="finding_not_closed_by_rectifier",
                condition=Q(closed_by__isnull=True)
                | Q(rectified_by__isnull=True)
                | ~Q(closed_by=models.F("rectified_by")),
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="finding_due")]

    def __str__(self) -> str:
        return self.number

    @property
    def is_closed(self) -> bool:
        """Whether the finding has been closed (已销号)."""
        return self.state == self.State.CLOSED

    @property
    def days_overdue(self) -> int:
        """Whole days past the due date while still open; 0 when on time or closed."""
        late = (timezone.localdate() - self.due_on).days
        return 0 if self.is_closed else max(late, 0)

    @property
    def due_words(self) -> str:
        """How far off the due date is: 逾期 3 天, 今天到期, 还剩 5 天; blank once closed."""
        if self.is_closed:
            return ""
        left = (self.due_on - timezone.localdate()).days
        if left < 0:
            return f"逾期 {-left} 天"
        return "今天到期" if left == 0 else f"还剩 {left} 天"


class Entry(Immutable):
    """One dated step in the conversation about a finding: measure, progress, request, verdict, extension."""

    class Kind(models.TextChoices):
        DISPATCH = "dispatch", "派发"
        MEASURE = "measure", "整改措施"
        PROGRESS = "progress", "整改进展"
        REQUEST_CLOSE = "request_close", "申请销号"
        BEGIN_CHECK = "begin_check", "开始核查"
        CLOSE = "close", "同意销号"
        SEND_BACK = "send_back", "退回整改"
        ASK_EXTENSION = "ask_extension", "申请延期"
        EXTEND = "extend", "同意延期"
        DECLINE_EXTENSION = "decline_extension", "不同意延期"
        REOPEN = "reopen", "重新打开"
        TRANSFER = "transfer", "移交"

    # Whoever takes such a step rectifies, so does not verify.
    RECTIFYING = (Kind.MEASURE, Kind.PROGRESS, Kind.REQUEST_CLOSE)

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField("事项", max_length=20, choices=Kind.choices)
    text = models.TextField("内容")
    due_on = models.DateField("新期限", null=True, blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)
    by = models.ForeignKey("portal.User", verbose_name="办理人", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "整改记录"
        ordering = ["id"]


class EntryFile(Immutable):
    """A file handed in with a step."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="files")
    document = models.ForeignKey("portal.Document", on_delete=models.PROTECT, related_name="+")

    place = Finding.place.via("entry__finding")

    class Meta:
        verbose_name = verbose_name_plural = "整改佐证"
        ordering = ["id"]
