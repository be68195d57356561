"""The district's programme (实施方案) and its phases."""

from django.db import models

from portal.core.lib.models import Stamped
from schools.access.models import Place


class Programme(Stamped):
    """A district's plan to reach 优质均衡, e.g. 龙政办〔2021〕8号."""

    district = models.ForeignKey("schools.District", on_delete=models.PROTECT, related_name="programmes")
    title = models.CharField("方案名称", max_length=120)
    document_no = models.CharField("文号", max_length=40)
    goal_year = models.PositiveSmallIntegerField("目标年份")
    # Lists of {"title", "text"}; a goal also names the "indicators" that measure it.
    goals = models.JSONField("工作目标", default=list)
    safeguards = models.JSONField("保障措施", default=list)

    place = Place(district="district")

    class Meta:
        app_label = "indicators"  # where its table was made
        verbose_name = verbose_name_plural = "实施方案"
        constraints = [models.UniqueConstraint(fields=["district", "document_no"], name="programme_once")]

    def __str__(self) -> str:
        return f"{self.title}（{self.document_no}）"


class Phase(Stamped):
    """One phase of a programme (实施步骤)."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="phases")
    number = models.PositiveSmallIntegerField("序号")
    name = models.CharField("阶段", max_length=40)
    starts_on = models.DateField("开始")
    ends_on = models.DateField("结束")

    place = Programme.place.via("programme")

    class Meta:
        app_label = "indicators"  # where its table was made
        verbose_name = verbose_name_plural = "阶段"
        ordering = ["programme", "number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="phase_number_once"),
            models.CheckConstraint(name="phase_dates_in_order", condition=models.Q(ends_on__gte=models.F("starts_on"))),
        ]

    def __str__(self) -> str:
        return self.name
