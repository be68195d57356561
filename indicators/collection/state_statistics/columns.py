"""Binds the figures of a form to the columns of a sheet: which column, in which unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from indicators.collection.state_statistics import headers, units
from indicators.collection.state_statistics.headers import Header, Table
from indicators.collection.state_statistics.mapping import Figure, Form, Source
from portal.core.errors import Problem


@dataclass(frozen=True, slots=True)
class Bound:
    """One column to add up; `factor` turns its figures into the item's unit; `twin` is the same in another unit."""

    header: Header
    sign: int
    unit: str
    factor: Decimal
    twin: "Bound | None" = None


@dataclass(frozen=True, slots=True)
class Binding:
    """A figure with its columns."""

    figure: Figure
    columns: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Bindings:
    """What of a form stands on a sheet, and which figures it does not hold."""

    held: tuple[Binding, ...]
    absent: tuple[str, ...]


def bind(form: Form, table: Table, sheet: str, problems: list[Problem]) -> Bindings:
    """Find the columns of every figure; missing, ambiguous and unusable ones are added to `problems`."""
    held: list[Binding] = []
    absent: list[str] = []
    overall = units.of_sheet([headers.plain(line) for line in table.above])
    for figure in form.figures:
        found = [headers.match(table.headers, source.headers) for source in figure.columns]
        missing = [source.headers[0] for source, hits in zip(figure.columns, found, strict=True) if not hits]
        if missing:
            if figure.optional:
                absent.extend(missing)
            else:
                problems += [_missing(words, form, table, sheet) for words in missing]
            continue
        pairs = zip(figure.columns, found, strict=True)
        bound = [_bound(source, hits, figure.unit, overall, sheet, problems) for source, hits in pairs]
        if all(bound):
            held.append(Binding(figure, tuple(one for one in bound if one)))
    return Bindings(tuple(held), tuple(absent))


def _missing(words: str, form: Form, table: Table, sheet: str) -> Problem:
    seen = "、".join(header.text for header in table.headers[:12])
    return Problem(
        f"{form.form}没有表头“{words}”的列",
        f"工作表“{sheet}”",
        f"请补上该列或改正表头；表中现有 {seen}。表式确有变化的，请管理员在对照文件里补上新的写法",
    )


def _bound(
    source: Source, hits: Sequence[Header], wanted: str, overall: Sequence[str], sheet: str, problems: list[Problem]
) -> Bound | None:
    """The one column of a source; of one column each in 元 and 万元 the wanted unit leads, the other is its check."""
    given = [header.unit or _overall(overall, wanted) for header in hits]
    where = f"工作表“{sheet}”{'、'.join(header.letter for header in hits)} 列（{hits[0].text}）"
    factors = [units.factor(unit, wanted) for unit in given]
    if len(set(given)) < len(given) or len(given) > 2:
        problems.append(Problem("有几列是同样的表头，不能确定用哪一列", where, "请只保留一列，或写全上一级表头"))
        return None
    bound = [
        Bound(header, source.sign, unit, factor)
        for header, unit, factor in zip(hits, given, factors, strict=True)
        if factor is not None
    ]
    if len(bound) < len(hits):
        wrong = next(unit for unit, factor in zip(given, factors, strict=True) if factor is None)
        problems.append(Problem(f"单位“{wrong}”不能换算成“{wanted}”", where, f"请换算成{wanted}，并改正表头的单位"))
        return None
    first, *rest = sorted(bound, key=lambda one: one.unit != wanted)
    return Bound(first.header, first.sign, first.unit, first.factor, rest[0] if rest else None)


def _overall(overall: Sequence[str], wanted: str) -> str:
    """The sheet's own unit where it measures the same; else what the mapping says."""
    return next((unit for unit in overall if units.factor(unit, wanted) is not None), wanted)
