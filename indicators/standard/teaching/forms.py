"""Five schools typed into the page and held in its address, and ready examples of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from django import forms

from indicators.standard.engine import Column, Indicator, Spec, parsing

ROWS = 5
BOOKS = "books"
_PARTS = ("name", "pupils", "amount")
_KNOWN = {"stage", "indicator", *(f"{part}{n}" for part in _PARTS for n in range(1, ROWS + 1))}


@dataclass(frozen=True, slots=True)
class ExampleSchool:
    """One row: a school's pupils and what they share, in the numerator's unit."""

    name: str
    pupils: int
    amount: Fraction


class FigureField(forms.CharField):
    """A number read as in a submission: full-width digits are, words and 1e3 are not."""

    def __init__(self, kind: str, label: str) -> None:
        super().__init__(label=label, required=False)
        self._column = Column("", "", kind)

    def clean(self, value: Any) -> Decimal | int | None:
        try:
            return parsing.parse_cell(self._column, super().clean(value))
        except parsing.BadValue as error:
            raise forms.ValidationError(str(error)) from error


class FiveSchools(forms.Form):
    """Stage, indicator and up to five schools; wholly blank rows are left out."""

    stage = forms.ChoiceField(label="学段")
    indicator = forms.ChoiceField(label="指标")

    def __init__(self, spec: Spec, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spec = spec
        self.fields["stage"].choices = [(code, spec.stages[code].label) for code in spec.judged_stages]  # type: ignore[attr-defined]
        own = [(i.code, f"{i.code} {i.short_name}（总量按{i.rule.numerator_unit}填）") for i in spec.resources]
        self.fields["indicator"].choices = [*own, (BOOKS, "生均图书册数（公布的算例，不在本标准之内）")]  # type: ignore[attr-defined]
        for n in range(1, ROWS + 1):
            self.fields[f"name{n}"] = forms.CharField(label=f"第 {n} 所学校的名称", required=False, max_length=30)
            self.fields[f"pupils{n}"] = FigureField("number", f"第 {n} 所学校的在校生数")
            self.fields[f"amount{n}"] = FigureField("decimal", f"第 {n} 所学校的资源总量")

    @staticmethod
    def asked(sent: Mapping[str, Any]) -> bool:
        return not _KNOWN.isdisjoint(sent)

    def clean(self) -> dict[str, Any]:
        for n in range(1, ROWS + 1):
            typed = {part: self.cleaned_data.get(f"{part}{n}") for part in _PARTS}
            if all(value in (None, "") for value in typed.values()):
                continue
            for part, words in (("pupils", "在校生数"), ("amount", "资源总量")):
                if typed[part] is None and f"{part}{n}" not in self.errors:
                    blank = f"没有填{words}：没有填不等于 0，也不能当没有这所学校；不要这一行就全部清空"
                    self.add_error(f"{part}{n}", blank)
            if typed["pupils"] == 0:
                self.add_error(f"pupils{n}", "应大于 0：没有在校生的学校不参加计算")
        if not self.errors and len(self.schools) < 2:
            raise forms.ValidationError("至少填两所学校：只有一所就没有校际差异，不计算差异系数。")
        return self.cleaned_data

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        return [[self[f"{part}{n}"] for part in _PARTS] for n in range(1, ROWS + 1)]

    @property
    def chosen_stage(self) -> str:
        return str(self.cleaned_data["stage"])

    @property
    def chosen_indicator(self) -> Indicator:
        """One of the standard's, or the books of the published example."""
        code = self.cleaned_data["indicator"]
        if code != BOOKS:
            return self.spec.indicator(code)
        per_pupil = next(i for i in self.spec.resources if i.rule.factor == 1)
        rule = replace(per_pupil.rule, numerator="图书册数", numerator_unit="册")
        return replace(per_pupil, code="", name="生均图书册数", short_name="生均图书", unit="册", formula=rule)

    @property
    def schools(self) -> list[ExampleSchool]:
        found = []
        for n in range(1, ROWS + 1):
            name, pupils, amount = (self.cleaned_data.get(f"{part}{n}") for part in _PARTS)
            if pupils and amount is not None:
                found.append(ExampleSchool(name or f"学校{n}", pupils, Fraction(amount)))
        return found


@dataclass(frozen=True, slots=True)
class Example:
    """Values as the address carries them, and what they show."""

    title: str
    note: str
    values: Mapping[str, str]

    @property
    def query(self) -> str:
        return urlencode(self.values)


def _values(stage: str, indicator: str, *rows: tuple[str, int, str]) -> Mapping[str, str]:
    values = {"stage": stage, "indicator": indicator}
    for number, (name, pupils, amount) in enumerate(rows, 1):
        values |= {f"name{number}": name, f"pupils{number}": str(pupils), f"amount{number}": amount}
    return values


PUBLISHED = Example(
    "公布的算例：简单算法误判为达标",
    "五所小学的生均图书册数。按规定是 0.515，超过 0.50；不加权得 0.489，看起来达标。",
    _values(
        "primary",
        "books",
        ("小学1", 45, "279"),
        ("小学2", 37, "137"),
        ("小学3", 89, "935"),
        ("小学4", 76, "160"),
        ("小学5", 55, "402"),
    ),
)
SAME_SIZE = Example(
    "两种算法一致：各校一样大",
    "各校在校生相同，加权与不加权（总体标准差）没有区别。",
    _values(
        "primary",
        "A4",
        ("小学1", 400, "1900"),
        ("小学2", 400, "2200"),
        ("小学3", 400, "2600"),
        ("小学4", 400, "2000"),
        ("小学5", 400, "3000"),
    ),
)
SMALL_OUTLIER = Example(
    "反过来：简单算法误判为超标",
    "一所很小的学校数值特别高。按规定它只占很小的分量，不加权却和大校一样算。",
    _values(
        "junior",
        "A4",
        ("初中1", 1200, "7400"),
        ("初中2", 1100, "6900"),
        ("初中3", 900, "5200"),
        ("初中4", 800, "5100"),
        ("初中5", 40, "1000"),
    ),
)
EXAMPLES = (PUBLISHED, SAME_SIZE, SMALL_OUTLIER)
