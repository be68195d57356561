"""How a verdict of three values reads on every page and in every file: its words and tone, by what is judged."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Verdict(NamedTuple):
    """`tone` is that of a badge: ok, warn, bad, muted."""

    words: str
    tone: str


def _kind(holds: str, fails: str, is_open: str) -> Mapping[bool | None, Verdict]:
    return {True: Verdict(holds, "ok"), False: Verdict(fails, "bad"), None: Verdict(is_open, "muted")}


NOT_APPLICABLE = Verdict("不适用", "muted")
# Of a district, a school, a part, a coefficient.
VERDICTS = _kind("达标", "未达标", "无法判定")
CONDITIONS = _kind("达标", "未达标", "还不能判定")
# 三个增长 (a figure, a condition).
RISES = _kind("达到", "未达到", "待定")
TARGETS = _kind("达到目标", "未达到目标", "无法判定")
# A veto by whether it happened.
HAPPENED = {True: Verdict("有", "bad"), False: Verdict("无", "ok"), None: Verdict("未全部确认", "muted")}

# What `_components/verdict.html` shows, by its parameter `of`.
KINDS: Mapping[str, Mapping[Any, Verdict]] = {
    "": VERDICTS,
    # What a submission under way says of itself: a part, a demand on the school, a veto, an indicator by its state.
    "part": _kind("符合要求", "不符合要求", "还不能计算"),
    "demand": _kind("符合", "不符合", "待填"),
    "veto": _kind("没有发生", "有", "待校长确认"),
    "indicator": {
        "reached": VERDICTS[True],
        "floor": Verdict(VERDICTS[False].words, "warn"),
        "below": Verdict("低于底线", "bad"),
        "unknown": Verdict("缺数据", "muted"),
    },
}
