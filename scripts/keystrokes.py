"""Prints what the return of one school costs its people: fields to type, clicks and pages, counted from the standard.

Run: python scripts/keystrokes.py [KIND OF SCHOOL]

Counted as on the pages: numbers, texts, rows of tables and choices are typed (Tab, arrow keys), a yes or no is a click,
"next section" is a click and stays on the page (tests/browser/test_entry.py). Proof is chosen in one dialog, sent, and each slot is a click on 放这里; where all
files are named after their items, the slots are one click together.
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
from indicators.standard.engine import Spec, asked
from indicators.standard.standards import files, reader

# Sign in, open the return; check, hand over; the head: sign in, open, promise, sign.
AROUND_CLICKS = 8
# Signing in, workbench, form, proof, check, handed over; the head: signing in, workbench, signing, receipt.
PAGES = 10
# The file dialog, opening, 上传.
DROP_CLICKS = 3


@dataclass(frozen=True, slots=True)
class ReturnCost:
    """Of the whole return."""

    fields: int
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
    fields = [item for item in asked(spec, kind, {}) if item.required and not item.relaxation]
    return ReturnCost(
        fields=len(fields),
        answer_clicks=sum(item.kind == "yes_no" for item in fields),
        section_clicks=len({item.section for item in fields}),
        slots=len(queries.asked_for(asked(spec, kind, {}))),
    )


def main() -> None:
    spec = reader.spec_from_content(files.read_folder(files.shipped()[-1]))
    for kind in sys.argv[1:] or [kind for kind in spec.kinds if spec.kinds[kind].stages]:
        cost = of_kind(spec, kind)
        print(
            f"{kind}: {cost.fields} fields, {cost.clicks} clicks ({cost.evidence_clicks} for {cost.slots} slots of proof, "
            f"{DROP_CLICKS + 1} where files are named after their items), {PAGES} pages"
        )


if __name__ == "__main__":
    main()
