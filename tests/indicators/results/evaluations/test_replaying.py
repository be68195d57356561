"""Judging again from what was frozen: the same result, whatever happened to today's data."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models

from indicators.collection.submissions.models import Revision, Round
from indicators.results.evaluations import actions, judging
from indicators.results.evaluations.models import Evaluation
from indicators.standard.engine import Grant, inputs_sha256
from portal.core.lib.models import ImmutableError
from schools.directory.models import School
from tests.cast import Cast, make_school
from tests.indicators.district import figures, fill, hand_in, open_round
from tests.shared import shared

NOW = datetime(2026, 3, 31, 10, 2, tzinfo=UTC)


@shared
def round_a(cast: Cast) -> Round:
    return open_round(cast.district)


def record(round: Round, cast: Cast) -> Evaluation:
    evaluation = actions.record(judged=judging.judge(round, judging.read(round), NOW), by=cast.admin)
    return Evaluation.objects.get(pk=evaluation.pk)


def tamper(row: models.Model, **changes: Any) -> None:
    """Write past the models, as somebody at the database's own prompt would."""
    plain = models.QuerySet(type(row))
    plain.filter(pk=row.pk).update(**changes)


def replayed(evaluation: Evaluation) -> dict[str, Any]:
    return judging.replay(evaluation).as_json(round="2026", district="410202")


def test_an_evaluation_judged_again_is_the_same_to_the_last_digit(cast: Cast, round_a: Round) -> None:
    fill(round_a, 12)
    hand_in(round_a, None, {"townships": 5})
    evaluation = record(round_a, cast)
    assert judging.replay(evaluation).inputs_sha256 == evaluation.inputs_sha256
    assert replayed(evaluation) == evaluation.result
    assert judging.verify(evaluation).differences == ()


def test_schools_without_a_submission_are_missing_again(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, cast.school_a, figures())
    hand_in(round_a, cast.school_b, figures("初级中学"), None)
    evaluation = record(round_a, cast)
    assert evaluation.result["missing"]
    assert replayed(evaluation) == evaluation.result


def test_nothing_that_happens_afterwards_reaches_a_stored_evaluation(cast: Cast, round_a: Round) -> None:
    """A new submission, one sent back, an edited register, a new school, a school that moves away."""
    hand_in(round_a, cast.school_a, figures())
    hand_in(round_a, cast.school_b, figures("初级中学"))
    evaluation = record(round_a, cast)
    hand_in(round_a, cast.school_a, figures(pupils=700, multimedia_rooms=3))
    hand_in(round_a, cast.school_b, figures("初级中学"), "returned")
    School.objects.filter(pk=cast.school_a.pk).update(
        name="改名小学", kind="九年一贯制学校", area="乡村", status="停办"
    )
    School.objects.filter(pk=cast.school_b.pk).update(district=cast.other_district)
    make_school("4102020009", "新小学", cast.district)
    record(round_a, cast)
    again = Evaluation.objects.get(pk=evaluation.pk)
    assert again.result == evaluation.result == replayed(again)
    assert judging.verify(again).differences == ()


def test_judging_again_writes_nothing_and_reads_in_a_fixed_number_of_queries(
    cast: Cast, round_a: Round, django_assert_num_queries: Any
) -> None:
    fill(round_a, 3)
    few = record(round_a, cast)
    fill(round_b := open_round(cast.other_district), 30)
    many = actions.record(judged=judging.judge(round_b, judging.read(round_b), NOW), by=cast.foreign_admin)
    for evaluation in (few, many):
        fresh = Evaluation.objects.select_related("standard").get(pk=evaluation.pk)
        with django_assert_num_queries(1) as captured:
            judging.replay(fresh)
        assert captured.captured_queries[0]["sql"].startswith("SELECT")


def test_a_figure_changed_behind_the_portals_back_is_named(cast: Cast, round_a: Round) -> None:
    revision = hand_in(round_a, cast.school_a, figures())
    evaluation = record(round_a, cast)
    content = revision.content
    content["answers"]["teaching_area"]["value"] = "1"
    tamper(revision, content=content)
    shown = judging.verify(evaluation)
    assert f"4102020001 的填报（回执号 {revision.receipt}）与评估时不同" in shown.differences
    assert any(line.startswith("输入校验值：保存") for line in shown.differences)
    assert "不一致" in shown.words


def test_a_stored_result_changed_behind_the_portals_back_is_named_with_its_place(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, cast.school_a, figures())
    evaluation = record(round_a, cast)
    result = evaluation.result
    result["parts"][0]["indicators"]["A1"]["value"] = "99"
    tamper(evaluation, result=result, verdict=True)
    shown = judging.verify(Evaluation.objects.get(pk=evaluation.pk)).differences
    assert "parts/1/indicators/A1/value：保存 99，重算 7" in shown
    assert "结论：保存 True，重算 None" in shown


