"""Addresses of standards, collection and results."""

from django.urls import include, path, re_path

from indicators.collection.evidence import views as evidence
from indicators.collection.relaxations import views as relaxations
from indicators.collection.relaxations.workflow import TABLE as RELAXATION
from indicators.collection.reviews import views as reviews
from indicators.collection.rosters import views as rosters
from indicators.collection.rounds import views as rounds
from indicators.collection.school_workbooks import views as school_workbooks
from indicators.collection.school_workbooks.work import SCHOOL_WORKBOOK
from indicators.collection.shares import views as shares
from indicators.collection.state_statistics import views as state_statistics
from indicators.collection.state_statistics.work import STATISTICS
from indicators.collection.submissions import views as submissions
from indicators.collection.workbooks import views as workbooks
from indicators.collection.workbooks.work import SUBMISSIONS
from indicators.planning.forecast import views as forecast
from indicators.planning.monthly import views as monthly
from indicators.planning.plans import views as plans
from indicators.planning.scenarios import views as scenarios
from indicators.results.board import views as board
from indicators.results.evaluations import views as evaluations
from indicators.results.explanations import views as explanations
from indicators.results.milestones import views as milestones
from indicators.results.official_forms import views as official_forms
from indicators.results.standard_change import views as standard_change
from indicators.standard.standards import views as standards
from indicators.standard.teaching import views as teaching
from portal.core.spreadsheets import views as imports

