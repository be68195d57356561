"""How long things may take in a district (办理期限): the national text asks for dates and gives no day counts."""

from django.db import models
from django.db.models import Q

from portal.core.lib import dates
from portal.core.lib.models import Stamped
from schools.access.models import Place

MOST = 366


class Deadline(Stamped):
    """One kind of deadline as a district set it; without a row the default of `queries.DEFAULTS` holds."""

    class Kind(models.TextChoices):
        # The first three are the categories of a finding, by the same codes.
        AT_ONCE = "at_once", "立行立改"
        WITH_DEADLINE = "with_deadline", "限期整改"
        LONG_TERM = "long_term", "长期坚持"
        # After a 专项 or 综合督导 (教育督导条例 §20–22).
        FEEDBACK = "feedback", "反馈初步意见"
        PLEA = "plea", "申辩"
        OPINION = "opinion", "出具督导意见书"
        REPORT = "report", "报送整改情况"

    class Unit(models.TextChoices):
        DAYS = dates.Unit.DAYS.value, dates.Unit.DAYS.label
        WORKDAYS = dates.Unit.WORKDAYS.value, dates.Unit.WORKDAYS.label

    district = models.ForeignKey("schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("事项", max_length=15, choices=Kind.choices)
    count = models.PositiveSmallIntegerField("期限")
    unit = models.CharField("单位", max_length=10, choices=Unit.choices)

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "办理期限"
        constraints = [
            models.UniqueConstraint(fields=["district", "kind"], name="deadline_once"),
            models.CheckConstraint(
                name="deadline_kind_known",
                condition=Q(
                    kind__in=["at_once", "with_deadline", "long_term", "feedback", "plea", "opinion", "report"]
                ),
            ),
            models.CheckConstraint(name="deadline_unit_known", condition=Q(unit__in=["days", "workdays"])),
            models.CheckConstraint(name="deadline_count_sensible", condition=Q(count__gte=1, count__lte=MOST)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.period}"

    @property
    def period(self) -> dates.Period:
        return dates.Period(self.count, dates.Unit(self.unit))
