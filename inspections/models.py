"""Re-exports the models of the app's slices: Django looks for them here."""

from inspections.deadlines.models import Deadline
from inspections.dossiers.models import Dossier
from inspections.programmes.models import Phase, Programme
from inspections.rectification.models import Entry, EntryFile, Finding, LedgerCount
from inspections.reports.models import Report
from inspections.visits.models import ChecklistAnswer, Visit, VisitPhoto

__all__ = [
    "ChecklistAnswer",
    "Deadline",
    "Dossier",
    "Entry",
    "EntryFile",
    "Finding",
    "LedgerCount",
    "Phase",
    "Programme",
    "Report",
    "Visit",
    "VisitPhoto",
]
