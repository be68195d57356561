"""Filters of the matrix and the coefficients, in the address."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet

from indicators.results.board.board import BoardRow, StageBoard
from indicators.results.board.influence_pages import Influence
from indicators.standard.engine import Spec
from portal.core.lib import written
from portal.core.lib.forms import FilterForm, ListFilter, RowFilter, WordsFilter
from portal.core.lib.verdicts import VERDICTS
from schools.access.scope import Perm, Request
from schools.directory import queries as directory
from schools.directory.models import Area, Department, District, Group, InstitutionKind, School

_ROW_ORDERS: dict[str, Callable[[BoardRow], Any]] = {
    "": lambda row: row.school_code,
    "name": lambda row: (row.school, row.school_code),
    "pupils": lambda row: Decimal(row.pupils) if row.pupils.isdecimal() else Decimal(-1),
    "reached": lambda row: sum(cell.reaches is True for cell in row.cells),
}
_VERDICTS = {"pass": True, "fail": False, "unknown": None}


class VerdictsFilter(ListFilter):
    """Which schools to list with their newest verdicts."""

    q = WordsFilter(label="名称或标识码", max_length=50, names=["name__icontains"], codes=["code__startswith"])
    kind = django_filters.ChoiceFilter(label="学校类型", choices=InstitutionKind.choices)
    district = django_filters.ModelChoiceFilter(label="区县", queryset=District.objects.none(), to_field_name="code")

    def __init__(self, data: Any, *, request: Request, queryset: QuerySet[School]) -> None:
        super().__init__(data, queryset=queryset, request=request)
        districts = directory.districts(request.user, Perm.EVALUATION_VIEW)
        self.filters["district"].queryset = districts
        if len(districts) < 2:
            del self.filters["district"]


class MatrixFilter(RowFilter):
    """Which rows to show, and in what order."""

    shows = ("sort",)

    q = forms.CharField(label="学校名称", required=False, max_length=50)
    stage = forms.ChoiceField(label="学段", required=False)
    area = forms.ChoiceField(label="城乡", required=False, choices=[("", "全部"), *Area.choices])
    verdict = forms.ChoiceField(
        label="结论",
        required=False,
        choices=[("", "全部"), *((code, VERDICTS[passes].words) for code, passes in _VERDICTS.items())],
    )
    failing = forms.ChoiceField(label="未达标指标", required=False)
    township = forms.ModelChoiceField(Department.objects.none(), label="乡镇、街道", required=False, empty_label="全部")
    group = forms.ModelChoiceField(Group.objects.none(), label="教育集团", required=False, empty_label="全部")
    sort = forms.ChoiceField(label="排序", required=False)
    round = forms.CharField(required=False, widget=forms.HiddenInput)
    evaluation = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, spec: Spec, district: District, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._schools = directory.ever_of(district.pk)
        self.fields["township"].queryset = directory.townships([district])  # type: ignore[attr-defined]
        self.fields["group"].queryset = Group.objects.filter(district=district)  # type: ignore[attr-defined]
        indicators = [(i.code, spec.names[i.code]) for i in spec.resources]
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

    def fits(self, row: BoardRow) -> bool:
        asked = self.asked
        if not written.is_within(asked.get("q", ""), row.school, row.school_code):
            return False
        if asked.get("area", row.facts.area) != row.facts.area:
            return False
        if "verdict" in asked and row.passes is not _VERDICTS[asked["verdict"]]:
            return False
        failing = asked.get("failing")
        if failing == "near":
            return any(cell.near for cell in row.cells)
        return not failing or any(c.code == failing and c.reaches is False for c in row.cells)

    def of_stages(self, boards: tuple[StageBoard, ...]) -> tuple[StageBoard, ...]:
        """Only rows; means and coefficients stay the district's."""
        asked, order = self.asked, self.ordering
        places = {name: asked[name] for name in ("township", "group") if name in asked}
        # By where a school lies and belongs today, as the register's own list.
        there = set(self._schools.filter(**places).values_list("code", flat=True)) if places else None
        name = order.lstrip("-")
        # Rows without a figure come first when sorting upward, so that they are not overlooked.
        key = _ROW_ORDERS.get(name) or (
            lambda row: next(Decimal(c.figure.value or -1) for c in row.cells if c.code == name)
        )
        filtered = []
        for board in boards:
            if asked.get("stage", board.stage) == board.stage:
                fitting = (r for r in board.rows if self.fits(r) and (there is None or r.school_code in there))
                rows = sorted(fitting, key=key, reverse=order[:1] == "-")
                filtered.append(StageBoard(board.stage, board.label, tuple(rows), board.summaries, board.total))
        return tuple(filtered)


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


class CoefficientFilter(FilterForm):
    """Which indicator's schools to show, and in what order."""

    shows = ("indicator", "sort")

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
        codes = [(i.code, spec.names[i.code]) for i in spec.resources]
        self.fields["indicator"].choices = codes  # type: ignore[attr-defined]
        self._first = codes[0][0]

    @property
    def code(self) -> str:
        return self.asked.get("indicator", self._first)

    def ordered(self, rows: Iterable[Influence]) -> list[Influence]:
        """Ties by code; without a figure last."""
        order = _ORDERS[self.ordering]
        return sorted(rows, key=lambda one: (order(one), one.row.school_code))


class StageFilter(FilterForm):
    """Which stage's schools the map shows."""

    stage = forms.ChoiceField(label="学段", required=False)
    round = forms.CharField(required=False, widget=forms.HiddenInput)
    evaluation = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, stages: Iterable[StageBoard], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "全部"), *((one.stage, one.label) for one in stages)]
        self.fields["stage"].choices = choices  # type: ignore[attr-defined]


def _last(number: Decimal | None) -> tuple[bool, Decimal]:
    return number is None, number or Decimal(0)
