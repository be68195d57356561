"""What is signed and sent out under a number, whether paper (文书) or report: its number, signature, files, withdrawal."""

import re

from django.db import models

from portal.core.lib.models import Stamped

_NUMBER = re.compile(r"(.+)〔(\d{4})〕(\d+)号")


def number_of(word: str, year: int, serial: int) -> str:
    """发文字号: 督意〔2026〕3号 (GB/T 9704-2012 §7.2.5)."""
    return f"{word}〔{year}〕{serial}号"


def number_parts(number: str) -> tuple[str, int, int] | None:
    """Word, year, serial; None if it is no number of a series."""
    found = _NUMBER.fullmatch(number)
    return (found[1], int(found[2]), int(found[3])) if found else None


class NumberSeries(models.Model):
    """The last number given under one issuing word (发文字) of a district in a year."""

    district = models.ForeignKey("schools.District", on_delete=models.PROTECT, related_name="+")
    word = models.CharField("发文字", max_length=20)
    year = models.PositiveSmallIntegerField("年度")
    last = models.PositiveIntegerField("最后序号", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "文号序列"
        constraints = [models.UniqueConstraint(fields=["district", "word", "year"], name="number_series_once")]

    def __str__(self) -> str:
        return f"{self.word}〔{self.year}〕{self.last}"


class IssuedPaper(Stamped):
    """Drafted, then issued with its files; withdrawn with a reason it stays on record."""

    issued_at = models.DateTimeField("签发时间", null=True, blank=True)
    issued_by = models.ForeignKey(
        "portal.User", verbose_name="签发人账号", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "portal.User", verbose_name="撤回人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdraw_reason = models.CharField("撤回原因", max_length=200, blank=True)
    docx = models.ForeignKey("portal.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    pdf = models.ForeignKey("portal.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
