"""The keys and values of a standard's files in the words its readers use."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

GROUP_NAMES = {
    "documents": "文件依据",
    "stages": "学段",
    "parameters": "参数",
    "indicators": "指标",
    "vetoes": "一票否决",
    "items": "填报项",
    "kinds": "学校类别",
    "relaxations": "放宽口径",
    "sections": "填报栏目",
    "offices": "默认分工",
}
_KEYS = {
    "name": "名称",
    "short_name": "简称",
    "rule_version": "规则版本",
    "clause": "依据",
    "min_reached": "至少达标项数",
    "floor_ratio": "底线比例",
    "split_weights": "拆分权重",
    "printing": "打印位数",
    "value": "数值",
    "unit": "单位",
    "note": "说明",
    "definition": "口径",
    "evidence": "佐证",
    "errors": "常见错误",
    "thresholds": "标准值",
    "formula": "公式",
    "conditions": "判定条件",
    "form": "申报表",
    "words": "申报表结论",
    "school_words": "自评表内容",
    "items": "用到的填报项",
    "level": "判定层级",
    "parameter": "参数",
    "group": "类别",
    "label": "名称",
    "kind": "填写方式",
    "places": "小数位",
    "stages": "学段",
    "clock": "统计时间",
    "section": "栏目",
    "reference": "数据来源",
    "help": "填写说明",
    "required": "必填",
    "relaxation": "放宽口径",
    "signed": "校长确认",
    "asked_if": "出现条件",
    "choices": "选项",
    "columns": "列",
    "checks": "校验",
    "sheet": "工作表",
    "sheet_code": "工作表代码",
    "sheet_kind": "工作表类别",
    "min": "最小值",
    "max": "最大值",
    "max_length": "最多字数",
    "yes_label": "“是”的写法",
    "no_label": "“否”的写法",
    "cv_limit": "差异系数上限",
    "part_label": "学段部名称",
    "judged": "参加判定",
    "scope": "参评",
    "min_pupils": "最少学生数",
    "reason": "原因",
    "sections": "栏目",
    "attached_sections": "有附设班时的栏目",
    "indicator": "指标",
    "enabled": "启用",
    "text": "内容",
    "item": "填报项",
    "number": "文号",
    "title": "题名",
    "issuer": "发文机关",
    "year": "年份",
    "factor": "系数",
    "terms": "分子",
    "numerator": "分子",
    "denominator": "分母",
    "shared": "按学段拆分",
    "numerator_unit": "分子单位",
    "gap_step": "差距取整",
    "gap_unit": "差距说法",
    "trial_step": "试算一步",
    "limit": "限值",
    "limit_parameter": "限值参数",
    "rule": "规则",
    "min_area": "最小面积",
    "pairs": "核对",
    "district": "区县",
    "school": "学校",
    "single": "单一学段上限",
    "combined": "一贯制上限",
    "limits": "上限",
    "under": "不足人数",
    "accepted": "认可等次",
    "every": "每几个班",
    "area": "城乡",
    "stage": "学段",
    "classes": "班级名册",
    "kinds": "类别",
    "rural_kinds": "只限所列城乡类型的类别",
    "rural_areas": "农村指",
    "reminds": "提醒其他小规模学校",
    "each": "逐校判定",
    "optional": "可以不适用",
    "whole": "分子包含在分母内",
    "funds": "经费",
    "standard": "定额",
    "entered": "三年前入学",
    "arrived": "转入",
    "left": "转出",
    "died": "死亡",
    "graduated": "毕业",
    "table": "表格",
    "primary": "小学",
    "junior": "初中",
    "senior": "高中",
    "respondent": "填报单位",
    "who": "对象",
    "schools": "核对各校的",
    "at_most": "只核对上限",
    "grades": "年级",
    "scale": "班额分布",
    "least": "从",
    "most": "到",
    "subjects": "应有的学科",
    "since": "自哪年起",
    "source": "来源",
    "skipped": "没有监测的写法",
    "blank_if": "可以空着的条件",
    "values": "取值",
    "levels": "等级",
    "cases": "适用条件",
    "areas": "城乡类型",
    "max_pupils": "最多学生数",
    "single_stage": "只有一个学段",
    "only_stage": "只有学段",
    "built_until": "建校不晚于",
    "room_built_until": "教室建成不晚于",
    "max_class": "最大班额",
    "migrants_over": "随迁子女占比超过",
    "migrants": "随迁子女",
    "match": "部门名称含有",
    "growths": "三个增长",
    "sentences": "申报表和自评表的表述",
    "figures": "逐年增长的数",
    "faster_than": "须快于",
    "now": "本年",
    "before": "上年",
    "mean": "均值",
    "cv": "差异系数",
    "percent": "比例",
    "near_value": "数值临界",
    "near_cv": "系数临界",
}
_VALUES = {
    "part": "按学段",
    "school": "按学校",
    "district": "按区县",
    "judged": "参评",
    "excluded": "不参评",
    "number": "整数",
    "decimal": "小数",
    "yes_no": "是否",
    "choice": "选项",
    "text": "文字",
    "table": "表格",
    "date": "日期",
    "pupils": "在校生数",
}
# Keys whose values are words of this vocabulary, not free text.
_WORDED = {"level", "kind", "scope", "denominator", "respondent"}
_STAGES = {"primary": "小学", "junior": "初中", "senior": "高中"}
_PLACES = {name: place for place, name in enumerate(_KEYS)}


def key(name: str) -> str:
    """Itself where there are no words."""
    return _KEYS.get(name, name)


def in_order(entry: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """As the vocabulary lists them: PostgreSQL stores keys in an order of its own."""
    return sorted(entry.items(), key=lambda pair: (_PLACES.get(pair[0], len(_PLACES)), pair[0]))


def value(name: str, given: Any, labels: Mapping[str, str]) -> str:
    """是/否, figures without trailing zeros, items by their label."""
    if isinstance(given, bool):
        return "是" if given else "否"
    if isinstance(given, list):
        return "；".join(value(name, each, labels) for each in given)
    if isinstance(given, Mapping):
        return "，".join(f"{key(k)} {value(k, v, labels)}" for k, v in in_order(given))
    text = str(given)
    if name in _WORDED and text in _VALUES:
        return _VALUES[text]
    if name == "stages" and text in _STAGES:
        return _STAGES[text]
    if text in labels:
        return labels[text]
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return f"{number.normalize():f}" if number.is_finite() else text


def item_labels(content: Mapping[str, Any]) -> dict[str, str]:
    """`school.charter` and `charter` → its label, a field also with its stage."""
    found: dict[str, str] = {}
    for item in content["items"]:
        found[f"{item['respondent']}.{item['code']}"] = item["label"]
        for stage in item.get("stages", ()):
            found[f"{item['respondent']}.{item['code']}_{stage}"] = f"{_STAGES.get(stage, stage)}{item['label']}"
        found.setdefault(item["code"], item["label"])
    return found


def title(group: str, entry: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """What an entry is called: `B7 特殊教育学校…`, `特殊教育学校生均公用经费（B7）`."""
    if group in ("indicators", "vetoes"):
        return f"{entry['code']} {entry['name']}"
    if group == "documents":
        return f"{entry['number']}《{entry['title']}》"
    if group == "parameters":
        parameter = entry["code"]
        used = [
            indicator["code"]
            for indicator in content["indicators"]
            if indicator.get("parameter") == parameter
            or any(condition.get("limit_parameter") == parameter for condition in indicator.get("conditions", ()))
        ]
        return f"{entry['label']}（{'、'.join(used)}）" if used else str(entry["label"])
    if group == "items":
        where = "学校" if entry["respondent"] == "school" else "区县"
        return f"{entry['label']}（{where}填报）"
    return str(entry.get("label") or entry["code"])
