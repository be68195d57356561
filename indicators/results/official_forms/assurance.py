"""表Ⅳ, 表Ⅴ and 表Ⅵ: government's assurance, quality and the public's recognition, with their blanks filled."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from indicators.results.official_forms import blanks, boxes
from indicators.results.official_forms.basis import Basis, rows
from indicators.results.official_forms.boxes import head, label
from indicators.standard.engine import numbers as exact
from indicators.standard.engine.conditions import Monitoring
from portal.core.spreadsheets.write import Form, Line

# 表Ⅵ: what stands in L1–L7 for everybody, and for parents among them ("" = asked for nowhere).
_ALL = ("survey_sent", "survey_valid", "survey_satisfied", "rate", "visits_total", "visits_satisfied", "visits_rate")
_PARENTS = (
    "",
    "survey_valid_parents",
    "survey_satisfied_parents",
    "parents_rate",
    "visits_total_parents",
    "visits_satisfied_parents",
    "visits_parents_rate",
)


def assurance(basis: Basis) -> Form:
    """Return 表Ⅳ: the indicators of 政府保障程度."""
    return _table(basis, "表Ⅳ", "政府保障程度评估指标", "B", ["注：表中所有比例数值保留一位小数，其余保留整数。"])


def quality(basis: Basis) -> Form:
    """Return 表Ⅴ: the indicators of 教育质量."""
    return _table(basis, "表Ⅴ", "教育质量评估指标", "C", [])


def _table(basis: Basis, name: str, title: str, letter: str, notes: Sequence[str]) -> Form:
    indicators = [i for i in basis.spec.indicators if i.code.startswith(letter)]
    rows: list[Line] = []
    for number, indicator in enumerate(indicators, 1):
        told = basis.indicator(indicator.code)
        words = label(conclusion(basis, indicator.code))
        rows.append(
            [
                label(f"{number}.{indicator.form.name or indicator.name}"),
                words,
                boxes.verdict(told["passes"], told.get("applicable", True)),
            ]
        )
    heads = [head("名称"), head("指标值或简要结论"), head("是否达标")]
    judged = any(basis.indicator(i.code).get("conditions") for i in indicators)
    own = [] if judged else ["说明：这次评估没有逐项判定本表指标，请按现行评估标准重新评估后再填报。"]
    return Form(name, f"{name} {title}", (56, 74, 12), [heads], rows, [*notes, *own])


def conclusion(basis: Basis, code: str) -> str:
    """指标值或简要结论: the form's own sentence, the subjects of C9, or the reasons of the verdict."""
    told = basis.indicator(code)
    if not told.get("applicable", True):
        return str(told["why"])
    if code == "C9":
        return _monitoring(basis)
    if sentence := basis.spec.indicator(code).form.words:
        return blanks.filled(sentence, told)
    return str(told["why"] if told.get("conditions") else told["value"] or boxes.WAITING)


def _monitoring(basis: Basis) -> str:
    """Each subject's newest level and variation, as the national report has them."""
    newest: dict[str, Any] = {}
    for row in sorted(rows(basis.district, "monitoring"), key=lambda row: row.get("year") or 0):
        newest[row["subject"]] = row
    conditions = basis.spec.indicator("C9").conditions
    rule = next((c for c in conditions if isinstance(c, Monitoring)), None)
    years = [row["year"] for row in newest.values() if row.get("year") is not None]
    demanded = rule.demanded(max(years, default=None)) if rule else ()
    told = []
    for subject in dict.fromkeys((*demanded, *newest)):
        row = newest.get(subject, {})
        if rule and row.get("level") in rule.skipped:
            told.append(f"{subject} {row['level']}（{row.get('report') or boxes.WAITING}）")
            continue
        variation = row.get("variation")
        shown = boxes.WAITING if variation is None else exact.text(Decimal(variation))
        told.append(f"{subject} {row.get('level') or boxes.WAITING}级、校际差异率 {shown}")
    return "；".join(told)


def recognition(basis: Basis) -> Form:
    """Return 表Ⅵ: the state's survey; a parents' count the bureau is not asked for stays 待填."""
    rows = [_answers(basis, "计", _ALL), _answers(basis, "其中：家长", _PARENTS)]
    lines = [
        [
            head("", rowspan=4),
            head("问卷总数", 3),
            head("问卷调查综合满意度（%）", rowspan=3),
            head("实地走访人数", 2),
            head("实地走访满意度（%）", rowspan=3),
        ],
        [
            head("计", rowspan=2),
            head("其中：回收有效问卷数", 2),
            head("计", rowspan=2),
            head("其中：满意人数", rowspan=2),
        ],
        [head("计"), head("其中：满意问卷数")],
        boxes.numbered(7),
    ]
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
