"""The closed vocabulary of rights and the table role → rights."""

from dataclasses import dataclass
from enum import StrEnum


class Perm(StrEnum):
    """A right; the value is stored in nothing, the label is shown to people."""

    SCHOOL_VIEW = "查看学校名录"
    SCHOOL_EDIT = "维护学校名录"
    DISTRICT_EDIT = "维护区县设置"
    REGISTER_VIEW = "查看工作台账"
    REGISTER_KEEP = "登记工作台账"
    ACCOUNT_VIEW = "查看账号"
    ACCOUNT_EDIT = "管理账号"
    ROUND_VIEW = "查看评估年度进度"
    ROUND_MANAGE = "开启和管理评估年度"
    SUBMISSION_VIEW = "查看填报"
    SUBMISSION_FILL = "填写填报"
    SUBMISSION_SIGN = "签发提交填报"
    SUBMISSION_REVIEW = "审核填报"
    PATTERN_VIEW = "查看数据疑点"
    RESTRICTED_VIEW = "打开含个人信息的材料"
    EVALUATION_VIEW = "查看评估结果"
    EVALUATION_RUN = "运行评估"
    DISTRICT_RESULT_VIEW = "查看全区结果"
    RELAXATION_VIEW = "查看放宽口径"
    RELAXATION_PROPOSE = "提出放宽口径"
    RELAXATION_DECIDE = "批准和撤销放宽口径"
    MILESTONE_VIEW = "查看冻结节点"
    MILESTONE_FREEZE = "冻结节点"
    FORECAST_VIEW = "查看生源预测"
    MONTHLY_VIEW = "查看月度动态"
    PLAN_VIEW = "查看达标规划"
    PLAN_MANAGE = "编制达标规划"
    DUTY_VIEW = "查看目标任务"
    DUTY_MANAGE = "下达和修改目标任务"
    DUTY_REPORT = "报送目标任务进展"
    DUTY_CHECK = "核对目标任务进展"
    VISIT_VIEW = "查看督导"
    VISIT_PLAN = "安排督导"
    VISIT_RECORD = "记录督导"
    VISIT_LEAD = "带队专项督导"
    CAMPAIGN_VIEW = "查看专项督导安排"
    CAMPAIGN_MANAGE = "组织专项督导"
    RECUSAL_VIEW = "查看回避"
    RECUSAL_MANAGE = "登记回避和决定异议"
    ZONE_VIEW = "查看责任区"
    ZONE_MANAGE = "划定责任区"
    FINDING_VIEW = "查看整改"
    FINDING_RECTIFY = "落实整改"
    FINDING_ANSWER = "落实本部门、教育局本级的整改"
    FINDING_VERIFY = "核查销号"
    FINDING_OVERRIDE = "未达标仍予销号"
    FINDING_DISPATCH = "派发和延期整改"
    SURVEY_VIEW = "查看满意度调查"
    SURVEY_MANAGE = "组织满意度调查"
    LETTER_VIEW = "查看文书"
    LETTER_DRAFT = "起草文书"
    LETTER_ISSUE = "签发文书"
    ESCALATION_DECIDE = "决定提醒和督办"
    ESCALATION_LEAD = "决定约谈和通报"
    REPORT_VIEW = "查看报告"
    REPORT_COMPILE = "编制报告"
    REPORT_ISSUE = "印发和撤回报告"
    DOSSIER_VIEW = "查看验收档案"
    DOSSIER_BUILD = "编制验收档案"
    AUDIT_VIEW = "查看审计记录"
    BACKUP_VIEW = "查看备份"
    PERMISSION_VIEW = "查看权限表"


# Kinds of place, with the words for people. A township is a department (乡镇、街道) taken as the area its schools lie in.
PLACES = {"school": "学校", "district": "区县", "township": "乡镇、街道", "department": "部门、乡镇街道"}


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
    Perm.REGISTER_VIEW,
    Perm.SUBMISSION_VIEW,
    Perm.EVALUATION_VIEW,
    Perm.FINDING_VIEW,
    Perm.VISIT_VIEW,
    Perm.RELAXATION_VIEW,
    Perm.LETTER_VIEW,
    Perm.SURVEY_VIEW,
}
_READ_ALL = _READ_SCHOOL | {
    Perm.ROUND_VIEW,
    Perm.DUTY_VIEW,
    Perm.DISTRICT_RESULT_VIEW,
    Perm.REPORT_VIEW,
    Perm.DOSSIER_VIEW,
    Perm.PERMISSION_VIEW,
    Perm.MILESTONE_VIEW,
}
# What may become of a school is for its own people and the bureau, not for readers from outside.
_PLANNING = {Perm.FORECAST_VIEW, Perm.MONTHLY_VIEW, Perm.PLAN_VIEW}
# Units see and report their own tasks of the programme.
_OWN_DUTIES = {Perm.DUTY_VIEW, Perm.DUTY_REPORT}
# How supervision is organised is for the bureau and its inspectors, not for schools and readers from outside.
_SUPERVISION = {Perm.ZONE_VIEW, Perm.CAMPAIGN_VIEW}

