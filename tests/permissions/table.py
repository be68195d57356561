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
BUREAU_HERE = frozenset(["admin", "reviewer", "leader", "expert"])
FOREIGN = frozenset({"foreign_admin"})
ADMINS = frozenset({"admin", "foreign_admin"})
FILLERS_HERE = frozenset(["admin", "reporter_a", "principal_a"])
FILLERS_ELSEWHERE = frozenset(["reporter_b", "liaison", "foreign_admin"])
VERIFIERS_HERE = frozenset(["reviewer", "inspector_a"])
# What was seen on a visit is for the school to read once the visit is done.
DECIDERS_ELSEWHERE = frozenset({"inspector_b", "foreign_admin"})
AT_SCHOOL = frozenset({"reporter_a", "principal_a"})

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


def departments(world: World) -> dict[str, Any]:
    """The register of departments somebody uploaded."""
    return {"public_id": world.departments.public_id}


def visit_photo(world: World) -> dict[str, Any]:
    """The photo taken on a visit."""
    return {"visit_id": world.photographed.pk, "photo_id": world.photographed.photos.get().pk}


def register(world: World) -> dict[str, Any]:
    """The workbook the admin uploaded."""
    return {"public_id": world.register.public_id}


def returns(world: World) -> dict[str, Any]:
    """The workbook of figures the admin uploaded for the round."""
    return {"round_id": world.round.pk, "public_id": world.book.public_id}


def statistics(world: World) -> dict[str, Any]:
    """The statistics workbook the admin uploaded for the round."""
    return {"round_id": world.round.pk, "public_id": world.statistics.public_id}


def _rows(names: str, method: str, allowed: frozenset[str], hidden: frozenset[str], args: Arguments) -> list[Row]:
    return [Row(name, allowed, hidden, args, method) for name in names.split()]


ROUND = pk("round", "round_id")
SUBMISSION = pk("submission")
VISIT = pk("visit", "visit_id")
ANSWER = pk("visit", "visit_id", question=QUESTION)
FINDING = pk("finding", "finding_id")
EVALUATION = pk("evaluation")
DOSSIER = pk("dossier", "dossier_id")
REVIEW = pk("submission", "submission_id")
RELAXATION = pk("relaxation", "relaxation_id")
DIFFERENCE = pk("submission", "submission_id", item="pupils_primary")

