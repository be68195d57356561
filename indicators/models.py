"""Re-exports the models of the app's slices: Django looks for them here."""

from indicators.collection.evidence.models import PictureLook
from indicators.collection.relaxations.models import Relaxation, RelaxationProof
from indicators.collection.reviews.models import ItemMark, ReviewBatch, ReviewLimit
from indicators.collection.rosters.models import RosterMemory
from indicators.collection.shares.models import SectionShare
from indicators.collection.state_statistics.models import (
    DifferenceReason,
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
    ReviewSteps,
    Revision,
    Round,
    SendBackReason,
    Submission,
    Waiver,
)
from indicators.planning.forecast.models import Forecast
from indicators.planning.monthly.models import MonthlyDay, MonthlyUpdate
from indicators.planning.plans.models import PlanRun
from indicators.planning.scenarios.models import Scenario
from indicators.results.evaluations.models import Evaluation, IndicatorResult, PartResult
from indicators.results.milestones.models import Milestone
from indicators.standard.standards.models import Standard

__all__ = [
    "Answer",
    "Decision",
    "DifferenceReason",
    "Evaluation",
    "Evidence",
    "Extension",
    "Forecast",
    "IndicatorResult",
    "ItemMark",
    "ItemOwner",
    "Milestone",
    "MonthlyDay",
    "MonthlyUpdate",
    "PartResult",
    "PictureLook",
    "PlanRun",
    "Relaxation",
    "RelaxationProof",
    "ReviewBatch",
    "ReviewLimit",
    "ReviewSteps",
    "Revision",
    "RosterMemory",
    "Round",
    "Scenario",
    "SectionShare",
    "SendBackReason",
    "Standard",
    "StatisticsFigure",
    "StatisticsImport",
    "StatisticsPrefill",
    "Submission",
    "Waiver",
]
