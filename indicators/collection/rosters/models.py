"""What a school said of its papers, so that it is not asked again next year."""

from django.db import models

from portal.core.lib.models import Stamped
from schools.access.models import Place


class RosterMemory(Stamped):
    """Of one school: which header words and which words in columns stand for what, each word as a keyed digest only."""

    school = models.OneToOneField(
        "schools.School", verbose_name="学校", on_delete=models.PROTECT, related_name="roster_memory"
    )
    said = models.JSONField("表册的写法", default=dict)

    place = Place(school="school")

    class Meta:
        verbose_name = verbose_name_plural = "表册的写法"
