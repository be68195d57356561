"""Prints what the submission of one school costs its people: fields to type, clicks and pages, counted from the standard.

Run: python scripts/keystrokes.py [KIND OF SCHOOL]

Counted as on the pages: numbers, texts, rows of tables and choices are typed (Tab, arrow keys), a yes or no is a click,
"next section" is a click and stays on the page (tests/browser/test_entry.py). Totals follow from their parts and are typed
by nobody. Proof is chosen in one dialog, sent, and each slot is a click on 放这里; where all files are named after their
items, the slots are one click together. Of the figures and tables those are left to type that neither a paper holds (从表册取数)
nor last year's answer (与上年相同，仍属实).
"""

# ruff: noqa: E402 (Django starts before the models are imported)

import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from indicators.collection.evidence import queries
from indicators.collection.rosters.kinds import kinds
from indicators.collection.submissions.rights import may_stay
from indicators.standard.engine import Item, Spec, asked, is_total
from indicators.standard.standards import files, reader

# Sign in, open the form; check, hand over; the head: sign in, open, promise, sign.
AROUND_CLICKS = 8
# Signing in, workbench, form, proof, check, handed over; the head: signing in, workbench, signing, receipt.
PAGES = 10
# The file dialog, opening, 上传.
DROP_CLICKS = 3


@dataclass(frozen=True, slots=True)
class ReturnCost:
    """Of the whole submission."""

    fields: int
    left_to_type: int
    answer_clicks: int
    section_clicks: int
    slots: int

    @property
    def evidence_clicks(self) -> int:
        return self.slots + DROP_CLICKS

    @property
    def clicks(self) -> int:
        return self.answer_clicks + self.section_clicks + AROUND_CLICKS + self.evidence_clicks


def of_kind(spec: Spec, kind: str) -> ReturnCost:
    """What a school of this kind is asked before anything is answered, without what relaxations ask."""
    fields = [item for item in asked(spec, kind, {}) if item.required and not item.relaxation and not is_total(item)]
    return ReturnCost(
        fields=len(fields),
        left_to_type=sum(item.kind in ("number", "decimal", "table") and not _is_known(item) for item in fields),
        answer_clicks=sum(item.kind == "yes_no" for item in fields),
        section_clicks=len({item.section for item in fields}),
        slots=len(queries.asked_for(asked(spec, kind, {}))),
    )


def _is_known(item: Item) -> bool:
    """Whether a paper of the school holds it, or last year's answer may stay."""
    held = {base for paper in kinds().values() for base in (paper.classes, *(figure.item for figure in paper.figures))}
    return may_stay(item) or item.base in held


def main() -> None:
    spec = reader.spec_from_content(files.read_folder(files.shipped()[-1]))
    for kind in sys.argv[1:] or [kind for kind in spec.kinds if spec.kinds[kind].stages]:
        cost = of_kind(spec, kind)
        print(
            f"{kind}: {cost.fields} fields, {cost.clicks} clicks ({cost.evidence_clicks} for {cost.slots} slots of proof, "
            f"{DROP_CLICKS + 1} where files are named after their items), {PAGES} pages; "
            f"{cost.left_to_type} figures with files and last year's submission"
        )


if __name__ == "__main__":
    main()
