"""What the board's pages draw: the matrix, the overview of all coefficients, each stage's line and table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from indicators.results.board import drawing, markup, number_line
from indicators.results.board.board import StageBoard
from indicators.results.board.forms import CoefficientFilter
from indicators.results.board.influence import StageInfluence
from indicators.results.board.keeping import Kept
from indicators.results.board.queries import District

Address = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """One indicator with a drawn cell per stage."""

    code: str
    name: str
    cells: SafeString


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage of the chosen indicator: drawing (None while no school has the figure) and table rows."""

    influence: StageInfluence
    line: SafeString | None
    rows: list[SafeString]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What is the same in every order of the rows."""

    line: SafeString | None
    rows: dict[str, SafeString]


_drawn: Kept[_Drawn] = Kept(28)
_matrices: Kept[dict[str, SafeString]] = Kept(16)
_overviews: Kept[list[OverviewRow]] = Kept(8)


def matrix(
    district: District, shown: StageBoard, address: Address, since: Mapping[str, tuple[str, str]]
) -> list[SafeString]:
    """Return a stage's rows, those of `shown` in its order; `address` gives a school's page by code.

    `since` is `evaluations.renamed.of` it.
    """
    drawn = _matrices.get(
        district.evaluation, lambda: _rows(district, shown.stage, address, since), shown.stage, *sorted(since.items())
    )
    return [drawn[one.school_code] for one in shown.rows]


def _rows(
    district: District, stage: str, address: Address, since: Mapping[str, tuple[str, str]]
) -> dict[str, SafeString]:
    """Every row of the stage, whatever the page's filter leaves of them."""
    reasons = reverse("explanations:part", args=[district.evaluation.pk, "0", stage]).split("/0/", 1)
    whole = next(one for one in district.content.stages if one.stage == stage)
    return {
        one.school_code: markup.row(
            one, address(one.school_code), f"/{one.school_code}/".join(reasons), since.get(one.school_code, ("", ""))[1]
        )
        for one in whole.rows
    }


def overview(district: District) -> list[OverviewRow]:
    """Return a row per indicator with a cell per stage, all bars on one scale."""
    return _overviews.get(district.evaluation, lambda: _overview(district))


def _overview(district: District) -> list[OverviewRow]:
    evaluation, stages = district.evaluation, district.content.stages
    told = [summary.coefficient for stage in stages for summary in stage.summaries]
    top = max(
        (Decimal(one[key]) for one in told for key in ("cv", "limit") if one[key] is not None), default=Decimal(1)
    )
    found = []
    for row in zip(*(stage.summaries for stage in stages), strict=True):
        cells = (
            markup.coefficient(
                stage.label,
                summary,
                drawing.gauge(summary, top),
                reverse("explanations:coefficient", args=[evaluation.pk, stage.stage, summary.code]),
            )
            for stage, summary in zip(stages, row, strict=True)
        )
        found.append(OverviewRow(row[0].code, row[0].name, mark_safe("".join(cells))))  # noqa: S308 escaped by markup
    return found


def stage(district: District, found: StageInfluence, form: CoefficientFilter, address: Address) -> StageView:
    """Return a stage's drawing and its rows in the order asked for; `address` gives a school's page by code."""
    drawn = _drawn.get(district.evaluation, lambda: _draw(found, address), found.board.stage, found.indicator.code)
    return StageView(found, drawn.line, [drawn.rows[one.row.school_code] for one in form.ordered(found.rows)])


def _lines(found: StageInfluence, address: Address) -> SafeString | None:
    """The drawing for wide pages and paper, and the one for phones; the style sheet shows one of them."""
    wide, phone = (number_line.of_stage(found, canvas) for canvas in (number_line.WIDE, number_line.PHONE))
    if wide is None or phone is None:
        return None
    name = f"line-{found.board.stage}"
    return format_html(
        '<div class="line-wide">{}</div><div class="line-phone">{}</div>',
        drawing.number_line(wide, name, address),
        drawing.number_line(phone, f"{name}-phone", address),
    )


def _draw(found: StageInfluence, address: Address) -> _Drawn:
    return _Drawn(
        line=_lines(found, address),
        rows={one.row.school_code: markup.influence(one, address(one.row.school_code)) for one in found.rows},
    )
