"""附表: what goes with the forms and stands in none of them."""

from datetime import datetime

from django.utils import timezone

from indicators.declarations import boxes
from indicators.declarations.basis import Basis
from indicators.declarations.boxes import head, label
from portal.documents.xlsx_forms import Form, Line
from portal.lib import dates

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
    stated = boxes.Box(_STATED[told["bureau"]], open=told["bureau"] is None)  # type: ignore[index]
    return [name, words, stated, boxes.Box(said.get("by", "")), boxes.Box(day), label(_proofs(basis, veto.item))]


def _proofs(basis: Basis, *items: str) -> str:
    """The files the bureau put behind items (base codes), by name; 待填 without any."""
    found = (one["name"] for one in basis.bureau.get("evidence", ()) if one["item"] in items)
    return "、".join(dict.fromkeys(found)) or boxes.WAITING
