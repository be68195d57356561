"""The closed vocabulary of rights, the table role → rights, and the places over which roles are held."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, overload


class Perm(StrEnum):
    """A right; the value is stored in nothing, the label is shown to people."""

    SCHOOL_VIEW = "查看学校名录"
    SCHOOL_EDIT = "维护学校名录"
    DISTRICT_EDIT = "维护区县设置"
    ACCOUNT_VIEW = "查看账号"
    ACCOUNT_EDIT = "管理账号"
    ROUND_VIEW = "查看评估年度进度"
    ROUND_MANAGE = "开启和管理评估年度"
    SUBMISSION_VIEW = "查看填报"
    SUBMISSION_FILL = "填写填报"
    SUBMISSION_SIGN = "签发提交填报"
    SUBMISSION_REVIEW = "审核填报"
    RESTRICTED_VIEW = "打开含个人信息的材料"
    EVALUATION_VIEW = "查看评估结果"
    EVALUATION_RUN = "运行评估"
    DISTRICT_RESULT_VIEW = "查看全区结果"
    RELAXATION_VIEW = "查看放宽口径"
    RELAXATION_PROPOSE = "提出放宽口径"
    RELAXATION_DECIDE = "批准和撤销放宽口径"
    MILESTONE_VIEW = "查看冻结节点"
    MILESTONE_FREEZE = "冻结节点"
    VISIT_VIEW = "查看督导"
    VISIT_PLAN = "安排督导"
    VISIT_RECORD = "记录督导"
    FINDING_VIEW = "查看整改"
    FINDING_RECTIFY = "落实整改"
    FINDING_VERIFY = "核查销号"
    FINDING_DISPATCH = "派发和延期整改"
    REPORT_VIEW = "查看报告"
    REPORT_COMPILE = "编制报告"
    DOSSIER_VIEW = "查看验收档案"
    DOSSIER_BUILD = "编制验收档案"
    AUDIT_VIEW = "查看审计记录"
    BACKUP_VIEW = "查看备份"
    PERMISSION_VIEW = "查看权限表"


# Kinds of place, with the words for people. A township is a department (乡镇、街道) taken as the area its schools lie in.
PLACES = {"school": "学校", "district": "区县", "township": "乡镇、街道", "department": "部门"}


class Place:
    """Declares where the rows of a model lie: lookup paths from a row to each kind of place, "" for the row itself.

    One path is enough: a school lies in a township and a district, a department in a district. Who names the district
    says that no other counts. On a row it is the place itself: its school, department or district.
    """

    def __init__(
        self,
        *,
        school: str | None = None,
        department: str | None = None,
        district: str | tuple[str, ...] | None = None,
        with_all_below: bool = False,
    ) -> None:
        named = {"school": _paths(school), "department": _paths(department), "district": _paths(district)}
        # Of several the nearest first.
        self.own = tuple((kind, path) for kind, paths in named.items() for path in paths[:1])
        if with_all_below:
            named |= {"school": _join(named["district"], "schools")}
            named |= {"department": _join(named["district"], "departments")}
        if district is None:
            named["district"] = _join((*named["school"], *named["department"]), "district")
        area = () if with_all_below else _join(named["school"], "township")
        self.paths = {**named, "township": tuple(dict.fromkeys((*area, *named["department"])))}

    def via(self, path: str) -> Self:
        """The same place, seen from a model that leads here by `path`."""
        seen = type(self)()
        seen.own = tuple((kind, _after(path, own)) for kind, own in self.own)
        seen.paths = {kind: tuple(_after(path, one) for one in paths) for kind, paths in self.paths.items()}
        return seen

    @overload
    def __get__(self, row: None, model: type) -> Self: ...
    @overload
    def __get__(self, row: object, model: type) -> Any: ...
    def __get__(self, row: object | None, model: type) -> Any:
        if row is None:
            return self
        return next(place for _, path in self.own if (place := _follow(row, path)) is not None)

    def district_of(self, row: object) -> Any:
        found = (_follow(row, path) for path in self.paths["district"])
        return row if self.paths["district"] == ("",) else next(place for place in found if place is not None)

    def key_of(self, row: object) -> tuple[str, int]:
        """Kind and key of the place itself, without loading it."""
        keys = ((kind, _key(row, path)) for kind, path in self.own)
        return next((kind, key) for kind, key in keys if key is not None)

    def keys_around(self, row: object, kind: str) -> set[int]:
        """Keys of the places of a kind it lies in."""
        return {key for path in self.paths[kind] if (key := _key(row, path)) is not None}


def _paths(given: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return () if given is None else (given,) if isinstance(given, str) else given


def _after(path: str, rest: str) -> str:
    return f"{path}__{rest}" if path and rest else path or rest


def _join(paths: Iterable[str], rest: str) -> tuple[str, ...]:
    return tuple(_after(path, rest) for path in paths)


def _key(row: object, path: str) -> int | None:
    return _follow(row, f"{path}_id" if path else "pk")


def _follow(row: Any, path: str) -> Any:
    for name in path.split("__") if path else ():
        row = None if row is None else getattr(row, name)
    return row


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """A role as the bureau knows it: name, what it is for, where it reaches, what it may do."""

    name: str
    description: str
    reach: frozenset[str]
    grants: frozenset[Perm]
    short: str = ""


_SCHOOL, _DISTRICT, _DEPARTMENT = "school", "district", "department"
_READ_SCHOOL = {
    Perm.SCHOOL_VIEW,
    Perm.SUBMISSION_VIEW,
    Perm.EVALUATION_VIEW,
    Perm.FINDING_VIEW,
    Perm.VISIT_VIEW,
    Perm.RELAXATION_VIEW,
}
_READ_ALL = _READ_SCHOOL | {
    Perm.ROUND_VIEW,
    Perm.DISTRICT_RESULT_VIEW,
    Perm.REPORT_VIEW,
    Perm.DOSSIER_VIEW,
    Perm.PERMISSION_VIEW,
    Perm.MILESTONE_VIEW,
}

ROLES: dict[str, RoleSpec] = {
    "reporter": RoleSpec(
        "学校填报员",
        "填写本校年度自评数据和佐证，落实整改",
        frozenset({_SCHOOL}),
        frozenset(_READ_SCHOOL | {Perm.SUBMISSION_FILL, Perm.RESTRICTED_VIEW, Perm.FINDING_RECTIFY}),
        short="填报员",
    ),
    "principal": RoleSpec(
        "校长",
        "核对、签发并提交本校填报，对整改负责",
        frozenset({_SCHOOL}),
        frozenset(
            _READ_SCHOOL | {Perm.SUBMISSION_FILL, Perm.SUBMISSION_SIGN, Perm.RESTRICTED_VIEW, Perm.FINDING_RECTIFY}
        ),
    ),
    "inspector": RoleSpec(
        "责任督学",
        "督导责任区学校，记录问题，核查整改",
        frozenset({_SCHOOL, _DISTRICT}),
        frozenset(_READ_SCHOOL | {Perm.VISIT_PLAN, Perm.VISIT_RECORD, Perm.FINDING_VERIFY, Perm.REPORT_VIEW}),
        short="督学",
    ),
    "reviewer": RoleSpec(
        "局业务审核",
        "审核学校填报，查看全区结果",
        frozenset({_DISTRICT}),
        frozenset(
            _READ_ALL | {Perm.SUBMISSION_REVIEW, Perm.RESTRICTED_VIEW, Perm.FINDING_VERIFY, Perm.RELAXATION_DECIDE}
        ),
    ),
    "admin": RoleSpec(
        "局管理员",
        "维护名录和账号，组织评估年度，运行评估，编制报告和档案",
        frozenset({_DISTRICT}),
        frozenset(
            _READ_ALL
            | {
                Perm.SCHOOL_EDIT,
                Perm.DISTRICT_EDIT,
                Perm.ACCOUNT_VIEW,
                Perm.ACCOUNT_EDIT,
                Perm.ROUND_MANAGE,
                Perm.SUBMISSION_FILL,
                Perm.SUBMISSION_SIGN,
                Perm.SUBMISSION_REVIEW,
                Perm.RESTRICTED_VIEW,
                Perm.EVALUATION_RUN,
                Perm.VISIT_PLAN,
                Perm.RELAXATION_PROPOSE,
                Perm.RELAXATION_DECIDE,
                Perm.MILESTONE_FREEZE,
                Perm.FINDING_DISPATCH,
                Perm.REPORT_COMPILE,
                Perm.DOSSIER_BUILD,
                Perm.BACKUP_VIEW,
            }
        ),
    ),
    "leader": RoleSpec("局领导", "查看全区情况", frozenset({_DISTRICT}), frozenset(_READ_ALL | {Perm.BACKUP_VIEW})),
    "liaison": RoleSpec(
        "部门联络员",
        "填报并签发本部门负责的数据；乡镇、街道的联络员可查看辖区内学校的登记信息",
        frozenset({_DEPARTMENT}),
        frozenset(
            {Perm.SCHOOL_VIEW, Perm.SUBMISSION_VIEW, Perm.SUBMISSION_FILL, Perm.SUBMISSION_SIGN, Perm.RESTRICTED_VIEW}
        ),
        short="联络员",
    ),
    "expert": RoleSpec(
        "复核专家", "限期查阅验收档案和结果", frozenset({_DISTRICT}), frozenset(_READ_ALL - {Perm.PERMISSION_VIEW})
    ),
    "auditor": RoleSpec(
        "审计员",
        "查看审计记录和冻结节点",
        frozenset({_DISTRICT}),
        frozenset({Perm.AUDIT_VIEW, Perm.BACKUP_VIEW, Perm.ACCOUNT_VIEW, Perm.PERMISSION_VIEW, Perm.MILESTONE_VIEW}),
    ),
}
ROLE_CHOICES = [(code, role.name) for code, role in ROLES.items()]


def roles_with(perm: Perm) -> frozenset[str]:
    return frozenset(code for code, role in ROLES.items() if perm in role.grants)


def where_given() -> str:
    usual = frozenset({_DISTRICT})
    named: dict[frozenset[str], list[str]] = {}
    for role in ROLES.values():
        named.setdefault(role.reach, []).append(role.short or role.name)
    parts = [
        f"{'、'.join(names)}选{'或'.join(label for kind, label in PLACES.items() if kind in reach)}"
        for reach, names in named.items()
        if reach != usual
    ]
    return "；".join([*parts, f"其余角色选{PLACES[_DISTRICT]}"])
