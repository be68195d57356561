"""Re-exports the models of the app's slices: Django looks for them here."""

from indicators.collection.relaxations.models import Relaxation, RelaxationProof
from indicators.collection.state_statistics.models import (
    StatisticsExplanation,
    StatisticsFigure,
    StatisticsImport,
    StatisticsPrefill,
)
from indicators.collection.submissions.models import (
    Answer,
    Decision,
    Evidence,
    Extension,
    ItemOwner,
    ReturnReason,
    Revision,
    Round,
    Submission,
    Waiver,
)
from indicators.results.evaluations.models import Evaluation, IndicatorResult, PartResult
from indicators.results.milestones.models import Milestone
from indicators.standard.standards.models import Standard

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
