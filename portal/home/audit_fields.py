"""Names of recorded values: those that are no named field of the object the event is about."""

from collections.abc import Mapping
from typing import Any

from indicators.standard.standards import queries as standards
from schools.directory.facts import LABELS

FIELDS = {
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


def names(object_type: str) -> dict[str, str]:
    """Return the names an object's own matters have: items of a return, facts of a school."""
    if object_type.startswith("schools."):
        return dict(LABELS)
    return _items() if object_type == "indicators.submission" else {}


def _items() -> dict[str, str]:
    """The fields of every stored standard by code."""
    found: dict[str, str] = {}
    for row in standards.known():
        spec = standards.load_spec(row)
        found |= {code: item.label for items in (spec.district_items, spec.items) for code, item in items.items()}
    return found
