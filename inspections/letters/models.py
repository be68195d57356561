"""Papers of supervision (文书), and the wording and issuing words a district gives them."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import Q

from inspections.letters import kinds
from inspections.papers.models import IssuedPaper, number_of
from portal.core.lib import digests
from portal.core.lib.models import Immutable, Stamped
from schools.access.models import Place


class IssuingWord(Stamped):
    """The issuing word (发文字) a district sets for a kind of paper; without a row the kind's own holds."""

    district = models.ForeignKey("schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("文书", max_length=30)
    word = models.CharField("发文字", max_length=20)

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "发文字"
        constraints = [models.UniqueConstraint(fields=["district", "kind"], name="issuing_word_once")]


class Wording(Immutable):
    """A version of a kind's wording in a district; the newest is used for new drafts, papers keep theirs."""

    district = models.ForeignKey("schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("文书", max_length=30)
    version = models.PositiveIntegerField("版次")
    sections = models.JSONField("文字", help_text="[{heading, text, annex, grid}] in the order of the kind")
    reason = models.CharField("修改原因", max_length=200)
    at = models.DateTimeField("时间", auto_now_add=True)
    by = models.ForeignKey("portal.User", verbose_name="修改人", on_delete=models.PROTECT, related_name="+")

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "文书文字"
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["district", "kind", "version"], name="wording_version_once")]


# A new shape of what is frozen at issue (`queries.content_of`) is a new FORMAT, with its step from the one before and a
# sample in tests/inspections/letters/frozen. What was frozen without a format differs from 1 in nothing else.
FORMAT = 1
UPGRADES: digests.Upgrades = {None: lambda content: {**content, "format": 1}}


class Letter(IssuedPaper):
    """A paper (文书) from draft to service; issued ones are frozen with their files, withdrawn ones keep their number.

    `facts` is what the data said, `typed` what people wrote: {field: text | {row: {column: text}}}.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "起草中"
        DISCARDED = "discarded", "草稿作废"
        ISSUED = "issued", "已签发，待签收"
        DELIVERED = "delivered", "已送达"
        WITHDRAWN = "withdrawn", "已撤回"

    class Delivery(models.TextChoices):
        PORTAL = "portal", "系统签收"
        DIRECT = "direct", "直接送达"
        POST = "post", "邮寄送达"

    # States in which the receiver reads it.
    OUT = (State.ISSUED, State.DELIVERED, State.WITHDRAWN)

    kind = models.CharField("文书", max_length=30)
    district = models.ForeignKey("schools.District", verbose_name="区县", on_delete=models.PROTECT, related_name="+")
    school = models.ForeignKey(
        "schools.School",
        verbose_name="学校",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="letters",
    )
    # Of what goes to a department or township instead of a school.
    department = models.ForeignKey(
        "schools.Department",
        verbose_name="部门、乡镇、街道",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="letters",
    )
    visit = models.ForeignKey(
        "inspections.Visit", null=True, blank=True, on_delete=models.PROTECT, related_name="letters"
    )
    finding = models.ForeignKey(
        "inspections.Finding", null=True, blank=True, on_delete=models.PROTECT, related_name="letters"
    )
    # The letter it was copied from for another school (逐校签发).
    model = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="copies")
    title = models.CharField("标题", max_length=200)
    wording = models.ForeignKey(Wording, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sections = models.JSONField("文字", default=list)
    facts = models.JSONField("取自系统的数据", default=dict)
    typed = models.JSONField("填写的内容", default=dict)
    red_head = models.BooleanField("版头", default=False)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.DRAFT)
    word = models.CharField("发文字", max_length=20, blank=True)
    year = models.PositiveSmallIntegerField("发文年度", null=True, blank=True)
    serial = models.PositiveIntegerField("发文序号", null=True, blank=True)
    signer = models.CharField("签发人", max_length=60, blank=True)
    issued_on = models.DateField("成文日期", null=True, blank=True)
    frozen = models.JSONField("签发时的内容", default=dict, blank=True)
    sha256 = models.CharField("内容校验值", max_length=64, blank=True)
    delivery = models.CharField("送达方式", max_length=10, choices=Delivery.choices, blank=True)
    delivered_on = models.DateField("送达日期", null=True, blank=True)
    delivered_at = models.DateTimeField("签收时间", null=True, blank=True)
    delivered_by = models.ForeignKey(
        "portal.User", verbose_name="签收或登记人", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    receiver = models.CharField("收件人", max_length=60, blank=True)
    reply_due_on = models.DateField("答复期限", null=True, blank=True)

    place = Place(school="school", department="department", district="district")

    class Meta:
        verbose_name = verbose_name_plural = "文书"
        ordering = ["-id"]
        indexes = [models.Index(fields=["visit", "kind"], name="letter_of_visit")]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "word", "year", "serial"],
                name="letter_number_once",
                condition=Q(serial__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["model", "school"], name="letter_copied_once", condition=Q(model__isnull=False)
            ),
            models.CheckConstraint(
                name="letter_one_receiver", condition=Q(school__isnull=True) | Q(department__isnull=True)
            ),
            models.CheckConstraint(
                name="letter_issued_paired",
                condition=Q(state__in=["draft", "discarded"], issued_at__isnull=True, issued_by__isnull=True, sha256="")
                | Q(issued_at__isnull=False, issued_by__isnull=False, docx__isnull=False, pdf__isnull=False),
            ),
            models.CheckConstraint(
                name="letter_delivered_paired",
                condition=Q(delivered_at__isnull=True, delivered_by__isnull=True, delivered_on__isnull=True)
                | Q(delivered_at__isnull=False, delivered_by__isnull=False, delivered_on__isnull=False),
            ),
            models.CheckConstraint(
                name="letter_withdrawn_paired",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.number}）" if self.number else self.title

    @property
    def spec(self) -> kinds.LetterKind:
        return kinds.load()[self.kind]

    @property
    def number(self) -> str:
        """发文字号; "" before issue or where the kind has none."""
        return number_of(self.word, self.year or 0, self.serial) if self.serial else ""

    @property
    def addressee(self) -> Any:
        return self.school or self.department or self.district

    @property
    def signed(self) -> Mapping[str, Any]:
        """What was frozen at issue, in today's format; `frozen` and `sha256` stay as they were signed."""
        return digests.upgraded(self.frozen, FORMAT, UPGRADES)


class LetterFile(Stamped):
    """A file handed in with a paper (佐证); taken out of a draft it stays on record."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="files")
    document = models.ForeignKey("portal.Document", on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)
    withdrawn_by = models.ForeignKey("portal.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    place = Letter.place.via("letter")

    class Meta:
        verbose_name = verbose_name_plural = "文书佐证"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="letter_file_withdrawn_paired",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.document.name
