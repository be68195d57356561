"""What a school answers itself to the questions of a visit before it takes place (自查)."""

from django.db import models
from django.db.models import Q

from inspections.visits.models import ChecklistAnswer, Visit
from portal.core.lib.models import Stamped


class Rehearsal(Stamped):
    """A school's own run through the checklist of a planned visit; handed in, it changes no more."""

    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="rehearsal")
    # Frozen when the school begins: a later checklist never changes what was asked.
    checklist = models.JSONField("检查清单", default=dict)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    submitted_by = models.ForeignKey(
        "portal.User", verbose_name="提交人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    place = Visit.place.via("visit")

    class Meta:
        verbose_name = verbose_name_plural = "学校自查"
        constraints = [
            models.CheckConstraint(
                name="rehearsal_submitted_paired",
                condition=Q(submitted_at__isnull=True, submitted_by__isnull=True)
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
            )
        ]


class RehearsalAnswer(Stamped):
    """The school's own answer to one question."""

    rehearsal = models.ForeignKey(Rehearsal, on_delete=models.PROTECT, related_name="answers")
    question = models.CharField("问题", max_length=40)
    seen = models.CharField("结果", max_length=10, choices=ChecklistAnswer.Seen.choices)
    # As in ChecklistAnswer: in words; where the question has figures, they are `figures`.
    found = models.CharField("自查值", max_length=300, blank=True)
    figures = models.JSONField("自查数据", default=dict, blank=True)
    note = models.CharField("说明", max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    place = Rehearsal.place.via("rehearsal")

    class Meta:
        verbose_name = verbose_name_plural = "学校自查的回答"
        constraints = [models.UniqueConstraint(fields=["rehearsal", "question"], name="rehearsal_answer_once")]
