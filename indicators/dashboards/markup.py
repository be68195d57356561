"""A matrix row as HTML. Written in Python: a district has thousands of cells, and a template takes twice the time."""

from html import escape

from django.utils.safestring import SafeString, mark_safe

from indicators.dashboards.board import Cell, Row

_SIGNS = {"ok": "✓", "bad": "✗", "muted": "—"}


def row(one: Row, url: str) -> SafeString:
    """Return the cells of a row; everything variable is escaped here."""
    head = (
        f'<th scope="row"><a href="{escape(url)}">{escape(one.school)}</a>'
        f'<small class="soft">{escape(one.kind)} · {escape(one.area)} · {one.pupils} 人</small></th>'
    )
    verdict = (
        f'<td data-label="结论"><span><span class="tone tone-{one.tone}">{_SIGNS[one.tone]} {one.verdict}</span>'
        f"<small>{escape(one.reason)}</small></span></td>"
    )
    return mark_safe(head + "".join(map(_cell, one.cells)) + verdict)  # noqa: S308 escaped above


def _cell(cell: Cell) -> str:
    near = ' <span class="board-near">临界</span>' if cell.near else ""
    return (
        f'<td data-label="{cell.code} {escape(cell.name)}"><span><b>{cell.value}</b>{near}'
        f'<small class="tone-text-{cell.tone}">{cell.sign} {escape(cell.words)}</small></span></td>'
    )