def test_a_frozen_submission_that_is_gone_is_reported_not_passed_over(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, cast.school_a, figures())
    evaluation = record(round_a, cast)
    inputs = evaluation.inputs
    inputs["4102020001"]["revision"] = 999_999
    tamper(evaluation, inputs=inputs)
    shown = judging.verify(Evaluation.objects.get(pk=evaluation.pk)).differences
    assert shown == ("冻结的填报已不在数据库中：4102020001。请从备份恢复。",)


def _around_the_guard() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE indicators_standard DISABLE TRIGGER indicators_standard_frozen")
        else:
            cursor.execute("DROP TRIGGER indicators_standard_frozen")


def test_rules_changed_behind_the_portals_back_are_named(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, cast.school_a, figures())
    evaluation = record(round_a, cast)
    _around_the_guard()
    tamper(evaluation.standard, content=evaluation.standard.content | {"name": "别的标准"})
    shown = judging.verify(Evaluation.objects.get(pk=evaluation.pk)).differences
    assert f"标准 {evaluation.standard.version} 的内容与它的校验值不符" in shown


def test_another_engine_version_is_said_plainly_and_only_the_inputs_are_compared(cast: Cast, round_a: Round) -> None:
    revision = hand_in(round_a, cast.school_a, figures())
    evaluation = record(round_a, cast)
    tamper(evaluation, engine="0.9")
    old = Evaluation.objects.get(pk=evaluation.pk)
    shown = judging.verify(old)
    assert (shown.engine_differs, shown.differences) == (True, ())
    assert "评估时用计算程序 0.9" in shown.words
    assert "结果未作比对" in shown.words
    content = revision.content
    content["answers"]["teaching_area"]["value"] = "1"
    tamper(revision, content=content)
    assert len(judging.verify(old).differences) == 1


def test_the_command_replays_every_evaluation_of_a_round(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, cast.school_a, figures())
    record(round_a, cast)
    hand_in(round_a, cast.school_a, figures(multimedia_rooms=29))
    record(round_a, cast)
    out = StringIO()
    call_command("verify_evaluations", "2026", "--district", "410202", stdout=out)
    assert out.getvalue().count("输入校验值和全部结果一致") == 2
    assert "核对了 2 次评估，全部一致。" in out.getvalue()


def test_the_command_fails_and_names_what_differs(cast: Cast, round_a: Round) -> None:
    hand_in(round_a, cast.school_a, figures())
    evaluation = record(round_a, cast)
    tamper(evaluation, inputs_sha256="0" * 64)
    out = StringIO()
    with pytest.raises(CommandError, match="1 次不一致"):
        call_command("verify_evaluations", stdout=out)
    assert f"输入校验值：保存 {'0' * 60}" in out.getvalue()


@pytest.mark.parametrize("arguments", [[], ["1999"], ["--district", "110101"]])
def test_the_command_says_when_there_is_nothing_to_verify(db: None, arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="没有可以核对的评估"):
        call_command("verify_evaluations", *arguments)


def test_relaxations_that_were_in_force_are_judged_again(cast: Cast, round_a: Round) -> None:
    """They are part of the inputs: without them the fingerprint differs."""
    hand_in(round_a, cast.school_a, figures())
    inputs = judging.read(round_a)
    given = (
        Grant("relax_sports_space", "4102020001", Fraction(1, 3)),
        Grant("relax_room_area", "4102020001", None, 2010),
    )
    data = replace(inputs.data, relaxations=given)
    sources = {**inputs.sources, judging.RELAXATIONS: judging.stored_grants(given)}
    sha256 = inputs_sha256(inputs.spec, data)
    judged = judging.judge(round_a, replace(inputs, data=data, sources=sources, sha256=sha256), NOW)
    evaluation = Evaluation.objects.get(pk=actions.record(judged=judged, by=cast.admin).pk)
    assert judging.grants(evaluation.inputs) == given
    assert judging.replay(evaluation).inputs_sha256 == evaluation.inputs_sha256 == sha256
    assert judging.verify(evaluation).differences == ()
    tamper(evaluation, inputs=inputs.sources)
    assert judging.verify(Evaluation.objects.get(pk=evaluation.pk)).differences[0].startswith("输入校验值")


@pytest.mark.parametrize("model", [Revision, Evaluation])
def test_no_ordinary_way_to_change_a_frozen_row_is_left(cast: Cast, round_a: Round, model: type[models.Model]) -> None:
    hand_in(round_a, cast.school_a, figures())
    record(round_a, cast)
    row, rows = model.objects.get(), model.objects.all()
    with pytest.raises(ImmutableError):
        row.save()
    with pytest.raises(ImmutableError):
        row.delete()
    with pytest.raises(ImmutableError):
        rows.update(pk=7)
    with pytest.raises(ImmutableError):
        rows.bulk_update([row], ["id"])
    with pytest.raises(ImmutableError):
        rows.delete()
    assert model.objects.get() == row
