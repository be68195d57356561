"""Assessment years, submissions, answers, evidence, revisions and what was decided on them."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import Q

from portal.core.lib import dates, digests
from portal.core.lib.models import Immutable, Stamped
from schools.access.models import Place


class Round(Stamped):
    """One assessment year of a district (评估年度)."""

    class State(models.TextChoices):
        OPEN = "open", "填报中"
        CLOSED = "closed", "已关闭"

    code = models.CharField("年度代号", max_length=20)
    name = models.CharField("名称", max_length=100)
    district = models.ForeignKey(
        "schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="rounds"
    )
    standard = models.ForeignKey("indicators.Standard", verbose_name="标准", on_delete=models.PROTECT)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField("开启时间")
    # Empty when a past year is filled in afterwards: without deadline and notices.
    due_at = models.DateTimeField("截止时间", null=True, blank=True)
    state_reason = models.CharField("关闭或重新开放的理由", max_length=200, blank=True)
    school_year_start = models.DateField("学年初基准日")
    fiscal_year = models.PositiveSmallIntegerField("财政年度")
    school_year = models.CharField("学年", max_length=9)

    place = Place(district="district", with_all_below=True)

    class Meta:
        verbose_name = verbose_name_plural = "评估年度"
        ordering = ["-school_year_start", "-id"]
        constraints = [models.UniqueConstraint(fields=["district", "code"], name="round_code_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def judged(self) -> str:
        """Its evaluation in words: 2026 年度评估; a year that is called 自评 already says so."""
        return self.name if self.name.endswith(("自评", "评估")) else f"{self.name}评估"

    @property
    def is_backfill(self) -> bool:
        """Whether a past year is filled in afterwards (补录往年): without deadline and notices."""
        return self.due_at is None

    @property
    def reference_dates(self) -> dict[str, str]:
        """The three clocks in words: 学年初, 财政, 学年."""
        return {
            "学年初": dates.day(self.school_year_start),
            "财政": f"{self.fiscal_year} 财政年度",
            "学年": f"{self.school_year} 学年",
        }


class ReviewSteps(Stamped):
    """Whether a district reviews in two steps: 业务审核, then 局管理员; without a row it does not."""

    district = models.OneToOneField(
        "schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="review_steps"
    )
    two = models.BooleanField("两级审核", default=False)

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "审核步骤"


class Extension(Stamped):
    """A later due time for one respondent, with its reason."""

    submission = models.OneToOneField("indicators.Submission", on_delete=models.PROTECT, related_name="extension")
    due_at = models.DateTimeField("延期至")
    reason = models.CharField("理由", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "延期"


class Submission(Stamped):
    """What one respondent hands in for a round: a school, a department, or the bureau itself (both empty)."""

    class State(models.TextChoices):
        DRAFT = "draft", "填报中"
        SUBMITTED = "submitted", "已提交"
        IN_REVIEW = "in_review", "审核中"
        CHECKED = "checked", "待审定"
        SENT_BACK = "returned", "已退回"
        APPROVED = "approved", "已通过"

    round = models.ForeignKey("indicators.Round", on_delete=models.PROTECT, related_name="submissions")
    school = models.ForeignKey(
        "schools.School", null=True, blank=True, on_delete=models.PROTECT, related_name="submissions"
    )
    department = models.ForeignKey("schools.Department", null=True, blank=True, on_delete=models.PROTECT)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    # In charge of a school's form: divides its sections.
    lead = models.ForeignKey(
        "portal.User", verbose_name="填报负责人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField("开始填报时间", null=True, blank=True)
    handed_over_at = models.DateTimeField("送校长时间", null=True, blank=True)
    handed_over_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    decided_at = models.DateTimeField("审核时间", null=True, blank=True)
    # Who began the review, or decided last.
    reviewer = models.ForeignKey(
        "portal.User", verbose_name="审核人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    place = Place(school="school", department="department", district="round__district")

    class Meta:
        verbose_name = verbose_name_plural = "填报"
        ordering = ["school__code", "id"]
        constraints = [
            models.CheckConstraint(
                name="submission_one_respondent", condition=Q(school__isnull=True) | Q(department__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["round", "school"], name="submission_school_once", condition=Q(school__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["round", "department"], name="submission_department_once", condition=Q(department__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["round"],
                name="submission_bureau_once",
                condition=Q(school__isnull=True, department__isnull=True),
            ),
            models.CheckConstraint(
                name="submission_handed_over_paired",
                condition=Q(handed_over_at__isnull=True, handed_over_by__isnull=True)
                | Q(handed_over_at__isnull=False, handed_over_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["round", "state"], name="submission_state")]

    def __str__(self) -> str:
        return f"{self.respondent} · {self.round}"

    @property
    def respondent(self) -> str:
        return str(self.school or self.department or self.round.district)

    @property
    def state_label(self) -> str:
        """Handed over it waits for who signs."""
        if self.handed_over_at:
            return "待校长签发" if self.school_id else "待签发"
        return self.get_state_display()

    @property
    def is_editable(self) -> bool:
        return self.state in (self.State.DRAFT, self.State.SENT_BACK)


class Answer(models.Model):
    """One answered field: exactly one of a number, a text, rows, or not-applicable with its reason.

    An unanswered (blank) field has no row or a row with everything empty; blank,
    zero and not-applicable are three things.
    """

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="answers")
    field = models.CharField("项目", max_length=60)
    number = models.DecimalField("数值", max_digits=30, decimal_places=15, null=True, blank=True)
    text = models.TextField("文字", blank=True)
    rows = models.JSONField("明细", null=True, blank=True)
    not_applicable = models.BooleanField("不适用", default=False)
    reason = models.CharField("不适用原因", max_length=200, blank=True)
    # Where last year's answer was stated to be still true; the statement is `updated_by`'s.
    same_as = models.ForeignKey(
        "indicators.Revision",
        verbose_name="与上年相同",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    version = models.PositiveIntegerField("版本", default=1)
    updated_at = models.DateTimeField("填写时间", auto_now=True)
    updated_by = models.ForeignKey("portal.User", verbose_name="填写人", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "填报项"
        ordering = ["field"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "field"], name="answer_once"),
            models.CheckConstraint(
                name="answer_not_applicable_alone",
                condition=Q(not_applicable=False, reason="")
                | (Q(not_applicable=True, number__isnull=True, text="", rows__isnull=True) & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="answer_one_value",
                condition=Q(number__isnull=True, text="")
                | Q(number__isnull=True, rows__isnull=True)
                | Q(text="", rows__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.field


class ItemOwner(Stamped):
    """Which department answers a district item; without a department, or without a row, it is the bureau's own."""

    district = models.ForeignKey("schools.District", on_delete=models.PROTECT, related_name="item_owners")
    item = models.CharField("项目", max_length=60)
    department = models.ForeignKey(
        "schools.Department", null=True, blank=True, on_delete=models.PROTECT, related_name="item_owners"
    )

    place = Place(department="department", district="district")

    class Meta:
        verbose_name = verbose_name_plural = "数据分工"
        constraints = [models.UniqueConstraint(fields=["district", "item"], name="item_owner_once")]