ROLES: dict[str, RoleSpec] = {
    "reporter": RoleSpec(
        "学校填报员",
        "填写本校年度自评数据和佐证，落实整改，报送本校目标任务进展",
        frozenset({_SCHOOL}),
        frozenset(
            _READ_SCHOOL
            | {
                Perm.REGISTER_KEEP,
                Perm.SUBMISSION_FILL,
                Perm.RESTRICTED_VIEW,
                Perm.FINDING_RECTIFY,
                Perm.REPORT_VIEW,
                Perm.FORECAST_VIEW,
                Perm.MONTHLY_VIEW,
            }
            | _OWN_DUTIES
        ),
        short="填报员",
    ),
    "principal": RoleSpec(
        "校长",
        "核对、签发并提交本校填报，对整改负责，编制并签发本校整改报告",
        frozenset({_SCHOOL}),
        frozenset(
            _READ_SCHOOL
            | {
                Perm.REGISTER_KEEP,
                Perm.SUBMISSION_FILL,
                Perm.SUBMISSION_SIGN,
                Perm.RESTRICTED_VIEW,
                Perm.FINDING_RECTIFY,
                Perm.REPORT_VIEW,
                Perm.REPORT_COMPILE,
                Perm.REPORT_ISSUE,
                Perm.FORECAST_VIEW,
                Perm.MONTHLY_VIEW,
            }
            | _OWN_DUTIES
        ),
    ),
    "inspector": RoleSpec(
        "责任督学",
        "督导责任区学校，记录问题，核查整改",
        frozenset({_SCHOOL, _DISTRICT}),
        frozenset(
            _READ_SCHOOL
            | _SUPERVISION
            | {Perm.VISIT_PLAN, Perm.VISIT_RECORD, Perm.FINDING_VERIFY, Perm.REPORT_VIEW, Perm.LETTER_DRAFT}
        ),
        short="督学",
    ),
    "reviewer": RoleSpec(
        "局业务审核",
        "审核学校填报，查看全区结果",
        frozenset({_DISTRICT}),
        frozenset(
            _READ_ALL
            | _SUPERVISION
            | _PLANNING
            | {
                Perm.SUBMISSION_REVIEW,
                Perm.PATTERN_VIEW,
                Perm.RESTRICTED_VIEW,
                Perm.DUTY_CHECK,
                Perm.FINDING_VERIFY,
                Perm.FINDING_OVERRIDE,
                Perm.RELAXATION_DECIDE,
            }
        ),
    ),
    "admin": RoleSpec(
        "局管理员",
        "维护名录和账号，组织评估年度，运行评估，编制报告和档案",
        frozenset({_DISTRICT}),
        frozenset(
            _READ_ALL
            | _SUPERVISION
            | _PLANNING
            | {
                Perm.PLAN_MANAGE,
                Perm.DUTY_MANAGE,
                Perm.DUTY_REPORT,
                Perm.DUTY_CHECK,
                Perm.SCHOOL_EDIT,
                Perm.DISTRICT_EDIT,
                Perm.REGISTER_KEEP,
                Perm.ACCOUNT_VIEW,
                Perm.ACCOUNT_EDIT,
                Perm.ROUND_MANAGE,
                Perm.SUBMISSION_FILL,
                Perm.SUBMISSION_SIGN,
                Perm.SUBMISSION_REVIEW,
                Perm.PATTERN_VIEW,
                Perm.RESTRICTED_VIEW,
                Perm.EVALUATION_RUN,
                Perm.VISIT_PLAN,
                Perm.CAMPAIGN_MANAGE,
                Perm.SURVEY_MANAGE,
                Perm.RECUSAL_VIEW,
                Perm.RECUSAL_MANAGE,
                Perm.ZONE_MANAGE,
                Perm.RELAXATION_PROPOSE,
                Perm.RELAXATION_DECIDE,
                Perm.MILESTONE_FREEZE,
                Perm.FINDING_DISPATCH,
                Perm.FINDING_ANSWER,
                Perm.LETTER_DRAFT,
                Perm.LETTER_ISSUE,
                Perm.ESCALATION_DECIDE,
                Perm.REPORT_COMPILE,
                Perm.REPORT_ISSUE,
                Perm.DOSSIER_BUILD,
                Perm.BACKUP_VIEW,
            }
        ),
    ),
    "leader": RoleSpec(
        "局领导",
        "查看全区情况，签发文书，印发报告，决定约谈和通报，带队开展专项督导",
        frozenset({_DISTRICT}),
        frozenset(
            _READ_ALL
            | _SUPERVISION
            | _PLANNING
            | {
                Perm.PATTERN_VIEW,
                Perm.VISIT_LEAD,
                Perm.BACKUP_VIEW,
                Perm.LETTER_ISSUE,
                Perm.REPORT_ISSUE,
                Perm.RECUSAL_VIEW,
                Perm.ESCALATION_LEAD,
            }
        ),
    ),
    "liaison": RoleSpec(
        "部门联络员",
        "填报并签发本部门负责的数据，落实本部门的整改，报送本部门目标任务进展，签收发给本部门的文书；乡镇、街道的联络员可查看辖区内学校的登记信息",
        frozenset({_DEPARTMENT}),
        frozenset(
            {
                Perm.SCHOOL_VIEW,
                Perm.REGISTER_VIEW,
                Perm.REGISTER_KEEP,
                Perm.SUBMISSION_VIEW,
                Perm.SUBMISSION_FILL,
                Perm.SUBMISSION_SIGN,
                Perm.RESTRICTED_VIEW,
                Perm.FINDING_VIEW,
                Perm.FINDING_ANSWER,
                Perm.LETTER_VIEW,
            }
            | _OWN_DUTIES
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
