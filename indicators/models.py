"""Re-exports the models of the app's slices: Django looks for them here."""

from indicators.evaluations.models import Evaluation, IndicatorResult, PartResult
from indicators.milestones.models import Milestone
from indicators.planning.models import Phase, Programme
from indicators.relaxations.models import Relaxation, RelaxationProof
from indicators.rounds.models import Round
from indicators.standards.models import Standard
from indicators.statistics.models import (
    StatisticsExplanation,
    StatisticsFigure,
    StatisticsImport,
    StatisticsPrefill,
)
from indicators.submissions.models import (
    Answer,
    Decision,
    Evidence,
    Extension,
    ItemOwner,
    ReturnReason,
    Revision,
    Submission,
    Waiver,
)

__all__ = [
    "Answer",
    "Decision",
    "Evaluation",
    "Evidence",
    "Extension",
    "IndicatorResult",
    "ItemOwner",
    "Milestone",
    "PartResult",
    "Phase",
    "Programme",
    "Relaxation",
    "RelaxationProof",
    "ReturnReason",
    "Revision",
    "Round",
    "Standard",
    "StatisticsExplanation",
    "StatisticsFigure",
    "StatisticsImport",
    "StatisticsPrefill",
    "Submission",
    "Waiver",
]
