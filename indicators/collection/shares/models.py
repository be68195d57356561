"""Who of a school fills in which section of its form: a division of work, no lock."""

from django.db import models
from django.db.models import Q

from indicators.collection.submissions.models import Submission
from portal.core.lib.models import Stamped


class SectionShare(Stamped):
    """One section given to one colleague, until it is given to another or taken back (`user` empty)."""

    submission = models.ForeignKey("indicators.Submission", on_delete=models.PROTECT, related_name="shares")
    section = models.CharField("栏目", max_length=40)
    # As the standard called it when it was given.
    label = models.CharField("栏目名称", max_length=100)
    user = models.ForeignKey(
        "portal.User",
        verbose_name="由谁填",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="section_shares",
    )
    done_at = models.DateTimeField("填好时间", null=True, blank=True)
    done_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    place = Submission.place.via("submission")

    class Meta:
        verbose_name = verbose_name_plural = "栏目分工"
        ordering = ["section"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "section"], name="section_share_once"),
            models.CheckConstraint(
                name="section_share_done_paired",
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False, user__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.label
