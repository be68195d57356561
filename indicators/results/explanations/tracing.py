"""From an answer back to its return: who entered it, who submitted and approved it, with which evidence."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from indicators.collection.submissions.models import Decision, Evidence, Revision
from indicators.results.evaluations import inputs as reading
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine.conditions import DISTRICT
from indicators.standard.engine.explain import Input
from portal.core.accounts.models import User
from schools.access.permissions import Perm
from schools.access.restricted import Persons
from schools.access.scope import visible


@dataclass(frozen=True, slots=True)
class File:
    """A frozen evidence document; no ``url`` = not within the reader's reach."""

    name: str
    sha256: str
    url: str


@dataclass(frozen=True, slots=True)
class Return:
    """The frozen return a figure was read from."""

    name: str
    number: int
    receipt: str
    sha256: str
    url: str
    submitted_by: str
    submitted_at: dt.datetime
    approved_by: str
    approved_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where one answer comes from; ``entered_at`` is None for a field nobody answered."""

    taken: Return
    entered_by: str
    entered_at: dt.datetime | None
    files: tuple[File, ...]

    def as_json(self, persons: Persons) -> dict[str, Any]:
        """Plain JSON, times in ISO 8601."""
        taken = self.taken
        return {
            "revision": taken.number,
            "receipt": taken.receipt,
            "sha256": taken.sha256,
            "submitted_by": persons.name(taken.submitted_by),
            "submitted_at": taken.submitted_at.isoformat(),
            "approved_by": persons.name(taken.approved_by),
            "approved_at": taken.approved_at.isoformat() if taken.approved_at else None,
            "entered_by": persons.name(self.entered_by),
            "entered_at": self.entered_at.isoformat() if self.entered_at else None,
            "evidence": [{"name": file.name, "sha256": file.sha256} for file in self.files],
        }


@dataclass(frozen=True, slots=True)
class Trail:
    """The returns behind some answers; what the reader may not see is simply not in it."""

    revisions: Mapping[str, Revision]
    returns: Mapping[str, Return]
    files: Mapping[tuple[int, str], int]

    def of(self, given: Input) -> Source | None:
        """Return where an answer comes from; None without a return within reach."""
        key = given.respondent if given.respondent != DISTRICT else self._answered(given.item)
        if key not in self.revisions:
            return None
        content = self.revisions[key].content
        told = content["answers"].get(given.item, {})
        at = dt.datetime.fromisoformat(told["at"]) if told.get("at") else None
        return Source(self.returns[key], told.get("by", ""), at, self._files(key, given.item))

    def _answered(self, item: str) -> str:
        """Whose figure counts: the bureau's, else that of the last department (as inputs.district_data reads them)."""
        answered = [key for key, row in self.revisions.items() if not row.content["school"] and _has(row, item)]
        return max(answered, key=lambda key: ("/" not in key, key), default="")

    def _files(self, key: str, item: str) -> tuple[File, ...]:
        row = self.revisions[key]
        own = (entry for entry in row.content["evidence"] if _is_for(entry["item"], item))
        return tuple(File(e["name"], e["sha256"], self._url(row, e["document"])) for e in own)

    def _url(self, row: Revision, document: str) -> str:
        evidence = self.files.get((row.submission_id, document))
        return reverse("evidence:download", args=[evidence]) if evidence else ""


def _has(row: Revision, item: str) -> bool:
    return item in row.content["answers"]


def _is_for(base: str, item: str) -> bool:
    """Evidence hangs at the item as it is asked, without its stage."""
    return item == base or (item.startswith(f"{base}_") and item.removeprefix(f"{base}_") in _STAGES)


_STAGES = ("primary", "junior", "senior")


def follow(user: User, evaluation: Evaluation, given: Iterable[Input]) -> Trail:
    """Return the trail of these answers, as far as the person may see the returns; three or four queries."""
    named = _named(evaluation, {one.respondent for one in given})
    if not named:
        return Trail({}, {}, {})
    rows = visible(user, Revision.objects.filter(pk__in=named), Perm.SUBMISSION_VIEW)
    rows = rows.select_related(
        "submitted_by", "submission__department", "submission__round__district"
    ).prefetch_related("decisions__decided_by")
    revisions = {named[row.pk]: row for row in rows}
    names = _names(evaluation)
    returns = {key: _return(row, names.get(key) or _bureau(row)) for key, row in revisions.items()}
    return Trail(revisions, returns, _evidence(user, revisions.values()))


def _named(evaluation: Evaluation, respondents: set[str]) -> dict[int, str]:
    """Revision → key in Evaluation.inputs, for the respondents asked for."""
    kept = reading.respondents(evaluation.inputs)
    return {
        entry["revision"]: key
        for key, entry in kept.items()
        if entry["revision"] is not None and (key in respondents or (not entry["register"] and DISTRICT in respondents))
    }


def _names(evaluation: Evaluation) -> dict[str, str]:
    return {key: entry["register"][0] for key, entry in reading.schools(evaluation.inputs).items()}


def _bureau(row: Revision) -> str:
    """The department, or the bureau itself, that answered for the district."""
    submission = row.submission
    return str(submission.department or f"{submission.round.district}（区县数据）")


def _return(row: Revision, name: str) -> Return:
    approvals = [d for d in row.decisions.all() if d.verdict == Decision.Verdict.APPROVED]
    approved = approvals[0] if approvals else None
    return Return(
        name=name,
        number=row.number,
        receipt=row.receipt,
        sha256=row.sha256,
        url=reverse("submissions:revision", args=[row.pk]),
        submitted_by=str(row.submitted_by),
        submitted_at=row.submitted_at,
        approved_by=str(approved.decided_by) if approved else "",
        approved_at=approved.decided_at if approved else None,
    )


def _evidence(user: User, rows: Iterable[Revision]) -> dict[tuple[int, str], int]:
    rows = list(rows)
    documents = {entry["document"] for row in rows for entry in row.content["evidence"]}
    if not documents:
        return {}
    own = Evidence.objects.filter(submission__in=[row.submission_id for row in rows], document__public_id__in=documents)
    seen = visible(user, own, Perm.SUBMISSION_VIEW).values_list("submission_id", "document__public_id", "pk")
    return {(submission, str(document)): pk for submission, document, pk in seen}
