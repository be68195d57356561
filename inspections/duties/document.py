"""年度目标管理考核表 of a department or township as a paper."""

from django.utils import timezone

from inspections.duties.sheet_queries import COLUMNS, YearSheet
from portal.core.papers import tree
from portal.core.papers.tree import Block, Paragraph, Table, TableColumn

_SIZE = 9
_WIDTHS = (1, 3, 2.2, 2.6, 3, 1, 1.8, 1.8)


def year_sheet(found: YearSheet) -> tree.Paper:
    """No sum of points: only those the bureau gave, with their reason."""
    district, today = found.department.district, timezone.localdate()
    score = found.score_words or "教育局没有评分。"
    rows = [[str(cell) for cell in line.cells] for line in found.lines]
    blocks: list[Block] = [
        Paragraph(f"{found.summary}。"),
        Table([TableColumn(width) for width in _WIDTHS], [list(COLUMNS)], rows, size=_SIZE),
        Paragraph(f"考核得分：{score}"),
        Paragraph("责任单位确认（签章）：                    年    月    日"),
    ]
    return tree.Paper(found.title, district.signature, today, blocks, keywords=["年度目标管理考核"])
