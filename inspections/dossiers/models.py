"""Acceptance dossiers (验收档案): a frozen tree of volumes and one BagIt package."""

from django.db import models
from django.db.models import Q

from inspections.dossiers import pieces
from portal.core.lib.models import Stamped
from schools.access.models import Place


class Dossier(Stamped):
    """One build of a district's dossier from one evaluation and the data of its moment.

    Stored states are building and ready; one whose job gave up is shown as failed (queries.with_state).
    """

    class State(models.TextChoices):
        BUILDING = "building", "编制中"
        READY = "ready", "已完成"
        FAILED = "failed", "失败"

    district = models.ForeignKey(
        "schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="dossiers"
    )
    evaluation = models.ForeignKey("indicators.Evaluation", verbose_name="评估结果", on_delete=models.PROTECT)
    version = models.PositiveIntegerField("版次")
    data_sha256 = models.CharField("数据版本", max_length=64)
    catalogue = models.JSONField("目录")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.BUILDING)
    built = models.JSONField("成品", default=dict, blank=True, help_text="files → size, sha256, pages; totals")
    checked_at = models.DateTimeField("核验时间", null=True, blank=True)
    problems = models.JSONField("核验发现的问题", default=list, blank=True)
    job = models.ForeignKey("portal.Job", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    package = models.ForeignKey("portal.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    open_package = models.ForeignKey(
        "portal.Document",
        verbose_name="不含个人信息的档案包",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "验收档案"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "data_sha256"], name="dossier_same_data_once"),
            models.CheckConstraint(
                name="dossier_ready_has_package", condition=~Q(state="ready") | Q(package__isnull=False)
            ),
        ]

    @property
    def lacks_open_package(self) -> bool:
        return self.open_package_id is None and pieces.from_json(self.catalogue).is_restricted()

    def __str__(self) -> str:
        return f"{self.district}验收档案（第 {self.version} 版）"
