"""The background job of an evaluation: asked for twice, run twice, killed, overtaken: one result."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from indicators.collection.submissions.models import Round
from indicators.results.evaluations import actions, judging, work
from indicators.results.evaluations.models import Evaluation, PartResult
from portal.config.settings import AFTER_EVALUATION
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, NotAllowed, NotFound
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.core.jobs.runner import LostLease
from portal.core.notices.models import Notice
from tests.cast import Cast, grant
from tests.indicators.district import figures, fill, hand_in, open_round
from tests.shared import shared


@shared
def round_a(cast: Cast) -> Round:
    round = open_round(cast.district)
    fill(round, 5)
    return round


def test_asking_ten_times_is_one_job_and_one_evaluation(cast: Cast, round_a: Round) -> None:
    jobs = {actions.start(round_id=round_a.pk, by=cast.admin).pk for _ in range(5)}
    work.run(runner.claim())
    jobs |= {actions.start(round_id=round_a.pk, by=cast.admin).pk for _ in range(5)}
    assert len(jobs) == Job.objects.count() == Evaluation.objects.count() == 1


def test_an_evaluation_leaves_one_job_that_opens_findings_again(cast: Cast, round_a: Round, settings) -> None:
    settings.AFTER_EVALUATION = AFTER_EVALUATION
    judged = judging.judge(round_a, judging.read(round_a), timezone.now())
    for _ in range(2):
        evaluation = actions.record(judged=judged, by=cast.admin)
    job = Job.objects.get(kind="reopen_findings")
    assert job.args == {"evaluation": evaluation.pk}
    assert runner.run_one(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["reopened"]) == (Job.State.DONE, 0)


def test_a_job_whose_worker_died_once_it_had_written_is_done(cast: Cast, round_a: Round) -> None:
    job = actions.start(round_id=round_a.pk, by=cast.admin)
    result = work.run(runner.claim(job.pk))
    # The worker dies before it can say more, and the figures change: run again, it would be refused.
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    hand_in(round_a, cast.school_a, figures(multimedia_rooms=2))
    assert runner.claim(job.pk) is None
    job.refresh_from_db()
    assert (job.state, job.result, job.error) == (Job.State.DONE, result, "")
    assert Notice.objects.filter(user=cast.admin).count() == 1


def test_a_worker_that_lost_its_lease_writes_nothing(
    cast: Cast, round_a: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = actions.start(round_id=round_a.pk, by=cast.admin)
    slow = runner.claim(job.pk)
    judge = work.judging.judge

    def overtaken(*args: object) -> object:
        judged = judge(*args)
        Job.objects.filter(pk=job.pk).update(attempt=slow.attempt + 1)
        return judged

    monkeypatch.setattr("indicators.results.evaluations.judging.judge", overtaken)
    with pytest.raises(LostLease):
        work.run(slow)
    assert not Evaluation.objects.exists()


def test_a_job_interrupted_while_writing_leaves_nothing_and_succeeds_when_run_again(
    cast: Cast, round_a: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = actions.start(round_id=round_a.pk, by=cast.admin)

    def killed(*args: object) -> None:
        raise SystemExit(9)

    with monkeypatch.context() as broken:
        broken.setattr("indicators.results.evaluations.actions._indicator_rows", killed)
        with pytest.raises(SystemExit):
            work.run(runner.claim(job.pk))
    assert not Evaluation.objects.exists()
    assert not PartResult.objects.exists()
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert work.run(runner.claim(job.pk))["evaluation"] == Evaluation.objects.get().pk


def test_figures_that_changed_while_the_job_waited_are_not_passed_off_as_the_ones_asked_for(
    cast: Cast, round_a: Round
) -> None:
    job = actions.start(round_id=round_a.pk, by=cast.admin)
    hand_in(round_a, cast.school_a, figures())
    with pytest.raises(Conflict, match="重新点“开始评估”"):
        work.run(runner.claim(job.pk))
    assert not Evaluation.objects.exists()
    assert actions.start(round_id=round_a.pk, by=cast.admin) != job


def test_the_job_notifies_its_owner_and_says_where_the_result_is(cast: Cast, round_a: Round) -> None:
    result = work.run(runner.claim(actions.start(round_id=round_a.pk, by=cast.admin).pk))
    notice = Notice.objects.get(user=cast.admin)
    assert notice.url == result["url"]
    assert "2026 年度自评已完成" in notice.text


def test_a_round_that_vanished_gets_a_chinese_answer(cast: Cast, round_a: Round) -> None:
    job = actions.start(round_id=round_a.pk, by=cast.admin)
    Job.objects.filter(pk=job.pk).update(args={"round": 999_999, "inputs_sha256": ""})
    with pytest.raises(NotFound, match="没有这个评估年度"):
        work.run(runner.claim(job.pk))


@pytest.mark.parametrize(
    ("who", "error"),
    [("reviewer", NotAllowed), ("leader", NotAllowed), ("foreign_admin", NotFound), ("reporter_a", NotAllowed)],
)
def test_only_the_districts_admin_starts_it(cast: Cast, round_a: Round, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        actions.start(round_id=round_a.pk, by=getattr(cast, who))
    assert not Job.objects.exists()


def test_starting_leaves_an_audit_row(cast: Cast, round_a: Round) -> None:
    actions.start(round_id=round_a.pk, by=cast.admin)
    event = AuditEvent.objects.get(action="evaluation.start")
    assert (event.actor_name, event.district_code) == (str(cast.admin), "410202")


def test_the_button_starts_the_job_and_leads_back_to_the_board(cast: Cast, round_a: Round, sign_in: object) -> None:
    client: Client = sign_in(cast.admin)
    answer = client.post("/evaluations/start", {"round": round_a.pk})
    assert (answer.status_code, answer.url) == (302, f"/board/?round={round_a.pk}")
    assert Job.objects.count() == 1


def test_the_button_of_a_result_that_exists_leads_to_it(cast: Cast, round_a: Round, sign_in: object) -> None:
    client: Client = sign_in(cast.admin)
    client.post("/evaluations/start", {"round": round_a.pk})
    result = work.run(runner.claim())
    Job.objects.update(state=Job.State.DONE, lease_until=None, result=result)
    answer = client.post("/evaluations/start", {"round": round_a.pk}, follow=True)
    assert answer.redirect_chain == [(result["url"], 302)]
    assert "数据没有变化" in answer.content.decode()


def test_judging_what_was_judged_before_says_so(cast: Cast, round_a: Round) -> None:
    actions.record(judged=judging.judge(round_a, judging.read(round_a), timezone.now()), by=cast.admin)
    work.run(runner.claim(actions.start(round_id=round_a.pk, by=cast.admin).pk))
    assert "没有另外生成" in Notice.objects.get(user=cast.admin).text


@pytest.mark.parametrize("value", ["", "x", "999999", "1' OR 1=1"])
def test_a_round_that_is_none_is_refused(cast: Cast, sign_in: object, value: str) -> None:
    assert sign_in(cast.admin).post("/evaluations/start", {"round": value}).status_code == 404


def test_nobody_else_gets_through_the_door(cast: Cast, round_a: Round, sign_in: object) -> None:
    def status(user: User) -> int:
        return sign_in(user).post("/evaluations/start", {"round": round_a.pk}).status_code

    assert [status(user) for user in (cast.reporter_a, cast.reviewer, cast.foreign_admin)] == [403, 403, 404]
    assert sign_in(cast.admin).get("/evaluations/start").status_code == 405


def test_an_administrator_who_inspects_two_schools_starts_an_evaluation(cast, round_a, sign_in) -> None:
    for school in (cast.school_a, cast.school_b):
        grant(cast.admin, "inspector", school=school)
    assert sign_in(cast.admin).post("/evaluations/start", {"round": round_a.pk}).status_code == 302