class Evidence(Stamped):
    """A file that backs an item, or waits for one (`item` blank); withdrawn, never deleted.

    A document that serves several items is stored once, with a row for each, its pages and a caption.
    """

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="evidence")
    item = models.CharField("项目", max_length=60, blank=True)
    document = models.ForeignKey("portal.Document", on_delete=models.PROTECT, related_name="+")
    pages = models.CharField("页码", max_length=40, blank=True)
    caption = models.CharField("说明", max_length=200, blank=True)
    restricted = models.BooleanField("含个人信息", default=False)
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    place = Submission.place.via("submission")

    class Meta:
        verbose_name = verbose_name_plural = "佐证材料"
        ordering = ["item", "id"]
        constraints = [
            models.CheckConstraint(
                name="evidence_withdrawn_paired",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.document.name}（{self.submission}）"

    @property
    def words(self) -> str:
        """Pages and caption: 第 3–5 页，教师名册."""
        return "，".join(filter(None, (self.pages and f"第 {self.pages} 页", self.caption)))


class Waiver(Stamped):
    """A warning the respondent looked at and said why it is in order.

    It holds only while the warning still reads the same: new figures need a new waiver. So does the answer in words to
    why an item was sent back, which names that item and stands under SENT_BACK.
    """

    SENT_BACK = "sent_back"

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="waivers")
    check_code = models.CharField("校验", max_length=60)
    field = models.CharField("项目", max_length=60)
    message = models.CharField("提示内容", max_length=300, default="")
    reason = models.CharField("说明", max_length=300)

    class Meta:
        verbose_name = verbose_name_plural = "提示说明"
        constraints = [models.UniqueConstraint(fields=["submission", "check_code", "field"], name="waiver_once")]


