"""What happened to a submission so far, as entries of a timeline."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from indicators.collection.submissions.models import Decision, Revision
from indicators.standard.engine import Item


@dataclass(frozen=True, slots=True)
class Entry:
    """One step, as `_components/timeline.html` takes it."""

    at: datetime
    title: str
    by: str
    text: str
    tone: str


def entries(revisions: Sequence[Revision], items: Mapping[str, Item]) -> Iterator[Entry]:
    """Yield submissions and decisions, newest first."""
    labels = {item.base: item.base_label for item in items.values()} | {c: i.label for c, i in items.items()}
    for revision in revisions:
        for decision in sorted(revision.decisions.all(), key=lambda row: -row.pk):
            yield _decided(decision, labels)
        title = f"第 {revision.number} 次提交，回执号 {revision.receipt}"
        yield Entry(revision.submitted_at, title, revision.submitted_by.name, f"sha256 {revision.sha256[:16]}…", "info")


def _decided(decision: Decision, labels: Mapping[str, str]) -> Entry:
    reasons = [f"{labels.get(reason.item, reason.item)}：{reason.text}" for reason in decision.reasons.all()]
    tone = "ok" if decision.verdict == Decision.Verdict.APPROVED else "bad"
    text = "\n".join([*reasons, *([decision.comment] if decision.comment else [])])
    return Entry(decision.decided_at, f"审核{decision.get_verdict_display()}", decision.decided_by.name, text, tone)
