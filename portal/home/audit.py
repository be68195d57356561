"""The audit trail in words: actions, objects and what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Model

from indicators.collection.relaxations import workflow as relaxations
from indicators.collection.submissions import workflow as submissions
from indicators.standard.standards import queries as standards
from inspections.rectification import workflow as rectification
from inspections.visits import workflow as visits
from schools.directory.facts import LABELS

ACTIONS = {
    "account.sign_in": "登录",
    "account.sign_in_failed": "登录失败",
    "account.sign_out": "退出登录",
    "account.confirm_failed": "再次确认密码失败",
    "account.change_password": "修改密码",
    "account.drop_two_step": "解除两步验证",
    "account.create_admin": "创建局管理员",
    "account.create": "开设账号",
    "account.ask_issue": "发起批量开设账号",
    "account.issue": "批量开设账号",
    "account.download_slips": "下载账号领取单",
    "account.edit": "修改账号",
    "account.enable": "启用账号",
    "account.disable": "停用账号",
    "account.reset_password": "重置密码",
    "two_step.begin": "准备开启两步验证",
    "two_step.on": "开启两步验证",
    "two_step.off": "关闭两步验证",
    "two_step.codes": "更换恢复码",
    "two_step.recovery": "使用恢复码",
    "two_step.wrong": "动态验证码不正确",
    "membership.grant": "授予角色",
    "membership.confirm": "确认角色（第二人）",
    "account.confirm_reset": "确认密码重置（第二人）",
    "membership.end": "终止角色",
    "district.edit": "修改区县设置",
    "district.assign_items": "修改数据分工",
    "district.set_deadlines": "修改办理期限",
    "school.create": "新增学校",
    "school.edit": "修改学校",
    "school.merge": "合并学校",
    "school.close": "停办学校",
    "school.reopen": "恢复办学",
    "school.upload_register": "上传学校名录",
    "school.mark_register": "退回标注错误的学校名录",
    "school.download_marked": "下载标注错误的学校名录",
    "school.import": "导入学校名录",
    "department.create": "登记部门",
    "department.edit": "修改部门",
    "department.upload_register": "上传部门名录",
    "department.mark_register": "退回标注错误的部门名录",
    "department.download_marked": "下载标注错误的部门名录",
    "department.ask_import": "安排导入部门名录",
    "department.import": "导入部门名录",
    "department.export": "导出部门名录",
    "school.export": "导出学校名录",
    "standard.load": "载入评估标准",
    "programme.adopt": "登记实施方案",
    "demo.departments": "登记演示部门",
    "demo.accounts": "开设演示账号",
    "demo.passwords": "演示账号不限密码使用天数",
    "round.open": "开启评估年度",
    "round.extend": "延长填报期限",
    "round.remind": "催报",
    "round.add_respondents": "补充填报单位",
    "round.close": "关闭评估年度",
    "round.reopen": "重新开启评估年度",
    "round.adopt": "换用评估标准",
    "submission.save": "保存填报",
    "submission.explain": "说明校验提示",
    "submission.hand_over": "送校长签发",
    **submissions.TABLE.audit_words("submission"),
    "evidence.attach": "上传佐证",
    "evidence.describe": "补充佐证说明",
    "evidence.withdraw": "撤下佐证",
    "evidence.download": "下载佐证",
    "document.make_public": "说明材料中的手机号可以公开",
    "returns.upload": "上传填报数据表",
    "returns.ask_check": "安排检查填报数据",
    "returns.ask_import": "安排导入填报数据",
    "statistics.ask_import": "安排导入统计报表",
    "school.ask_import": "安排导入学校名录",
    "school.ask_check": "安排检查学校名录",
    "returns.import": "导入填报数据",
    "returns.mark": "退回标注错误的填报数据表",
    "returns.download_marked": "下载标注错误的填报数据表",
    "returns.export": "导出填报数据表",
    "relaxation.propose": "提出放宽口径",
    "relaxation.attach_proof": "上传放宽口径证明",
    **relaxations.TABLE.audit_words("relaxation"),
    "relaxation.download_proof": "下载放宽口径证明",
    "relaxation.warn": "提醒放宽口径到期",
    "statistics.upload": "上传统计报表",
    "statistics.import": "导入统计报表",
    "statistics.prefill": "用统计数预填",
    "statistics.explain": "说明统计差异",
    "statistics.export": "导出统计核对",
    "evaluation.start": "发起评估",
    "evaluation.record": "评估完成",
    "explanation.export": "导出计算依据",
    "evaluation.export": "导出评估结果",
    "milestone.freeze": "冻结节点",
    "milestone.export": "导出节点对比",
    "declaration.export": "导出申报表",
    "declaration.export_self_rating": "导出学校自评表",
    "visit.plan": "安排督导",
    **visits.TABLE.audit_words("visit"),
    "visit.answer": "记录督导情况",
    "visit.withdraw_photo": "撤下现场照片",
    "visit.photo": "上传督导照片",
    "finding.register": "登记问题",
    "finding.raise": "督导发现问题",
    "finding.raise_from_evaluation": "由评估差距生成问题",
    **rectification.TABLE.audit_words("finding"),
    "finding.transfer": "移交问题",
    "finding.export": "导出问题台账",
    "report.compile": "编制报告",
    "report.compile_again": "重新编制报告",
    "report.publish": "生成报告",
    "report.download": "下载报告",
    "dossier.build": "编制验收档案",
    "dossier.publish": "生成验收档案",
    "dossier.download": "下载验收档案",
    "dossier.build_again": "重新编制验收档案",
    "dossier.download_piece": "下载档案单件",
    "dossier.check": "发起档案核验",
    "dossier.record_check": "档案核验结果",
    "backup.take": "备份",
    "job.cancel": "取消后台任务",
    "job.retry": "重试后台任务",
    "notice.read": "阅读消息",
    "notice.read_all": "全部消息标为已读",
}
# Names of recorded values that are no named field of the object the event is about.
FIELDS = {
    "after": "导入之后",
    "accepted": "对提醒的说明",
    "asked_by": "申请人",
    "caption": "说明",
    "numbers": "号码",
    "persons": "姓名",
    "purpose": "用途",
    "reviewed": "复核",
    "second": "第二人",
    "accounts": "账号",
    "active": "启用",
    "already_there": "台账里已有",
    "answers": "填报项数",
    "approved": "审核通过份数",
    "at_once": "立行立改",
    "caveats": "冻结时的提示",
    "changed": "变更",
    "check": "校验",
    "code": "代号",
    "comment": "审核意见",
    "condition": "适用条件",
    "content": "内容",
    "consequences": "后果",
    "count": "数量",
    "created": "新登记",
    "decisions": "处理办法",
    "district_code": "区划代码",
    "docx": "Word 校验值",
    "evaluation": "评估",
    "field": "填报项",
    "fields": "填报项",
    "figures": "统计数个数",
    "file": "文件",
    "files": "文件数",
    "filter": "筛选条件",
    "findings": "问题",
    "forms": "报表",
    "found": "现场数",
    "inputs_sha256": "输入校验值",
    "item": "项目",
    "items": "项数",
    "job": "后台任务编号",
    "kind": "类别",
    "label": "名称",
    "locked": "已锁定",
    "long_term": "长期坚持",
    "made": "新生成",
    "made_account": "新建账号",
    "made_district": "新建区县",
    "name": "名称",
    "new": "新增",
    "note": "备注",
    "now": "后",
    "number": "第几次",
    "opinion": "出具督导意见书",
    "partial": "有未填项",
    "pdf": "PDF 校验值",
    "people": "通知到的人",
    "periods": "期限",
    "phases": "阶段",
    "place": "授权范围",
    "plea": "申辩",
    "problems": "问题数",
    "question": "检查题",
    "reason": "理由",
    "reasons": "原因",
    "receipt": "回执号",
    "receivers": "接收学校",
    "reissue": "重新发放",
    "reopened": "重新打开",
    "repeated": "重复导入",
    "report": "报送整改情况",
    "reported": "填报数",
    "respondents": "填报单位",
    "restricted": "含个人信息",
    "role": "角色",
    "round": "评估年度",
    "rows": "行数",
    "schools": "学校数",
    "seen": "现场情况",
    "sha256": "文件校验值",
    "size": "大小（字节）",
    "stage": "学段",
    "standard": "评估标准",
    "state": "状态",
    "statistics": "统计数",
    "submitted": "提交份数",
    "summary": "总结",
    "taken_over": "接手审核",
    "text": "内容",
    "then": "前",
    "title": "名称",
    "unchanged": "无变化",
    "tries": "输错次数",
    "username": "工作账号",
    "version": "版次",
    "with_deadline": "限期整改",
}
# The conclusion of an evaluation: none is a conclusion too.
VERDICTS: Mapping[Any, str] = {True: "达标", False: "未达标", None: "无法判定"}


_NOTHING = "—"


def action(code: str) -> str:
    return ACTIONS.get(code, code)


@cache
def _model(label: str) -> type[Model] | None:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def object_type(label: str) -> str:
    model = _model(label)
    return str(model._meta.verbose_name) if model else label


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after."""

    field: str
    before: str
    after: str


