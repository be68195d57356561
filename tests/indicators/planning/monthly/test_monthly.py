"""Monthly updates: what is accepted, what it makes of A1–A7 and the coefficients, and who sees it."""

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from io import BytesIO, StringIO
from operator import methodcaller
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.urls import reverse
from python_calamine import CalamineWorkbook

from indicators.collection.submissions.models import Answer, Round
from indicators.planning.monthly import actions, pages, queries
from indicators.planning.monthly.models import MonthlyUpdate
from indicators.planning.monthly.queries import MonthlySnapshot, MonthPoint
from indicators.planning.scenarios.queries import BeforeAfter
from indicators.results.evaluations.models import Evaluation
from indicators.results.evaluations.queries import case_of
from indicators.standard.engine import Value, evaluate
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.indicators.district import hand_in
from tests.indicators.planning.monthly.conftest import complete

pytestmark = pytest.mark.django_db

HIRED = {"teachers_primary": (1, 0), "teachers_bachelor_primary": (1, 0)}


def report(cast, changes: dict[str, tuple[Any, Any]], month: dt.date | None = None, **more: Any) -> MonthlyUpdate:
    given = {code: (Decimal(plus), Decimal(minus)) for code, (plus, minus) in changes.items()}
    month = month or queries.this_month()
    return actions.report(school_id=cast.school_a.pk, month=month, changes=given, **({"by": cast.reporter_a} | more))


def before(month: dt.date) -> dt.date:
    return (month - dt.timedelta(days=1)).replace(day=1)


def test_what_is_reported_is_judged_as_the_same_figures_would_be(cast, evaluated) -> None:
    report(cast, HIRED | {"multimedia_rooms": (3, 1), "equipment_value": ("20.5", 0)})
    case = case_of(evaluated)
    schools = []
    for school in case.data.schools:
        answers = dict(school.given)
        if school.code == cast.school_a.code:
            for code, more in (("teachers_primary", 1), ("teachers_bachelor_primary", 1), ("multimedia_rooms", 2)):
                answers[code] = Value(answers[code].value + more)
            answers["equipment_value"] = Value(answers["equipment_value"].value + Decimal("20.5"))
        schools.append(replace(school, answers=answers))
    by_hand = evaluate(case.result.spec, replace(case.data, schools=tuple(schools)))
    found = queries.snapshot(evaluated, queries.reported(cast.district))
    assert found.passes == {(part.school.code, part.stage): part.passes for part in by_hand.parts}
    for part in by_hand.parts:
        shown = found.parts[part.school.code, part.stage]
        assert shown == {one.indicator.code: (one.value, one.reaches) for one in part.indicators}
    for stage, by_code in by_hand.coefficients.items():
        for code, one in by_code.items():
            assert found.coefficients.get((stage, code), (None, None)) == (one.cv, one.passes)
    assert queries.snapshot(evaluated, []).parts != found.parts


def test_approved_figures_stay_as_they_are(cast, evaluated) -> None:
    answers = list(Answer.objects.order_by("pk").values("field", "number", "version"))
    report(cast, HIRED)
    pages.district(cast.district)
    assert list(Answer.objects.order_by("pk").values("field", "number", "version")) == answers
    assert Evaluation.objects.count() == 1


