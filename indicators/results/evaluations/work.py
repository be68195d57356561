"""What a worker does for an evaluation: read, judge, write once."""

from typing import Any

from django.utils import timezone

from indicators.results.evaluations import actions, judging, queries
from portal.core.errors import Conflict
from portal.core.jobs.runner import JobContext

_STEPS = 3
_MOVED_ON = "任务排队期间有学校的数据又更新了。请回到全区看板，重新点“开始评估”，按最新数据计算。"


def run(context: JobContext) -> dict[str, Any]:
    """What it writes and the end of the job are one transaction: run again, it could be refused what it had done.

    Raises Conflict when the figures changed since: the key promises a result for exactly those.
    """
    round = queries.round_to_judge(context.args["round"])
    context.progress(0, _STEPS, "正在读取学校名录和已通过的填报")
    now = timezone.now()
    inputs = judging.read(round)
    if inputs.sha256 != context.args["inputs_sha256"]:
        raise Conflict(_MOVED_ON)
    context.progress(1, _STEPS, f"正在判定 {len(inputs.schools)} 所学校")
    judged = judging.judge(round, inputs, now)
    context.progress(2, _STEPS, "正在写入结果")
    with context.fenced():
        evaluation = actions.record(judged=judged, by=context.by, notify=True, reason=context.args.get("reason", ""))
        return context.finish({"evaluation": evaluation.pk, "url": queries.address(evaluation)})
