"""What happened to a submission: handed in, withdrawn, decided; and how a revision differs from the one before it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from indicators.collection.submissions import answers
from indicators.collection.submissions.models import Decision, Revision, Waiver
from indicators.collection.submissions.queries import SubmissionFacts
from indicators.standard.engine import Answer, Item, Spec, Value


@dataclass(frozen=True, slots=True)
class ChangedItem:
    """One item that was sent back or changed: before, after, the reason it came back for, its files."""

    item: Item
    before: str
    after: str
    reason: str
    files: str
    # What was answered in words to the reason.
    answer: str

    @property
    def is_changed(self) -> bool:
        """Whether figure or files differ; an item sent back without it was only answered in words."""
        return self.before != self.after or bool(self.files)


@dataclass(frozen=True, slots=True)
class ComparedState:
    """What is compared of a submission: its answers, by item its files (sha256 → name), by what was sent back its reply.

    `said` is by item and reason.
    """

    answers: Mapping[str, Answer]
    files: Mapping[str, Mapping[str, str]]
    said: Mapping[tuple[str, str], str]


def signed(spec: Spec, revision: Revision) -> ComparedState:
    content = revision.signed
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in content.get("evidence", ()):
        found[row["item"]][row["sha256"]] = row["name"]
    said = {
        (row["field"], row["message"]): row["reason"]
        for row in content.get("waivers", ())
        if row["check"] == Waiver.SENT_BACK
    }
    return ComparedState(answers.of_content(spec, content), found, said)


def entered(facts: SubmissionFacts) -> ComparedState:
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in facts.evidence:
        found[row.item][row.document.sha256] = row.document.name
    said = {
        (row.field, row.message): row.reason for row in facts.waivers.values() if row.check_code == Waiver.SENT_BACK
    }
    return ComparedState(facts.answers, found, said)


def between(
    items: Mapping[str, Item], previous: Revision, old: ComparedState, new: ComparedState
) -> Iterator[ChangedItem]:
    """`previous` is the revision `old` is of; an item it was sent back for is listed even unchanged."""
    reasons = {row.item: row.text for row in previous.decision.reasons.all()} if previous.decision else {}
    seen: set[str] = set()
    for code, item in items.items():
        reason = reasons.get(code) or ("" if item.base in seen else reasons.get(item.base, ""))
        files = ""
        if item.base not in seen:
            gone, come = old.files.get(item.base, {}), new.files.get(item.base, {})
            added = "、".join(name for sha256, name in come.items() if sha256 not in gone)
            removed = "、".join(name for sha256, name in gone.items() if sha256 not in come)
            files = "；".join([*([f"新增 {added}"] if added else []), *([f"撤下 {removed}"] if removed else [])])
        if old.answers.get(code) != new.answers.get(code) or reason or files:
            seen.add(item.base)
            before, after = _words(item, old.answers.get(code)), _words(item, new.answers.get(code))
            said = next((new.said[of, reason] for of in (code, item.base) if (of, reason) in new.said), "")
            yield ChangedItem(item, before, after, reason, files, said)


def _words(item: Item, answer: Answer | None) -> str:
    """An answer in words; tables row by row, so that a changed cell shows."""
    if item.kind == "table" and isinstance(answer, Value):
        rows = answers.frozen(item, answer)["value"]
        return "\n".join("，".join(answers.cells(item, row)) for row in rows) if rows else "没有"
    return answers.shown(item, answer)


def by_revision(spec: Spec, revisions: Sequence[Revision]) -> dict[int, list[ChangedItem]]:
    """Of revisions, newest first: by number, how each differs from the one before it; the last is only compared with."""
    if len(revisions) < 2:
        return {}
    items = answers.items_of(spec, is_school=revisions[0].signed.get("school") is not None)
    states = [signed(spec, revision) for revision in revisions]
    pairs = zip(revisions, revisions[1:], states, states[1:], strict=False)
    return {row.number: list(between(items, previous, old, new)) for row, previous, new, old in pairs}


def since(facts: SubmissionFacts, last: Revision) -> list[ChangedItem]:
    """How what is filled in now differs from the newest revision."""
    return list(between(facts.items, last, signed(facts.spec, last), entered(facts)))


def entries(
    revisions: Iterable[Revision], items: Mapping[str, Item], changed: Mapping[int, Sequence[ChangedItem]]
) -> list[dict[str, Any]]:
    """For the timeline, newest first; `changed` by number of the revision."""
    labels = {item.base: item.base_label for item in items.values()} | {c: item.label for c, item in items.items()}
    found: list[dict[str, Any]] = []
    for revision in revisions:
        if withdrawal := getattr(revision, "withdrawal", None):
            found.append(
                {
                    "at": withdrawal.withdrawn_at,
                    "title": f"撤回第 {revision.number} 次提交",
                    "by": withdrawal.withdrawn_by.name,
                    "text": withdrawal.reason,
                    "tone": "warn",
                }
            )
        for decision in sorted(revision.decisions.all(), key=lambda row: -row.pk):
            reasons = [f"{labels.get(row.item, row.item)}：{row.text}" for row in decision.reasons.all()]
            found.append(
                {
                    "at": decision.decided_at,
                    "title": f"审核{decision.get_verdict_display()}",
                    "by": decision.decided_by.name,
                    "text": "\n".join(filter(None, [decision.comment, *reasons])),
                    "tone": "bad" if decision.verdict == Decision.Verdict.SENT_BACK else "ok",
                }
            )
        url, text = reverse("submissions:revision", args=[revision.pk]), f"回执号 {revision.receipt}"
        links = [{"url": url, "name": "查看这次提交的内容"}]
        if revision.number in changed:
            count = sum(one.is_changed for one in changed[revision.number])
            text += f"\n与第 {revision.number - 1} 次提交相比，" + (f"改了 {count} 项" if count else "没有改动")
            links.append({"url": f"{url}#changes", "name": f"第 {revision.number - 1} 次 → 第 {revision.number} 次"})
        found.append(
            {
                "at": revision.submitted_at,
                "title": f"第 {revision.number} 次提交",
                "by": revision.submitted_by.name,
                "text": text,
                "tone": "info",
                "files": links,
            }
        )
    return found
