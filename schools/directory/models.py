"""Districts, schools, education groups and departments."""

from django.core.validators import RegexValidator
from django.db import models

from portal.core.lib.models import Immutable, Stamped
from schools.access.models import Place

# Districts the portal knows from the start: 河南省开封市 (GB/T 2260).
DISTRICT_NAMES = {
    "410000": "河南省",
    "410200": "开封市",
    "410202": "龙亭区",
    "410203": "顺河回族区",
    "410204": "鼓楼区",
    "410205": "禹王台区",
    "410212": "祥符区",
    "410221": "杞县",
    "410222": "通许县",
    "410223": "尉氏县",
    "410225": "兰考县",
}


class DistrictManager(models.Manager["District"]):
    """Makes districts."""

    def register(self, code: str, name: str = "") -> "District":
        """Below its city and province where known; a nameless one is called by its code."""
        parent = None
        for above in (f"{code[:2]}0000", f"{code[:4]}00"):
            if above != code and above in DISTRICT_NAMES:
                defaults = {"name": DISTRICT_NAMES[above], "parent": parent}
                parent = self.get_or_create(code=above, defaults=defaults)[0]
        return self.create(code=code, name=name or DISTRICT_NAMES.get(code, code), parent=parent)


class District(models.Model):
    """A province, city or county-level district, by its six-digit code."""

    code = models.CharField("区划代码", max_length=6, unique=True, validators=[RegexValidator(r"^\d{6}$")])
    name = models.CharField("名称", max_length=60)
    parent = models.ForeignKey("self", verbose_name="上级", null=True, blank=True, on_delete=models.PROTECT)
    issuer = models.CharField("落款单位", max_length=60, blank=True, default="")

    objects = DistrictManager()
    place = Place(district="")

    class Meta:
        verbose_name = verbose_name_plural = "区划"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def usual_issuer(self) -> str:
        return f"{self.name}人民政府教育督导委员会办公室"

    @property
    def signature(self) -> str:
        """落款单位 of reports, dossiers and exports."""
        return self.issuer or self.usual_issuer


class Group(models.Model):
    """An education group (教育集团): schools that share management or resources."""

    district = models.ForeignKey(District, verbose_name="区县", on_delete=models.PROTECT, related_name="groups")
    name = models.CharField("教育集团", max_length=100)

    place = Place(district="district")

    class Meta:
        verbose_name = verbose_name_plural = "教育集团"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["district", "name"], name="group_name_once")]

    def __str__(self) -> str:
        return self.name


class InstitutionKind(models.TextChoices):
    """Kinds of institutions (学校类型), as the register writes them."""

    PRIMARY = "小学", "小学"
    TEACHING_POINT = "教学点", "教学点"
    JUNIOR = "初级中学", "初级中学"
    NINE_YEAR = "九年一贯制学校", "九年一贯制学校"
    COMPLETE_SECONDARY = "完全中学", "完全中学"
    TWELVE_YEAR = "十二年一贯制学校", "十二年一贯制学校"
    SPECIAL = "特殊教育学校", "特殊教育学校"
    VOCATIONAL = "中等职业学校", "中等职业学校"


class Area(models.TextChoices):
    """Urban–rural class (城乡类型)."""

    CITY = "城区", "城区"
    TOWN = "镇区", "镇区"
    VILLAGE = "乡村", "乡村"


class Sponsor(models.IntegerChoices):
    """Who runs the school (举办者类型), codes of the national form 表Ⅱ-2."""

    CENTRAL_EDUCATION = 1, "中央教育部门"
    CENTRAL_OTHER = 2, "中央其他部门"
    PROVINCE_EDUCATION = 3, "省级教育部门"
    PROVINCE_OTHER = 4, "省级其他部门"
    CITY_EDUCATION = 5, "地级教育部门"
    CITY_OTHER = 6, "地级其他部门"
    COUNTY_EDUCATION = 7, "县级教育部门"
    COUNTY_OTHER = 8, "县级其他部门"
    ENTERPRISE = 9, "地方企业"
    PRIVATE = 10, "民办"


class Status(models.TextChoices):
    """Whether the school runs."""

    OPEN = "在办", "在办"
    CLOSED = "停办", "停办"