def test_a_report_may_be_corrected_and_nobody_overwrites_a_colleague(cast, evaluated) -> None:
    first = report(cast, HIRED)
    again = report(cast, {}, version=first.version, by=cast.principal_a, note="上次报错了")
    assert (again.pk, again.changes, again.version) == (first.pk, {}, 2)
    with pytest.raises(Conflict, match="别人报过"):
        report(cast, HIRED, version=first.version)
    trail = AuditEvent.objects.filter(action="monthly.report").order_by("pk")
    assert [event.after["changes"] for event in trail] == [first.changes, {}]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"multimedia_rooms": (0, 900)}, "减少的比现有的多"),
        ({"teachers_primary": (1, 0)}, "专任教师"),
        ({"backbone_teachers_primary": (300, 0)}, "骨干教师"),
        ({"teachers_junior": (1, 0)}, "不是本校要报的项目"),
        ({"no_such": (1, 0)}, "不是本校要报的项目"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_stored(cast, evaluated, changes, words) -> None:
    with pytest.raises(Invalid) as refused:
        report(cast, changes)
    assert words in "".join(refused.value.lines)
    assert not MonthlyUpdate.objects.exists()


@pytest.mark.parametrize("note", ["身份证 110101199003074936", "字" * 301])
def test_a_note_that_may_not_be_stored_is_refused(cast, evaluated, note) -> None:
    with pytest.raises(Invalid):
        report(cast, HIRED, note=note)
    assert not MonthlyUpdate.objects.exists()


def test_the_same_report_again_is_the_same_report(cast, evaluated) -> None:
    assert report(cast, HIRED).version == report(cast, HIRED).version == 1
    assert AuditEvent.objects.filter(action="monthly.report").count() == 1


def test_a_round_of_a_day_to_come_is_no_base_yet(cast, evaluated) -> None:
    newer = approve_again(cast, evaluated, multimedia_rooms=1)
    Round.objects.filter(pk=newer.round_id).update(school_year_start=queries.this_month() + dt.timedelta(days=400))
    assert pages.district(cast.district).evaluation.pk != newer.pk
    assert report(cast, HIRED).version == 1
    assert pages.school(cast.school_a).evaluation.pk != newer.pk


def test_pupils_move_without_their_classes(cast, evaluated) -> None:
    report(cast, {"pupils_primary": (0, 7)})
    assert queries.snapshot(evaluated, queries.reported(cast.district)).parts != queries.snapshot(evaluated, []).parts


def test_a_later_month_rests_on_an_earlier_one(cast, evaluated) -> None:
    rooms = case_of(evaluated).data.schools[0].given["multimedia_rooms"].value
    last = before(queries.this_month())
    earlier = report(cast, {"multimedia_rooms": (2, 0)}, last)
    report(cast, {"multimedia_rooms": (0, rooms + 2)})
    with pytest.raises(Invalid, match="不能保存"):
        report(cast, {"multimedia_rooms": (1, 0)}, last, version=earlier.version)


def test_only_months_since_the_round_are_reported(cast, evaluated) -> None:
    first = evaluated.round.school_year_start.replace(day=1)
    report(cast, {}, first)
    nextmonth = (queries.this_month() + dt.timedelta(days=32)).replace(day=1)
    for month in (before(first), nextmonth, first.replace(day=2)):
        with pytest.raises(Invalid, match="只能报"):
            report(cast, {}, month)


def test_nothing_is_reported_before_anything_is_evaluated(cast, sign_in) -> None:
    with pytest.raises(Invalid, match="只能报"):
        report(cast, {})
    for person, address in ((cast.admin, "/planning/monthly/"), (cast.reporter_a, url(cast))):
        assert "还" in sign_in(person).get(address).content.decode()


def test_only_the_school_and_the_bureau_report(cast, evaluated) -> None:
    for person in (cast.leader, cast.reporter_b, cast.foreign_admin, cast.inspector_a):
        with pytest.raises((NotAllowed, NotFound)):
            report(cast, {}, by=person)
    report(cast, {}, by=cast.admin)


def test_a_figure_left_blank_has_no_change(cast, evaluated, sign_in) -> None:
    approve_again(cast, evaluated, trained_teachers_primary=None)
    with pytest.raises(Invalid) as refused:
        report(cast, {"trained_teachers_primary": (1, 0)})
    assert "没有填报这一项" in str(refused.value.problems[0])
    page = sign_in(cast.reporter_a).get(url(cast)).context["form"]
    assert page.fields["plus-trained_teachers_primary"].disabled
    assert not page.fields["plus-multimedia_rooms"].disabled


def approve_again(cast, evaluated: Evaluation, **given: Any) -> Evaluation:
    """Other figures of 甲 in another round of the same year, evaluated."""
    round_ = evaluated.round
    round_.pk, round_.code, round_.name = None, "2026-2", "再评"
    round_.save()
    hand_in(round_, cast.school_a, complete(round_, "小学", **given))
    hand_in(round_, cast.school_b, complete(round_, "初级中学"))
    call_command("evaluate", "2026-2", "--format", "json", stdout=StringIO())
    return Evaluation.objects.latest("pk")


def test_an_incomplete_evaluation_is_no_base_while_there_is_a_complete_one(cast, evaluated) -> None:
    round_ = Round.objects.get()
    round_.pk, round_.code = None, "2026-2"
    round_.save()
    hand_in(round_, cast.school_b, complete(round_, "初级中学"))
    call_command("evaluate", "2026-2", "--format", "json", stdout=StringIO())
    assert [one.complete for one in Evaluation.objects.order_by("pk")] == [True, False]
    assert queries.evaluations(cast.district) == [evaluated]
    report(cast, HIRED)


def test_reports_that_contradict_figures_approved_later_are_named_and_left_out(cast, evaluated, sign_in) -> None:
    report(cast, {"multimedia_rooms": (0, 3)})
    newer = approve_again(cast, evaluated, multimedia_rooms=1)
    found = pages.district(cast.district)
    assert found.unfit == (cast.school_a.name,)
    assert queries.snapshot(newer, queries.reported(cast.district)) == queries.snapshot(newer, [])
    assert "对不上" in sign_in(cast.reporter_a).get(url(cast)).content.decode()


def test_months_before_the_first_evaluation_are_no_decline(cast, evaluated) -> None:
    report(cast, HIRED)
    line = queries.line(queries.evaluations(cast.district), queries.reported(cast.district))
    first = queries.first_month(evaluated)
    assert [one.month for one in line if one.snapshot] == [month for month in queries.months() if month >= first]
    assert line[-1].snapshot != line[-2].snapshot
    shown = pages.school(cast.school_a).stages[0][2][0]
    assert ("—" in dict(shown.months).values()) is (queries.months()[0] < first)


def test_months_are_drawn_in_per_cent_of_the_limit_and_said_as_printed() -> None:
    months, values = queries.months(), [None] * 10 + [Fraction(9, 40), Fraction(1, 4)]
    snapshots = [value and MonthlySnapshot({("primary", "A1"): (value, True)}, {}, {}) for value in values]
    points = [MonthPoint(*one) for one in zip(months, snapshots, strict=True)]
    read = methodcaller("coefficient", "primary", "A1")
    line = pages._line("A1", Fraction(1, 2), points, points[-2].snapshot, read, 3)
    assert line.figure == BeforeAfter("A1", "0.225", "0.250", "0.5")
    drawn = pages.curves("小学", "限值", [line])
    plot = json.loads(drawn.plot)
    assert plot["series"][0]["values"] == [None] * 10 + ["45", "50"]
    assert plot["limit"] == {"name": "限值", "value": "100"}
    assert drawn.figures[-2:] == [(f"{months[-2]:%Y-%m}", "A1 0.225"), (f"{months[-1]:%Y-%m}", "A1 0.250")]
    assert pages.curves("小学", "限值", []) is None


def test_months_cross_the_year(monkeypatch) -> None:
    monkeypatch.setattr(queries, "this_month", lambda: dt.date(2027, 2, 1))
    months = queries.months()
    assert (months[0], months[-1], len(months)) == (dt.date(2026, 3, 1), dt.date(2027, 2, 1), 12)


def url(cast) -> str:
    return reverse("monthly:school", args=[cast.school_a.code])


def sent(version: int = 0, **changes: str) -> dict[str, str]:
    month = queries.this_month().isoformat()
    return {"month": month, "version": str(version), "note": "", "form_key": str(uuid4())} | changes


def test_the_page_reports_once_and_shows_it(cast, evaluated, sign_in) -> None:
    client = sign_in(cast.reporter_a)
    body = sent() | {"plus-teachers_primary": "１", "plus-teachers_bachelor_primary": "1", "minus-pupils_primary": "2"}
    assert client.post(url(cast), body).status_code == 302
    assert client.post(url(cast), body).status_code == 302
    assert MonthlyUpdate.objects.get().version == 1
    page = client.get(url(cast)).content.decode()
    assert "小学专任教师数增加 1 人" in page
    assert "小学在校生数减少 2 人" in page
    bureau = sign_in(cast.admin).get("/planning/monthly/")
    assert [one.said for one in bureau.context["found"].schools] == ["3 项变化", "未报"]


def test_no_change_is_a_report(cast, evaluated, sign_in) -> None:
    assert sign_in(cast.reporter_a).post(url(cast), sent()).status_code == 302
    found = pages.district(cast.district)
    assert [one.said for one in found.schools] == ["无变化", "未报"]
    assert found.reported == 1


@pytest.mark.parametrize("typed", ["-1", "1.5", "x", "9" * 40, "9" * 5000, "1e400", "NaN"])
def test_nonsense_stays_in_its_box(cast, evaluated, sign_in, typed) -> None:
    page = sign_in(cast.reporter_a).post(url(cast), sent() | {"plus-multimedia_rooms": typed})
    assert page.status_code == 400
    assert page.context["form"]["plus-multimedia_rooms"].value() == typed
    assert not MonthlyUpdate.objects.exists()


def test_a_refused_report_keeps_what_was_typed(cast, evaluated, sign_in) -> None:
    page = sign_in(cast.reporter_a).post(url(cast), sent() | {"minus-multimedia_rooms": "900"})
    assert page.status_code == 400
    assert 'value="900"' in page.content.decode()
    assert "减少的比现有的多" in page.content.decode()


def test_the_form_begins_with_what_the_month_began_with(cast, evaluated, sign_in) -> None:
    rooms = case_of(evaluated).data.schools[0].given["multimedia_rooms"].value
    report(cast, {"multimedia_rooms": (4, 0)}, before(queries.this_month()))
    report(cast, {"multimedia_rooms": (0, 1)})
    form = sign_in(cast.reporter_a).get(url(cast)).context["form"]
    row = next(row for row in form.rows() if row.item.code == "multimedia_rooms")
    assert (row.before, row.plus.value(), row.minus.value()) == (rooms + 4, "", "1")


def test_who_only_reads_has_no_form(cast, evaluated, sign_in) -> None:
    assert sign_in(cast.leader).get(url(cast)).context["form"] is None


def test_the_workbook_holds_every_report(cast, evaluated, sign_in) -> None:
    report(cast, HIRED, note="公开招聘")
    answer = sign_in(cast.leader).get(reverse("monthly:export"))
    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    assert book.sheet_names == ["差异系数", "学校", "报送记录"]
    rows = book.get_sheet_by_name("报送记录").to_python()
    assert [[*row[2:5], row[6]] for row in rows[1:]] == [
        ["小学专任教师数", 1.0, 0.0, "公开招聘"],
        ["小学本科学历专任教师", 1.0, 0.0, "公开招聘"],
    ]
    *_, spread = book.get_sheet_by_name("差异系数").to_python()
    assert spread[1:5] == ["A7 多媒体教室", 0.45, "—", "—"]
    assert AuditEvent.objects.filter(action="monthly.export").count() == 1


def test_queries_do_not_grow_with_schools_and_months(cast, evaluated, sign_in, django_assert_max_num_queries) -> None:
    month = queries.this_month()
    report(cast, HIRED, month)
    report(cast, {"multimedia_rooms": (1, 0)}, before(month))
    for person, address in ((cast.leader, "/planning/monthly/"), (cast.reporter_a, url(cast))):
        client = sign_in(person)
        client.get(address)
        cache.clear()
        with django_assert_max_num_queries(14):
            client.get(address)