standards_urls = [
    path("", standards.index, name="list"),
    path("<str:code>/", standards.indicator, name="indicator"),
]
standard_change_urls = [
    path("compare/", standard_change.compare, name="compare"),
    path("rounds/<int:round_id>/", standard_change.adopt, name="adopt"),
]
teaching_urls = [path("", teaching.lesson, name="coefficient")]
rounds_urls = [
    path("", rounds.index, name="list"),
    path("open/", rounds.open_round, name="open"),
    path("<int:round_id>/", rounds.detail, name="detail"),
    path("<int:round_id>/export.xlsx", rounds.export, name="export"),
    path("<int:round_id>/evidence/", evidence.coverage, name="evidence"),
    path("<int:round_id>/evidence.xlsx", evidence.export_coverage, name="export_evidence"),
    path("<int:round_id>/extend/", rounds.extend, name="extend"),
    path("<int:round_id>/remind/", rounds.remind, name="remind"),
    path("<int:round_id>/remind/send/", rounds.send_reminders, name="send_reminders"),
    path("<int:round_id>/add/", rounds.add_respondents, name="add_respondents"),
    path("<int:round_id>/close/", rounds.close, name="close"),
    path("<int:round_id>/reopen/", rounds.reopen, name="reopen"),
]
workbooks_urls = [
    *imports.urls(SUBMISSIONS),
    path("<int:round_id>/template.xlsx", workbooks.template, name="template"),
]
state_statistics_urls = [
    path("", state_statistics.compare, name="compare"),
    path("export.xlsx", state_statistics.export, name="export"),
    *imports.urls(STATISTICS),
    path("<int:round_id>/prefill/", state_statistics.prefill, name="prefill"),
    path(
        "submissions/<int:submission_id>/<slug:item>/explain/",
        state_statistics.difference_reason,
        name="difference_reason",
    ),
]
reviews_urls = [
    path("", reviews.waiting, name="queue"),
    path("patterns/", reviews.suspicious, name="patterns"),
    path("steps/<slug:code>/", reviews.steps, name="steps"),
    path("limits/<slug:code>/", reviews.limits, name="limits"),
    path("rounds/<int:round_id>/batch/", reviews.batch, name="batch"),
    path("rounds/<int:round_id>/batch/draw/", reviews.draw, name="draw"),
    path("rounds/<int:round_id>/batch/approve/", reviews.approve_rest, name="approve_rest"),
    path("rounds/<int:round_id>/blanks/", reviews.send_back_blanks, name="blanks"),
    path("<int:submission_id>/", reviews.review, name="review"),
    path("<int:submission_id>/begin/", reviews.begin, name="begin"),
    path("<int:submission_id>/mark/", reviews.mark, name="mark"),
    path("<int:submission_id>/return/", reviews.send_back, name="send_back"),
    path("<int:submission_id>/check/", reviews.check, name="check"),
    path("<int:submission_id>/approve/", reviews.approve, name="approve"),
]
submissions_urls = [
    path("", submissions.mine, name="mine"),
    path("<int:pk>/", submissions.edit, name="edit"),
    path("<int:pk>/s/<str:section>/", submissions.section, name="section"),
    path("<int:pk>/s/<str:section>/save/", submissions.save_section, name="save_section"),
    path("<int:pk>/save/", submissions.save_answers, name="save"),
    path("<int:pk>/explain/", submissions.waive, name="waive"),
    path("<int:pk>/check/", submissions.check, name="check"),
    path("<int:pk>/hand-over/", submissions.hand_over, name="hand_over"),
    path("<int:pk>/sign/", submissions.sign, name="sign"),
    path("<int:pk>/submit/", submissions.submit, name="submit"),
    path("<int:pk>/withdraw/", submissions.withdraw, name="withdraw"),
    path("<int:pk>/view/", submissions.detail, name="detail"),
    re_path(r"^owners/(?P<code>[0-9]{6})/$", submissions.owners, name="owners"),
    path("revisions/<int:pk>/", submissions.revision, name="revision"),
]
rosters_urls = [
    path("<int:submission_id>/papers/", rosters.read, name="read"),
    path("<int:submission_id>/papers/accept/", rosters.accept, name="accept"),
]
school_workbooks_urls = [
    *imports.urls(SCHOOL_WORKBOOK),
    path("<int:submission_id>/template.xlsx", school_workbooks.template, name="template"),
]
shares_urls = [
    path("<int:pk>/shares/", shares.divide, name="divide"),
    path("<int:pk>/shares/<str:section>/done/", shares.mark_done, name="mark_done"),
    path("<int:pk>/shares/<str:section>/open/", shares.take_back_done, name="take_back_done"),
]
evidence_urls = [
    path("<int:pk>/evidence/", evidence.files, name="files"),
    path("<int:pk>/evidence/add/", evidence.attach, name="add"),
    path("<int:pk>/evidence/part/", evidence.part, name="part"),
    path("<int:pk>/evidence/assign/", evidence.assign, name="assign"),
    path("<int:pk>/evidence/<str:item>/attach/", evidence.attach, name="attach"),
    path("evidence/<int:pk>/show/", evidence.show, name="show"),
    path("evidence/<int:pk>/download/", evidence.download, name="download"),
    path("evidence/<int:pk>/withdraw/", evidence.withdraw, name="withdraw"),
]
relaxations_urls = [
    path("", relaxations.index, name="list"),
    path("new/", relaxations.propose, name="propose"),
    path("<int:relaxation_id>/", relaxations.detail, name="detail"),
    path("<int:relaxation_id>/proofs/", relaxations.attach_proof, name="attach_proof"),
    *(
        path(f"<int:relaxation_id>/{verb.code}/", relaxations.decide(verb), name=verb.code)
        for verb in RELAXATION.verbs
        if verb.form
    ),
    path("proofs/<int:proof_id>/", relaxations.proof, name="proof"),
]
evaluations_urls = [path("start", evaluations.start, name="start")]
board_urls = [
    path("", board.board, name="board"),
    path("coefficients/", board.coefficients, name="coefficients"),
    path("conditions/", board.conditions, name="conditions"),
    path("cuts/", board.cuts, name="cuts"),
    path("provisional/", board.provisional, name="provisional"),
    path("export", board.export, name="export"),
    path("schools/", board.schools, name="schools"),
    path("schools/<slug:code>/", board.school, name="school"),
]
explanations_urls = [
    path("<int:pk>/", explanations.district, name="district"),
    path("<int:pk>/stages/<slug:stage>/", explanations.stage, name="stage"),
    path("<int:pk>/stages/<slug:stage>/<slug:code>/", explanations.coefficient, name="coefficient"),
    path("<int:pk>/indicators/<slug:code>/", explanations.condition, name="condition"),
    path("<int:pk>/indicators/<slug:code>/<slug:school>/", explanations.school, name="school"),
    path("<int:pk>/vetoes/<slug:code>/", explanations.veto, name="veto"),
    path("<int:pk>/schools/<slug:school>/<slug:stage>/", explanations.part, name="part"),
    path("<int:pk>/schools/<slug:school>/<slug:stage>/<slug:code>/", explanations.indicator, name="indicator"),
]
milestones_urls = [
    path("", milestones.index, name="list"),
    path("rounds/<int:round_id>/freeze/", milestones.freeze, name="freeze"),
    path("compare/", milestones.compare, name="compare"),
    path("compare/schools/", milestones.compare_schools, name="compare_schools"),
    path("compare/returns/", milestones.compare_submissions, name="compare_submissions"),
    path("compare/export", milestones.export, name="export"),
    path("<int:milestone_id>/", milestones.detail, name="detail"),
    path("<int:milestone_id>/verify/", milestones.verify, name="verify"),
]
official_forms_urls = [
    path("", official_forms.forms, name="forms"),
    path("export", official_forms.export, name="export"),
    path("schools/<slug:code>/", official_forms.self_rating, name="self_rating"),
    path("schools/<slug:code>/<slug:kind>", official_forms.download, name="download"),
]
forecast_urls = [
    path("", forecast.index, name="list"),
    path("new/", forecast.start, name="start"),
    path("<int:forecast_id>/", forecast.detail, name="detail"),
    path("<int:forecast_id>/schools/", forecast.schools, name="schools"),
    path("<int:forecast_id>/export", forecast.export, name="export"),
    path("schools/<slug:code>/", forecast.school, name="school"),
]
monthly_urls = [
    path("", monthly.index, name="district"),
    path("export", monthly.export, name="export"),
    path("day/<str:code>/", monthly.set_day, name="set_day"),
    path("remind/<str:code>/", monthly.remind_again, name="remind_again"),
    path("schools/<slug:code>/", monthly.school, name="school"),
]
plans_urls = [
    path("", plans.index, name="list"),
    path("new/", plans.start, name="start"),
    path("<int:plan_id>/", plans.detail, name="detail"),
    path("<int:plan_id>/progress/", plans.progress, name="progress"),
    path("<int:plan_id>/schools/<slug:code>/", plans.school, name="school"),
    path("<int:plan_id>/scenario/", plans.as_scenario, name="as_scenario"),
    path("<int:plan_id>/files/<slug:kind>", plans.export, name="export"),
]
scenarios_urls = [
    path("", scenarios.index, name="list"),
    path("new/", scenarios.create, name="create"),
    path("compare/", scenarios.compare, name="compare"),
    path("<int:scenario_id>/", scenarios.detail, name="detail"),
    path("<int:scenario_id>/measures/", scenarios.add_measure, name="add_measure"),
    path("<int:scenario_id>/measures/remove/", scenarios.remove_measure, name="remove_measure"),
    path("<int:scenario_id>/copy/", scenarios.copy, name="copy"),
    path("<int:scenario_id>/transfers/", scenarios.transfer_desk, name="transfers"),
    path("<int:scenario_id>/transfers/<slug:kind>", scenarios.annex, name="annex"),
    path("<int:scenario_id>/export", scenarios.export, name="export"),
]