TABLE = [
    # Everybody signed in.
    *_rows("home help notices:list jobs:list password_change standards:list", "get", ALL, frozenset(), nothing),
    Row("two_step", ALL),
    *_rows("two_step_begin two_step_confirm two_step_codes two_step_off", "post", ALL, frozenset(), nothing),
    *_rows("logout notices:read_all", "post", ALL, frozenset(), nothing),
    Row("teaching:coefficient", ALL),
    Row("standards:indicator", ALL, args=lambda world: {"code": "A1"}),
    Row("gallery", frozenset(), ALL),
    # One's own.
    Row("notices:read", frozenset({"reporter_a"}), ALL - {"reporter_a"}, pk("notice", "notice_id"), "post"),
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
    Row("deadlines:edit", frozenset({"admin"}), FOREIGN, lambda world: {"code": world.cast.district.code}),
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
    # Accounts.
    Row("accounts:list", frozenset(["admin", "auditor", "foreign_admin"])),
    *_rows("accounts:create accounts:issue_overview", "get", ADMINS, frozenset(), nothing),
    Row("accounts:pending", ADMINS | {"auditor"}),
    Row("accounts:issue", frozenset({"admin"}), FOREIGN, lambda world: {"code": "410202"}, "post"),
    Row("accounts:slips", frozenset({"admin"}), FOREIGN, pk("job")),
    Row("accounts:detail", frozenset(["admin", "auditor"]), FOREIGN, account),
    *_rows("accounts:edit accounts:grant", "get", frozenset({"admin"}), FOREIGN, account),
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
    *_rows(
        "rounds:close rounds:extend rounds:remind workbooks:template workbooks:upload",
        "get",
        frozenset({"admin"}),
        FOREIGN,
        ROUND,
    ),
    *_rows("rounds:send_reminders rounds:add_respondents rounds:reopen", "post", frozenset({"admin"}), FOREIGN, ROUND),
    Row("workbooks:preview", frozenset({"admin"}), FOREIGN, returns),
    Row("workbooks:marked", frozenset({"admin"}), FOREIGN, lambda world: ROUND(world) | {"token": world.marked}),
    Row("workbooks:confirm", frozenset({"admin"}), FOREIGN, returns, "post"),
    # The programme.
    Row("programmes:programmes", BUREAU_HERE | FOREIGN),
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
    *_rows(
        "reviews:begin reviews:send_back reviews:approve", "post", frozenset(["admin", "reviewer"]), FOREIGN, REVIEW
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
    Row("evidence:files", READERS_HERE, READERS_ELSEWHERE | {"liaison"}, pk("submission", item="teaching_area")),
    Row("evidence:attach", FILLERS_HERE, FILLERS_ELSEWHERE, pk("submission", item="teaching_area"), "post"),
    Row("evidence:download", READERS_HERE, READERS_ELSEWHERE | {"liaison"}, pk("evidence")),
    Row("evidence:withdraw", FILLERS_HERE, FILLERS_ELSEWHERE, pk("evidence"), "post"),
    # Results.
    Row(
        "evaluations:start", frozenset({"admin"}), FOREIGN, method="post", data=lambda world: {"round": world.round.pk}
    ),
    Row("board:export", BUREAU_HERE, FOREIGN),
    *_rows(
        "board:board board:coefficients board:entered board:provisional",
        "get",
        BUREAU_HERE | FOREIGN,
        frozenset(),
        nothing,
    ),
    Row("board:school", READERS_HERE, READERS_ELSEWHERE, school),
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
    *_rows("visits:list visits:coverage", "get", READERS_HERE | READERS_ELSEWHERE, frozenset(), nothing),
    Row("visits:plan", frozenset(["admin", "inspector_a", "inspector_b", "foreign_admin"])),
    Row("visits:detail", READERS_HERE, READERS_ELSEWHERE, VISIT),
    *_rows(
        "visits:reschedule visits:cancel",
        "post",
        frozenset(["admin", "inspector_a"]),
        frozenset(["inspector_b", "foreign_admin"]),
        VISIT,
    ),
    Row("visits:start", frozenset({"inspector_a"}), frozenset({"inspector_b"}), VISIT, "post"),
    Row("visits:checklist", frozenset({"inspector_a"}), frozenset({"inspector_b"}), VISIT),
    *_rows("visits:answer visits:attach_photo", "post", frozenset({"inspector_a"}), frozenset({"inspector_b"}), ANSWER),
    Row("visits:photo", READERS_HERE - AT_SCHOOL, READERS_ELSEWHERE | AT_SCHOOL, visit_photo),
    Row("visits:withdraw_photo", frozenset({"inspector_a"}), frozenset({"inspector_b"}), visit_photo, "post"),
    # Findings.
    *_rows("rectification:list rectification:export", "get", READERS_HERE | READERS_ELSEWHERE, frozenset(), nothing),
    Row("rectification:register", ADMINS),
    Row("rectification:raise_on_visit", frozenset({"inspector_a"}), frozenset({"inspector_b"}), VISIT),
    Row("rectification:finish_visit", frozenset({"inspector_a"}), frozenset({"inspector_b"}), VISIT),
    Row(
        "rectification:raise_from_evaluation", frozenset({"admin"}), FOREIGN, pk("evaluation", "evaluation_id"), "post"
    ),
    Row("rectification:detail", READERS_HERE, READERS_ELSEWHERE, FINDING),
    Row("rectification:amend", frozenset({"admin"}), DECIDERS_ELSEWHERE, FINDING),
    Row("rectification:dispatch", frozenset({"admin"}), FOREIGN, FINDING, "post"),
    *_rows(
        "rectification:measure rectification:progress rectification:request_close rectification:ask_extension",
        "post",
        frozenset(["reporter_a", "principal_a"]),
        frozenset({"reporter_b"}),
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
        "rectification:file", READERS_HERE, READERS_ELSEWHERE, lambda world: FINDING(world) | {"file_id": world.file.pk}
    ),
    Row("rectification:photo", READERS_HERE, READERS_ELSEWHERE, pk("pictured", "finding_id")),
    # Reports and dossiers.
    Row("reports:list", BUREAU_HERE | {"inspector_a", "inspector_b", "foreign_admin"}),
    Row("reports:create", ADMINS),
    Row(
        "reports:detail",
        BUREAU_HERE,
        frozenset(["inspector_a", "inspector_b", "foreign_admin"]),
        pk("report", "report_id"),
    ),
    Row(
        "reports:download",
        BUREAU_HERE,
        frozenset(["inspector_a", "inspector_b", "foreign_admin"]),
        pk("report", "report_id", kind="pdf"),
    ),
    Row("reports:compile_again", frozenset({"admin"}), FOREIGN, pk("report", "report_id"), "post"),
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
