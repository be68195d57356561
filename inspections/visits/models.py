"""Visits to schools by inspectors (督导)."""

import datetime as dt
import uuid

from django.db import models
from django.utils import timezone

from portal.core.accounts.models import User
from portal.core.lib import dates
from portal.core.lib.models import Stamped
from schools.access.models import Place
from schools.access.scope import Perm, may


class Visit(Stamped):
    """A planned or carried-out visit; 专项/综合 need a team of at least three 督学 (督导条例 §16)."""

    class Kind(models.TextChoices):
        REGULAR = "regular", "经常性督导"
        SPECIAL = "special", "专项督导"
        COMPREHENSIVE = "comprehensive", "综合督导"

    class State(models.TextChoices):
        PLANNED = "planned", "已安排"
        UNDERWAY = "underway", "进行中"
        DONE = "done", "已完成"
        CANCELLED = "cancelled", "已取消"

    school = models.ForeignKey("schools.School", verbose_name="学校", on_delete=models.PROTECT, related_name="visits")
    kind = models.CharField("类型", max_length=15, choices=Kind.choices, default=Kind.REGULAR)
    # 回访: begins with what was found before, and says of each how far it is.
    is_follow_up = models.BooleanField("回访", default=False)
    # The checklist that is frozen at the start; blank where the kind says all.
    template = models.CharField("检查清单", max_length=30, blank=True)
    subject = models.CharField("督导事项", max_length=200)
    planned_on = models.DateField("计划日期")
    notice_no = models.CharField("通知文号", max_length=40, blank=True)
    campaign = models.ForeignKey(
        "inspections.Campaign",
        verbose_name="专项督导",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="visits",
    )
    leader = models.ForeignKey("portal.User", verbose_name="组长", on_delete=models.PROTECT, related_name="+")
    team = models.ManyToManyField("portal.User", verbose_name="成员", related_name="visits", blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.PLANNED)
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("完成时间", null=True, blank=True)
    # Where the visit was recorded on paper and typed in afterwards: the day written on the paper.
    seen_on = models.DateField("纸质记录日期", null=True, blank=True)
    summary = models.TextField("督导小结", blank=True)
    # Who of the school was there at the end; the signature is the photo of `SIGNATURE`.
    witness = models.CharField("校方在场人员", max_length=50, blank=True)
    cancel_reason = models.CharField("取消原因", max_length=200, blank=True)
    # Where the visit was planned first, when it was moved to another school.
    moved_from = models.ForeignKey(
        "schools.School", verbose_name="原定学校", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    move_reason = models.CharField("改到本校的原因", max_length=200, blank=True)
    # When the visit was planned first, and why it was last put to another day.
    first_planned_on = models.DateField("原定日期", null=True, blank=True)
    reschedule_reason = models.CharField("改期原因", max_length=200, blank=True)
    team_reason = models.CharField("调整督导小组的原因", max_length=200, blank=True)
    # Frozen at the start, with the claimed values of that day: a later checklist never rewrites an old visit.
    checklist = models.JSONField("检查清单", default=dict, blank=True)
    # Frozen at the end, kind → [count, unit]: a later setting never moves the dates of an old visit.
    periods = models.JSONField("办理期限", default=dict, blank=True)

    place = Place(school="school")

    class Meta:
        verbose_name = verbose_name_plural = "督导"
        ordering = ["-planned_on", "-id"]

    def __str__(self) -> str:
        return f"{self.school} {dates.day(self.planned_on)}{self.get_kind_display()}"

    @property
    def goes_on(self) -> dt.date:
        """The planned day, or today once that is past."""
        return max(self.planned_on, timezone.localdate())

    def is_recorded_by(self, user: User) -> bool:
        is_of_team = self.leader_id == user.pk or self.team.filter(pk=user.pk).exists()
        return is_of_team or may(user, Perm.VISIT_RECORD, self.school.district)


# In the place of a question: the photo of the signature at the end.
SIGNATURE = "signature"
TO_COME = (Visit.State.PLANNED, Visit.State.UNDERWAY)
# 经常性督导 ends without a 督导意见书, so without these steps; the two others also need a full team (§16).
FULL = (Visit.Kind.SPECIAL, Visit.Kind.COMPREHENSIVE)


class ChecklistAnswer(Stamped):
    """What the inspector saw for one question; `seen` is blank while only a note is there."""

    class Seen(models.TextChoices):
        YES = "yes", "是"
        NO = "no", "否"
        NOT_SEEN = "not_seen", "未查看"

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="answers")
    question = models.CharField("问题", max_length=40)
    seen = models.CharField("结果", max_length=10, choices=Seen.choices, blank=True)
    claimed = models.CharField("填报值", max_length=300, blank=True)
    # In words; where the question has figures, they are `figures`: code → amount as JSON, blank ones left out.
    found = models.CharField("现场值", max_length=300, blank=True)
    figures = models.JSONField("现场数据", default=dict, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    # Why what does not fit the claim is no finding; asked when the visit is finished.
    reason = models.CharField("不登记问题的原因", max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    place = Visit.place.via("visit")

    class Meta:
        verbose_name = verbose_name_plural = "现场记录"
        constraints = [models.UniqueConstraint(fields=["visit", "question"], name="checklist_answer_once")]


class VisitPhoto(Stamped):
    """A photo taken for one question, or of the paper form (no question); withdrawn, never deleted.

    `key` is the phone's name for it: sent twice, stored once.
    """

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="photos")
    question = models.CharField("问题", max_length=40, blank=True)
    document = models.ForeignKey("portal.Document", on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(default=uuid.uuid4)
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    place = Visit.place.via("visit")

    class Meta:
        verbose_name = verbose_name_plural = "现场照片"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "key"], name="visit_photo_once"),
            models.CheckConstraint(
                name="visit_photo_withdrawn_by_somebody",
                condition=models.Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]
