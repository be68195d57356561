"""Re-exports the models of the app's slices: Django looks for them here."""

from inspections.addenda.models import Addendum, AddendumFile
from inspections.campaigns.models import Campaign
from inspections.checklists.models import ChecklistVersion
from inspections.claims.models import CheckedFigure
from inspections.deadlines.models import Deadline
from inspections.dossiers.models import Dossier
from inspections.duties.models import Duty, DutyEntry, DutyFile, DutyReport, DutyScore, DutyYear
from inspections.escalation.models import Escalation, EscalationFile, LevelSetting
from inspections.followups.models import FollowUp
from inspections.letters.models import IssuingWord, Letter, LetterFile, Wording
from inspections.papers.models import NumberSeries
from inspections.programmes.models import Phase, Programme
from inspections.publicity.models import Complaint, PublicNotice, PublicPage
from inspections.rectification.models import Entry, EntryFile, Finding, LedgerCount
from inspections.recusals.models import Recusal
from inspections.rehearsals.models import Rehearsal, RehearsalAnswer
from inspections.reports.models import Report
from inspections.self_reports.models import SelfReport, SelfReportProblem, SelfReportText
from inspections.surveys.models import Survey, SurveyAnswer, SurveyCode, SurveyPortion, UnusedCode
from inspections.visits.models import ChecklistAnswer, Visit, VisitPhoto
from inspections.zones.models import Charge, Zone

__all__ = [
    "Addendum",
    "AddendumFile",
    "Campaign",
    "Charge",
    "CheckedFigure",
    "ChecklistAnswer",
    "ChecklistVersion",
    "Complaint",
    "Deadline",
    "Dossier",
    "Duty",
    "DutyEntry",
    "DutyFile",
    "DutyReport",
    "DutyScore",
    "DutyYear",
    "Entry",
    "EntryFile",
    "Escalation",
    "EscalationFile",
    "Finding",
    "FollowUp",
    "IssuingWord",
    "LedgerCount",
    "Letter",
    "LetterFile",
    "LevelSetting",
    "NumberSeries",
    "Phase",
    "Programme",
    "PublicNotice",
    "PublicPage",
    "Recusal",
    "Rehearsal",
    "RehearsalAnswer",
    "Report",
    "SelfReport",
    "SelfReportProblem",
    "SelfReportText",
    "Survey",
    "SurveyAnswer",
    "SurveyCode",
    "SurveyPortion",
    "UnusedCode",
    "Visit",
    "VisitPhoto",
    "Wording",
    "Zone",
]
