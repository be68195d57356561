"""Over-claiming by indicator and by school: counted within reach, with the median difference, as a page and a file."""

import io
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from inspections.claims import queries
from inspections.claims.models import CheckedFigure
from portal.core.audit.models import AuditEvent
from tests.cast import make_school
from tests.inspections import making
from tests.shared import shared

pytestmark = pytest.mark.django_db
PAGE = reverse("claims:statistics")


def check(cast, school, revision, rows, **more) -> None:
    """A finished visit with figures (indicator, claimed, found, direction)."""
    by = {"created_by": cast.admin, "updated_by": cast.admin}
    visit = making.planned(cast)
    visit.school = school
    visit.finished_at = visit.created_at
    visit.state = visit.State.DONE
    visit.save()
    for number, (indicator, claimed, found, direction) in enumerate(rows):
        CheckedFigure.objects.create(
            visit=visit,
            revision=revision,
            question=f"q{number}",
            code=f"c{number}",
            indicator=indicator,
            claimed=claimed,
            found=found,
            direction=direction,
            tolerance="0",
            **by,
            **more,
        )


@shared
def revision(cast):
    round_ = making.make_round(cast.district, cast.admin)
    return making.approved_revision(round_, cast.school_a, {}, cast.admin)


@shared
def checks(cast, revision):
    """甲: A7 over by 10 % and 30 %, A4 agreeing, one 不适用; 乙: A7 under by 50 %."""
    rows = [
        ("A7", Decimal(20), Decimal(18), "over"),
        ("A7", Decimal(10), Decimal(7), "over"),
        ("A4", Decimal(100), Decimal(100), "same"),
        ("A4", Decimal(5), None, "over"),
    ]
    check(cast, cast.school_a, revision, rows)
    check(
        cast,
        cast.school_b,
        revision,
        [("A7", Decimal(2), Decimal(3), "under"), ("A6", Decimal(0), Decimal(1), "under")],
    )


def counted(tallies) -> dict:
    return {one.of: (one.checked, one.different, one.over, one.median) for one in tallies}


def test_figures_are_counted_by_indicator_and_by_school(cast, checks) -> None:
    found = queries.statistics(queries.seen_by(cast.admin), queries.spec(cast.admin))
    assert counted(found.indicators) == {
        "A7": (3, 3, 2, Fraction(-10)),
        "A4": (2, 1, 1, None),
        "A6": (1, 1, 0, None),
    }
    assert counted(found.schools) == {
        cast.school_a.code: (4, 3, 2 + 1, Fraction(-20)),
        cast.school_b.code: (2, 2, 0, Fraction(50)),
    }
    assert (found.total.checked, found.total.different, found.total.over) == (6, 5, 3)
    assert [one.of for one in found.indicators] == ["A7", "A4", "A6"]


def test_classes_claimed_smaller_count_as_claimed_better(cast, revision) -> None:
    rows = [("B5", Decimal(40), Decimal(50), "under"), ("B5", Decimal(50), Decimal(40), "over")]
    check(cast, cast.school_a, revision, rows, less_is_better=True)
    found = queries.statistics(queries.seen_by(cast.admin), queries.spec(cast.admin))
    assert counted(found.indicators) == {"B5": (2, 2, 1, Fraction(-5, 2))}


def test_the_schools_and_indicators_claimed_better_are_listed_together(cast, checks) -> None:
    found = queries.statistics(queries.seen_by(cast.admin), queries.spec(cast.admin))
    assert [(one.of, one.over) for one in found.pairs] == [("A7", 2), ("A4", 1)]
    assert all(cast.school_a.name in one.label for one in found.pairs)


def test_each_sees_the_schools_within_reach(cast, checks, sign_in) -> None:
    for user, schools in (
        (cast.admin, {cast.school_a.code, cast.school_b.code}),
        (cast.reporter_b, {cast.school_b.code}),
        (cast.reporter_a, {cast.school_a.code}),
        (cast.foreign_admin, set()),
    ):
        assert {one.of for one in sign_in(user).get(PAGE).context["found"].schools} == schools


def test_filters_narrow_the_page_and_the_file(cast, checks, sign_in) -> None:
    client = sign_in(cast.admin)
    found = client.get(PAGE, {"indicator": "a7", "school": "乙"}).context["found"]
    assert (found.total.checked, len(found.schools)) == (1, 1)
    assert client.get(PAGE, {"since": making.today(1).isoformat()}).context["found"].total.checked == 0
    assert client.get(PAGE, {"until": "x"}).status_code == 200
    sent = client.get(reverse("claims:export"), {"indicator": "A7"})
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(sent.content)).get_sheet_by_name("按指标")
    assert [row[2:6] for row in sheet.to_python() if row[0] == "A7"] == [[3, 3, 2, -10]]
    event = AuditEvent.objects.get(action="claims.export")
    assert (event.after["figures"], "sha256" in event.after) == (3, True)


def test_the_page_takes_as_many_queries_for_many_schools(cast, checks, revision, sign_in) -> None:
    client = sign_in(cast.admin)
    counts = []
    client.get(PAGE)
    for number in range(2):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(PAGE).status_code == 200
        counts.append(len(seen))
        if not number:
            for more in range(5):
                school = make_school(f"41020290{more:02}", f"第{more}小学", cast.district)
                check(cast, school, revision, [("A7", Decimal(20), Decimal(18), "over")])
    assert counts[0] == counts[1]