urlpatterns = [
    path("standard/", include((standards_urls, "standards"))),
    path("adoption/", include((standard_change_urls, "standard_change"))),
    path("teaching/", include((teaching_urls, "teaching"))),
    path("rounds/", include((rounds_urls, "rounds"))),
    path("returns/", include((workbooks_urls, "workbooks"))),
    path("statistics/", include((state_statistics_urls, "state_statistics"))),
    path("reviews/", include((reviews_urls, "reviews"))),
    path("submissions/", include((submissions_urls, "submissions"))),
    path("submissions/", include((evidence_urls, "evidence"))),
    path("submissions/", include((rosters_urls, "rosters"))),
    path("submissions/", include((shares_urls, "shares"))),
    path("submissions/", include((school_workbooks_urls, "school_workbooks"))),
    path("relaxations/", include((relaxations_urls, "relaxations"))),
    path("evaluations/", include((evaluations_urls, "evaluations"))),
    path("board/", include((board_urls, "board"))),
    path("explanations/", include((explanations_urls, "explanations"))),
    path("milestones/", include((milestones_urls, "milestones"))),
    path("board/forms/", include((official_forms_urls, "official_forms"))),
    path("planning/forecasts/", include((forecast_urls, "forecast"))),
    path("planning/monthly/", include((monthly_urls, "monthly"))),
    path("planning/plans/", include((plans_urls, "plans"))),
    path("planning/scenarios/", include((scenarios_urls, "scenarios"))),
]
