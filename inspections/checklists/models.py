"""Which questions a district asks on visits of a kind: versions of a checklist, each with who, when and why."""

from django.db import models

from portal.core.lib.models import Immutable
from schools.access.models import Place


class ChecklistVersion(Immutable):
    """One version of a district's checklist; the newest holds. Where it is withdrawn the one of templates.toml does."""

    district = models.ForeignKey("schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    code = models.CharField("清单", max_length=30)
    number = models.PositiveSmallIntegerField("版本")
    content = models.JSONField("内容", default=dict, blank=True)
    is_withdrawn = models.BooleanField("撤回本区的修改", default=False)
    reason = models.CharField("修改原因", max_length=200)
    created_at = models.DateTimeField("修改时间", auto_now_add=True)
    created_by = models.ForeignKey("portal.User", verbose_name="修改人", on_delete=models.PROTECT, related_name="+")

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "检查清单的版本"
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["district", "code", "number"], name="checklist_version_once")]

    def __str__(self) -> str:
        return f"{self.code} 第 {self.number} 版"
