"""Filters of the matrix and the coefficients, in the address."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django import forms

from indicators.results.board.board import BoardRow, StageBoard
from indicators.results.board.influence import Influence
from indicators.standard.engine import Spec
from portal.core.lib import written
from schools.directory.models import Area

_ROW_ORDERS: dict[str, Callable[[BoardRow], Any]] = {
    "": lambda row: row.school_code,
    "name": lambda row: (row.school, row.school_code),
    "pupils": lambda row: Decimal(row.pupils) if row.pupils.isdecimal() else Decimal(-1),
    "reached": lambda row: sum(cell.reaches is True for cell in row.cells),
}
_VERDICTS = {"pass": True, "fail": False, "unknown": None}


class MatrixFilter(forms.Form):
    """Which rows to show, and in what order."""

    q = forms.CharField(label="学校名称", required=False, max_length=50)
    stage = forms.ChoiceField(label="学段", required=False)
    area = forms.ChoiceField(label="城乡", required=False, choices=[("", "全部"), *Area.choices])
    verdict = forms.ChoiceField(
        label="结论",
        required=False,
        choices=[("", "全部"), ("pass", "达标"), ("fail", "未达标"), ("unknown", "无法判定")],
    )
    failing = forms.ChoiceField(label="未达标指标", required=False)
    sort = forms.ChoiceField(label="排序", required=False)
    round = forms.CharField(required=False, widget=forms.HiddenInput)
    evaluation = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, spec: Spec, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        indicators = [(i.code, f"{i.code} {i.short_name}") for i in spec.resources]
        stages = [(code, spec.stages[code].label) for code in spec.judged_stages]
        self.fields["stage"].choices = [("", "全部"), *stages]  # type: ignore[attr-defined]
        self.fields["failing"].choices = [("", "不限"), ("near", "有临界值"), *indicators]  # type: ignore[attr-defined]
        sorts = [
            ("", "学校标识码"),
            ("name", "学校名称"),
            ("-pupils", "在校生从多到少"),
            ("reached", "达标项数从少到多"),
        ]
        lows = [(code, f"{label}从低到高") for code, label in indicators]
        highs = [(f"-{code}", f"{label}从高到低") for code, label in indicators]
        self.fields["sort"].choices = sorts + lows + highs  # type: ignore[attr-defined]

    def apply(self, boards: tuple[StageBoard, ...]) -> tuple[StageBoard, ...]:
        """Only the rows asked for; means and coefficients stay the district's."""
        if not self.is_valid():
            return boards
        asked, order = self.cleaned_data, self.cleaned_data["sort"]
        name = order.lstrip("-")
        # Rows without a figure come first when sorting upward, so that they are not overlooked.
        key = _ROW_ORDERS.get(name) or (
            lambda row: next(Decimal(c.figure.value or -1) for c in row.cells if c.code == name)
        )
        filtered = []
        for board in boards:
            if asked["stage"] in ("", board.stage):
                rows = sorted((r for r in board.rows if _fits(r, asked)), key=key, reverse=order[:1] == "-")
                filtered.append(StageBoard(board.stage, board.label, tuple(rows), board.summaries, board.total))
        return tuple(filtered)

    def described(self) -> str:
        """The filter in words for exports; empty when nothing is filtered."""
        if not self.is_valid():
            return ""
        parts = []
        for name in ("q", "stage", "area", "verdict", "failing"):
            value, field = self.cleaned_data[name], self.fields[name]
            if value:
                parts.append(f"{field.label}“{dict(getattr(field, 'choices', ())).get(value, value)}”")
        return "、".join(parts)


_ORDERS: dict[str, Callable[[Influence], Any]] = {
    "": lambda one: -(one.effect.share or 0),
    "code": lambda one: one.row.school_code,
    "-pupils": lambda one: -one.effect.part.pupils,
    "value": lambda one: one.effect.value,
    "-value": lambda one: -one.effect.value,
    "without": lambda one: _last(one.without.number),
    "at_mean": lambda one: _last(one.at_mean.number),
    "one_more": lambda one: _last(one.one_more.amount),
}


class CoefficientFilter(forms.Form):
    """Which indicator's schools to show, and in what order."""

    indicator = forms.ChoiceField(label="看哪项指标的各校影响", required=False)
    sort = forms.ChoiceField(
        label="排序",
        required=False,
        choices=[
            ("", "贡献从大到小"),
            ("code", "学校标识码"),
            ("-pupils", "在校生从多到少"),
            ("value", "指标值从低到高"),
            ("-value", "指标值从高到低"),
            ("without", "去掉本校后从低到高"),
            ("at_mean", "达到均值后从低到高"),
            ("one_more", "增加一单位降得多的在前"),
        ],
    )
    round = forms.CharField(required=False, widget=forms.HiddenInput)
    evaluation = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, spec: Spec, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = [(i.code, f"{i.code} {i.short_name}") for i in spec.resources]
        self.fields["indicator"].choices = codes  # type: ignore[attr-defined]
        self._first = codes[0][0]

    @property
    def code(self) -> str:
        self.is_valid()
        return self.cleaned_data.get("indicator") or self._first

    def ordered(self, rows: Iterable[Influence]) -> list[Influence]:
        """Ties by code; what has no figure comes last."""
        self.is_valid()
        order = _ORDERS[self.cleaned_data.get("sort", "")]
        return sorted(rows, key=lambda one: (order(one), one.row.school_code))


def _last(number: Decimal | None) -> tuple[bool, Decimal]:
    return number is None, number or Decimal(0)


def _fits(row: BoardRow, asked: dict[str, str]) -> bool:
    if not written.is_within(asked["q"], row.school, row.school_code):
        return False
    if asked["area"] and row.area != asked["area"]:
        return False
    if asked["verdict"] and row.passes is not _VERDICTS[asked["verdict"]]:
        return False
    if asked["failing"] == "near":
        return any(cell.near for cell in row.cells)
    return not asked["failing"] or any(c.code == asked["failing"] and c.reaches is False for c in row.cells)
