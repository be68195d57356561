"""表Ⅳ–表Ⅵ and the annexes: government's assurance, quality, the public's recognition, vetoes and 三个增长."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from indicators.results.evaluations import queries as evaluations
from indicators.results.evaluations.stored import StoredVeto
from indicators.results.official_forms import boxes
from indicators.results.official_forms.basis import FormBasis, rows
from indicators.results.official_forms.boxes import head, label
from indicators.standard.engine import numbers as exact
from indicators.standard.engine.conditions import Monitoring
from portal.core.lib import dates
from portal.core.spreadsheets.write import Line, PrintedForm

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


def assurance(basis: FormBasis) -> PrintedForm:
    """表Ⅳ: the indicators of 政府保障程度."""
    return _table(basis, "表Ⅳ", basis.say("title_4"), "B", [basis.say("note_4")])


def quality(basis: FormBasis) -> PrintedForm:
    """表Ⅴ: the indicators of 教育质量."""
    return _table(basis, "表Ⅴ", basis.say("title_5"), "C", [])


def _table(basis: FormBasis, name: str, title: str, letter: str, notes: Sequence[str]) -> PrintedForm:
    indicators = [i for i in basis.spec.indicators if i.code.startswith(letter)]
    rows: list[Line] = []
    for number, indicator in enumerate(indicators, 1):
        judged = basis.condition(indicator.code)
        named = label(f"{number}.{indicator.form.name or indicator.name}")
        words = label(conclusion(basis, indicator.code))
        rows.append([named, words, boxes.verdict(judged.passes, judged.applicable)])
    heads = [head("名称"), head("指标值或简要结论"), head("是否达标")]
    itemised = any(basis.condition(i.code).conditions for i in indicators)
    own = [] if itemised else [basis.say("not_itemised")]
    return PrintedForm(name, title, (56, 74, 12), [heads], rows, [*notes, *own])


def conclusion(basis: FormBasis, code: str) -> str:
    """指标值或简要结论: the form's own sentence, the subjects of C9, or the reasons of the verdict."""
    judged = basis.condition(code)
    if not judged.applicable:
        return judged.why
    if code == "C9":
        return _monitoring(basis)
    if sentence := basis.spec.indicator(code).form.words:
        return boxes.filled(sentence, judged)
    return judged.why if judged.conditions else judged.value or boxes.WAITING


def _monitoring(basis: FormBasis) -> str:
    """Each subject's newest level and variation, as the national report has them."""
    newest: dict[str, Any] = {}
    for row in sorted(rows(basis.district, "monitoring"), key=lambda row: row.get("year") or 0):
        newest[row["subject"]] = row
    conditions = basis.spec.indicator("C9").conditions
    rule = next((c for c in conditions if isinstance(c, Monitoring)), None)
    years = [row["year"] for row in newest.values() if row.get("year") is not None]
    demanded = rule.demanded(max(years, default=None)) if rule else ()
    results = []
    for subject in dict.fromkeys((*demanded, *newest)):
        row = newest.get(subject, {})
        if rule and row.get("level") in rule.skipped:
            results.append(f"{subject} {row['level']}（{row.get('report') or boxes.WAITING}）")
            continue
        variation = row.get("variation")
        shown = boxes.WAITING if variation is None else exact.text(Decimal(variation))
        results.append(f"{subject} {row.get('level') or boxes.WAITING}级、校际差异率 {shown}")
    return "；".join(results)


def recognition(basis: FormBasis) -> PrintedForm:
    """表Ⅵ: the state's survey; a parents' count the bureau is not asked for stays 待填."""
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
    notes = [basis.say("note_6"), basis.say("own_note_6")]
    return PrintedForm("表Ⅵ", basis.say("title_6"), (14, *(16,) * 7), lines, rows, notes)


def _answers(basis: FormBasis, name: str, codes: Sequence[str]) -> Line:
    figures = basis.condition("D1").figures
    line = [
        boxes.exact(figures.get(c), 1) if c.endswith("rate") else boxes.answered(basis.district, c, 0) for c in codes
    ]
    return [label(name), *line]


_STATED = {True: "有", False: "无", None: boxes.WAITING}


def vetoes(basis: FormBasis) -> PrintedForm:
    """附表1: each veto as the schools and, for the whole district, the bureau stated it."""
    heads = ("事项", "各校承诺", "教育局对全区声明", "声明人", "声明时间", "佐证")
    rows = [_veto(basis, one) for one in basis.result.vetoes]
    notes = [basis.say("note_vetoes")]
    widths = (40, 24, 14, 12, 18, 34)
    return PrintedForm("附表1", basis.say("title_vetoes"), widths, [[head(text) for text in heads]], rows, notes)


def _veto(basis: FormBasis, judged: StoredVeto) -> Line:
    veto = next(v for v in basis.spec.vetoes if v.code == judged.code)
    schools = [f"{len(judged.schools)} 所有"] if judged.schools else []
    schools += [f"{len(judged.unanswered)} 所未承诺"] if judged.unanswered else []
    nobody = "均承诺没有" if any(school.has_submission for school in basis.data.schools) else "没有学校填报"
    name, words = label(f"{veto.code} {veto.name}"), label("、".join(schools) or nobody)
    if not judged.asks_bureau:
        return [name, words, *(boxes.Box(boxes.NONE) for _ in range(4))]
    answer = basis.bureau.get("answers", {}).get(veto.item, {})
    day = dates.day(timezone.localtime(datetime.fromisoformat(answer["at"])).date()) if answer.get("at") else ""
    # A paper names the person; the account behind the name is the portal's own.
    by = answer.get("by", "").partition("（")[0]
    # The files the bureau put behind it.
    proofs = (one["name"] for one in basis.bureau.get("evidence", ()) if one["item"] == veto.item)
    stated = boxes.Box(_STATED[judged.bureau], open=judged.bureau is None)
    return [
        name,
        words,
        stated,
        boxes.Box(by),
        boxes.Box(day),
        label("、".join(dict.fromkeys(proofs)) or boxes.WAITING),
    ]


def growth(basis: FormBasis) -> PrintedForm:
    """附表2: 三个增长, each figure of two years with its documents; no part of the verdict."""
    heads = ("条件", "结论", "本年与上年（决算数）", "是否增长", "佐证")
    rows: list[Line] = []
    for one in evaluations.growth(basis.evaluation):
        for number, line in enumerate(one.lines):
            span = len(one.lines)
            own = [label(one.label, rowspan=span), boxes.Box(one.words, rowspan=span)] if not number else []
            verdict = boxes.Box(evaluations.RISES[line.passes][0], open=line.passes is None)
            rows.append([*own, label(line.why), verdict, label("、".join(line.proofs) or boxes.WAITING)])
    clauses = "；".join(dict.fromkeys(one.clause for one in basis.spec.growths))
    notes = [basis.say("note_growth", clauses=clauses)]
    return PrintedForm(
        "附表2", basis.say("title_growth"), (30, 20, 56, 10, 34), [[head(text) for text in heads]], rows, notes
    )
