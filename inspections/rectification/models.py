"""The ledger of problems (问题台账) and their rectification until closed (销号)."""

import datetime as dt
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from indicators.results.evaluations.models import JudgedStage
from portal.core.lib.models import Immutable, Stamped
from schools.access.models import Place


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
        VOID = "void", "已作废"

    class Source(models.TextChoices):
        SELF_CHECK = "ZP", "学校自查"
        EVALUATION = "PG", "评估差距"
        VISIT = "DD", "督导发现"
        COMPLAINT = "XF", "群众反映"
        REVIEW = "SH", "审核发现"
        OWN_CHECK = "ZC", "自查自纠"
        CITY = "SF", "市级复核"
        PROVINCE = "SD", "省级督导"
        NATION = "GJ", "国家核查"
        IMPORT = "DR", "台账导入"

    class Severity(models.TextChoices):
        ORDINARY = "ordinary", "一般"
        CONSIDERABLE = "considerable", "较重"
        SERIOUS = "serious", "严重"
        GRAVE = "grave", "重大"

    class Category(models.TextChoices):
        AT_ONCE = "at_once", "立行立改"
        WITH_DEADLINE = "with_deadline", "限期整改"
        LONG_TERM = "long_term", "长期坚持"

    # Nothing is to be done about them any more; only what is closed was done.
    SETTLED = (State.CLOSED, State.VOID)
    # The school has done its part and waits for the verifier.
    ASKED = (State.CLOSE_REQUESTED, State.VERIFYING)

    number = models.CharField("编号", max_length=30)
    ledger = models.CharField("台账", max_length=6, blank=True, editable=False)
    original_number = models.CharField("原编号", max_length=60, blank=True)
    source = models.CharField("来源", max_length=4, choices=Source.choices)
    # Whose problem it is: one of a school, a department or township, or the bureau itself (as its district).
    school = models.ForeignKey(
        "schools.School",
        verbose_name="学校",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="findings",
    )
    department = models.ForeignKey(
        "schools.Department",
        verbose_name="部门、乡镇、街道",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="findings",
    )
    bureau = models.ForeignKey(
        "schools.District",
        verbose_name="教育局本级",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="findings",
    )
    # Who can solve it (money: 财政; posts: 编办) where that is not the one whose problem it is.
    responsible_department = models.ForeignKey(
        "schools.Department",
        verbose_name="责任部门",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
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
    # Blank where nobody has said: gaps of an evaluation, and what was raised before severities were asked for.
    severity = models.CharField("严重程度", max_length=15, choices=Severity.choices, blank=True)
    requirement = models.TextField("整改要求", blank=True)
    goal = models.CharField("整改目标", max_length=200, blank=True)
    leader = models.CharField("责任领导", max_length=60, blank=True)
    responsible = models.CharField("责任人", max_length=60, blank=True)
    due_on = models.DateField("整改期限")
    # Since when it is the verifier's turn: closing or more time was asked for, and nobody has answered.
    waiting_since = models.DateField("等待核查或答复起", null=True, blank=True)
    # The due day moved by the days past it that verifiers held the finding; None while they held none.
    shifted_due_on = models.DateField("扣除核查占用后的期限", null=True, blank=True)
    photo = models.ForeignKey("portal.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=16, choices=State.choices, default=State.TO_DISPATCH)
    reopened = models.PositiveSmallIntegerField("重新打开次数", default=0)
    # The closed one of the same school and indicator it repeats (屡查屡犯), and how many came before it.
    repeats = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="repeated_by")
    repeat_count = models.PositiveSmallIntegerField("屡查屡犯次数", default=0)
    despite = models.CharField("有同类问题仍登记的原因", max_length=200, blank=True)
    rectified_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField("销号时间", null=True, blank=True)
    closed_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Why it was closed although the newest evaluation's figure still failed; else blank.
    closed_despite = models.CharField("未达标仍销号的理由", max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    place = Place(
        school="school",
        department=("department", "responsible_department"),
        district=("bureau", "school__district", "department__district"),
    )

    class Meta:
        verbose_name = verbose_name_plural = "问题台账"
        ordering = ["due_on", "number"]
        constraints = [
            models.CheckConstraint(
                name="finding_one_respondent",
                condition=Q(school__isnull=False, department__isnull=True, bureau__isnull=True)
                | Q(school__isnull=True, department__isnull=False, bureau__isnull=True)
                | Q(school__isnull=True, department__isnull=True, bureau__isnull=False),
            ),
            models.CheckConstraint(
                name="finding_department_answers_itself",
                condition=Q(responsible_department__isnull=True) | Q(department__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["evaluation", "bureau", "stage", "indicator"],
                name="finding_bureau_gap_once",
                condition=Q(evaluation__isnull=False, bureau__isnull=False),
            ),
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
                name="finding_despite_only_closed", condition=Q(state="closed") | Q(closed_despite="")
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
    def respondent(self) -> str:
        return f"{self.bureau.name}教育局（本级）" if self.bureau else str(self.school or self.department)

    @property
    def respondent_kind(self) -> str:
        return "教育局本级" if self.bureau else str((self.school or self.department).kind)  # type: ignore[union-attr]

    @property
    def answering(self) -> Any:
        """The department responsible, else the school, department or district it is about."""
        return self.responsible_department or self.place

    @property
    def answering_name(self) -> str:
        return str(self.responsible_department or self.respondent)

    @property
    def district(self) -> Any:
        return type(self).place.district_of(self)

    @property
    def found_on(self) -> dt.date:
        """Of an imported one the day in the old ledger."""
        return timezone.localdate(self.created_at)

    @property
    def is_closed(self) -> bool:
        return self.state == self.State.CLOSED

    @property
    def is_settled(self) -> bool:
        return self.state in self.SETTLED

    @property
    def repeat_words(self) -> str:
        """屡查屡犯 2 次; blank for a first time."""
        return f"屡查屡犯 {self.repeat_count} 次" if self.repeat_count else ""

    @property
    def days_overdue(self) -> int:
        """Past the due date while open."""
        late = (timezone.localdate() - self.due_on).days
        return 0 if self.is_settled else max(late, 0)

    @property
    def days_late(self) -> int:
        """Days overdue by the school's own clock, which stops while verifiers have the finding."""
        until = self.waiting_since or timezone.localdate()
        return 0 if self.is_settled else max((until - (self.shifted_due_on or self.due_on)).days, 0)

    @property
    def late_words(self) -> str:
        """Days overdue in rectifying and in waiting for a verifier; "" without waiting."""
        held = self.days_overdue - self.days_late
        return f"整改超期 {self.days_late} 天，等核查 {held} 天" if held else ""

    @property
    def waiting_words(self) -> str:
        """等核查 5 天, 等答复延期 5 天."""
        if self.waiting_since is None or self.is_settled:
            return ""
        what = "核查" if self.state in self.ASKED else "答复延期"
        days = (timezone.localdate() - self.waiting_since).days
        return f"等{what} {days} 天" if days else f"今天起等{what}"

    @property
    def due_words(self) -> str:
        """逾期 3 天, 今天到期, 还剩 5 天; "" once settled."""
        if self.is_settled:
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
        IMPORT = "import", "由原台账导入"
        ALSO_MISSED = "also_missed", "评估也未达标"
        VOID = "void", "作废"
        REWORD = "reword", "修改表述"

    class Method(models.TextChoices):
        DOCUMENTS = "documents", "资料核查"
        ON_SITE = "on_site", "现场核查"
        SYSTEM_DATA = "system_data", "系统数据"

    # Whoever takes such a step rectifies, so does not verify.
    RECTIFYING = (Kind.MEASURE, Kind.PROGRESS, Kind.REQUEST_CLOSE)

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField("事项", max_length=20, choices=Kind.choices)
    text = models.TextField("内容")
    due_on = models.DateField("新期限", null=True, blank=True)
    method = models.CharField("核查方式", max_length=12, choices=Method.choices, blank=True)
    # The evaluation a closing or a reopening rests on, and its figure as it was shown then.
    evaluation = models.ForeignKey(
        "indicators.Evaluation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    figure = models.CharField("所据的数", max_length=200, blank=True)
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
