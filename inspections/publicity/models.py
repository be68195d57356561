"""What a district shows everybody: its public page, notices on it, and complaints sent from it."""

from django.db import models
from django.db.models import Q

from portal.core.lib.models import Stamped
from schools.access.models import Place


class PublicPage(Stamped):
    """What of a district is public (对外公开); a district without a row shows nothing."""

    district = models.OneToOneField("schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    is_open = models.BooleanField("对外公开", default=False)
    milestone = models.ForeignKey(
        "indicators.Milestone",
        verbose_name="公开的评估结论",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    shows_results = models.BooleanField("公开督导结果", default=False)
    takes_complaints = models.BooleanField("接收群众反映", default=False)
    answer_days = models.PositiveSmallIntegerField("答复期限", default=15)

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "公开页"

    def __str__(self) -> str:
        return f"{self.district}公开页"


class PublicNotice(Stamped):
    """A text everybody may read, until it is withdrawn; never changed, for people have read it."""

    class Kind(models.TextChoices):
        ZONES = "zones", "划片范围"
        ADMISSION = "admission", "招生结果"
        OTHER = "other", "其他公告"

    district = models.ForeignKey("schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("类别", max_length=10, choices=Kind.choices)
    title = models.CharField("标题", max_length=80)
    text = models.TextField("正文")
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "公告"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="notice_withdrawn_paired",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.title


class Complaint(models.Model):
    """What somebody without an account reports (群众反映), until the bureau answers; who they are is not asked."""

    class State(models.TextChoices):
        RECEIVED = "received", "已收到，待受理"
        ACCEPTED = "accepted", "已受理，正在办理"
        ANSWERED = "answered", "已答复"

    district = models.ForeignKey("schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey(
        "schools.School", verbose_name="学校", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    text = models.TextField("反映的情况")
    contact = models.CharField("联系方式", max_length=60, blank=True)
    # Of the receipt, by which its sender asks how it stands; the receipt itself is stored nowhere.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    received_on = models.DateField("收到日期")
    due_on = models.DateField("答复期限")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.RECEIVED)
    finding = models.OneToOneField(
        "inspections.Finding", verbose_name="问题", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answer = models.TextField("答复", blank=True)
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    answered_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "群众反映"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="complaint_answered_paired",
                condition=Q(answered_at__isnull=True, answered_by__isnull=True)
                | Q(answered_at__isnull=False, answered_by__isnull=False, state="answered"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.received_on:%Y-%m-%d} {self.school or self.district}"
