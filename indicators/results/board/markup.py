"""Rows of the large tables as HTML. Written in Python: thousands of cells, and a template takes twice the time."""

from html import escape

from django.utils.safestring import SafeString, mark_safe

from indicators.results.board.board import Cell, Row, Summary
from indicators.results.board.influence import Change, Influence, Outcome
from indicators.results.evaluations.relaxed import LABEL

_NEAR = ' <span class="board-near">临界</span>'
_SIGNS = {"ok": "✓", "bad": "✗", "muted": "—"}


def row(one: Row, url: str, why: str, since: str = "") -> SafeString:
    """Return the cells of a row, led by the school's page and ended by the verdict's reasons; all is escaped here.

    `since` says what the school has become since it was judged.
    """
    became = f'<small class="soft">{escape(since)}</small>' if since else ""
    head = (
        f'<th scope="row"><a href="{escape(url)}">{escape(one.school)}</a>'
        f'<small class="soft">{escape(one.kind)} · {escape(one.area)} · {one.pupils} 人</small>{became}</th>'
    )
    verdict = (
        f'<td data-label="结论"><span><span class="tone tone-{one.tone}">{_SIGNS[one.tone]} {one.verdict}</span>'
        f'<small>{escape(one.reason)}</small> <a class="d-print-none" href="{escape(why)}">依据</a>{_relaxed_verdict(one.relaxed)}</span></td>'
    )
    return mark_safe(head + "".join(map(_cell, one.cells)) + verdict)  # noqa: S308 escaped above


def _relaxed_verdict(one: Row | None) -> str:
    if one is None:
        return ""
    return (
        f'<small>{LABEL}：<span class="tone tone-{one.tone}">{_SIGNS[one.tone]} {one.verdict}</span> '
        f"{escape(one.reason)}</small>"
    )


def _relaxed(text: str, near: bool, tone: str, words: str) -> str:
    """A figure with relaxations, below the strict one."""
    return f'<small>{LABEL}：<b>{text}</b>{_NEAR if near else ""} <span class="tone-text-{tone}">{escape(words)}</span></small>'


def _cell(cell: Cell) -> str:
    near, other = _NEAR if cell.near else "", cell.relaxed
    below = _relaxed(other.value, other.near, other.tone, f"{other.sign} {other.words}") if other else ""
    return (
        f'<td data-label="{cell.code} {escape(cell.name)}"><span><b>{cell.value}</b>{near}'
        f'<small class="tone-text-{cell.tone}">{cell.sign} {escape(cell.words)}</small>{below}</span></td>'
    )


def influence(one: Influence, url: str) -> SafeString:
    """Return the cells of a school's line in the table of contributions."""
    near = _NEAR if one.near else ""
    return mark_safe(  # noqa: S308 escaped below
        f'<th scope="row"><a href="{escape(url)}">{escape(one.row.school)}</a></th>'
        f'<td data-label="在校生" class="number">{one.row.pupils}</td>'
        f'<td data-label="指标值" class="number">{one.value}{near}</td>'
        f'<td data-label="与均值差" class="number">{one.from_mean}</td>'
        f'<td data-label="贡献" class="number"><b>{one.share}</b></td>'
        f'<td data-label="去掉本校后">{_outcome(one.without)}</td>'
        f'<td data-label="若达到均值">{_outcome(one.at_mean)}</td>'
        f'<td data-label="增加一单位">{_change(one.one_more)}</td>'
    )


def coefficient(stage: str, one: Summary, gauge: SafeString, explanation: str) -> SafeString:
    """Return a coefficient's cell in the overview: figure, its explanation's address, verdict, bar, largest schools."""
    top = "、".join(f"{escape(share.school)} {share.percent}" for share in one.top)
    # The words of a coefficient say 临界 themselves.
    below = _relaxed(one.relaxed.cv, False, one.relaxed.tone, one.relaxed.words) if one.relaxed else ""
    return mark_safe(  # noqa: S308 escaped here and above
        f'<td data-label="{escape(stage)} ≤ {one.limit}"><div class="coefficient-cell">'
        f'<span class="coefficient-head"><b>{one.cv}</b> <a class="d-print-none" href="{escape(explanation)}">依据</a> '
        f'<span class="tone tone-{one.tone}">{_SIGNS[one.tone]} {escape(one.words)}</span></span>{gauge}'
        f"{below}<small>{f'影响最大：{top}' if top else ''}</small></div></td>"
    )


def _outcome(one: Outcome) -> str:
    words = f' <small class="tone-text-{one.tone or "muted"}">{one.words}</small>' if one.words else ""
    return f"<span>{one.text}{words}</span>"


def _change(one: Change) -> str:
    sign = {"降低": "▼ ", "升高": "▲ "}.get(one.words, "")
    words = f'<small class="tone-text-muted">→ {one.outcome.text}</small>' if one.outcome.number is not None else ""
    turned = (
        f' <small class="tone-text-{one.outcome.tone or "muted"}">{one.outcome.words}</small>'
        if one.outcome.words
        else ""
    )
    return f"<span>{sign}{one.words} {one.text} {words}{turned}</span>"
