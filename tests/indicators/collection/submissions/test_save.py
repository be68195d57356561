"""Saving answers: blank, zero and 不适用 are three things; nobody overwrites anybody unseen."""

from decimal import Decimal

import pytest

from indicators.collection.submissions import actions, answers
from indicators.collection.submissions.models import Answer, Submission
from indicators.standard.engine import NotApplicable, Value
from indicators.standard.standards import queries as standards
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.figures import good_answers

F = "pupils_primary"


def save(submission, by, values, **more):
    return actions.save(submission_id=submission.pk, values=values, by=by, **more)


def stored(submission, spec):
    return answers.of_rows(spec.items, submission.answers.all())


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (F, Value(0)),
        (F, Value(1203)),
        ("equipment_value", Value(Decimal("123.456789"))),
        ("equipment_value", Value(Decimal(0))),
        ("charter", Value(True)),
        ("charter", Value(False)),
        ("it_teaching", Value("较好")),
        ("self_report", Value("一、做法\n二、成效")),
        ("music_rooms", Value(())),
        ("music_rooms", Value(({"name": "音乐一", "area": Decimal("96.5"), "built_year": 2016},))),
        ("class_list", Value(({"stage": "小学", "grade": "一年级", "number": "1", "pupils": None},))),
        (F, NotApplicable("本校没有小学")),
        ("class_list", NotApplicable("停课")),
    ],
)
def test_what_is_saved_is_what_is_read(cast, submission, spec, code, answer):
    save(submission, cast.reporter_a, {code: answer})
    assert stored(submission, spec) == {code: answer}
    assert answers.thawed(spec.items[code], answers.frozen(spec.items[code], answer)) == answer


def test_blank_zero_and_not_applicable_stay_apart(cast, submission, spec):
    save(submission, cast.reporter_a, {F: Value(0), "teachers_primary": NotApplicable("无"), "boarders_primary": None})
    assert stored(submission, spec) == {F: Value(0), "teachers_primary": NotApplicable("无")}
    save(submission, cast.reporter_a, {F: None})
    assert F not in stored(submission, spec)
    row = Answer.objects.get(field=F)
    assert (row.number, row.not_applicable, row.version) == (None, False, 2)


def test_a_stale_version_writes_nothing_and_shows_what_stands_there(cast, submission, spec):
    save(submission, cast.reporter_a, {F: Value(10)}, versions={F: 0})
    save(submission, cast.principal_a, {F: Value(11)}, versions={F: 1})
    saved = save(submission, cast.reporter_a, {F: Value(12), "teachers_primary": Value(3)}, versions={F: 1})
    assert saved.stale[F].number == 11
    assert saved.stale[F].updated_by == cast.principal_a
    assert saved.versions == {"teachers_primary": 1}
    assert stored(submission, spec) == {F: Value(11), "teachers_primary": Value(3)}


def test_two_people_at_different_fields_both_keep_theirs(cast, submission, spec):
    save(submission, cast.reporter_a, {F: Value(10)}, versions={F: 0})
    save(submission, cast.principal_a, {"teachers_primary": Value(2)}, versions={"teachers_primary": 0})
    assert stored(submission, spec) == {F: Value(10), "teachers_primary": Value(2)}


def test_the_same_request_again_changes_nothing(cast, submission):
    for _ in range(10):
        saved = save(submission, cast.reporter_a, {F: Value(10)}, versions={F: 0})
    assert (saved.versions, saved.stale) == ({F: 1}, {})
    assert AuditEvent.objects.filter(action="submission.save").count() == 1


def test_the_trail_holds_before_and_after(cast, submission):
    save(submission, cast.reporter_a, {F: Value(10)})
    save(submission, cast.reporter_a, {F: NotApplicable("没有小学")})
    event = AuditEvent.objects.filter(action="submission.save").latest("seq")
    assert event.before == {F: "10"}
    assert event.after == {F: "不适用（没有小学）"}
    assert (event.school_code, event.district_code) == ("4102020001", "410202")


