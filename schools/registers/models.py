"""Entries of the registers (工作台账), what was changed of them, and the files behind them."""

from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import Q

from portal.core.files.models import Document
from portal.core.lib.models import Immutable, Stamped
from schools.access.models import Place
from schools.registers.kinds import KINDS, RegisterKind

WITHDRAWN = Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False)


class RegisterEntry(Stamped):
    """One entry of a register: of a school, a department or the bureau itself (district); never deleted."""

    kind = models.CharField("台账", max_length=20)
    school = models.ForeignKey("schools.School", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(
        "schools.Department", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    district = models.ForeignKey("schools.District", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The year in which a school year begins, where the register goes by school years.
    year = models.PositiveSmallIntegerField("年度")
    data = models.JSONField("内容")
    # What may be searched for: everything but names of persons.
    words = models.TextField(editable=False)
    version = models.PositiveIntegerField(default=1)
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "portal.User", verbose_name="撤销人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_reason = models.CharField("撤销的原因", max_length=200, blank=True)

    place = Place(
        school="school", department="department", district=("district", "school__district", "department__district")
    )

    class Meta:
        verbose_name = verbose_name_plural = "台账记录"
        ordering = ["-year", "-pk"]
        indexes = [models.Index(fields=["kind", "year"], name="register_kind_year")]
        constraints = [
            models.CheckConstraint(
                name="register_one_place",
                condition=(
                    Q(district__isnull=False, school__isnull=True, department__isnull=True)
                    | Q(district__isnull=True, school__isnull=False, department__isnull=True)
                    | Q(district__isnull=True, school__isnull=True, department__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="register_withdrawn_paired",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True) | WITHDRAWN,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register.name} · {self.unit_name} · {self.year_words}"

    @property
    def register(self) -> RegisterKind:
        return KINDS[self.kind]

    @property
    def unit_name(self) -> str:
        unit: Any = self.place
        return f"{unit.name}教育局" if self.district_id else str(unit.name)

    @property
    def year_words(self) -> str:
        return self.register.year_words(self.year)


class Step(StrEnum):
    """What was done with an entry; its word is what is stored."""

    ENTERED = "登记"
    IMPORTED = "导入"
    CHANGED = "修改"
    WITHDRAWN = "撤销"

    @property
    def tone(self) -> str:
        return {Step.CHANGED: "info", Step.WITHDRAWN: "bad"}.get(self, "ok")


class RegisterChange(Immutable):
    """One step of an entry: `changed` by field as [before, after]."""

    entry = models.ForeignKey(RegisterEntry, on_delete=models.PROTECT, related_name="changes")
    what = models.CharField("办理", max_length=10)
    changed = models.JSONField("变更内容", default=dict)
    reason = models.CharField("原因", max_length=200, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey("portal.User", on_delete=models.PROTECT, related_name="+")

    place = RegisterEntry.place.via("entry")

    class Meta:
        verbose_name = verbose_name_plural = "台账变更"
        ordering = ["-pk"]


class RegisterFile(Stamped):
    """A file behind an entry; withdrawn, it stays on record."""

    entry = models.ForeignKey(RegisterEntry, on_delete=models.PROTECT, related_name="files")
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    caption = models.CharField("说明", max_length=200, blank=True)
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "portal.User", verbose_name="撤下人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    place = RegisterEntry.place.via("entry")

    class Meta:
        verbose_name = verbose_name_plural = "台账佐证"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="register_file_withdrawn_paired",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True) | WITHDRAWN,
            )
        ]

    def __str__(self) -> str:
        return self.document.name


class RegisterMilestone(Stamped):
    """A dated step of an entry, with a file if there is one; withdrawn, it stays on record."""

    entry = models.ForeignKey(RegisterEntry, on_delete=models.PROTECT, related_name="milestones")
    day = models.DateField("日期")
    state = models.CharField("节点", max_length=20)
    note = models.CharField("说明", max_length=200, blank=True)
    file = models.ForeignKey(RegisterFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "portal.User", verbose_name="撤下人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_reason = models.CharField("撤下的原因", max_length=200, blank=True)

    place = RegisterEntry.place.via("entry")

    class Meta:
        verbose_name = verbose_name_plural = "进度节点"
        ordering = ["day", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "day", "state"], condition=Q(withdrawn_at__isnull=True), name="register_milestone_once"
            ),
            models.CheckConstraint(
                name="register_milestone_withdrawn_paired",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True) | WITHDRAWN,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state}（{self.day:%Y-%m-%d}）"