def differences(label: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Put the recorded values before and after side by side, in words."""
    words = FIELDS | _own_names(label)

    def side(key: str, values: Mapping[str, Any]) -> str:
        return _value(label, key, values[key], words) if key in values else _NOTHING

    keys = [*before, *(key for key in after if key not in before)]
    return [Difference(_field(label, key, words), side(key, before), side(key, after)) for key in keys]


def _own_names(object_type: str) -> dict[str, str]:
    """The names of an object's own data: facts of a school, items of a submission by the fields of every standard."""
    if object_type.startswith("schools."):
        return dict(LABELS)
    found: dict[str, str] = {}
    if object_type == "indicators.submission":
        for row in standards.known():
            spec = standards.load_spec(row)
            found |= {code: item.label for items in (spec.district_items, spec.items) for code, item in items.items()}
    return found


def _field(label: str, key: str, words: Mapping[str, str]) -> str:
    model = _model(label)
    names = (
        {field.name: str(getattr(field, "verbose_name", key)) for field in model._meta.get_fields()} if model else {}
    )
    found = names.get(key, key)
    # A field without a name of its own prints as its identifier: then the common words are better.
    return found if found not in (key, key.replace("_", " ")) else words.get(key, key)


def _value(label: str, key: str, value: Any, words: Mapping[str, str]) -> str:
    if key == "verdict" and (value is None or isinstance(value, bool)):
        return VERDICTS[value]
    if value is None or value == "" or value == {} or value == []:
        return _NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return "\n".join(
            f"{_field(label, str(name), words)}：{_value(label, str(name), item, words)}"
            for name, item in value.items()
        )
    if isinstance(value, list):
        return "、".join(_value(label, key, item, words) for item in value)
    return _choices(label, key).get(str(value), str(value))


@cache
def _choices(label: str, key: str) -> Mapping[str, str]:
    model = _model(label)
    for field in model._meta.get_fields() if model else ():
        if field.name == key and getattr(field, "choices", None):
            return {str(stored): str(shown) for stored, shown in field.flatchoices}  # type: ignore[union-attr]
    return {}
