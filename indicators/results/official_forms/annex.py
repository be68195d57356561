"""附表: what goes with the forms and stands in none of them."""

from datetime import datetime

from django.utils import timezone

from indicators.results.evaluations import growth as growths
from indicators.results.official_forms import boxes
from indicators.results.official_forms.basis import Basis
from indicators.results.official_forms.boxes import head, label
from portal.core.lib import dates
from portal.core.spreadsheets.write import Form, Line

_STATED = {True: "有", False: "无", None: boxes.WAITING}


def vetoes(basis: Basis) -> Form:
    """Return 附表1: each veto as the schools and, for the whole district, the bureau stated it."""
    heads = ("事项", "各校承诺", "教育局对全区声明", "声明人", "声明时间", "佐证")
    rows = [_veto(basis, told) for told in basis.result["vetoes"]]
    notes = ["注：任何一所学校发生，或教育局声明“有”，全区不能认定；各校的“无”不能代替教育局的声明。"]
    widths = (40, 24, 14, 12, 18, 34)
    return Form("附表1", "附表1 一票否决事项声明", widths, [[head(text) for text in heads]], rows, notes)


def _veto(basis: Basis, told: dict[str, object]) -> Line:
    veto = next(v for v in basis.spec.vetoes if v.code == told["code"])
    happened, silent = (len(told[key]) for key in ("schools", "unanswered"))  # type: ignore[arg-type]
    schools = [f"{happened} 所有"] if happened else []
    schools += [f"{silent} 所未承诺"] if silent else []
    name, words = label(f"{veto.code} {veto.name}"), label("、".join(schools) or "均承诺没有")
    if "bureau" not in told:
        return [name, words, *(boxes.Box(boxes.NONE) for _ in range(4))]
    said = basis.bureau.get("answers", {}).get(veto.item, {})
    day = dates.day(timezone.localtime(datetime.fromisoformat(said["at"])).date()) if said.get("at") else ""
    # A paper names the person; the account behind the name is the portal's own.
    by = said.get("by", "").partition("（")[0]
    stated = boxes.Box(_STATED[told["bureau"]], open=told["bureau"] is None)  # type: ignore[index]
    return [name, words, stated, boxes.Box(by), boxes.Box(day), label(_proofs(basis, veto.item))]


def _proofs(basis: Basis, *items: str) -> str:
    """The files the bureau put behind items (base codes), by name; 待填 without any."""
    found = (one["name"] for one in basis.bureau.get("evidence", ()) if one["item"] in items)
    return "、".join(dict.fromkeys(found)) or boxes.WAITING


def growth(basis: Basis) -> Form:
    """Return 附表2: 三个增长, each figure of two years with its documents; no part of the verdict."""
    heads = ("条件", "结论", "本年与上年（决算数）", "是否增长", "佐证")
    rows: list[Line] = []
    for one in growths.of(basis.evaluation):
        for number, line in enumerate(one.lines):
            span = len(one.lines)
            own = [label(one.label, rowspan=span), boxes.Box(one.words, rowspan=span)] if not number else []
            told = boxes.Box(growths.WORDS[line.passes][0], open=line.passes is None)
            rows.append([*own, label(line.why), told, label("、".join(line.proofs) or boxes.WAITING)])
    clauses = "；".join(dict.fromkeys(one.clause for one in basis.spec.growths))
    notes = [f"注：依据{clauses}，按学段比较两个财政年度的决算数，每个数附文件；另行列出，不参加认定结论。"]
    return Form(
        "附表2", "附表2 教育经费“三个增长”", (30, 20, 56, 10, 34), [[head(text) for text in heads]], rows, notes
    )
