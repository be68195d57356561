"""会议一页纸: taking the standing of a district away as one page of paper."""

from collections.abc import Sequence
from io import BytesIO

import pikepdf
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.errors import NotFound
from portal.core.lib import dates, digests
from portal.core.papers import tree
from portal.core.papers.docx import RENDERERS
from portal.standing.news_queries import News
from portal.standing.queries import Standing
from schools.access.scope import Perm, ensure

# In pt: the page is set in the first of them that leaves it one page.
_SIZES = (10, 9, 8, 7)
# As many as the page of the workbench shows at once.
_WAITING = 5


def _paper(found: Standing, by_office: str, waiting: Sequence[str] = (), size: int = _SIZES[0]) -> tree.Paper:
    """`waiting` is what waits for who takes it along, the most urgent first; the tables are set in `size` pt."""
    evaluation, today = found.evaluation, timezone.localdate()
    notes = [f"{evaluation.round.name}，数据截至{dates.moment(evaluation.data_as_of)}，{dates.day(today)}印制。"]
    if found.basis:
        notes.append(f"带“试算”的数：{found.basis}，不是评估结论。")
    if found.is_stale:
        notes.append("评估以后数据又有变化，还没有重新评估。")
    measures: list[Sequence[tree.CellValue]] = [
        [
            one.label,
            one.value,
            one.note,
            "；".join(f"较{change.since}：{change.turn.sign}{change.turn.words}" for change in one.changes),
        ]
        for one in found.measures
    ]
    late = "；".join(f"{one.label} {one.count}" for one in found.late) or "没有"
    more = f"；另有 {len(waiting) - _WAITING} 件" if len(waiting) > _WAITING else ""
    behind = [
        [one.name, "、".join(one.failing), one.farthest + (f"；{one.share}" if one.share else "")]
        for one in found.holding_back
    ]
    return tree.Paper(
        title=f"{found.district}义务教育优质均衡情况",
        issuer=by_office,
        date=today,
        blocks=[
            _table(
                "现在的情况",
                (2.6, 1.5, 2.3, 3),
                ("项目", "情况", "说明", "变化"),
                [
                    *measures,
                    ["逾期事项", tree.TableCell(late, colspan=3)],
                    ["等待办理", tree.TableCell("；".join(waiting[:_WAITING]) + more or "没有", colspan=3)],
                ],
                size,
                "".join(notes),
            ),
            _table(f"变化（{found.since_words}）", (2.6, 1.5, 5.3), ("事项", "数量", "名单"), _news(found.news), size),
            _table(
                f"差距最大的学校（未达标 {found.not_passing} 所（部））",
                (2.9, 2, 4.5),
                ("学校", "未达标指标", "差距最大的一项"),
                behind,
                size,
            ),
        ],
        signed=False,
    )


def _table(
    caption: str, widths: Sequence[float], heads: Sequence[str], rows: Sequence[tree.Row], size: int, note: str = ""
) -> tree.Table:
    nothing = [[tree.TableCell("没有", colspan=len(widths), align="center")]]
    return tree.Table([tree.TableColumn(width) for width in widths], [heads], rows or nothing, caption, note, size=size)


def _news(found: Sequence[News]) -> list[list[str]]:
    """What names nobody stands in one row."""
    named = [[one.label, one.count, one.names] for one in found if one.names]
    others = "、".join(f"{one.label} {one.count}" for one in found if not one.names)
    return [*named, ["办理情况", "", others]] if others else named


@transaction.atomic
def export(*, found: Standing, kind: str, by: User) -> bytes:
    """会议一页纸 as docx or pdf. Raises NotFound for another kind, Refused when no Chinese font is installed."""
    ensure(by, Perm.DISTRICT_RESULT_VIEW, found.evaluation)
    if kind not in RENDERERS:
        raise NotFound("会议一页纸只有 Word 和 PDF 两种文件。请回到全区态势重新下载。")
    waiting: Sequence[str] = import_string(settings.WAITING)(by)
    # In the largest letters with which it fits one page.
    for size in _SIZES:
        paper = _paper(found, found.district.signature, waiting, size)
        content = RENDERERS["pdf"](paper)
        with pikepdf.open(BytesIO(content)) as pages:
            if len(pages.pages) == 1:
                break
    if kind != "pdf":
        content = RENDERERS[kind](paper)
    audit.record(
        "standing.export",
        by=by,
        obj=found.evaluation,
        district=found.district.code,
        after={"kind": kind, "since": found.since.isoformat() if found.since else None} | digests.of(content),
    )
    return content