def test_the_trail_of_a_table_names_the_rows_that_differ(cast, submission):
    rows = [{"name": f"音乐{n}", "area": Decimal(96), "built_year": 2016} for n in range(3)]
    save(submission, cast.reporter_a, {"music_rooms": Value(tuple(rows))})
    rows[1] = rows[1] | {"area": Decimal(100)}
    save(submission, cast.reporter_a, {"music_rooms": Value(tuple(rows))})
    event = AuditEvent.objects.filter(action="submission.save").latest("seq")
    assert event.before["music_rooms"]["changed"] == [{"name": "音乐1", "area": "96", "built_year": "2016"}]
    assert event.after["music_rooms"] == {
        "rows": 3,
        "changed": [{"name": "音乐1", "area": "100", "built_year": "2016"}],
    }


def test_an_unknown_field_is_refused_and_nothing_is_written(cast, submission):
    with pytest.raises(Invalid) as refusal:
        save(submission, cast.reporter_a, {F: Value(1), "pupils_kindergarten": Value(2), "survey_sent": Value(3)})
    assert [p.where for p in refusal.value.problems] == ["pupils_kindergarten", "survey_sent"]
    assert not submission.answers.exists()


def test_not_applicable_needs_a_reason(cast, submission):
    for reason in ("", "  ", "长" * 201):
        with pytest.raises(Invalid):
            save(submission, cast.reporter_a, {F: NotApplicable(reason)})


@pytest.mark.parametrize("who", ["reporter_a", "principal_a", "admin"])
def test_staff_and_the_bureau_may_fill_in(cast, submission, who):
    person = getattr(cast, who)
    save(submission, person, {F: Value(1)})
    row = submission.answers.get(field=F)
    assert (row.number, row.updated_by) == (1, person)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("reporter_b", NotFound),
        ("foreign_admin", NotFound),
        ("expired_expert", NotFound),
        ("disabled", NotFound),
        ("liaison", NotFound),
        ("auditor", NotAllowed),
        ("reviewer", NotAllowed),
        ("leader", NotAllowed),
        ("expert", NotAllowed),
        ("inspector_a", NotAllowed),
    ],
)
def test_nobody_else_may(cast, submission, who, error):
    with pytest.raises(error):
        save(submission, getattr(cast, who), {F: Value(1)})
    assert not submission.answers.exists()


@pytest.mark.parametrize("state", ["submitted", "in_review", "approved"])
def test_a_handed_in_submission_is_read_only(cast, submission, state):
    Submission.objects.update(state=state)
    with pytest.raises(Conflict):
        save(submission, cast.reporter_a, {F: Value(1)})


def test_a_closed_round_is_read_only(cast, submission, round_):
    round_.state = "closed"
    round_.save()
    with pytest.raises(Conflict, match="已关闭"):
        save(submission, cast.reporter_a, {F: Value(1)})


def test_importing_a_whole_school_takes_a_fixed_number_of_queries(
    cast, submission, spec, django_assert_max_num_queries
):
    values = good_answers(spec, "小学")
    assert len(values) > 50
    with django_assert_max_num_queries(15):
        save(submission, cast.admin, values, taken_over=True)
    assert stored(submission, spec) == values


def test_a_row_is_shown_in_the_order_of_its_columns_whatever_the_order_it_is_stored_in(submission):
    item = answers.items_of(standards.load_spec(submission.round.standard), is_school=True)["honours"]
    assert answers.cells(item, {"year": "2025", "level": "", "name": "书香校园"}) == ["书香校园", "2025"]


def test_a_total_is_saved_with_its_parts_and_answered_with_them(cast, submission, spec, sign_in):
    parts = {f"teachers_{degree}_primary": Value(2) for degree in ("doctor", "master", "bachelor", "associate")}
    assert "teachers_primary" not in save(submission, cast.reporter_a, parts).versions
    saved = save(submission, cast.reporter_a, {"teachers_below_primary": Value(1)})
    assert saved.versions == {"teachers_below_primary": 1, "teachers_primary": 1}
    assert stored(submission, spec)["teachers_primary"] == Value(9)
    after = AuditEvent.objects.filter(action="submission.save").latest("seq").after
    assert after["teachers_primary"] == "9"
    explicit = save(submission, cast.reporter_a, {"teachers_below_primary": Value(2), "teachers_primary": Value(11)})
    assert explicit.versions["teachers_primary"] == 2
    assert stored(submission, spec)["teachers_primary"] == Value(11), "what was typed wins; its check names the sum"
