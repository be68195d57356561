"""Addresses of programmes, visits, rectification, reports and dossiers."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from inspections.addenda import views as addenda
from inspections.campaigns import views as campaigns
from inspections.checklists import views as checklists
from inspections.claims import views as claims
from inspections.deadlines import views as deadlines
from inspections.dossiers import views as dossiers
from inspections.duties import views as duties
from inspections.duties.work import PROGRAMMES
from inspections.duties.workflow import TABLE as DUTIES
from inspections.escalation import views as escalation
from inspections.escalation.workflow import TABLE as ESCALATION
from inspections.followups import views as followups
from inspections.ledgers import views as ledgers
from inspections.ledgers.work import LEDGER
from inspections.letters import views as letters
from inspections.objections import views as objections
from inspections.programmes import views as programmes
from inspections.publicity import views as publicity
from inspections.rectification import views as rectification
from inspections.rectification.workflow import TABLE as RECTIFICATION
from inspections.recusals import views as recusals
from inspections.rehearsals import views as rehearsals
from inspections.reports import views as reports
from inspections.self_reports import views as self_reports
from inspections.surveys import views as surveys
from inspections.visits import record_views as records, views as visits
from inspections.zones import views as zones
from portal.core.spreadsheets import views as imports

programmes_urls = [
    path("", programmes.index, name="programmes"),
    path("new/", programmes.create, name="create"),
    path("<int:programme_id>/edit/", programmes.edit, name="edit"),
    re_path(r"^(?P<code>[0-9]{6})/adopt/$", programmes.adopt, name="adopt"),
]
duties_urls = [
    path("", duties.duties, name="list"),
    path("programmes/<int:programme_id>/new/", duties.create, name="create"),
    path("programmes/<int:programme_id>/road/", duties.road_map, name="road"),
    path("programmes/<int:programme_id>/gaps/", duties.goal_gaps, name="gaps"),
    path("sheets/", duties.year_sheet, name="sheet"),
    path("sheets/<int:department_id>/<int:year>/score/", duties.set_score, name="set_score"),
    path("sheets/<int:department_id>/<int:year>/<slug:kind>/", duties.export_sheet, name="export_sheet"),
    path("<int:duty_id>/", duties.detail, name="detail"),
    path("<int:duty_id>/edit/", duties.edit, name="edit"),
    path("<int:duty_id>/withdraw/", duties.withdraw, name="withdraw"),
    path("<int:duty_id>/files/<int:file_id>/", duties.file, name="file"),
    *(
        path(f"reports/<int:report_id>/{verb.code.replace('_', '-')}/", duties.step(verb), name=verb.code)
        for verb in DUTIES.verbs
    ),
]
duty_intake_urls = [
    *imports.urls(PROGRAMMES),
    path("import/template.xlsx", duties.template, name="template"),
    path("<int:programme_id>/export/", duties.export_programme, name="export"),
]
deadlines_urls = [re_path(r"^(?P<code>[0-9]{6})/$", deadlines.edit, name="edit")]
checklists_urls = [
    re_path(r"^(?P<code>[0-9]{6})/$", checklists.checklists, name="list"),
    re_path(r"^(?P<code>[0-9]{6})/new/$", checklists.create, name="create"),
    re_path(r"^(?P<code>[0-9]{6})/(?P<checklist>[a-z0-9-]+)/$", checklists.edit, name="edit"),
    re_path(r"^(?P<code>[0-9]{6})/(?P<checklist>[a-z0-9-]+)/withdraw/$", checklists.withdraw, name="withdraw"),
]
_visits = [
    path("", visits.visits, name="list"),
    path("schools/", visits.coverage, name="coverage"),
    path("calendar/", visits.calendar, name="calendar"),
    path("plan/", visits.plan, name="plan"),
    path("<int:visit_id>/", visits.detail, name="detail"),
    path("<int:visit_id>/start/", visits.start, name="start"),
    path("<int:visit_id>/paper/", visits.paper, name="paper"),
    path("<int:visit_id>/type-in/", visits.type_in, name="type_in"),
    path("<int:visit_id>/reschedule/", visits.reschedule, name="reschedule"),
    path("<int:visit_id>/team/", visits.change_team, name="change_team"),
    path("<int:visit_id>/cancel/", visits.cancel, name="cancel"),
    path("<int:visit_id>/checklist/", records.checklist, name="checklist"),
    path("<int:visit_id>/checklist/<slug:question>/", records.answer, name="answer"),
    path("<int:visit_id>/checklist/<slug:question>/photo/", records.attach_photo, name="attach_photo"),
    path("<int:visit_id>/photos/<int:photo_id>/", records.photo, name="photo"),
    path("<int:visit_id>/photos/<int:photo_id>/withdraw/", records.withdraw_photo, name="withdraw_photo"),
]
visits_urls: list[URLPattern | URLResolver] = [
    path("visits/", include(_visits)),
    # Where they were before visits had them: open tabs and phones know them.
    path("findings/visits/<int:visit_id>/new/", visits.raise_finding, name="raise_finding"),
    path("findings/visits/<int:visit_id>/finish/", visits.finish, name="finish"),
]
rehearsals_urls = [
    path("", rehearsals.page, name="page"),
    path("submit/", rehearsals.submit, name="submit"),
    path("<slug:question>/answer/", rehearsals.answer, name="answer"),
]
followups_urls = [
    path("", followups.page, name="page"),
    path("<int:finding_id>/", followups.judge, name="judge"),
]
campaigns_urls = [
    path("", campaigns.campaigns, name="list"),
    path("plan/", campaigns.plan, name="plan"),
    path("plan/schools/", campaigns.pick, name="pick"),
    path("new/", campaigns.create, name="create"),
    path("<int:campaign_id>/", campaigns.detail, name="detail"),
    path("<int:campaign_id>/change/", campaigns.change, name="change"),
    *(
        path(f"<int:campaign_id>/{verb.replace('_', '-')}/", campaigns.step(verb, done), name=verb)
        for verb, done in (
            ("edit", "专项督导已修改，已通知学校和督导小组。"),
            ("add", "学校已增加，已通知学校和督导小组。"),
            ("drop", "所选学校的督导已取消，已通知学校和督导小组。"),
            ("change_team", "督导小组已调整，已通知学校和有关督学。"),
            ("cancel", "专项督导已取消：还没有开始的督导一并取消，已通知学校和督导小组。"),
        )
    ),
]
recusals_urls = [
    path("", recusals.recusals, name="list"),
    path("declare/", recusals.declare, name="declare"),
    path("register/", recusals.register, name="register"),
    path("<int:recusal_id>/decide/", recusals.decide, name="decide"),
    path("<int:recusal_id>/end/", recusals.end, name="end"),
]
objections_urls = [path("", objections.page, name="page")]
addenda_urls = [
    path("visits/<int:visit_id>/new/", addenda.add, name="add"),
    path("files/<int:file_id>/", addenda.file, name="file"),
]
claims_urls = [
    path("", claims.statistics, name="statistics"),
    path("export/", claims.export, name="export"),
    path("visits/<int:visit_id>/", claims.visit, name="visit"),
    path("<int:figure_id>/answer/", claims.answer, name="answer"),
]
zones_urls = [
    path("", zones.board, name="board"),
    path("register/", zones.register, name="list"),
    path("load/", zones.load, name="load"),
    path("new/", zones.create, name="create"),
    path("<int:zone_id>/", zones.edit, name="edit"),
    path("<int:zone_id>/rename/", zones.rename, name="rename"),
    path("<int:zone_id>/assign/", zones.assign, name="assign"),
    path("charges/<int:charge_id>/end/", zones.end, name="end"),
]
rectification_urls = [
    path("", rectification.findings, name="list"),
    path("export/", rectification.export, name="export"),
    path("new/", rectification.register, name="register"),
    path("evaluations/<int:evaluation_id>/", rectification.raise_from_evaluation, name="raise_from_evaluation"),
    path("<int:finding_id>/", rectification.detail, name="detail"),
    path("<int:finding_id>/amend/", rectification.amend, name="amend"),
    *(
        path(f"<int:finding_id>/{verb.code.replace('_', '-')}/", rectification.step(verb), name=verb.code)
        for verb in RECTIFICATION.verbs
        if verb.form
    ),
    path("<int:finding_id>/photo/", rectification.photo, name="photo"),
    path("<int:finding_id>/files/<int:file_id>/", rectification.file, name="file"),
]
letters_urls = [
    path("", letters.letters, name="list"),
    path("register/", letters.register, name="register"),
    path("new/", letters.new, name="new"),
    path("new/<slug:code>/", letters.draft, name="draft"),
    re_path(r"^settings/(?P<code>[0-9]{6})/$", letters.words, name="words"),
    re_path(r"^settings/(?P<code>[0-9]{6})/(?P<kind>\w+)/$", letters.wording, name="wording"),
    path("<int:letter_id>/", letters.detail, name="detail"),
    path("<int:letter_id>/edit/", letters.edit, name="edit"),
    path("<int:letter_id>/refresh/", letters.refresh, name="refresh"),
    path("<int:letter_id>/discard/", letters.discard, name="discard"),
    path("<int:letter_id>/issue/", letters.issue, name="issue"),
    path("<int:letter_id>/batch/", letters.batch, name="batch"),
    path("<int:letter_id>/attach/", letters.attach, name="attach"),
    path("<int:letter_id>/attached/<int:file_id>/", letters.file, name="file"),
    path("<int:letter_id>/attached/<int:file_id>/detach/", letters.detach, name="detach"),
    path("<int:letter_id>/receive/", letters.receive, name="receive"),
    path("<int:letter_id>/deliver/", letters.deliver, name="deliver"),
    path("<int:letter_id>/withdraw/", letters.withdraw, name="withdraw"),
    path("<int:letter_id>/preview/", letters.preview, name="preview"),
    path("<int:letter_id>/files/<slug:kind>/", letters.download, name="download"),
]
escalation_urls = [
    path("", escalation.escalations, name="list"),
    path("month/", escalation.month, name="month"),
    path("month/export/<slug:kind>/", escalation.export_month, name="export_month"),
    re_path(r"^levels/(?P<code>[0-9]{6})/$", escalation.settings, name="settings"),
    path("<int:escalation_id>/", escalation.detail, name="detail"),
    path("<int:escalation_id>/files/<int:file_id>/", escalation.file, name="file"),
    *(
        path(f"<int:escalation_id>/{verb.code.replace('_', '-')}/", escalation.step(verb), name=verb.code)
        for verb in ESCALATION.verbs
    ),
]
ledgers_urls = [*imports.urls(LEDGER), path("import/template.xlsx", ledgers.template, name="template")]
reports_urls = [
    path("", reports.reports, name="list"),
    path("new/", reports.create, name="create"),
    path("self-assessment/", reports.assess, name="assess"),
    path("<int:report_id>/", reports.detail, name="detail"),
    path("<int:report_id>/again/", reports.compile_again, name="compile_again"),
    path("<int:report_id>/refresh/", reports.refresh, name="refresh"),
    path("<int:report_id>/findings/", reports.findings, name="findings"),
    path("<int:report_id>/missing/", reports.missing, name="missing"),
    path("<int:report_id>/remind/", reports.remind, name="remind"),
    path("<int:report_id>/text/<slug:section>/", reports.write, name="write"),
    path("<int:report_id>/issue/", reports.issue, name="issue"),
    path("<int:report_id>/withdraw/", reports.withdraw, name="withdraw"),
    path("<int:report_id>/files/<slug:kind>/", reports.download, name="download"),
]
self_reports_urls = [
    path("<int:submission_id>/", self_reports.detail, name="detail"),
    path("<int:submission_id>/text/<slug:section>/", self_reports.write, name="write"),
    path("<int:submission_id>/problems/accept/", self_reports.accept, name="accept"),
    path("<int:submission_id>/problems/new/", self_reports.problem, name="new_problem"),
    path("<int:submission_id>/problems/<int:problem_id>/", self_reports.problem, name="problem"),
    path("<int:submission_id>/problems/<int:problem_id>/drop/", self_reports.drop, name="drop"),
    path("<int:submission_id>/issue/", self_reports.issue, name="issue"),
    path("<int:submission_id>/withdraw/", self_reports.withdraw, name="withdraw"),
    path("<int:submission_id>/draft/<slug:kind>/", self_reports.draft, name="draft"),
    path("files/<int:report_id>/<slug:kind>/", self_reports.download, name="download"),
]
dossiers_urls = [
    path("", dossiers.dossiers, name="list"),
    path("prepare/", dossiers.prepare, name="prepare"),
    path("build/", dossiers.build, name="build"),
    path("<int:dossier_id>/", dossiers.detail, name="detail"),
    path("<int:dossier_id>/again/", dossiers.build_again, name="build_again"),
    path("<int:dossier_id>/check/", dossiers.check, name="check"),
    path("<int:dossier_id>/package/", dossiers.download, name="download"),
    path("<int:dossier_id>/sections/<str:code>/", dossiers.section, name="section"),
    path("<int:dossier_id>/pieces/<str:code>/", dossiers.piece, name="piece"),
]
publicity_urls = [
    re_path(r"^public/(?P<code>[0-9]{6})/$", publicity.everybody, name="everybody"),
    re_path(r"^public/(?P<code>[0-9]{6})/complain/$", publicity.complain, name="complain"),
    re_path(r"^public/(?P<code>[0-9]{6})/ask/$", publicity.ask, name="ask"),
    re_path(r"^public/(?P<code>[0-9]{6})/results/(?P<letter_id>[0-9]{1,18})/$", publicity.result, name="result"),
    re_path(r"^publicity/(?P<code>[0-9]{6})/$", publicity.edit, name="edit"),
    re_path(r"^publicity/(?P<code>[0-9]{6})/publish/$", publicity.publish, name="publish"),
    path("publicity/notices/<int:notice_id>/withdraw/", publicity.withdraw, name="withdraw"),
    path("complaints/", publicity.complaints, name="complaints"),
    path("complaints/<int:complaint_id>/", publicity.complaint, name="complaint"),
    path("complaints/<int:complaint_id>/accept/", publicity.accept, name="accept"),
    path("complaints/<int:complaint_id>/answer/", publicity.answer, name="answer"),
]
surveys_urls = [
    path("surveys/", surveys.index, name="list"),
    path("surveys/new/", surveys.create, name="create"),
    path("surveys/<int:survey_id>/", surveys.detail, name="detail"),
    path("surveys/<int:survey_id>/word/", surveys.word, name="word"),
    path("surveys/<int:survey_id>/hand-out/", surveys.hand_out, name="hand_out"),
    path("surveys/<int:survey_id>/end/", surveys.end, name="end"),
    path("surveys/<int:survey_id>/export/", surveys.export, name="export"),
    path("surveys/<int:survey_id>/codes/", surveys.codes, name="district_codes"),
    re_path(
        r"^surveys/(?P<survey_id>[0-9]{1,18})/all-codes/(?P<suffix>pdf|docx)/$", surveys.all_codes, name="all_codes"
    ),
    path("surveys/sheets/<int:pk>/", surveys.sheets, name="sheets"),
    path("surveys/<int:survey_id>/codes/<slug:code>/", surveys.codes, name="codes"),
    path("surveys/<int:survey_id>/schools/<slug:code>/", surveys.school, name="school"),
    # Short, for a QR code that is read from a small print.
    path("s/<slug:code>/", surveys.answer, name="answer"),
]

urlpatterns = [
    path("", include((surveys_urls, "surveys"))),
    path("", include((publicity_urls, "publicity"))),
    path("programmes/", include((programmes_urls, "programmes"))),
    path("programmes/tasks/", include((duties_urls, "duties"))),
    path("programmes/", include((duty_intake_urls, "duty_intake"))),
    path("deadlines/", include((deadlines_urls, "deadlines"))),
    path("checklists/", include((checklists_urls, "checklists"))),
    path("visits/<int:visit_id>/self-check/", include((rehearsals_urls, "rehearsals"))),
    path("visits/<int:visit_id>/follow-up/", include((followups_urls, "followups"))),
    path("", include((visits_urls, "visits"))),
    path("campaigns/", include((campaigns_urls, "campaigns"))),
    path("recusals/", include((recusals_urls, "recusals"))),
    path("objections/", include((objections_urls, "objections"))),
    path("addenda/", include((addenda_urls, "addenda"))),
    path("claims/", include((claims_urls, "claims"))),
    path("zones/", include((zones_urls, "zones"))),
    path("findings/", include((rectification_urls, "rectification"))),
    path("findings/", include((ledgers_urls, "ledgers"))),
    path("letters/", include((letters_urls, "letters"))),
    path("escalations/", include((escalation_urls, "escalation"))),
    path("reports/", include((reports_urls, "reports"))),
    path("self-reports/", include((self_reports_urls, "self_reports"))),
    path("dossiers/", include((dossiers_urls, "dossiers"))),
]