# A new shape of what `workflow.freeze` writes is a new FORMAT, with its step from the one before and a sample in
# tests/indicators/collection/submissions/revisions.
FORMAT = 1
UPGRADES: digests.Upgrades = {}


class Revision(Immutable):
    """All answers and evidence hashes of a submission as one frozen document with a receipt."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField("第几次提交")
    content = models.JSONField("冻结内容")
    sha256 = models.CharField("sha256", max_length=64)
    receipt = models.CharField("回执号", max_length=40, unique=True)
    submitted_at = models.DateTimeField("提交时间")
    submitted_by = models.ForeignKey("portal.User", verbose_name="提交人", on_delete=models.PROTECT, related_name="+")

    place = Submission.place.via("submission")

    class Meta:
        verbose_name = verbose_name_plural = "提交版本"
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["submission", "number"], name="revision_number_once")]

    def __str__(self) -> str:
        return self.receipt

    @property
    def signed(self) -> Mapping[str, Any]:
        """The frozen content in today's format; `content` and `sha256` stay as they were signed."""
        return digests.upgraded(self.content, FORMAT, UPGRADES)

    @property
    def decision(self) -> "Decision | None":
        """The decision in force: the newest on this revision, or None while it waits."""
        return max(self.decisions.all(), key=lambda row: row.pk, default=None)


class Decision(Immutable):
    """What the reviewer decided on a revision; an approval may later be followed by sending it back once."""

    class Verdict(models.TextChoices):
        SENT_BACK = "returned", "退回"
        # The first of two steps, where a district reviews in two.
        CHECKED = "checked", "通过，待审定"
        APPROVED = "approved", "通过"

    revision = models.ForeignKey(
        Revision, on_delete=models.PROTECT, related_name="decisions", related_query_name="decision"
    )
    verdict = models.CharField("结论", max_length=10, choices=Verdict.choices)
    comment = models.TextField("审核意见", blank=True)
    decided_at = models.DateTimeField("审核时间", auto_now_add=True)
    decided_by = models.ForeignKey("portal.User", verbose_name="审核人", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "审核结论"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["revision", "verdict"], name="decision_verdict_once")]


class Withdrawal(Immutable):
    """That a revision was taken back before its review, and why."""

    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="withdrawal")
    reason = models.CharField("撤回原因", max_length=200)
    withdrawn_at = models.DateTimeField("撤回时间", auto_now_add=True)
    withdrawn_by = models.ForeignKey("portal.User", verbose_name="撤回人", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "撤回填报"


class SendBackReason(Immutable):
    """Why one item was sent back; the school sees it at the item."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="reasons")
    item = models.CharField("项目", max_length=60)
    text = models.CharField("退回原因", max_length=300)

    class Meta:
        # Of the first release, like the stored values of what was sent back.
        db_table = "indicators_returnreason"
        verbose_name = verbose_name_plural = "退回原因"
        ordering = ["id"]
