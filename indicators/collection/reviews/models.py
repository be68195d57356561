"""Approving together what has no points: which were drawn to be looked at first."""

from django.db import models
from django.db.models import Q

from portal.core.lib.models import Stamped
from schools.access.models import Place


class ReviewBatch(Stamped):
    """Submissions of a round without points, by the ids of their revisions, and the sample drawn of them."""

    round = models.ForeignKey("indicators.Round", verbose_name="评估年度", on_delete=models.PROTECT, related_name="+")
    revisions = models.JSONField("没有要看的填报")
    sample = models.JSONField("抽看的填报")
    done_at = models.DateTimeField("一次通过的时间", null=True, blank=True)
    done_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    place = Place(district="round__district")

    class Meta:
        verbose_name = verbose_name_plural = "批量审核"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="review_batch_done_paired",
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
            )
        ]
