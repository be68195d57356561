"""Who may open what: the truth table, written by hand, not derived from the roles.

`allowed` get the page or the action; `hidden` hold the right elsewhere, so the object does not exist for
them (404); everybody else signed in is refused (403); strangers are sent to the sign-in page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.permissions.world import QUESTION, World

ALL = frozenset(
    [
        "admin",
        "reviewer",
        "leader",
        "expert",
        "expired_expert",
        "auditor",
        "inspector_a",
        "inspector_b",
        "reporter_a",
        "principal_a",
        "reporter_b",
        "liaison",
        "foreign_admin",
    ]
)
READERS_HERE = frozenset(["admin", "reviewer", "leader", "expert", "inspector_a", "reporter_a", "principal_a"])
READERS_ELSEWHERE = frozenset(["inspector_b", "reporter_b", "foreign_admin"])
# Departments have findings of their own.
FINDINGS_ELSEWHERE = READERS_ELSEWHERE | {"liaison"}
BUREAU_HERE = frozenset(["admin", "reviewer", "leader", "expert"])
FOREIGN = frozenset({"foreign_admin"})
ADMINS = frozenset({"admin", "foreign_admin"})
FILLERS_HERE = frozenset(["admin", "reporter_a", "principal_a"])
FILLERS_ELSEWHERE = frozenset(["reporter_b", "liaison", "foreign_admin"])
VERIFIERS_HERE = frozenset(["reviewer", "inspector_a"])
# What was seen on a visit is for the school to read once the visit is done.
DECIDERS_ELSEWHERE = frozenset({"inspector_b", "foreign_admin"})
# Who has to answer for findings of their own, somewhere else.
ANSWERERS_ELSEWHERE = frozenset({"reporter_b", "liaison", "foreign_admin"})
SUPERVISORS = frozenset(["admin", "reviewer", "leader", "inspector_a", "inspector_b", "foreign_admin"])
AT_SCHOOL = frozenset({"reporter_a", "principal_a"})
SCHOOLS = AT_SCHOOL | {"reporter_b"}
ISSUERS = frozenset({"admin", "leader"})
HEADS = FOREIGN | {"principal_a"}
REPORTS_ELSEWHERE = (BUREAU_HERE - ISSUERS) | SCHOOLS | {"inspector_a", "inspector_b", "foreign_admin"}
LETTER_WRITERS = frozenset({"admin", "foreign_admin", "inspector_a", "inspector_b"}) | SCHOOLS

Arguments = Callable[[World], dict[str, Any]]


def nothing(world: World) -> dict[str, Any]:
    """An address without arguments."""
    return {}


@dataclass(frozen=True, slots=True)
class Row:
    """One address with one method."""

    name: str
    allowed: frozenset[str]
    hidden: frozenset[str] = frozenset()
    args: Arguments = nothing
    method: str = "get"
    data: Arguments = nothing


def pk(attribute: str, name: str = "pk", **more: Any) -> Arguments:
    """Arguments holding the key of one of the world's objects."""
    return lambda world: {name: getattr(world, attribute).pk} | more


def school(world: World) -> dict[str, Any]:
    """The code of 甲小学."""
    return {"code": world.cast.school_a.code}


def account(world: World) -> dict[str, Any]:
    """The account of 甲校填报员."""
    return {"pk": world.cast.reporter_a.pk}


def membership(world: World) -> dict[str, Any]:
    """The role of 甲校填报员."""
    return {"pk": world.cast.reporter_a.memberships.get().pk}


def ledger(world: World) -> dict[str, Any]:
    """The ledger the admin uploaded."""
    return {"public_id": world.ledger.public_id}


def departments(world: World) -> dict[str, Any]:
    """The register of departments somebody uploaded."""
    return {"public_id": world.departments.public_id}


def duty_file(world: World) -> dict[str, Any]:
    """The file handed in with a report on a task."""
    return {"duty_id": world.duty.pk, "file_id": world.duty.entries.get(kind="report").files.get().pk}


def intake(world: World) -> dict[str, Any]:
    """The programme with its tasks the admin uploaded."""
    return {"public_id": world.intake.public_id}


def year_sheet(world: World, **more: Any) -> dict[str, Any]:
    """The year of the finance bureau, which has a task."""
    return {"department_id": world.cast.department.pk, "year": 2026, **more}


def visit_photo(world: World) -> dict[str, Any]:
    """The photo taken on a visit."""
    return {"visit_id": world.photographed.pk, "photo_id": world.photographed.photos.get().pk}


def register(world: World) -> dict[str, Any]:
    """The workbook the admin uploaded."""
    return {"public_id": world.register.public_id}


def submissions_workbook(world: World) -> dict[str, Any]:
    """The workbook of figures the admin uploaded for the round."""
    return {"round_id": world.round.pk, "public_id": world.book.public_id}


def school_workbook(world: World) -> dict[str, Any]:
    """The workbook of 甲小学 the admin uploaded for its submission."""
    return {"submission_id": world.draft.pk, "public_id": world.school_book.public_id}


def statistics(world: World) -> dict[str, Any]:
    """The statistics workbook the admin uploaded for the round."""
    return {"round_id": world.round.pk, "public_id": world.statistics.public_id}


def _rows(names: str, method: str, allowed: frozenset[str], hidden: frozenset[str], args: Arguments) -> list[Row]:
    return [Row(name, allowed, hidden, args, method) for name in names.split()]


def checklist(world: World) -> dict[str, Any]:
    """A checklist of the district."""
    return {"code": world.cast.district.code, "checklist": "regular"}


def own_problem(world: World) -> dict[str, Any]:
    """A problem in the draft of 甲小学's self-report."""
    return {"submission_id": world.submission.pk, "problem_id": world.own_problem.pk}


def own_file(world: World) -> dict[str, Any]:
    """The file handed in with a school's own draft."""
    return {"letter_id": world.own_letter.pk, "file_id": world.own_letter.files.get().pk}


def zone(world: World) -> dict[str, Any]:
    """The zone 甲小学 lies in."""
    return {"zone_id": world.charge.zone_id}


def escalation(state: str) -> Arguments:
    """The order in a state."""
    return lambda world: {"escalation_id": world.escalations[state].pk}


