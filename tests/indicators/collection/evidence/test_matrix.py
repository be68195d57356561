"""Schools of a round by required proof: who sees it, what is counted, what leaves as a workbook."""

import pytest
from django.urls import reverse

from indicators.collection.evidence import queries
from indicators.collection.evidence.queries import Cover
from indicators.collection.rounds import queries as rounds
from indicators.collection.submissions import queries as submissions
from portal.core.audit.models import AuditEvent
from portal.core.spreadsheets import read
from tests.attacks import corpus
from tests.indicators.collection.submissions.conftest import make_round, make_submission
from tests.indicators.collection.submissions.test_evidence import attach
from tests.shared import shared

pytestmark = pytest.mark.django_db


@shared
def proven(cast, complete, round_):
    """甲小学 proves two items: one with a file of last year, one with a file 乙初级中学 uses, too."""
    before = make_submission(make_round(cast.district, "2025"), school=cast.school_a)
    attach(before, cast.reporter_a, item="teachers")
    attach(complete, cast.reporter_a, item="teachers", caption="名册")
    other = make_submission(round_, school=cast.school_b)
    for row, who in ((complete, cast.reporter_a), (other, cast.reporter_b)):
        attach(row, who, item="class_list", name="名册.png", content=corpus.image("PNG", size=(41, 31)))
    attach(complete, cast.reporter_a, item="", name="未归项.png", content=corpus.image("PNG", size=(42, 31)))
    return complete


def matrix(user, round_):
    return queries.matrix(round_, submissions.as_then(rounds.submissions(user, round_)))


def test_each_school_has_its_slots_with_their_state(cast, proven, round_) -> None:
    found = matrix(cast.admin, round_)
    covers = {row.submission.school.name: row.covers for row in found.rows}
    own = covers["甲小学"]
    assert (own["teachers"], own["class_list"]) == (Cover.STALE, Cover.SAME)
    assert set(own.values()) == {Cover.STALE, Cover.SAME, Cover.LACKING}
    assert covers["乙初级中学"]["class_list"] == Cover.SAME
    assert {item.base for item in found.slots} == {base for own in covers.values() for base in own}


def test_the_page_filters_pages_and_leads_to_a_school(cast, proven, round_, sign_in) -> None:
    client, address = sign_in(cast.leader), reverse("rounds:evidence", args=[round_.pk])
    page = client.get(address).content.decode()
    assert all(words in page for words in ("甲小学", "乙初级中学", "往年 1 重复 1 缺"))
    assert reverse("evidence:files", args=[proven.pk]) in page
    assert "乙初级中学" not in client.get(address, {"cover": "stale"}).content.decode()
    assert "没有符合条件的单位" in client.get(address, {"q": "没有"}).content.decode()
    assert (
        reverse("rounds:evidence", args=[round_.pk])
        in client.get(reverse("rounds:detail", args=[round_.pk])).content.decode()
    )


def test_the_workbook_says_what_the_page_says(cast, proven, round_, sign_in) -> None:
    answer = sign_in(cast.admin).get(reverse("rounds:export_evidence", args=[round_.pk]), {"kind": "小学"})
    text = str([grid.rows for grid in read.grids(answer.content)])
    assert all(words in text for words in ("甲小学", "往年", "重复", "班级名册"))
    assert "乙初级中学" not in text
    event = AuditEvent.objects.get(action="evidence.export_coverage")
    assert event.after["rows"] == 1
    assert "小学" in event.after["filter"]


def test_the_matrix_takes_a_fixed_number_of_queries(
    cast, proven, round_, sign_in, django_assert_max_num_queries
) -> None:
    client, address = sign_in(cast.admin), reverse("rounds:evidence", args=[round_.pk])
    client.get(address)
    with django_assert_max_num_queries(18):
        client.get(address)


@shared
def departments(cast, round_):
    """区财政局 answers 教师工资 and proves it with last year's file; the bureau has the rest to prove."""
    before = make_submission(make_round(cast.district, "2025"), department=cast.department)
    own, bureau = make_submission(round_, department=cast.department), make_submission(round_)
    for row in (before, own):
        attach(row, cast.liaison, item="teacher_wage", caption="财政决算")
    return own, bureau


def test_departments_and_the_bureau_have_their_own_slots(cast, departments, round_, sign_in) -> None:
    own, bureau = departments
    rows = submissions.as_then(rounds.submissions(cast.admin, round_))
    found = queries.matrix(round_, rows, is_school=False)
    covers = {row.submission.pk: row.covers for row in found.rows}
    assert covers[own.pk] == {"teacher_wage": Cover.STALE}
    assert "teacher_wage" not in covers[bureau.pk]
    assert set(covers[bureau.pk].values()) == {Cover.LACKING}
    client, address = sign_in(cast.admin), reverse("rounds:evidence", args=[round_.pk])
    page = client.get(address, {"of": "units"}).content.decode()
    assert f'{reverse("evidence:files", args=[own.pk])}">区财政局</a>' in page
    assert f'{reverse("evidence:files", args=[bureau.pk])}">龙亭区</a>' in page
    assert "区财政局" not in client.get(address).content.decode()
    answer = client.get(reverse("rounds:export_evidence", args=[round_.pk]), {"of": "units", "cover": "stale"})
    text = str([grid.rows for grid in read.grids(answer.content)])
    assert "区财政局" in text
    assert "龙亭区" not in text.replace("龙亭区教育", "")
    liaison = sign_in(cast.liaison)
    assert liaison.get(address).status_code == 403
    assert "往年" in liaison.get(reverse("evidence:files", args=[own.pk])).content.decode()
