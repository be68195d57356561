"""表Ⅳ, 表Ⅴ and 表Ⅵ: government's assurance, quality and the public's recognition, with their blanks filled."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from indicators.declarations import blanks, boxes
from indicators.declarations.basis import Basis, rows
from indicators.declarations.boxes import head, label
from indicators.engine import numbers as exact
from portal.documents.xlsx_forms import Form, Line

# Sentence with its blanks by indicator (申报表表Ⅳ、表Ⅴ); the others have a conclusion in words.
_SENTENCES = {
    "B4": "超过2000人的小学 {over_primary:0} 所，初中 {over_junior:0} 所，超过2500人的一贯制学校 {over_combined:0} 所",
    "B5": "超过45人的小学班级 {over_primary:0} 个，超过50人的初中班级 {over_junior:0} 个",
    "B6": "不足100人的规模较小学校学生数 {pupils:0} 人，公用经费 {funds:0} 元",
    "B7": "特殊教育学校公用经费为 {special_funds:0} 万元，特殊教育学生数为 {special_pupils:0} 人，特殊教育学校生均公用经费为 {per_pupil:0} 元",
    "B8": "全县义务教育学校教师年平均工资收入为 {teacher_wage:0} 元，当地公务员年平均工资收入 {civil_servant_wage:0} 元",
    "B9": "完成360学时培训的教师 {rate_numerator:0} 人，全县教师 {rate_denominator:0} 人，教师培训完成率 {rate:1}%",
    "B11": "全县符合交流轮岗条件教师总数 {rate_denominator:0} 名，上一年度交流轮岗教师 {rate_numerator:0} 名，"
           "交流轮岗教师占符合交流轮岗条件教师总数的比例 {rate:1}%；交流轮岗的骨干教师 {backbone_rate_numerator:0} 名，"
           "占交流轮岗教师总数的比例 {backbone_rate:1}%",
    "B12": "全县在岗专任教师 {rate_denominator:0} 人，其中持有教师资格证的专任教师 {rate_numerator:0} 人，占比 {rate:1}%",
    "B13": "城区和镇区公办小学、初中（均不含寄宿制学校）就近划片入学比例分别 {rate_primary:1}%、{rate_junior:1}%",
    "B14": "全县优质高中招生名额总数 {rate_denominator:0} 人，分配名额 {rate_numerator:0} 人，占比 {rate:1}%。"
           "其中分配农村学校的名额 {rural_rate_numerator:0} 人，占分配名额总数的 {rural_rate:1}%",
    "B15": "全县符合条件的随迁子女数 {migrant_eligible:0} 人，在公办学校就读 {migrant_public:0} 人，"
           "在政府购买服务的民办学校就读 {migrant_purchased:0} 人，合计 {rate_numerator:0} 人，占比 {rate:1}%",
    "C1": "全县初中毕业班学生数为 {junior_graduated:0} 人，三年前该年级入学学生数为 {junior_entered:0} 人，"
          "毕业年级三年转入学生数为 {junior_in:0} 人，死亡学生数为 {junior_died:0} 人，转出学生数为 {junior_out:0} 人，"
          "全县初中三年巩固率为 {rate:1}%",
    "C2": "全县残疾儿童少年为 {disabled_total:0} 人，入学 {rate_numerator:0} 人，入学率为 {rate:1}%。"
          "其中，在特殊教育学校就读 {disabled_special:0} 人，占比 {special_rate:1}%",
}  # fmt: skip
# The names as the form prints them; {limit} is what the evaluation's own standard demands.
NAMES = {
    "B1": "县域内义务教育学校规划布局合理，符合国家规定要求",
    "B2": "县域内城乡义务教育学校建设标准统一、教师编制标准统一、生均公用经费基准定额统一、基本装备配置标准统一",
    "B3": "所有小学、初中每12个班级配备音乐、美术专用教室1间以上；其中，每间音乐专用教室面积不小于96平方米，每间美术专用教室面积不小于90平方米",
    "B4": "所有小学、初中学校规模不超过2000人，九年一贯制学校、十二年一贯制学校义务教育阶段规模不超过2500人",
    "B5": "小学、初中所有班级学生数分别不超过45人、50人",
    "B6": "不足100人的规模较小学校（包括乡镇中心校附设的村小）按不低于100人核定公用经费",
    "B7": "特殊教育学校生均公用经费不低于{limit}元",
    "B8": "全县义务教育学校教师平均工资收入水平不低于当地公务员平均工资收入水平，按规定足额核定教师绩效工资总量",
    "B9": "教师5年360学时培训完成率达到100%",
    "B10": "县级教育行政部门在核定的教职工编制总额和岗位总量内，统筹分配各校教职工编制和岗位数量",
    "B11": "全县每年交流轮岗教师的比例不低于符合交流轮岗条件教师总数的10%；其中，骨干教师不低于交流轮岗教师总数的20%",
    "B12": "专任教师持有教师资格证上岗率达到100%",
    "B13": "城区和镇区公办小学、初中（均不含寄宿制学校）就近划片入学比例分别达到100%、95%以上",
    "B14": "全县优质高中招生名额分配比例不低于50%，并向农村初中倾斜",
    "B15": "留守儿童关爱体系健全，全县符合条件的随迁子女在公办学校和政府购买服务的民办学校就读的比例不低于85%",
    "C1": "全县初中三年巩固率达到95%以上",
    "C2": "全县残疾儿童少年入学率达到95%以上",
    "C3": "所有学校建立章程，实现学校管理与教学信息化",
    "C4": "全县所有学校按照不低于学校年度公用经费预算总额的5%安排教师培训经费",
    "C5": "教师能熟练运用信息化手段组织教学，设施设备利用率达到较高水平",
    "C6": "所有学校德育工作、校园文化建设达到良好以上",
    "C7": "课程开齐开足，教学秩序规范，综合实践活动有效开展",
    "C8": "无过重课业负担",
    "C9": "在国家义务教育质量监测中，相关科目学生学业水平达到Ⅲ级以上，且校际差异率低于0.15",
}
_SUBJECTS = ("语文", "数学", "科学", "体育", "艺术", "德育")
# 表Ⅵ: what stands in L1–L7 for everybody, and for parents among them ("" = asked for nowhere).
_ALL = ("survey_sent", "survey_valid", "survey_satisfied", "rate", "visits_total", "visits_satisfied", "visits_rate")
_PARENTS = ("", "survey_valid_parents", "survey_satisfied_parents", "parents_rate", "visits_total_parents",
            "visits_satisfied_parents", "visits_parents_rate")  # fmt: skip


def assurance(basis: Basis) -> Form:
    """Return 表Ⅳ: the fifteen indicators of 政府保障程度."""
    return _table(basis, "表Ⅳ", "政府保障程度评估指标", "B", ["注：表中所有比例数值保留一位小数，其余保留整数。"])


def quality(basis: Basis) -> Form:
    """Return 表Ⅴ: the nine indicators of 教育质量."""
    return _table(basis, "表Ⅴ", "教育质量评估指标", "C", [])


def _table(basis: Basis, name: str, title: str, letter: str, notes: Sequence[str]) -> Form:
    indicators = [i for i in basis.spec.indicators if i.code.startswith(letter)]
    rows: list[Line] = []
    for number, indicator in enumerate(indicators, 1):
        told = basis.indicator(indicator.code)
        official = NAMES.get(indicator.code, indicator.name).replace("{limit}", limit(basis, indicator.code))
        words = label(conclusion(basis, indicator.code))
        rows.append([label(f"{number}.{official}"), words, boxes.verdict(told["passes"], told.get("applicable", True))])
    heads = [head("名称"), head("指标值或简要结论"), head("是否达标")]
    judged = any(basis.indicator(i.code).get("conditions") for i in indicators)
    own = [] if judged else ["说明：这次评估没有逐项判定本表指标，请按现行评估标准重新评估后再填报。"]
    return Form(name, f"{name} {title}", (56, 74, 12), [heads], rows, [*notes, *own])


def limit(basis: Basis, code: str) -> str:
    """The limit of an indicator's first condition as the evaluation's standard sets it."""
    conditions = basis.indicator(code).get("conditions") or [{"limit": None}]
    found = conditions[0]["limit"]
    parameter = basis.spec.indicator(code).parameter
    if found is None and parameter:
        found = exact.text(basis.spec.parameters[parameter])
    return found or boxes.WAITING


def conclusion(basis: Basis, code: str) -> str:
    """指标值或简要结论: the form's own sentence, the subjects of C9, or the reasons of the verdict."""
    told = basis.indicator(code)
    if not told.get("applicable", True):
        return str(told["why"])
    if code == "C9":
        return _monitoring(basis)
    if code in _SENTENCES:
        return blanks.filled(_SENTENCES[code], told)
    return str(told["why"] if told.get("conditions") else told["value"] or boxes.WAITING)


