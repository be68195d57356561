"""Zones of responsibility (责任区) and which inspector is in charge of which school."""

from django.db import models
from django.db.models import F, Q

from portal.core.lib.models import Stamped
from schools.access.models import Place


class Zone(Stamped):
    """A part of a district whose schools a few inspectors are in charge of."""

    district = models.ForeignKey("schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    name = models.CharField("责任区", max_length=40)

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "责任区"
        ordering = ["district", "name"]
        constraints = [models.UniqueConstraint(fields=["district", "name"], name="zone_name_once")]

    def __str__(self) -> str:
        return self.name


class Charge(Stamped):
    """An inspector in charge of a school (责任督学) from a day on; ended with a reason, never deleted."""

    zone = models.ForeignKey(Zone, verbose_name="责任区", on_delete=models.PROTECT, related_name="charges")
    school = models.ForeignKey("schools.School", verbose_name="学校", on_delete=models.PROTECT, related_name="charges")
    inspector = models.ForeignKey(
        "portal.User", verbose_name="责任督学", on_delete=models.PROTECT, related_name="charges"
    )
    since = models.DateField("自")
    until = models.DateField("至", null=True, blank=True)
    end_reason = models.CharField("结束的原因", max_length=200, blank=True)

    place = Place(school="school")

    class Meta:
        verbose_name = verbose_name_plural = "责任督学安排"
        ordering = ["zone", "inspector", "school"]
        constraints = [
            models.UniqueConstraint(fields=["school"], name="charge_one_of_a_school", condition=Q(until=None)),
            models.CheckConstraint(
                name="charge_dates_in_order", condition=Q(until__isnull=True) | Q(until__gte=F("since"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school} · {self.inspector.name}"
