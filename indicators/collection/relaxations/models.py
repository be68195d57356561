"""The register of relaxations: who asked for which, by what right, until when, and who approved it."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from portal.core.lib.models import Immutable, Stamped
from schools.access.models import Place


def _paired(name: str) -> Q:
    neither, both = Q(**{f"{name}_at": None, f"{name}_by": None}), Q(**{f"{name}_at__isnull": False})
    return neither | (both & Q(**{f"{name}_by__isnull": False}))


class Relaxation(Stamped):
    """A relaxation of the standard asked for one school (国教督办函〔2019〕30号); never deleted.

    Only an approved one between its two days counts, and never in the strict verdict. The
    proposer is `created_by`; `kind` is the code of the relaxation in the standard.
    """

    class State(models.TextChoices):
        PENDING = "pending", "待批准"
        APPROVED = "approved", "已批准"
        REFUSED = "refused", "未批准"
        WITHDRAWN = "withdrawn", "已撤销"

    school = models.ForeignKey(
        "schools.School", verbose_name="学校", on_delete=models.PROTECT, related_name="relaxations"
    )
    kind = models.CharField("放宽口径", max_length=40)
    # As the standard had them when it was proposed: the register must read the same for ever.
    label = models.CharField("名称", max_length=60)
    indicator = models.CharField("指标", max_length=4)
    basis = models.CharField("依据", max_length=200)
    reason = models.CharField("理由", max_length=1000)
    alternative = models.DecimalField("核定值", max_digits=12, decimal_places=2, null=True, blank=True)
    valid_from = models.DateField("有效期起")
    valid_until = models.DateField("有效期止")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.PENDING)
    decided_at = models.DateTimeField("批准时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="批准人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    opinion = models.CharField("批准意见", max_length=500, blank=True)
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="撤销人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    withdrawn_because = models.CharField("撤销原因", max_length=500, blank=True)

    place = Place(school="school")

    class Meta:
        verbose_name = verbose_name_plural = "放宽口径"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(name="relaxation_decided_paired", condition=_paired("decided")),
            models.CheckConstraint(name="relaxation_withdrawn_paired", condition=_paired("withdrawn")),
            models.CheckConstraint(
                name="relaxation_decided_by_another",
                condition=Q(decided_by=None) | ~Q(decided_by=F("created_by")),
            ),
            models.CheckConstraint(
                name="relaxation_state_told",
                condition=Q(state="pending", decided_at=None, withdrawn_at=None)
                | Q(state__in=["approved", "refused"], decided_at__isnull=False, withdrawn_at=None)
                | Q(state="withdrawn", withdrawn_at__isnull=False),
            ),
            models.CheckConstraint(name="relaxation_days_in_order", condition=Q(valid_until__gte=F("valid_from"))),
            models.CheckConstraint(
                name="relaxation_alternative_positive",
                condition=Q(alternative=None) | Q(alternative__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school} {self.indicator} {self.label}"

    def is_in_force(self, on: dt.date) -> bool:
        """Both ends of the term included."""
        return self.state == self.State.APPROVED and self.valid_from <= on <= self.valid_until

    @property
    def days_left(self) -> int:
        """To its last day; negative when that has passed."""
        return (self.valid_until - timezone.localdate()).days

    @property
    def is_expiring(self) -> bool:
        return self.is_in_force(timezone.localdate()) and self.days_left <= settings.RELAXATION_WARN_DAYS


class RelaxationProof(Immutable):
    """A document that proves the right to a relaxation; added while it waits for approval."""

    relaxation = models.ForeignKey(Relaxation, on_delete=models.PROTECT, related_name="proofs")
    document = models.ForeignKey("portal.Document", verbose_name="文件", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("上传时间", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="上传人", on_delete=models.PROTECT, related_name="+"
    )

    place = Relaxation.place.via("relaxation")

    class Meta:
        verbose_name = verbose_name_plural = "放宽口径证明"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["relaxation", "document"], name="relaxation_proof_once")]

    def __str__(self) -> str:
        return str(self.document)
