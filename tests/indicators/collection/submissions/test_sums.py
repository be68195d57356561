"""The district's figures next to what its schools answered: shown as warnings, which a reason covers."""

from dataclasses import replace
from datetime import timedelta

from django.urls import reverse

from indicators.collection.reviews import queries as reviews
from indicators.collection.submissions import actions, queries as submissions
from indicators.collection.submissions.workflow import assess
from indicators.standard.engine import Value
from schools.directory import actions as directory
from schools.directory.facts import SchoolFacts
from tests.indicators.collection.submissions.conftest import make_submission
from tests.shared import shared


def answer(row, by, **given):
    actions.save(submission_id=row.pk, values={code: Value(value) for code, value in given.items()}, by=by)


@shared
def bureau(cast, round_):
    return make_submission(round_)


@shared
def reported(cast, submission):
    answer(submission, cast.reporter_a, exchange_eligible=30, exchanged_out=4)
    return submission


def unwaived(row):
    return [(warned.problem.item, warned.problem.code) for warned in assess(submissions.load(row)).unwaived]


def test_a_figure_that_is_not_the_sum_of_the_schools_needs_a_reason(cast, bureau, reported, sign_in):
    answer(bureau, cast.admin, exchange_eligible=35, exchanged=4)
    assert unwaived(bureau) == [("exchange_eligible", "schools_sum")]
    client = sign_in(cast.admin)
    page = client.get(reverse("submissions:section", args=[bureau.pk, "district_teachers"])).content.decode()
    assert "35 人，多于 1 所学校填报的“符合交流条件教师”合计 30 人，相差 5 人" in page
    warning = "schools_sum:exchange_eligible"
    waived = {"warning": warning, f"reason:{warning}": "含局机关借调教师 5 人"}
    client.post(reverse("submissions:waive", args=[bureau.pk]), waived)
    assert unwaived(bureau) == []
    answer(reported, cast.reporter_a, exchange_eligible=31)
    assert unwaived(bureau) == [("exchange_eligible", "schools_sum")], "the reason was given for another sum"


def test_a_department_is_informed_only_of_its_own_figures(cast, round_, reported):
    department = make_submission(round_, department=cast.department)
    answer(department, cast.liaison, teacher_wage=90000)
    assert unwaived(department) == []
    assert submissions.load(department).schools == ()


def test_the_reviewer_sees_the_sums_of_today(cast, bureau, reported):
    answer(bureau, cast.admin, exchange_eligible=30)
    actions.submit(submission_id=bureau.pk, by=cast.admin, partial=True)
    assert reviews.load(cast.admin, bureau).warnings == 0
    answer(reported, cast.reporter_a, exchange_eligible=29)
    assert reviews.load(cast.admin, bureau).unwaived == 1


def test_the_sums_take_two_queries_however_many_schools(cast, bureau, reported, django_assert_num_queries):
    spec = submissions.load(bureau).spec
    with django_assert_num_queries(2):
        schools = submissions.schools_of(bureau, spec)
    make_submission(bureau.round, school=cast.school_b)
    with django_assert_num_queries(2):
        assert len(submissions.schools_of(bureau, spec)) == len(schools) + 1


def test_a_school_counts_as_what_it_was_on_the_day_of_the_round(cast, bureau, reported):
    before, school = submissions.schools_of(bureau, submissions.load(bureau).spec), cast.school_a
    directory.edit_school(
        school_id=school.pk,
        version=school.version,
        facts=replace(SchoolFacts.of(school), sponsor=10),
        valid_from=bureau.round.school_year_start + timedelta(days=1),
        by=cast.admin,
    )
    assert submissions.schools_of(bureau, submissions.load(bureau).spec) == before
