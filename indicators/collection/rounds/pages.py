"""What is said of a round outside its pages."""

from collections.abc import Collection

from indicators.collection.rounds import queries
from indicators.collection.submissions.models import Round, Submission
from portal.core.lib import written


def for_group(round_: Round, rows: Collection[Submission], address: str, most: int | None = None) -> str:
    """Names every unit, or `most` of each kind: in a group each looks for its own name."""
    late = queries.late(rows)
    over = {row.pk for row in late}
    parts = (("已过截止时间", late), ("还没有到期", [row for row in rows if row.pk not in over]))
    lines = [
        f"{words} {len(held)} 个：{written.named([row.respondent for row in held], most)}"
        for words, held in parts
        if held
    ]
    return "\n".join([f"{round_.name}还有 {len(rows)} 个单位没有提交。", *lines, f"请登录办理：{address}"])
