"""What a reviewer looked at and let pass, item by item; which were drawn to be looked at before approving together."""

from django.db import models
from django.db.models import Q

from indicators.collection.submissions.models import Revision
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


class ItemMark(Stamped):
    """That somebody looked at an item of a revision and let it pass, or took that back.

    `item` is a field, or the kind of a point about no single one. It holds for later revisions until the item changes.
    """

    revision = models.ForeignKey(Revision, verbose_name="提交版本", on_delete=models.PROTECT, related_name="+")
    item = models.CharField("项目", max_length=60)
    passed = models.BooleanField("通过")

    place = Revision.place.via("revision")

    class Meta:
        verbose_name = verbose_name_plural = "逐项通过"
        constraints = [models.UniqueConstraint(fields=["revision", "item"], name="item_mark_once")]


class ReviewLimit(Stamped):
    """One limit of what to look at, as a district set it; without a row that of points.toml holds."""

    district = models.ForeignKey("schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    name = models.CharField("界限", max_length=30)
    value = models.PositiveIntegerField("数")

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "审核界限"
        constraints = [models.UniqueConstraint(fields=["district", "name"], name="review_limit_once")]