class School(Stamped):
    """One institution, by its 学校标识码; current facts here, earlier ones in SchoolChange."""

    code = models.CharField(
        "学校标识码", max_length=10, unique=True, validators=[RegexValidator(r"^\d{10}$", "学校标识码须为 10 位数字")]
    )
    name = models.CharField("学校名称", max_length=100)
    district = models.ForeignKey(District, verbose_name="区县", on_delete=models.PROTECT, related_name="schools")
    kind = models.CharField("学校类型", max_length=20, choices=InstitutionKind.choices)
    area = models.CharField("城乡类型", max_length=4, choices=Area.choices)
    sponsor = models.PositiveSmallIntegerField("举办者类型", choices=Sponsor.choices)
    boarding = models.BooleanField("寄宿制", default=False)
    built_year = models.PositiveSmallIntegerField("建校年份", null=True, blank=True)
    # Blank where nobody has said: the school counts in every year from its built_year on.
    opened_on = models.DateField("设立日期", null=True, blank=True)
    status = models.CharField("办学状态", max_length=4, choices=Status.choices, default=Status.OPEN)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True, blank=True)
    group = models.ForeignKey(
        Group, verbose_name="教育集团", null=True, blank=True, on_delete=models.PROTECT, related_name="schools"
    )
    successor = models.ForeignKey(
        "self", verbose_name="并入学校", null=True, blank=True, on_delete=models.PROTECT, related_name="predecessors"
    )
    township = models.ForeignKey(
        "schools.Department",
        verbose_name="所在乡镇、街道",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="schools",
    )
    version = models.PositiveIntegerField(default=1)
    # The day from which the newest of its changes holds, and since when it is closed; both follow from the changes.
    changed_on = models.DateField(null=True, editable=False)
    closed_on = models.DateField("停办日期", null=True, editable=False)

    # Who works for a township sees what is registered of its schools, nothing that lies with them.
    place = Place(school="", department="township", district="district")
    # On rows that carry the facts of an earlier day (directory.queries): the name and kind of today.
    today: tuple[str, str] | None = None

    class Meta:
        verbose_name = verbose_name_plural = "学校"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="school_kind_known", condition=models.Q(kind__in=InstitutionKind.values)),
            models.CheckConstraint(name="school_sponsor_known", condition=models.Q(sponsor__in=Sponsor.values)),
        ]

    def __str__(self) -> str:
        since = self.since(self.name, self.kind)
        return f"{self.name}（{since}）" if since else self.name

    def since(self, name: str, kind: str) -> str:
        """Its name and kind of today where they were once `name` and `kind`; "" if unchanged."""
        name_now, kind_now = self.today or (self.name, self.kind)
        parts = [f"现名{name_now}"] if name_now != name else []
        parts += [f"现为{kind_now}"] if kind_now != kind else []
        return "，".join(parts)

    @property
    def is_open(self) -> bool:
        return self.status == Status.OPEN


class SchoolChange(Immutable):
    """The facts of a school as they stood from a day on (type, name, 城乡, 举办者, status per year)."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="changes")
    valid_from = models.DateField("自")
    facts = models.JSONField("登记信息")
    changed = models.JSONField("变更内容", default=dict)
    reason = models.CharField("变更原因", max_length=200, blank=True)
    # Only where the change moved the school to another district.
    left = models.ForeignKey(District, null=True, editable=False, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey("portal.User", on_delete=models.PROTECT, related_name="+")

    place = Place(school="school")

    class Meta:
        verbose_name = verbose_name_plural = "学校信息变更"
        ordering = ["-valid_from", "-id"]


class Department(Stamped):
    """A bureau, township or street office with tasks of its own (委办局、乡镇、街道)."""

    class Kind(models.TextChoices):
        BUREAU = "委办局", "委办局"
        TOWNSHIP = "乡镇", "乡镇"
        STREET = "街道", "街道"

    # What a school lies in.
    PLACES = (Kind.TOWNSHIP, Kind.STREET)

    class Status(models.TextChoices):
        ACTIVE = "在用", "在用"
        ABOLISHED = "撤销", "撤销"

    district = models.ForeignKey(District, verbose_name="区县", on_delete=models.PROTECT, related_name="departments")
    code = models.CharField("编号", max_length=20)
    name = models.CharField("名称", max_length=60)
    kind = models.CharField("类型", max_length=4, choices=Kind.choices, default=Kind.BUREAU)
    status = models.CharField("状态", max_length=4, choices=Status.choices, default=Status.ACTIVE)
    abolished_reason = models.CharField("撤销的原因", max_length=200, blank=True)

    place = Place(department="")

    class Meta:
        verbose_name = verbose_name_plural = "部门"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["district", "code"], name="department_code_once"),
            models.CheckConstraint(
                name="department_kind_known", condition=models.Q(kind__in=("委办局", "乡镇", "街道"))
            ),
            models.CheckConstraint(name="department_status_known", condition=models.Q(status__in=("在用", "撤销"))),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def is_township(self) -> bool:
        return self.kind in self.PLACES
