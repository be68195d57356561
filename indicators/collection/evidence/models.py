"""How the pictures behind submissions look."""

from django.db import models

from portal.core.lib.models import Immutable


class PictureLook(Immutable):
    """A picture used as proof in a district. Those that look alike share `alike`, the sha256 of the first of them."""

    district = models.ForeignKey("schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField("sha256", max_length=64)
    # 64 hex digits (portal.core.files.inspection.pictures); both empty where there is nothing to compare.
    bits = models.CharField("样子", max_length=64, blank=True)
    alike = models.CharField("最先的一张", max_length=64, blank=True, db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "图片的样子"
        constraints = [models.UniqueConstraint(fields=["district", "sha256"], name="picture_look_once")]
