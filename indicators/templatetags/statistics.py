"""How a submission stands to the state statistics, for pages of the slices below."""

from typing import Any

from django import template

from indicators.collection.state_statistics import queries
from indicators.collection.state_statistics.queries import LABELS, TONES, State
from indicators.collection.submissions.models import Submission

register = template.Library()
_SHOWN = 8


@register.inclusion_tag("indicators/state_statistics/_of_submission.html")
def statistics_of(submission: Submission) -> dict[str, Any]:
    """Show the differences of a submission with their explanations; nothing without statistics."""
    lines = queries.lines(submission.round, [submission]) if submission.school_id else []
    counts = queries.counts(lines)
    differing = sorted((line for line in lines if line.takes_reason), key=lambda line: line.state == State.EXPLAINED)
    return {
        "submission": submission,
        "lines": lines,
        "open": differing[:_SHOWN],
        "more": len(differing[_SHOWN:]),
        "same": counts[State.SAME],
        "rest": [(LABELS[s], TONES[s], count) for s, count in counts.items() if count and s != State.SAME],
    }


@register.inclusion_tag("indicators/state_statistics/_prefilled.html")
def prefilled_of(submission: Submission) -> dict[str, Any]:
    return {"submission": submission, "rows": queries.prefilled(submission) if submission.school_id else []}
