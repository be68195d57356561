"""Tasks of a programme (目标任务): who does what by when, the target of each year, the report of each quarter, what became of it."""

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from portal.core.lib import numbers
from portal.core.lib.models import Immutable, Stamped
from schools.access.models import Place
from schools.directory.models import Status


class Duty(Stamped):
    """A task under a goal or safeguard; without a school or department it is the bureau's own."""

    class Part(models.TextChoices):
        GOAL = "goal", "工作目标"
        SAFEGUARD = "safeguard", "保障措施"

    class Measure(models.TextChoices):
        INDICATOR = "indicator", "评估指标"
        COUNT = "count", "数量"
        DOCUMENT = "document", "文件材料"

    programme = models.ForeignKey("indicators.Programme", on_delete=models.PROTECT, related_name="duties")
    code = models.CharField("任务编号", max_length=20)
    part = models.CharField("对应部分", max_length=10, choices=Part.choices)
    number = models.PositiveSmallIntegerField("第几条")
    title = models.CharField("任务", max_length=120)
    text = models.TextField("具体要求", max_length=2000, blank=True)
    school = models.ForeignKey(
        "schools.School", verbose_name="学校", null=True, blank=True, on_delete=models.PROTECT, related_name="duties"
    )
    department = models.ForeignKey(
        "schools.Department",
        verbose_name="部门、乡镇、街道",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="duties",
    )
    leader = models.CharField("责任领导", max_length=60, blank=True)
    partners = models.CharField("配合单位", max_length=200, blank=True)
    measure = models.CharField("衡量方式", max_length=10, choices=Measure.choices)
    indicator = models.CharField("指标", max_length=4, blank=True)
    unit = models.CharField("计量单位", max_length=20, blank=True)
    starts_on = models.DateField("开始日期")
    due_on = models.DateField("完成期限")
    # Of a task that lies in several, the one it belongs to; a programme may leave days without a phase.
    phase = models.ForeignKey(
        "indicators.Phase", verbose_name="阶段", null=True, blank=True, on_delete=models.PROTECT, related_name="duties"
    )
    withdrawn_at = models.DateTimeField("取消时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    place = Place(school="school", department="department", district="programme__district")

    class Meta:
        verbose_name = verbose_name_plural = "目标任务"
        ordering = ["programme", "part", "number", "code"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "code"], name="duty_code_once"),
            models.CheckConstraint(
                name="duty_one_owner", condition=Q(school__isnull=True) | Q(department__isnull=True)
            ),
            models.CheckConstraint(name="duty_dates_in_order", condition=Q(due_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="duty_indicator_where_measured",
                condition=Q(measure="indicator") & ~Q(indicator="") | ~Q(measure="indicator") & Q(indicator=""),
            ),
            models.CheckConstraint(
                name="duty_withdrawn_paired",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def owner(self) -> str:
        return str(self.school or self.department or f"{self.programme.district.name}教育局（本级）")

    @property
    def is_ownerless(self) -> bool:
        """Its school was closed or its department abolished."""
        school, department = self.school, self.department
        return bool(
            (school and school.status == Status.CLOSED)
            or (department and department.status == department.Status.ABOLISHED)
        )


class DutyYear(Stamped):
    """What a task has to come to in a calendar year, and what the bureau found it came to."""

    class Result(models.TextChoices):
        DONE = "done", "完成"
        MOSTLY = "mostly", "基本完成"
        MISSED = "missed", "未完成"

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="years")
    year = models.PositiveSmallIntegerField("年度")
    # Of a count the least number, of an indicator of schools the least share of them in percent (blank: all).
    target = models.DecimalField("目标值", max_digits=14, decimal_places=2, null=True, blank=True)
    mark = models.CharField("完成标志", max_length=200, blank=True)
    due_on = models.DateField("年度期限")
    # The task was moved out of this year.
    is_dropped = models.BooleanField("不再安排", default=False)
    result = models.CharField("年度结果", max_length=10, choices=Result.choices, blank=True)
    # When what was accepted had been reported.
    done_on = models.DateField("报送完成日期", null=True, blank=True)
    judged_at = models.DateTimeField("认定时间", null=True, blank=True)
    judged_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    place = Duty.place.via("duty")

    class Meta:
        verbose_name = verbose_name_plural = "年度目标"
        ordering = ["duty", "year"]
        constraints = [
            models.UniqueConstraint(fields=["duty", "year"], name="duty_year_once"),
            models.CheckConstraint(
                name="duty_year_judged_paired",
                condition=Q(result="", judged_at__isnull=True, judged_by__isnull=True, done_on__isnull=True)
                | (~Q(result="") & Q(judged_at__isnull=False, judged_by__isnull=False, done_on__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.duty}（{self.year} 年）"

    @property
    def target_words(self) -> str:
        """不少于 12 人; of an indicator the share of schools that reach the standard."""
        duty, least = self.duty, numbers.plain(self.target)
        if duty.measure == Duty.Measure.INDICATOR:
            words = (
                f"{duty.indicator} 达标" if duty.school_id or not least else f"{duty.indicator} 达标学校不少于 {least}%"
            )
        elif duty.measure == Duty.Measure.COUNT:
            words = f"不少于 {least} {duty.unit}" if least else ""
        else:
            words = "文件材料"
        return "，".join(filter(None, (words, self.mark)))


class DutyReport(Stamped):
    """The report of one quarter; what was said before it was sent back stays among the entries."""

    class State(models.TextChoices):
        DUE = "due", "待报"
        REPORTED = "reported", "已报"
        SENT_BACK = "sent_back", "退回"
        CHECKED = "checked", "已核"
        DROPPED = "dropped", "不需报"

    class Claim(models.TextChoices):
        UNDER_WAY = "under_way", "正在推进"
        HINDERED = "hindered", "推进有困难"
        DONE = "done", "本年度任务已完成"

    year = models.ForeignKey(DutyYear, on_delete=models.PROTECT, related_name="reports")
    quarter = models.PositiveSmallIntegerField("季度")
    due_on = models.DateField("报送期限")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DUE)
    claim = models.CharField("自报进展", max_length=10, choices=Claim.choices, blank=True)
    text = models.TextField("进展情况", blank=True)
    value = models.DecimalField("完成数", max_digits=14, decimal_places=2, null=True, blank=True)
    # Of an indicator: never typed, but what the newest evaluation said when it was reported.
    evaluation = models.ForeignKey(
        "indicators.Evaluation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    figure = models.CharField("评估结果", max_length=300, blank=True)
    reported_at = models.DateTimeField("报送时间", null=True, blank=True)
    reported_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    opinion = models.TextField("核对意见", blank=True)
    checked_at = models.DateTimeField("核对时间", null=True, blank=True)
    checked_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    place = Duty.place.via("year__duty")

    class Meta:
        verbose_name = verbose_name_plural = "任务季报"
        ordering = ["year", "quarter"]
        constraints = [
            models.UniqueConstraint(fields=["year", "quarter"], name="duty_report_once"),
            models.CheckConstraint(name="duty_report_quarter", condition=Q(quarter__gte=1, quarter__lte=4)),
            *(
                models.CheckConstraint(
                    name=f"duty_report_{step}_paired",
                    condition=Q(**{f"{step}_at__isnull": True, f"{step}_by__isnull": True})
                    | Q(**{f"{step}_at__isnull": False, f"{step}_by__isnull": False}),
                )
                for step in ("reported", "checked")
            ),
            models.CheckConstraint(
                name="duty_report_checked_by_another",
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("reported_by")),
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="duty_report_due")]

    def __str__(self) -> str:
        return f"{self.year.year} 年第 {self.quarter} 季度"

    @property
    def starts_on(self) -> dt.date:
        return dt.date(self.year.year, 3 * self.quarter - 2, 1)

    @property
    def has_begun(self) -> bool:
        return self.starts_on <= timezone.localdate()

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.DUE, self.State.SENT_BACK)


class DutyEntry(Immutable):
    """One dated step on a task."""

    class Kind(models.TextChoices):
        CREATE = "create", "下达任务"
        EDIT = "edit", "修改任务"
        WITHDRAW = "withdraw", "取消任务"
        REPORT = "report", "报送"
        CHECK = "check", "核对通过"
        SEND_BACK = "send_back", "退回"

    duty = models.ForeignKey(Duty, on_delete=models.PROTECT, related_name="entries")
    report = models.ForeignKey(DutyReport, null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField("事项", max_length=10, choices=Kind.choices)
    text = models.TextField("内容", blank=True)
    at = models.DateTimeField("时间", auto_now_add=True)
    by = models.ForeignKey("portal.User", verbose_name="办理人", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "任务记录"
        ordering = ["id"]


class DutyFile(Immutable):
    """Evidence handed in with a report; of a report sent back it stays on record."""

    entry = models.ForeignKey(DutyEntry, on_delete=models.PROTECT, related_name="files")
    document = models.ForeignKey("portal.Document", on_delete=models.PROTECT, related_name="+")

    place = Duty.place.via("entry__duty")

    class Meta:
        verbose_name = verbose_name_plural = "任务佐证"
        ordering = ["id"]


class DutyScore(Stamped):
    """Points the bureau gave a department or township for a year by its own rules; the portal calculates none."""

    department = models.ForeignKey(
        "schools.Department", verbose_name="部门、乡镇、街道", on_delete=models.PROTECT, related_name="+"
    )
    year = models.PositiveSmallIntegerField("年度")
    points = models.DecimalField("考核得分", max_digits=6, decimal_places=2, null=True, blank=True)
    reason = models.CharField("评分依据", max_length=200)

    place = Place(department="department")

    class Meta:
        verbose_name = verbose_name_plural = "年度考核得分"
        constraints = [models.UniqueConstraint(fields=["department", "year"], name="duty_score_once")]
