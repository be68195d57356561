"""What a worker does for a forecast: read the known years, project, judge each year, write once."""

from decimal import Decimal
from typing import Any

from django.urls import reverse

from indicators.planning.engine import assumptions
from indicators.planning.forecast import actions, queries
from indicators.results.evaluations.queries import round_to_judge
from portal.core.jobs.runner import JobContext

_STEPS = 2


def run(context: JobContext) -> dict[str, Any]:
    args = context.args
    context.progress(0, _STEPS, "正在读取各年度的班级名册")
    round_ = round_to_judge(args["round"])
    births = {int(year): Decimal(count) for year, count in args["births"].items()}
    born = {
        township: {int(year): Decimal(count) for year, count in its.items()}
        for township, its in args.get("townships", {}).items()
    }
    found = queries.history(round_, births, trend=args["trend"], expected=assumptions.from_json(args), born=born)
    context.progress(1, _STEPS, "正在逐年推算和判定")
    content = queries.make(found, round_, args["to"])
    # With the end of the job in one transaction: done again after another forecast, it would make its own the newest.
    with context.fenced():
        forecast = actions.record(round_=round_, content=content, to=args["to"], by=context.by, notify=True)
        return context.finish({"forecast": forecast.pk, "url": reverse("forecast:detail", args=[forecast.pk])})
