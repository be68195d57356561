"""What is added to the record of a finished visit (补记): dated, never changed."""

from django.db import models

from portal.core.lib.models import Immutable
from schools.access.models import Place


class Addendum(Immutable):
    """A text with files that the leader or a member adds once the visit is done; the record itself stays as it was."""

    visit = models.ForeignKey("inspections.Visit", on_delete=models.PROTECT, related_name="addenda")
    text = models.TextField("补记内容")
    created_at = models.DateTimeField("补记时间", auto_now_add=True)
    created_by = models.ForeignKey("portal.User", verbose_name="补记人", on_delete=models.PROTECT, related_name="+")

    place = Place(school="visit__school")

    class Meta:
        verbose_name = verbose_name_plural = "督导补记"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.visit} 补记"


class AddendumFile(Immutable):
    """A file of an addendum."""

    addendum = models.ForeignKey(Addendum, on_delete=models.PROTECT, related_name="files")
    document = models.ForeignKey("portal.Document", on_delete=models.PROTECT, related_name="+")

    place = Addendum.place.via("addendum")

    class Meta:
        verbose_name = verbose_name_plural = "督导补记材料"
        ordering = ["id"]