def escalation_file(world: World) -> dict[str, Any]:
    """The file handed in with a reply to an order."""
    row = world.escalations["replied"]
    return {"escalation_id": row.pk, "file_id": row.files.get().pk}


def entries(world: World) -> dict[str, Any]:
    """The workbook of registers the admin uploaded."""
    return {"public_id": world.entries.public_id}


def exchange(world: World) -> dict[str, Any]:
    """The register of teachers who teach at another school."""
    return {"kind": "exchange"}


ROUND = pk("round", "round_id")
SUBMISSION = pk("submission")
VISIT = pk("visit", "visit_id")
ANSWER = pk("visit", "visit_id", question=QUESTION)
FINDING = pk("finding", "finding_id")
EVALUATION = pk("evaluation")
DOSSIER = pk("dossier", "dossier_id")
REVIEW = pk("submission", "submission_id")
SCENARIO = pk("scenario", "scenario_id")
RELAXATION = pk("relaxation", "relaxation_id")
LETTER = pk("letter", "letter_id")
SURVEY = pk("survey", "survey_id")
OWN_DRAFT = pk("own_letter", "letter_id")
UNSIGNED = pk("unsigned", "letter_id")
DIFFERENCE = pk("submission", "submission_id", item="pupils_primary")

TABLE = [
    # Everybody signed in.
    *_rows(
        "home help manual notices:list notices:digest jobs:list password_change standards:list",
        "get",
        ALL,
        frozenset(),
        nothing,
    ),
    Row("manual_chapter", ALL, args=lambda world: {"chapter": "school"}),
    Row("notices:ask_again", ALL, method="post"),
    *_rows("notices:confirm_email", "get", frozenset(), ALL, lambda world: {"token": "made-up"}),
    Row("two_step", ALL),
    *_rows("two_step_begin two_step_confirm two_step_codes two_step_off", "post", ALL, frozenset(), nothing),
    *_rows("logout notices:read_all", "post", ALL, frozenset(), nothing),
    Row(
        "saved_lists:save",
        ALL,
        method="post",
        data=lambda world: {"name": "逾期", "address": "/findings/?overdue=true"},
    ),
    Row("teaching:coefficient", ALL),
    Row("standards:indicator", ALL, args=lambda world: {"code": "A1"}),
    Row("gallery", frozenset(), ALL),
    # One's own.
    Row("notices:read", frozenset({"reporter_a"}), ALL - {"reporter_a"}, pk("notice", "notice_id"), "post"),
    Row("saved_lists:remove", frozenset({"reporter_a"}), ALL - {"reporter_a"}, pk("saved_list", "saved_id"), "post"),
    *_rows("jobs:detail jobs:progress", "get", frozenset({"admin"}), ALL - {"admin"}, pk("job", "job_id")),
    *_rows("jobs:cancel jobs:retry", "post", frozenset({"admin"}), ALL - {"admin"}, pk("job", "job_id")),
    # Rights and trail.
    Row("permissions", frozenset(["admin", "reviewer", "leader", "auditor", "foreign_admin"])),
    Row("backups", frozenset(["admin", "leader", "auditor", "foreign_admin"])),
    Row("audit", frozenset({"auditor"})),
    Row("audit_event", frozenset({"auditor"}), args=lambda world: {"seq": world.event.seq}),
    # Register.
    Row("directory:list", READERS_HERE | READERS_ELSEWHERE | {"liaison"}),
    *_rows("directory:create register:upload register:template register:export", "get", ADMINS, frozenset(), nothing),
    Row("directory:districts", ADMINS),
    Row("directory:district", frozenset({"admin"}), FOREIGN, lambda world: {"code": world.cast.district.code}),
    Row("submissions:owners", frozenset({"admin"}), FOREIGN, lambda world: {"code": world.cast.district.code}),
    Row("reviews:steps", frozenset({"admin"}), FOREIGN, lambda world: {"code": world.cast.district.code}),
    Row("reviews:limits", frozenset({"admin"}), FOREIGN, lambda world: {"code": world.cast.district.code}),
    Row("deadlines:edit", frozenset({"admin"}), FOREIGN, lambda world: {"code": world.cast.district.code}),
    Row("checklists:list", frozenset({"admin"}), FOREIGN, lambda world: {"code": world.cast.district.code}),
    Row("checklists:create", frozenset({"admin"}), FOREIGN, lambda world: {"code": world.cast.district.code}),
    Row("checklists:edit", frozenset({"admin"}), FOREIGN, checklist),
    Row("checklists:withdraw", frozenset({"admin"}), FOREIGN, checklist, "post"),
    Row("register:preview", frozenset({"admin"}), FOREIGN, register),
    Row("register:marked", frozenset({"admin"}), FOREIGN, lambda world: {"token": world.marked}),
    Row("register:confirm", frozenset({"admin"}), FOREIGN, register, "post"),
    Row("directory:detail", READERS_HERE, READERS_ELSEWHERE | {"liaison"}, school),
    *_rows(
        "directory:edit directory:merge directory:close directory:reopen", "get", frozenset({"admin"}), FOREIGN, school
    ),
    # Departments.
    *_rows(
        "departments:list departments:create departments:upload departments:template departments:export",
        "get",
        ADMINS,
        frozenset(),
        nothing,
    ),
    Row("departments:edit", frozenset({"admin"}), FOREIGN, lambda world: {"pk": world.cast.department.pk}),
    Row("departments:preview", frozenset({"admin"}), FOREIGN, departments),
    Row("departments:marked", frozenset({"admin"}), FOREIGN, lambda world: {"token": world.marked}),
    Row("departments:confirm", frozenset({"admin"}), FOREIGN, departments, "post"),
    # Registers.
    Row("registers:list", READERS_HERE | READERS_ELSEWHERE | {"liaison"}),
    *_rows(
        "registers:entries registers:export",
        "get",
        READERS_HERE | READERS_ELSEWHERE | {"liaison"},
        frozenset(),
        exchange,
    ),
    *_rows("registers:upload registers:template", "get", FILLERS_HERE | FILLERS_ELSEWHERE, frozenset(), nothing),
    # Departments keep another one.
    Row("registers:create", FILLERS_HERE | FILLERS_ELSEWHERE - {"liaison"}, args=exchange),
    Row("registers:preview", frozenset({"admin"}), FILLERS_HERE | FILLERS_ELSEWHERE - {"admin"}, entries),
    Row(
        "registers:marked",
        frozenset({"admin"}),
        FILLERS_HERE | FILLERS_ELSEWHERE - {"admin"},
        lambda world: {"token": world.marked},
    ),
    Row("registers:confirm", frozenset({"admin"}), FILLERS_HERE | FILLERS_ELSEWHERE - {"admin"}, entries, "post"),
    Row("registers:detail", READERS_HERE, READERS_ELSEWHERE | {"liaison"}, pk("entry")),
    Row("registers:change", FILLERS_HERE, FILLERS_ELSEWHERE, pk("entry")),
    *_rows("registers:withdraw registers:attach", "post", FILLERS_HERE, FILLERS_ELSEWHERE, pk("entry")),
    Row("registers:add_milestone", frozenset({"admin"}), FILLERS_ELSEWHERE, pk("project"), "post"),
    Row("registers:withdraw_milestone", frozenset({"admin"}), FILLERS_ELSEWHERE, pk("project_step"), "post"),
    Row("registers:file", READERS_HERE, READERS_ELSEWHERE | {"liaison"}, pk("entry_file")),
    Row("registers:withdraw_file", FILLERS_HERE, FILLERS_ELSEWHERE, pk("entry_file"), "post"),
    # Accounts.
    Row("accounts:list", frozenset(["admin", "auditor", "foreign_admin"])),
    *_rows("accounts:create accounts:issue_overview", "get", ADMINS, frozenset(), nothing),
    Row("notices:sendings", ADMINS | {"auditor"}),
    Row("accounts:pending", ADMINS | {"auditor"}),
    Row("accounts:issue", frozenset({"admin"}), FOREIGN, lambda world: {"code": "410202"}, "post"),
    Row("accounts:slips", frozenset({"admin"}), FOREIGN, pk("job")),
    Row("accounts:detail", frozenset(["admin", "auditor"]), FOREIGN, account),
    *_rows("hand_over accounts:edit accounts:grant", "get", frozenset({"admin"}), FOREIGN, account),
    *_rows(
        "accounts:disable accounts:enable accounts:reset accounts:confirm_reset accounts:drop_two_step",
        "post",
        frozenset({"admin"}),
        FOREIGN,
        account,
    ),
    # A role that neither waits nor is to be reviewed: confirmed again is no change for who may confirm.
    Row(
        "accounts:confirm",
        frozenset({"admin"}),
        FOREIGN,
        nothing,
        "post",
        lambda world: {"membership": membership(world)["pk"]},
    ),
    Row("accounts:end", frozenset({"admin"}), FOREIGN, membership, "post"),
    Row("accounts:who", frozenset(["admin", "reviewer", "leader", "auditor"]), FOREIGN, school),
    # Comparing and changing standards.
    Row("standard_change:compare", ALL),
    Row("standard_change:adopt", frozenset({"admin"}), FOREIGN, ROUND),
    # Rounds and workbooks.
    Row("rounds:list", BUREAU_HERE | FOREIGN),
    Row("rounds:open", ADMINS),
    Row("rounds:detail", BUREAU_HERE, FOREIGN, ROUND),
    Row("rounds:export", BUREAU_HERE, FOREIGN, ROUND),
    Row("rounds:evidence", BUREAU_HERE, FOREIGN, ROUND),
    Row("rounds:export_evidence", BUREAU_HERE, FOREIGN, ROUND),
    *_rows(
        "rounds:close rounds:extend rounds:remind workbooks:template workbooks:upload",
        "get",
        frozenset({"admin"}),
        FOREIGN,
        ROUND,
    ),
    *_rows("rounds:send_reminders rounds:add_respondents rounds:reopen", "post", frozenset({"admin"}), FOREIGN, ROUND),
    Row("workbooks:preview", frozenset({"admin"}), FOREIGN, submissions_workbook),
    Row("workbooks:marked", frozenset({"admin"}), FOREIGN, lambda world: ROUND(world) | {"token": world.marked}),
    Row("workbooks:confirm", frozenset({"admin"}), FOREIGN, submissions_workbook, "post"),
    # The programme.
    Row("programmes:programmes", BUREAU_HERE | FOREIGN),
    Row("programmes:create", ADMINS),
    Row("programmes:edit", frozenset({"admin"}), FOREIGN, lambda world: {"programme_id": world.duty.programme_id}),
    # Tasks of the programme: 甲小学 has one and reports on it, the bureau gives out and checks.
    Row("duties:list", BUREAU_HERE | FOREIGN | SCHOOLS | {"liaison"}),
    Row("duties:detail", BUREAU_HERE | AT_SCHOOL, ANSWERERS_ELSEWHERE, pk("duty", "duty_id")),
    Row("duties:file", BUREAU_HERE | AT_SCHOOL, ANSWERERS_ELSEWHERE, duty_file),
    Row(
        "duties:create",
        frozenset({"admin"}),
        FOREIGN,
        lambda world: {"programme_id": world.duty.programme_id},
    ),
    *_rows("duty_intake:upload duty_intake:template", "get", ADMINS, frozenset(), nothing),
    Row("duty_intake:preview", frozenset({"admin"}), FOREIGN, intake),
    Row("duty_intake:marked", frozenset({"admin"}), FOREIGN, lambda world: {"token": world.marked}),
    Row("duty_intake:confirm", frozenset({"admin"}), FOREIGN, intake, "post"),
    Row(
        "duty_intake:export",
        frozenset({"admin"}),
        FOREIGN,
        lambda world: {"programme_id": world.duty.programme_id},
    ),
    *(
        Row(name, BUREAU_HERE, FOREIGN | SCHOOLS | {"liaison"}, lambda world: {"programme_id": world.duty.programme_id})
        for name in ("duties:road", "duties:gaps")
    ),
    Row("duties:sheet", BUREAU_HERE | FOREIGN | SCHOOLS | {"liaison"}),
    Row(
        "duties:export_sheet",
        BUREAU_HERE | {"liaison"},
        FOREIGN | SCHOOLS,
        lambda world: year_sheet(world, kind="xlsx"),
    ),
    Row("duties:set_score", frozenset({"admin"}), FOREIGN, lambda world: year_sheet(world), "post"),
    Row("duties:edit", frozenset({"admin"}), FOREIGN, pk("duty", "duty_id")),
    Row("duties:withdraw", frozenset({"admin"}), FOREIGN, pk("duty", "duty_id"), "post"),
    Row("duties:report", AT_SCHOOL, ANSWERERS_ELSEWHERE, pk("duty_due", "report_id"), "post"),
    *_rows(
        "duties:check duties:send_back",
        "post",
        frozenset({"admin", "reviewer"}),
        FOREIGN,
        pk("duty_reported", "report_id"),
    ),
    Row("programmes:adopt", frozenset({"admin"}), FOREIGN, lambda world: {"code": world.cast.district.code}, "post"),
    # Comparison with the state statistics.
    *_rows("state_statistics:compare", "get", READERS_HERE | READERS_ELSEWHERE | {"liaison"}, frozenset(), nothing),
    Row(
        "state_statistics:export", READERS_HERE | {"reporter_b"}, frozenset(["inspector_b", "foreign_admin", "liaison"])
    ),
    Row("state_statistics:upload", frozenset({"admin"}), FOREIGN, ROUND),
    Row("state_statistics:preview", frozenset({"admin"}), FOREIGN, statistics),
    Row("state_statistics:confirm", frozenset({"admin"}), FOREIGN, statistics, "post"),
    Row("state_statistics:prefill", frozenset({"admin"}), FOREIGN, ROUND, "post"),
    Row("state_statistics:difference_reason", FILLERS_HERE, FILLERS_ELSEWHERE, DIFFERENCE),
    # Review.
    Row("reviews:queue", frozenset(["admin", "reviewer", "foreign_admin"])),
    Row("reviews:review", READERS_HERE, READERS_ELSEWHERE | {"liaison"}, REVIEW),
    Row("reviews:blanks", frozenset({"admin", "reviewer"}), FOREIGN, ROUND),
    Row("reviews:batch", frozenset({"admin", "reviewer"}), FOREIGN, ROUND),
    *_rows("reviews:draw reviews:approve_rest", "post", frozenset({"admin", "reviewer"}), FOREIGN, ROUND),
    Row("reviews:patterns", frozenset(["admin", "reviewer", "leader", "foreign_admin"])),
    *_rows(
        "reviews:begin reviews:mark reviews:send_back reviews:approve reviews:check",
        "post",
        frozenset(["admin", "reviewer"]),
        FOREIGN,
        REVIEW,
    ),
    # A school's submission.
    Row("submissions:mine", FILLERS_HERE | FILLERS_ELSEWHERE),
    *_rows(
        "submissions:edit submissions:check submissions:detail",
        "get",
        READERS_HERE,
        READERS_ELSEWHERE | {"liaison"},
        SUBMISSION,
    ),
    Row("submissions:section", READERS_HERE, READERS_ELSEWHERE | {"liaison"}, pk("submission", section="1")),
    *_rows(
        "submissions:save submissions:waive submissions:hand_over",
        "post",
        FILLERS_HERE,
        FILLERS_ELSEWHERE,
        SUBMISSION,
    ),
    Row("submissions:save_section", FILLERS_HERE, FILLERS_ELSEWHERE, pk("submission", section="1"), "post"),
    Row("submissions:sign", frozenset(["admin", "principal_a"]), FOREIGN | {"liaison"}, SUBMISSION),
    *_rows(
        "submissions:submit submissions:withdraw",
        "post",
        frozenset(["admin", "principal_a"]),
        FOREIGN | {"liaison"},
        SUBMISSION,
    ),
    Row("submissions:revision", READERS_HERE, READERS_ELSEWHERE | {"liaison"}, pk("revision")),
    Row("shares:divide", AT_SCHOOL, FILLERS_ELSEWHERE, pk("draft")),
    Row("shares:divide", AT_SCHOOL, FILLERS_ELSEWHERE, pk("draft"), "post"),
    *_rows(
        "shares:mark_done shares:take_back_done",
        "post",
        AT_SCHOOL,
        FILLERS_ELSEWHERE,
        pk("draft", section="pupils"),
    ),
    Row("rosters:read", FILLERS_HERE, FILLERS_ELSEWHERE, pk("submission", "submission_id")),
    Row("rosters:read", FILLERS_HERE, FILLERS_ELSEWHERE, pk("submission", "submission_id"), "post"),
    Row("rosters:accept", FILLERS_HERE, FILLERS_ELSEWHERE, pk("submission", "submission_id")),
    Row("rosters:accept", FILLERS_HERE, FILLERS_ELSEWHERE, pk("submission", "submission_id"), "post"),
    *_rows(
        "school_workbooks:template school_workbooks:upload",
        "get",
        FILLERS_HERE,
        FILLERS_ELSEWHERE,
        pk("draft", "submission_id"),
    ),
    Row("school_workbooks:preview", frozenset({"admin"}), FILLERS_ELSEWHERE | AT_SCHOOL, school_workbook),
    Row(
        "school_workbooks:marked",
        frozenset({"admin"}),
        FILLERS_ELSEWHERE | AT_SCHOOL,
        lambda world: {"submission_id": world.draft.pk, "token": world.marked},
    ),
    Row("school_workbooks:confirm", frozenset({"admin"}), FILLERS_ELSEWHERE | AT_SCHOOL, school_workbook, "post"),
    Row("evidence:files", READERS_HERE, READERS_ELSEWHERE | {"liaison"}, pk("submission")),
    Row("evidence:add", FILLERS_HERE, FILLERS_ELSEWHERE, pk("submission"), "post"),
    Row("evidence:part", FILLERS_HERE, FILLERS_ELSEWHERE, pk("submission")),
    Row("evidence:part", FILLERS_HERE, FILLERS_ELSEWHERE, pk("submission"), "post"),
    Row("evidence:assign", FILLERS_HERE, FILLERS_ELSEWHERE, pk("submission"), "post"),
    Row("evidence:attach", FILLERS_HERE, FILLERS_ELSEWHERE, pk("submission", item="teaching_area"), "post"),
    Row("evidence:download", READERS_HERE, READERS_ELSEWHERE | {"liaison"}, pk("evidence")),
    Row("evidence:show", READERS_HERE, READERS_ELSEWHERE | {"liaison"}, pk("evidence")),
    Row("evidence:withdraw", FILLERS_HERE, FILLERS_ELSEWHERE, pk("evidence"), "post"),
    # Results.
    Row(
        "evaluations:start", frozenset({"admin"}), FOREIGN, method="post", data=lambda world: {"round": world.round.pk}
    ),
    Row("board:export", BUREAU_HERE, FOREIGN),
    Row("standing:export", BUREAU_HERE, FOREIGN, lambda world: {"kind": "docx"}),
    *_rows(
        "standing:standing board:board board:coefficients board:conditions board:cuts board:provisional",
        "get",
        BUREAU_HERE | FOREIGN,
        frozenset(),
        nothing,
    ),
    Row("board:school", READERS_HERE, READERS_ELSEWHERE, school),
    Row("standing:school", READERS_HERE, READERS_ELSEWHERE | {"liaison"}, school),
    Row("explanations:district", BUREAU_HERE, FOREIGN, EVALUATION),
    Row("explanations:stage", BUREAU_HERE, FOREIGN, pk("evaluation", stage="primary")),
    Row("explanations:coefficient", BUREAU_HERE, FOREIGN, pk("evaluation", stage="primary", code="A1")),
    Row("explanations:condition", BUREAU_HERE, FOREIGN, pk("evaluation", code="B9")),
    Row("explanations:veto", BUREAU_HERE, FOREIGN, pk("evaluation", code="E1")),
    Row(
        "explanations:part",
        READERS_HERE,
        READERS_ELSEWHERE,
        lambda world: EVALUATION(world) | {"school": world.cast.school_a.code, "stage": "primary"},
    ),
    Row(
        "explanations:indicator",
        READERS_HERE,
        READERS_ELSEWHERE,
        lambda world: EVALUATION(world) | {"school": world.cast.school_a.code, "stage": "primary", "code": "A1"},
    ),
    Row(
        "explanations:school",
        READERS_HERE,
        READERS_ELSEWHERE,
        lambda world: EVALUATION(world) | {"school": world.cast.school_a.code, "code": "B9"},
    ),
    # Milestones.
    Row("milestones:list", BUREAU_HERE | {"auditor"} | FOREIGN),
    *_rows(
        "milestones:compare milestones:compare_schools milestones:compare_submissions",
        "get",
        BUREAU_HERE | {"auditor"} | FOREIGN,
        frozenset(),
        nothing,
    ),
    Row("milestones:export", BUREAU_HERE | {"auditor"}, FOREIGN),
    Row("milestones:freeze", frozenset({"admin"}), FOREIGN, ROUND),
    *_rows(
        "milestones:detail milestones:verify",
        "get",
        BUREAU_HERE | {"auditor"},
        FOREIGN,
        pk("milestone", "milestone_id"),
    ),
    # Monthly updates.
    Row("monthly:district", frozenset({"admin", "reviewer", "leader"}) | FOREIGN | SCHOOLS),
    Row("monthly:set_day", frozenset({"admin"}), FOREIGN, lambda world: {"code": world.cast.district.code}, "post"),
    Row(
        "monthly:remind_again", frozenset({"admin"}), FOREIGN, lambda world: {"code": world.cast.district.code}, "post"
    ),
    Row("monthly:export", frozenset({"admin", "reviewer", "leader"}), FOREIGN | SCHOOLS),
    Row(
        "monthly:school",
        frozenset({"admin", "reviewer", "leader"}) | AT_SCHOOL,
        FOREIGN | {"reporter_b"},
        school,
    ),
    # Forecasts.
    Row("forecast:list", frozenset({"admin", "reviewer", "leader"}) | FOREIGN | SCHOOLS),
    Row("forecast:start", ADMINS),
    *_rows(
        "forecast:detail forecast:schools forecast:export",
        "get",
        frozenset({"admin", "reviewer", "leader"}),
        FOREIGN,
        pk("forecast", "forecast_id"),
    ),
    Row(
        "forecast:school",
        frozenset({"admin", "reviewer", "leader"}) | AT_SCHOOL,
        FOREIGN | {"reporter_b"},
        school,
    ),
    # Plans.
    Row("plans:list", frozenset({"admin", "reviewer", "leader"}) | FOREIGN),
    Row("plans:start", ADMINS),
    Row("plans:detail", frozenset({"admin", "reviewer", "leader"}), FOREIGN, pk("plan", "plan_id")),
    Row("plans:progress", frozenset({"admin", "reviewer", "leader"}), FOREIGN, pk("plan", "plan_id")),
    Row(
        "plans:school",
        frozenset({"admin", "reviewer", "leader"}),
        FOREIGN,
        lambda world: {"plan_id": world.plan.pk, "code": world.cast.school_a.code},
    ),
    Row(
        "plans:export",
        frozenset({"admin", "reviewer", "leader"}),
        FOREIGN,
        lambda world: {"plan_id": world.plan.pk, "kind": "xlsx"},
    ),
    Row("plans:as_scenario", frozenset({"admin"}), FOREIGN, pk("plan", "plan_id"), "post"),
    # Scenarios.
    *_rows(
        "scenarios:list scenarios:compare",
        "get",
        frozenset({"admin", "reviewer", "leader"}) | FOREIGN,
        frozenset(),
        nothing,
    ),
    Row("scenarios:create", ADMINS),
    *_rows(
        "scenarios:detail scenarios:export scenarios:transfers",
        "get",
        frozenset({"admin", "reviewer", "leader"}),
        FOREIGN,
        SCENARIO,
    ),
    Row(
        "scenarios:annex",
        frozenset({"admin", "reviewer", "leader"}),
        FOREIGN,
        lambda world: SCENARIO(world) | {"kind": "docx"},
    ),
    *_rows("scenarios:add_measure scenarios:copy", "post", frozenset({"admin"}), FOREIGN, SCENARIO),
    Row(
        "scenarios:remove_measure",
        frozenset({"admin"}),
        FOREIGN,
        SCENARIO,
        "post",
        lambda world: {"version": world.scenario.version, "number": 0},
    ),
    # Relaxations.
    Row("relaxations:list", READERS_HERE | READERS_ELSEWHERE),
    Row("relaxations:propose", ADMINS),
    Row("relaxations:detail", READERS_HERE, READERS_ELSEWHERE, RELAXATION),
    Row("relaxations:proof", READERS_HERE, READERS_ELSEWHERE, pk("relaxation_proof", "proof_id")),
    Row("relaxations:attach_proof", frozenset({"admin"}), FOREIGN, RELAXATION, "post"),
    *_rows(
        "relaxations:approve relaxations:refuse relaxations:withdraw",
        "post",
        frozenset(["admin", "reviewer"]),
        FOREIGN,
        RELAXATION,
    ),
    Row("official_forms:forms", BUREAU_HERE | FOREIGN),
    Row("official_forms:export", BUREAU_HERE, FOREIGN),
    Row("official_forms:self_rating", READERS_HERE, READERS_ELSEWHERE, school),
    Row("official_forms:download", READERS_HERE, READERS_ELSEWHERE, lambda world: school(world) | {"kind": "docx"}),
    # Visits.
    *_rows(
        "visits:list visits:coverage visits:calendar", "get", READERS_HERE | READERS_ELSEWHERE, frozenset(), nothing
    ),
    Row("visits:plan", frozenset(["admin", "inspector_a", "inspector_b", "foreign_admin"])),
    Row("visits:detail", READERS_HERE, READERS_ELSEWHERE, VISIT),
    *_rows(
        "visits:reschedule visits:change_team visits:cancel",
        "post",
        frozenset(["admin", "inspector_a"]),
        frozenset(["inspector_b", "foreign_admin"]),
        VISIT,
    ),
    *_rows("visits:start visits:type_in", "post", frozenset({"inspector_a"}), frozenset({"inspector_b"}), VISIT),
    Row("visits:paper", frozenset({"inspector_a"}), frozenset({"inspector_b"}), VISIT),
    Row("visits:checklist", frozenset({"inspector_a"}), frozenset({"inspector_b"}), VISIT),
    *_rows("visits:answer visits:attach_photo", "post", frozenset({"inspector_a"}), frozenset({"inspector_b"}), ANSWER),
    Row("rehearsals:page", AT_SCHOOL, READERS_HERE - AT_SCHOOL | READERS_ELSEWHERE, VISIT),
    *_rows("rehearsals:answer", "post", AT_SCHOOL, frozenset({"reporter_b"}), ANSWER),
    Row("rehearsals:submit", AT_SCHOOL, frozenset({"reporter_b"}), VISIT, "post"),
    Row("followups:page", frozenset({"inspector_a"}), frozenset({"inspector_b"}), VISIT),
    Row(
        "followups:judge",
        frozenset({"inspector_a"}),
        frozenset({"inspector_b"}),
        lambda world: VISIT(world) | {"finding_id": world.finding.pk},
        "post",
    ),
    Row("visits:photo", READERS_HERE - AT_SCHOOL, READERS_ELSEWHERE | AT_SCHOOL, visit_photo),
    Row("visits:withdraw_photo", frozenset({"inspector_a"}), frozenset({"inspector_b"}), visit_photo, "post"),
    # Campaigns: of the own district, and those one takes part in.
    Row("campaigns:list", SUPERVISORS),
    Row(
        "campaigns:detail",
        SUPERVISORS - DECIDERS_ELSEWHERE - {"inspector_a"},
        DECIDERS_ELSEWHERE | {"inspector_a"},
        pk("campaign", "campaign_id"),
    ),
    Row("campaigns:change", frozenset({"admin"}), FOREIGN, pk("campaign", "campaign_id")),
    *_rows(
        "campaigns:edit campaigns:add campaigns:drop campaigns:change_team campaigns:cancel",
        "post",
        frozenset({"admin"}),
        FOREIGN,
        pk("campaign", "campaign_id"),
    ),
    Row("campaigns:plan", ADMINS),
    *_rows("campaigns:pick campaigns:create", "post", ADMINS, frozenset(), nothing),
    # Recusals: the own, and those of the schools the bureau answers for; a relation is private.
    Row("recusals:list", frozenset({"admin", "leader", "inspector_a", "inspector_b", "foreign_admin"})),
    Row("recusals:declare", frozenset({"inspector_a", "inspector_b"})),
    Row("recusals:register", ADMINS),
    Row(
        "recusals:end",
        frozenset({"admin", "inspector_a"}),
        DECIDERS_ELSEWHERE,
        pk("recusal", "recusal_id"),
        "post",
        lambda world: {"reason": "登记有误"},
    ),
    Row(
        "recusals:decide",
        frozenset({"admin"}),
        FOREIGN,
        pk("objection", "recusal_id"),
        "post",
        lambda world: {"decision": "not_recused", "reason": "情况不属实"},
    ),
    Row("objections:page", SCHOOLS),
    Row(
        "addenda:add",
        frozenset({"inspector_a"}),
        frozenset({"inspector_b"}),
        lambda world: {"visit_id": world.checked.visit_id},
    ),
    Row("addenda:file", READERS_HERE, READERS_ELSEWHERE, pk("addendum", "file_id")),
    *_rows("claims:statistics claims:export", "get", READERS_HERE | READERS_ELSEWHERE, frozenset(), nothing),
    Row("claims:visit", READERS_HERE, READERS_ELSEWHERE, lambda world: {"visit_id": world.checked.visit_id}),
    Row(
        "claims:answer",
        AT_SCHOOL,
        frozenset({"reporter_b"}),
        pk("checked", "figure_id"),
        "post",
        lambda world: {"answer": "correct"},
    ),
    # Zones: how supervision is organised is for the bureau and its inspectors.
    *_rows("zones:board zones:list zones:load", "get", SUPERVISORS, frozenset(), nothing),
    Row("zones:create", ADMINS),
    Row("zones:edit", frozenset({"admin"}), FOREIGN, zone),
    *_rows("zones:rename zones:assign", "post", frozenset({"admin"}), FOREIGN, zone),
    Row("zones:end", frozenset({"admin"}), FOREIGN, pk("charge", "charge_id"), "post"),
    # Findings.
    *_rows("rectification:list rectification:export", "get", READERS_HERE | FINDINGS_ELSEWHERE, frozenset(), nothing),
    Row("rectification:register", ADMINS),
    *_rows("ledgers:upload ledgers:template", "get", ADMINS, frozenset(), nothing),
    Row("ledgers:preview", frozenset({"admin"}), FOREIGN, ledger),
    Row("ledgers:marked", frozenset({"admin"}), FOREIGN, lambda world: {"token": world.marked}),
    Row("ledgers:confirm", frozenset({"admin"}), FOREIGN, ledger, "post"),
    Row("visits:raise_finding", frozenset({"inspector_a"}), frozenset({"inspector_b"}), VISIT),
    Row("visits:finish", frozenset({"inspector_a"}), frozenset({"inspector_b"}), VISIT),
    Row(
        "rectification:raise_from_evaluation", frozenset({"admin"}), FOREIGN, pk("evaluation", "evaluation_id"), "post"
    ),
    Row("rectification:detail", READERS_HERE, FINDINGS_ELSEWHERE, FINDING),
    Row("rectification:amend", frozenset({"admin"}), DECIDERS_ELSEWHERE, FINDING),
    *_rows("rectification:dispatch rectification:void", "post", frozenset({"admin"}), FOREIGN, FINDING),
    *_rows(
        "rectification:measure rectification:progress rectification:request_close rectification:ask_extension",
        "post",
        frozenset(["reporter_a", "principal_a"]),
        frozenset(["reporter_b", "liaison", "foreign_admin"]),
        FINDING,
    ),
    *_rows(
        "rectification:extend rectification:decline_extension",
        "post",
        frozenset(["admin", "reviewer", "inspector_a"]),
        DECIDERS_ELSEWHERE,
        FINDING,
    ),
    *_rows(
        "rectification:begin_check rectification:close rectification:send_back",
        "post",
        VERIFIERS_HERE,
        frozenset({"inspector_b"}),
        FINDING,
    ),
    Row("rectification:reopen", frozenset(["admin", "reviewer", "inspector_a"]), DECIDERS_ELSEWHERE, FINDING, "post"),
    Row(
        "rectification:file",
        READERS_HERE,
        FINDINGS_ELSEWHERE,
        lambda world: FINDING(world) | {"file_id": world.file.pk},
    ),
    Row("rectification:photo", READERS_HERE, FINDINGS_ELSEWHERE, pk("pictured", "finding_id")),
    # Papers: the bureau and the team write, the school reads what is out.
    Row("letters:list", READERS_HERE | FINDINGS_ELSEWHERE),
    Row("letters:new", LETTER_WRITERS),
    Row("letters:register", frozenset({"admin", "leader", "inspector_a", "inspector_b", "foreign_admin"})),
    Row("letters:draft", LETTER_WRITERS, args=lambda world: {"code": "rectification"}),
    Row("letters:words", frozenset({"admin", "leader"}), FOREIGN, lambda world: {"code": world.cast.district.code}),
    Row(
        "letters:wording",
        frozenset({"admin", "leader"}),
        FOREIGN,
        lambda world: {"code": world.cast.district.code, "kind": "opinion"},
    ),
    *_rows("letters:detail letters:preview", "get", READERS_HERE, FINDINGS_ELSEWHERE, LETTER),
    Row("letters:download", READERS_HERE, FINDINGS_ELSEWHERE, pk("letter", "letter_id", kind="pdf")),
    Row("letters:edit", frozenset({"admin", "inspector_a"}), DECIDERS_ELSEWHERE | SCHOOLS, UNSIGNED),
    *_rows(
        "letters:refresh letters:discard",
        "post",
        frozenset({"admin", "inspector_a"}),
        DECIDERS_ELSEWHERE | SCHOOLS,
        UNSIGNED,
    ),
    Row("letters:issue", frozenset({"admin", "leader", "inspector_a"}), DECIDERS_ELSEWHERE | SCHOOLS, UNSIGNED, "post"),
    Row("letters:batch", frozenset({"admin", "leader", "inspector_a"}), DECIDERS_ELSEWHERE | SCHOOLS, UNSIGNED),
    # Files are handed in with the school's own paper, which nobody else is shown before it is signed.
    *_rows("letters:attach", "post", AT_SCHOOL, LETTER_WRITERS - AT_SCHOOL, OWN_DRAFT),
    Row("letters:file", AT_SCHOOL, (READERS_HERE | FINDINGS_ELSEWHERE) - AT_SCHOOL, own_file),
    Row("letters:detach", AT_SCHOOL, LETTER_WRITERS - AT_SCHOOL, own_file, "post"),
    Row("letters:receive", AT_SCHOOL, DECIDERS_ELSEWHERE | {"reporter_b", "liaison"}, LETTER, "post"),
    Row("letters:deliver", frozenset({"admin", "leader", "inspector_a"}), DECIDERS_ELSEWHERE, LETTER, "post"),
    Row(
        "letters:withdraw",
        frozenset({"admin", "leader", "inspector_a"}),
        DECIDERS_ELSEWHERE | {"reporter_b"},
        LETTER,
        "post",
    ),
    # Escalations: an order of the office; what the leader decides is held in the slice's own tests.
    *_rows(
        "escalation:list escalation:month",
        "get",
        READERS_HERE | READERS_ELSEWHERE | {"liaison"},
        frozenset(),
        nothing,
    ),
    Row("escalation:export_month", READERS_HERE | FINDINGS_ELSEWHERE, args=lambda world: {"kind": "pdf"}),
    Row("escalation:settings", frozenset({"admin"}), FOREIGN, lambda world: {"code": world.cast.district.code}),
    Row("escalation:detail", READERS_HERE, READERS_ELSEWHERE | {"liaison"}, escalation("issued")),
    *_rows(
        "escalation:issue escalation:put_off escalation:decline",
        "post",
        frozenset({"admin"}),
        FOREIGN,
        escalation("proposed"),
    ),
    Row("escalation:acknowledge", AT_SCHOOL, ANSWERERS_ELSEWHERE, escalation("issued"), "post"),
    Row("escalation:answer", AT_SCHOOL, ANSWERERS_ELSEWHERE, escalation("acknowledged"), "post"),
    Row("escalation:file", READERS_HERE, FINDINGS_ELSEWHERE, escalation_file),
    *_rows("escalation:finish escalation:ask_again", "post", frozenset({"admin"}), FOREIGN, escalation("replied")),
    # Surveys: the bureau makes them, schools read what concerns them; who answers needs no account (test_matrix.PUBLIC).
    Row("surveys:list", READERS_HERE | READERS_ELSEWHERE),
    Row("surveys:create", ADMINS),
    *_rows("surveys:detail surveys:export", "get", READERS_HERE | {"reporter_b"}, FOREIGN | {"inspector_b"}, SURVEY),
    Row(
        "surveys:school",
        READERS_HERE,
        READERS_ELSEWHERE,
        lambda world: {"survey_id": world.survey.pk, "code": world.cast.school_a.code},
    ),
    *_rows("surveys:word surveys:hand_out surveys:end", "post", frozenset({"admin"}), FOREIGN, SURVEY),
    Row(
        "surveys:all_codes",
        frozenset({"admin"}),
        FOREIGN,
        lambda world: {"survey_id": world.survey.pk, "suffix": "pdf"},
        "post",
    ),
    Row("surveys:sheets", frozenset({"admin"}), FOREIGN, pk("sheets_job")),
    Row("surveys:district_codes", frozenset({"admin"}), FOREIGN, SURVEY),
    Row(
        "surveys:codes",
        frozenset({"admin"}),
        FOREIGN,
        lambda world: {"survey_id": world.survey.pk, "code": world.cast.school_a.code},
    ),
    # What everybody may see (test_matrix.PUBLIC) is chosen by the bureau, which also answers complaints.
    Row("publicity:edit", frozenset({"admin"}), FOREIGN, lambda world: {"code": world.cast.district.code}),
    Row("publicity:publish", frozenset({"admin"}), FOREIGN, lambda world: {"code": world.cast.district.code}, "post"),
    Row("publicity:withdraw", frozenset({"admin"}), FOREIGN, pk("public_notice", "notice_id"), "post"),
    Row("publicity:complaints", ADMINS),
    Row("publicity:complaint", frozenset({"admin"}), FOREIGN, pk("complaint", "complaint_id")),
    *_rows(
        "publicity:accept publicity:answer",
        "post",
        frozenset({"admin"}),
        FOREIGN,
        pk("complaint", "complaint_id"),
    ),
    # Reports and dossiers.
    Row("reports:list", BUREAU_HERE | SCHOOLS | {"inspector_a", "inspector_b", "foreign_admin"}),
    Row("reports:create", ADMINS | {"principal_a"}),
    Row("reports:assess", ADMINS),
    # A draft of the district: for who writes and who issues it.
    *_rows("reports:detail reports:findings", "get", ISSUERS, REPORTS_ELSEWHERE, pk("report", "report_id")),
    *_rows("reports:download", "get", ISSUERS, REPORTS_ELSEWHERE, pk("report", "report_id", kind="pdf")),
    *_rows("reports:write", "get", frozenset({"admin"}), HEADS, pk("report", "report_id", section="work")),
    *_rows("reports:missing", "get", frozenset({"admin"}), HEADS, pk("report", "report_id")),
    *_rows(
        "reports:refresh reports:remind reports:compile_again",
        "post",
        frozenset({"admin"}),
        HEADS,
        pk("report", "report_id"),
    ),
    *_rows("reports:issue reports:withdraw", "post", ISSUERS, HEADS, pk("report", "report_id")),
    # A school writes its self-report, its head issues it; what was issued is for everybody who reads the school's.
    Row("self_reports:detail", READERS_HERE, READERS_ELSEWHERE, REVIEW),
    Row("self_reports:download", READERS_HERE, READERS_ELSEWHERE, pk("self_report", "report_id", kind="pdf")),
    Row("self_reports:draft", AT_SCHOOL, FILLERS_ELSEWHERE, pk("submission", "submission_id", kind="docx")),
    Row("self_reports:write", AT_SCHOOL, FILLERS_ELSEWHERE, pk("submission", "submission_id", section="plan")),
    Row("self_reports:new_problem", AT_SCHOOL, FILLERS_ELSEWHERE, REVIEW),
    Row("self_reports:accept", AT_SCHOOL, FILLERS_ELSEWHERE, REVIEW, "post"),
    Row("self_reports:problem", AT_SCHOOL, FILLERS_ELSEWHERE, own_problem),
    Row("self_reports:drop", AT_SCHOOL, FILLERS_ELSEWHERE, own_problem, "post"),
    *_rows("self_reports:issue self_reports:withdraw", "post", HEADS - FOREIGN, FOREIGN, REVIEW),
    Row("dossiers:list", BUREAU_HERE | FOREIGN),
    Row("dossiers:prepare", frozenset({"admin"}), FOREIGN, data=lambda world: {"evaluation": world.evaluation.pk}),
    Row(
        "dossiers:build",
        frozenset({"admin"}),
        FOREIGN,
        method="post",
        data=lambda world: {"evaluation": world.evaluation.pk},
    ),
    *_rows("dossiers:detail dossiers:download", "get", BUREAU_HERE, FOREIGN, DOSSIER),
    Row("dossiers:section", BUREAU_HERE, FOREIGN, pk("dossier", "dossier_id", code="A1")),
    Row("dossiers:piece", BUREAU_HERE, FOREIGN, pk("dossier", "dossier_id", code="A1-01")),
    *_rows("dossiers:build_again dossiers:check", "post", frozenset({"admin"}), FOREIGN, DOSSIER),
    Row("board:schools", READERS_HERE | READERS_ELSEWHERE),
]