def _monitoring(basis: Basis) -> str:
    """Each subject's newest level and variation, as the national report has them."""
    newest: dict[str, Any] = {}
    for row in sorted(rows(basis.district, "monitoring"), key=lambda row: row.get("year") or 0):
        newest[row["subject"]] = row
    told = []
    for subject in _SUBJECTS:
        row = newest.get(subject, {})
        variation = row.get("variation")
        shown = boxes.WAITING if variation is None else exact.text(Decimal(variation))
        told.append(f"{subject} {row.get('level') or boxes.WAITING}级、校际差异率 {shown}")
    return "；".join(told)


def recognition(basis: Basis) -> Form:
    """Return 表Ⅵ: the state's survey; a parents' count the bureau is not asked for stays 待填."""
    rows = [_answers(basis, "计", _ALL), _answers(basis, "其中：家长", _PARENTS)]
    lines = [
        [head("", rowspan=4), head("问卷总数", 3), head("问卷调查综合满意度（%）", rowspan=3), head("实地走访人数", 2),
         head("实地走访满意度（%）", rowspan=3)],
        [head("计", rowspan=2), head("其中：回收有效问卷数", 2), head("计", rowspan=2), head("其中：满意人数", rowspan=2)],
        [head("计"), head("其中：满意问卷数")],
        boxes.numbered(7),
    ]  # fmt: skip
    notes = [
        "注：满意度保留一位小数。",
        "说明：以国家组织的调查为准，本地调查结果不填入本表；家长问卷的发放数不在填报项目中，请按调查报告填写。",
    ]
    return Form("表Ⅵ", "表Ⅵ 社会认可度调查情况", (14, *(16,) * 7), lines, rows, notes)


def _answers(basis: Basis, name: str, codes: Sequence[str]) -> Line:
    figures = basis.figures("D1")
    line = [
        boxes.exact(figures.get(c), 1) if c.endswith("rate") else boxes.answered(basis.district, c, 0) for c in codes
    ]
    return [label(name), *line]
