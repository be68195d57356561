"""The checklist on paper, for the day the phone dies: printed before a visit, typed in afterwards."""

import segno

from inspections.checklists.questions import Question
from inspections.visits.models import ChecklistAnswer, Visit
from portal.core.lib import dates
from portal.core.papers import tree

_SIZE = 10
_SIGNATURES = ("督学签名", "学校负责人签名", "学校意见")
_BOXES = "\n".join(f"□{choice.label}" for choice in ChecklistAnswer.Seen)


def blank(visit: Visit, questions: list[Question], receipt: str, address: str) -> tree.Paper:
    """To fill in by hand; the code leads to `address`, where it is typed in."""
    team = "、".join(person.name for person in visit.team.all())
    picture = segno.make(address).svg_inline(border=2, scale=4).encode()
    rows: list[tree.Row] = [
        [
            str(number),
            tree.TableCell((tree.Run(f"{one.indicator} {one.text}", bold=True), tree.Run(f"\n{one.look}"))),
            one.claimed or "—",
            "",
            _BOXES,
            "",
        ]
        for number, one in enumerate(questions, 1)
    ]
    columns = [tree.TableColumn(width, align) for width, align in _COLUMNS]
    blocks: list[tree.Block] = [
        tree.KeyValues(
            [
                ("学校", str(visit.school)),
                ("督导类型", visit.get_kind_display()),
                ("督导事项", visit.subject),
                ("督导小组", team),
                ("计划日期", dates.day(visit.planned_on)),
                ("实际日期", ""),
            ],
            pairs=2,
        ),
        tree.Figure(picture, "这次督导的补录网址二维码", "扫码登录后补录；一张表只用于这一次督导", width=0.18),
        tree.Table(columns, [_HEADS], rows, note=f"填报值取自回执 {receipt}。" if receipt else "", size=_SIZE),
        tree.KeyValues([(label, "\n\n") for label in _SIGNATURES]),
    ]
    return tree.Paper("督导现场检查记录表", "", visit.planned_on, blocks, signed=False)


_COLUMNS: tuple[tuple[float, tree.Align], ...] = (
    (0.7, "center"),
    (4, "left"),
    (2, "left"),
    (1.3, "left"),
    (1.5, "left"),
    (2, "left"),
)
_HEADS = ("题号", "检查什么、怎么看", "填报值", "现场值", "结果", "说明")
