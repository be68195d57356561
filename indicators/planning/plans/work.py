"""What a worker does for a plan: read the round and its pupils, solve, judge each year, write once."""

from typing import Any

from django.urls import reverse

from indicators.planning.engine import terms
from indicators.planning.plans import actions, queries
from indicators.results.evaluations.queries import round_to_judge
from portal.core.jobs.runner import JobContext

_STEPS = 6


def run(context: JobContext) -> dict[str, Any]:
    """What it writes and the end of the job are one transaction: within a limit of time another run may find another plan."""
    wanted = terms.from_json(context.args["terms"])
    context.progress(0, _STEPS, "正在读取填报和在校生")
    round_ = round_to_judge(context.args["round"])
    steps = iter(range(1, _STEPS))
    base = queries.base(round_, wanted.years, wanted.pupils)
    content = queries.make(base, wanted, lambda note: context.progress(next(steps, _STEPS - 1), _STEPS, note))
    with context.fenced():
        plan = actions.record(round_=round_, content=content, by=context.by)
        return context.finish({"plan": plan.pk, "url": reverse("plans:detail", args=[plan.pk])})
