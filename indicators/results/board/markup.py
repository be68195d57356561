"""The large tables of the board as HTML. Written in Python: thousands of cells, and a template takes twice the time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from indicators.results.board import drawing
from indicators.results.board.board import BoardCell, BoardRow, StageBoard, Summary
from indicators.results.board.forms import CoefficientFilter
from indicators.results.board.influence import ChangedCoefficient, Influence, StageInfluence
from indicators.results.board.queries import DistrictResult
from indicators.results.evaluations.stored import LABEL, Cache

_NEAR = ' <span class="board-near">临界</span>'
_SIGNS = {"ok": "✓", "bad": "✗", "muted": "—"}
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


_drawn: Cache[_Drawn] = Cache(28)
_matrices: Cache[dict[str, SafeString]] = Cache(16)
_overviews: Cache[list[OverviewRow]] = Cache(8)


def matrix(
    district: DistrictResult, shown: StageBoard, address: Address, since: Mapping[str, tuple[str, str]]
) -> list[SafeString]:
    """Return a stage's rows, those of `shown` in its order; `address` gives a school's page by code.

    `since` is `evaluations.queries.renamed_since` it.
    """

    def make() -> dict[str, SafeString]:
        reasons = reverse("explanations:part", args=[district.evaluation.pk, "0", shown.stage]).split("/0/", 1)
        # Every row of the stage, whatever the page's filter leaves of them.
        whole = next(one for one in district.content.stages if one.stage == shown.stage)
        rows = {}
        for one in whole.rows:
            why, became = f"/{one.school_code}/".join(reasons), since.get(one.school_code, ("", ""))[1]
            rows[one.school_code] = row(one, address(one.school_code), why, became)
        return rows

    drawn = _matrices.get(district.evaluation, make, shown.stage, *sorted(since.items()))
    return [drawn[one.school_code] for one in shown.rows]


def row(one: BoardRow, url: str, why: str, since: str = "") -> SafeString:
    """Return the cells of a row, led by the school's page and ended by the verdict's reasons; all is escaped here.

    `since` says what the school has become since it was judged.
    """
    became = f'<small class="soft">{escape(since)}</small>' if since else ""
    head = (
        f'<th scope="row"><a href="{escape(url)}">{escape(one.school)}</a>'
        f'<small class="soft">{escape(one.kind)} · {escape(one.area)} · {one.pupils} 人</small>{became}</th>'
    )
    relaxed = ""
    if one.relaxed:
        relaxed = (
            f'<small>{LABEL}：<span class="tone tone-{one.relaxed.tone}">{_SIGNS[one.relaxed.tone]} '
            f"{one.relaxed.verdict}</span> {escape(one.relaxed.reason)}</small>"
        )
    verdict = (
        f'<td data-label="结论"><span><span class="tone tone-{one.tone}">{_SIGNS[one.tone]} {one.verdict}</span>'
        f'<small>{escape(one.reason)}</small> <a class="d-print-none" href="{escape(why)}">依据</a>{relaxed}</span></td>'
    )
    return mark_safe(head + "".join(map(_cell, one.cells)) + verdict)  # noqa: S308 escaped above


def _cell(cell: BoardCell) -> str:
    near, other = _NEAR if cell.near else "", cell.relaxed
    below = _relaxed_figure(other.value, other.near, other.tone, f"{other.sign} {other.words}") if other else ""
    return (
        f'<td data-label="{cell.code} {escape(cell.name)}"><span><b>{cell.value}</b>{near}'
        f'<small class="tone-text-{cell.tone}">{cell.sign} {escape(cell.words)}</small>{below}</span></td>'
    )


def _relaxed_figure(text: str, near: bool, tone: str, words: str) -> str:
    """A figure with relaxations, below the strict one."""
    return f'<small>{LABEL}：<b>{text}</b>{_NEAR if near else ""} <span class="tone-text-{tone}">{escape(words)}</span></small>'


def overview(district: DistrictResult) -> list[OverviewRow]:
    """Return a row per indicator with a cell per stage, all bars on one scale."""
    return _overviews.get(district.evaluation, lambda: _overview(district))


def _overview(district: DistrictResult) -> list[OverviewRow]:
    evaluation, stages = district.evaluation, district.content.stages
    ends = [
        Decimal(end)
        for stage in stages
        for summary in stage.summaries
        for end in (summary.coefficient.cv, summary.coefficient.limit)
        if end is not None
    ]
    top = max(ends, default=Decimal(1))
    found = []
    for row in zip(*(stage.summaries for stage in stages), strict=True):
        cells = (
            coefficient(
                stage.label,
                summary,
                drawing.gauge(summary, top),
                reverse("explanations:coefficient", args=[evaluation.pk, stage.stage, summary.code]),
            )
            for stage, summary in zip(stages, row, strict=True)
        )
        found.append(OverviewRow(row[0].code, row[0].name, mark_safe("".join(cells))))  # noqa: S308 escaped below
    return found


def coefficient(stage: str, one: Summary, gauge: SafeString, explanation: str) -> SafeString:
    """Return a coefficient's cell in the overview: figure, its explanation's address, verdict, bar, largest schools."""
    top = "、".join(f"{escape(share.school)} {share.percent}" for share in one.top)
    # The words of a coefficient include 临界 themselves.
    below = _relaxed_figure(one.relaxed.cv, False, one.relaxed.tone, one.relaxed.words) if one.relaxed else ""
    return mark_safe(  # noqa: S308 escaped here and above
        f'<td data-label="{escape(stage)} ≤ {one.limit}"><div class="coefficient-cell">'
        f'<span class="coefficient-head"><b>{one.cv}</b> <a class="d-print-none" href="{escape(explanation)}">依据</a> '
        f'<span class="tone tone-{one.tone}">{_SIGNS[one.tone]} {escape(one.words)}</span></span>{gauge}'
        f"{below}<small>{f'影响最大：{top}' if top else ''}</small></div></td>"
    )


def stage(district: DistrictResult, found: StageInfluence, form: CoefficientFilter, address: Address) -> StageView:
    """Return a stage's drawing and its rows in the order asked for; `address` gives a school's page by code."""

    def make() -> _Drawn:
        rows = {one.row.school_code: influence(one, address(one.row.school_code)) for one in found.rows}
        # One drawing for wide pages and paper, one for phones; the style sheet shows one of them.
        wide, phone = (drawing.line_of_stage(found, canvas) for canvas in (drawing.WIDE, drawing.PHONE))
        if wide is None or phone is None:
            return _Drawn(None, rows)
        name = f"line-{found.board.stage}"
        line = format_html(
            '<div class="line-wide">{}</div><div class="line-phone">{}</div>',
            drawing.number_line(wide, name, address),
            drawing.number_line(phone, f"{name}-phone", address),
        )
        return _Drawn(line, rows)

    drawn = _drawn.get(district.evaluation, make, found.board.stage, found.indicator.code)
    return StageView(found, drawn.line, [drawn.rows[one.row.school_code] for one in form.ordered(found.rows)])


def influence(one: Influence, url: str) -> SafeString:
    """Return the cells of a school's row in the table of contributions."""
    near, more = _NEAR if one.near else "", one.one_more
    sign = {"降低": "▼ ", "升高": "▲ "}.get(more.words, "")
    then = f'<small class="tone-text-muted">→ {more.outcome.text}</small>' if more.outcome.number is not None else ""
    return mark_safe(  # noqa: S308 school and address are escaped, the rest is figures and our own words
        f'<th scope="row"><a href="{escape(url)}">{escape(one.row.school)}</a></th>'
        f'<td data-label="在校生" class="number">{one.row.pupils}</td>'
        f'<td data-label="指标值" class="number">{one.value}{near}</td>'
        f'<td data-label="与均值差" class="number">{one.from_mean}</td>'
        f'<td data-label="贡献" class="number"><b>{one.share}</b></td>'
        f'<td data-label="去掉本校后"><span>{one.without.text}{_turned(one.without)}</span></td>'
        f'<td data-label="若达到均值"><span>{one.at_mean.text}{_turned(one.at_mean)}</span></td>'
        f'<td data-label="增加一单位"><span>{sign}{more.words} {more.text} {then}{_turned(more.outcome)}</span></td>'
    )


def _turned(one: ChangedCoefficient) -> str:
    return f' <small class="tone-text-{one.tone or "muted"}">{one.words}</small>' if one.words else ""
