"""Answers offered for fields, next to what is stored and last year's: counted from a school's papers, or from its workbook."""

from collections.abc import Sequence
from dataclasses import dataclass

from indicators.collection.submissions import answers
from indicators.collection.submissions.queries import SubmissionFacts
from indicators.standard.engine import Answer, Item
from portal.core.lib import dates


@dataclass(frozen=True, slots=True)
class ProposedAnswer:
    """One line to accept; `take` is what its button sends, `conflict` says who stored another value meanwhile.

    `rows` are those of a table, each with whether it is new; `gone` are stored rows that would go.
    """

    item: Item
    take: str
    text: str
    rows: Sequence[tuple[str, bool]]
    now: str
    gone: Sequence[str]
    last_year: str
    is_same: bool
    sources: Sequence[str]
    conflict: str = ""

    @property
    def is_open(self) -> bool:
        """Whether accepting all takes it too."""
        return not (self.is_same or self.conflict)


def propose(
    facts: SubmissionFacts, code: str, value: Answer, *, sources: Sequence[str], take: str, version: int | None = None
) -> ProposedAnswer:
    """`version` is what the value was made from; None: what is stored has been seen."""
    item, now, row = facts.items[code], facts.answers.get(code), facts.stored.get(code)
    new, old = ([" ".join(filter(None, line)) for line in answers.table(item, side)] for side in (value, now))
    is_overtaken = row is not None and version is not None and row.version != version
    return ProposedAnswer(
        item=item,
        take=take,
        text=answers.shown(item, value),
        rows=[(line, line not in old) for line in new],
        now=answers.shown(item, now),
        gone=[line for line in old if line not in new],
        last_year=answers.shown(item, facts.last_year.get(code)),
        is_same=now == value,
        sources=sources,
        conflict=f"{row.updated_by.name}于 {dates.moment(row.updated_at)} 改过" if row and is_overtaken else "",
    )
