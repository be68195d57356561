"""A round is judged with the register and the relaxations of its own day, whatever the register says today."""

import datetime as dt
import zipfile
from dataclasses import replace
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from indicators.collection.relaxations.models import Relaxation
from indicators.collection.rounds import actions as rounds, queries as round_queries
from indicators.collection.state_statistics import actions as statistics, work as statistics_work
from indicators.collection.submissions.models import Round
from indicators.results.evaluations import actions, change_queries as changes, judging, queries
from indicators.results.evaluations.models import Evaluation
from inspections.rectification.models import Finding
from inspections.reports import actions as reports
from inspections.visits.models import Visit
from schools.directory import actions as directory, queries as register
from schools.directory.facts import SchoolFacts
from schools.directory.models import School
from tests.cast import Cast, grant
from tests.indicators.collection.relaxations.making import SIZE, approved, lapsed
from tests.indicators.collection.state_statistics import books
from tests.indicators.district import figures, hand_in, open_round
from tests.inspections import making
from tests.schools.register import end
from tests.shared import shared

REFERENCE = dt.date(2025, 9, 1)
LATER = dt.date(2026, 10, 8)


@shared
def last_year(cast: Cast) -> Round:
    round_ = open_round(cast.district, "2025")
    hand_in(round_, cast.school_a, figures())
    hand_in(round_, cast.school_b, figures("初级中学"))
    hand_in(round_, None, {"townships": 5})
    return round_


def judged(round_: Round, cast: Cast) -> Evaluation:
    round_ = queries.round_to_judge(round_.pk)
    return actions.record(judged=judging.judge(round_, judging.read(round_), round_.opened_at), by=cast.admin)


def change(cast: Cast, school: School, valid_from: dt.date = LATER, **facts: Any) -> School:
    school.refresh_from_db()
    if "status" in facts:
        return end(school, valid_from, cast.admin, School.objects.filter(code=facts.get("successor", "")).first())
    return directory.edit_school(
        school_id=school.pk,
        version=school.version,
        facts=replace(SchoolFacts.of(school), **facts),
        valid_from=valid_from,
        by=cast.admin,
    )


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "停办"},
        {"status": "停办", "successor": "4102020002"},
        {"area": "乡村"},
        {"kind": "教学点"},
        {"sponsor": 10},
        {"boarding": True},
        {"name": "青禾小学"},
        {"district": "410203"},
    ],
    ids=str,
)
def test_what_changes_today_changes_no_earlier_year(cast: Cast, last_year: Round, facts: dict[str, Any]) -> None:
    grant(cast.admin, "admin", district=cast.other_district)
    before = judged(last_year, cast)
    change(cast, cast.school_a, **facts)
    assert not changes.staleness(before)
    assert judged(last_year, cast).pk == before.pk
    this_year = open_round(cast.district, "2026", school_year_start=LATER)
    now = judging.schools(judging.of_round(this_year).sources)
    assert now.get("4102020001") != judging.schools(before.inputs)["4102020001"]


def test_a_change_that_held_on_the_day_counts_whenever_it_was_recorded(cast: Cast, last_year: Round) -> None:
    before = judged(last_year, cast)
    change(cast, cast.school_a, REFERENCE, area="乡村")
    assert changes.staleness(before).respondents == ("4102020001",)
    assert judging.schools(judged(last_year, cast).inputs)["4102020001"]["register"][2] == "乡村"


def test_of_two_changes_each_year_has_its_own(cast: Cast) -> None:
    change(cast, cast.school_a, dt.date(2024, 10, 1), area="镇区", name="甲中心小学")
    change(cast, cast.school_a, dt.date(2025, 10, 1), area="乡村")
    # The earlier past is corrected last: from then on it holds, until and with today.
    change(cast, cast.school_a, dt.date(2024, 12, 1), name="甲中心校")
    for day, stated in (
        (dt.date(2024, 9, 30), ("城区", "甲小学")),
        (dt.date(2024, 10, 1), ("镇区", "甲中心小学")),
        (dt.date(2025, 9, 30), ("镇区", "甲中心校")),
        (dt.date(2025, 10, 1), ("乡村", "甲中心校")),
    ):
        school = next(s for s in register.of_district(cast.district, day) if s.code == "4102020001")
        assert (school.area, school.name) == stated, day


@pytest.mark.parametrize(
    ("facts", "is_in"),
    [
        ({"opened_on": dt.date(2025, 9, 1)}, True),
        ({"opened_on": dt.date(2025, 9, 2)}, False),
        ({"built_year": 2025}, True),
        ({"built_year": 2026}, False),
        ({}, False),
    ],
    ids=str,
)
def test_a_school_founded_later_is_not_in(cast: Cast, last_year: Round, facts: dict[str, Any], is_in: bool) -> None:
    before = judged(last_year, cast)
    new = replace(SchoolFacts.of(cast.school_a), name="丁小学", **{"built_year": None, "opened_on": None, **facts})
    directory.create_school(code="4102020009", facts=new, by=cast.admin)
    assert bool(changes.staleness(before)) is is_in
    assert ("丁小学" in round_queries.newcomers(last_year)) is is_in


def test_a_school_closed_after_the_day_is_still_asked(cast: Cast) -> None:
    round_ = open_round(cast.district, "2025")
    rounds.add_respondents(round_id=round_.pk, by=cast.admin)
    change(cast, cast.school_a, LATER, status="停办")
    assert "甲小学" in [row.respondent for row in round_queries.not_handed_in(round_)]
    change(cast, cast.school_b, REFERENCE, status="停办")
    assert "乙初级中学" not in [row.respondent for row in round_queries.not_handed_in(round_)]


def test_relaxations_count_that_were_in_force_on_the_day(cast: Cast, last_year: Round) -> None:
    before = judged(last_year, cast)
    granted = approved(cast)
    assert not changes.staleness(before)
    assert "relaxed" not in judged(last_year, cast).result
    lapsed(granted, until=dt.date(2026, 3, 1))
    again = judged(last_year, cast)
    assert changes.staleness(before).respondents == ("4102020001",)
    assert [grant.code for grant in judging.grants(again.inputs)] == [SIZE]


def test_a_stored_evaluation_replays_from_its_own_facts_after_the_register_changed(
    cast: Cast, last_year: Round
) -> None:
    before = judged(last_year, cast)
    change(cast, cast.school_a, REFERENCE, kind="教学点", name="甲教学点")
    assert judging.verify(before).differences == ()


def closed(round_: Round, cast: Cast) -> Round:
    return rounds.close(round_id=round_.pk, reason="填报结束", by=cast.admin)


def test_judging_a_closed_round_again_names_what_would_change_and_asks_a_reason(
    cast: Cast, last_year: Round, client: Any
) -> None:
    grant(cast.admin, "admin", district=cast.other_district)
    judged(last_year, cast)
    closed(last_year, cast)
    client.force_login(cast.admin)
    asked = {"round": last_year.pk}
    assert client.post("/evaluations/start", asked).status_code == 302, "unchanged figures need no reason"

    change(cast, cast.school_a, REFERENCE, area="乡村")
    directory.create_school(
        code="4102020009", facts=replace(SchoolFacts.of(cast.school_a), name="丁小学", built_year=1990), by=cast.admin
    )
    change(cast, cast.school_b, REFERENCE, district="410203")
    lapsed(approved(cast), until=dt.date(2026, 3, 1))
    page = client.post("/evaluations/start", asked)
    assert page.status_code == 200
    text = page.content.decode()
    for words in ("城乡类型由“城区”改为“乡村”", "上次评估没有，现在计入", "上次评估计入，现在不再计入", "现在适用"):
        assert words in text, words
    assert client.post("/evaluations/start", {**asked, "reason": " "}).status_code == 400
    assert client.post("/evaluations/start", {**asked, "reason": "更正名录"}).status_code == 302

    again = actions.record(
        judged=judging.judge(last_year, reading_of(last_year), last_year.opened_at), by=cast.admin, reason="更正名录"
    )
    assert again.reason == "更正名录"


def reading_of(round_: Round) -> judging.Inputs:
    round_.refresh_from_db()
    return judging.of_round(round_)


def test_the_command_names_the_changes_too(cast: Cast, last_year: Round) -> None:
    judged(last_year, cast)
    closed(last_year, cast)
    change(cast, cast.school_a, REFERENCE, area="乡村")
    with pytest.raises(CommandError, match="城乡类型由“城区”改为“乡村”"):
        call_command("evaluate", "2025")
    call_command("evaluate", "2025", reason="更正名录", stdout=StringIO())
    assert Evaluation.objects.latest("pk").reason == "更正名录"


@shared
def past_year(cast: Cast, last_year: Round) -> dict[str, Any]:
    """One of everything of 2025 at 甲小学, which has another name and kind today."""
    hand_in(last_year, cast.school_a, figures(multimedia_rooms=10))
    evaluation = judged(last_year, cast)
    gap = making.dispatched(cast)
    Finding.objects.update(created_at=last_year.opened_at)
    visit, relaxation = making.planned(cast), approved(cast)
    Visit.objects.update(planned_on=REFERENCE)
    Relaxation.objects.update(valid_from=REFERENCE)
    statistics.import_statistics(
        round_id=last_year.pk,
        name="统计.xlsx",
        by=cast.admin,
        data=books.book(a=books.pupils([books.A, "甲小学", 600], title="教基3112 2025年")),
    )
    report = reports.compile_report(
        district=cast.district, school=cast.school_a, starts_on=REFERENCE, ends_on=dt.date(2026, 9, 30), by=cast.admin
    )
    change(cast, cast.school_a, name="青禾小学", kind="教学点")
    submission = last_year.submissions.get(school=cast.school_a)
    return {
        "e": evaluation.pk,
        "r": last_year.pk,
        "s": submission.pk,
        "f": gap.pk,
        "v": visit.pk,
        "x": relaxation.pk,
        "p": report.pk,
        "standard": last_year.standard_id,
    }


def test_pages_of_a_past_round_show_the_name_of_then_and_the_one_of_now(
    cast: Cast, past_year: dict[str, Any], client: Any
) -> None:
    client.force_login(cast.admin)
    addresses = [
        "/board/?evaluation={e}",
        "/board/coefficients/?evaluation={e}",
        "/board/conditions/?evaluation={e}",
        "/board/schools/",
        "/board/schools/4102020001/?evaluation={e}",
        "/board/forms/?evaluation={e}",
        "/board/forms/schools/4102020001/?evaluation={e}",
        "/rounds/{r}/",
        "/submissions/{s}/",
        "/reviews/{s}/",
        "/statistics/?round={r}",
        "/findings/",
        "/findings/{f}/",
        "/findings/evaluations/{e}/",
        "/visits/",
        "/visits/{v}/",
        "/relaxations/",
        "/relaxations/{x}/",
        "/reports/",
        "/reports/{p}/",
        "/adoption/compare/?old={standard}&new={standard}&round={r}",
        "/explanations/{e}/",
        "/explanations/{e}/stages/primary/",
        "/explanations/{e}/stages/primary/A1/",
        "/explanations/{e}/indicators/B5/",
        "/explanations/{e}/indicators/B5/4102020001/",
        "/explanations/{e}/vetoes/E1/",
        "/explanations/{e}/schools/4102020001/primary/",
        "/explanations/{e}/schools/4102020001/primary/A1/",
    ]
    files = [
        "/board/export?evaluation={e}",
        "/board/forms/export?evaluation={e}",
        "/statistics/export.xlsx?round={r}",
        "/findings/export/",
    ]
    silent = []
    for address in [*addresses, *files]:
        answer = client.get(address.format(**past_year), follow=True)
        assert answer.status_code == 200, address
        text = answer.content.decode() if address in addresses else words_of(answer.content)
        if "甲小学" not in text or "现名青禾小学，现为教学点" not in text:
            silent.append(address)
    assert silent == []


def test_statistics_of_a_past_round_are_read_for_the_school_of_then(cast: Cast, last_year: Round) -> None:
    change(cast, cast.school_a, name="青禾中学", kind="初级中学")
    outcome = statistics.import_statistics(
        round_id=last_year.pk,
        name="统计.xlsx",
        by=cast.admin,
        dry_run=True,
        data=books.book(a=books.pupils([books.A, "青禾中学", 600], title="教基3112 2025年")),
    )
    shown = statistics_work.preview(outcome)
    assert shown["figures"][0]["school"] == "甲小学（现名青禾中学，现为初级中学）"
    assert not any("附设班" in note for note in shown["notes"]), "a primary school has primary pupils"


def words_of(book: bytes) -> str:
    """The texts of a workbook."""
    return zipfile.ZipFile(BytesIO(book)).read("xl/sharedStrings.xml").decode()


def test_a_school_that_moved_finds_its_earlier_results_and_so_does_its_old_district(
    cast: Cast, last_year: Round, client: Any
) -> None:
    grant(cast.admin, "admin", district=cast.other_district)
    evaluation = judged(last_year, cast)
    change(cast, cast.school_a, district="410203")
    cast.admin.memberships.filter(district=cast.other_district).delete()
    theirs = open_round(cast.other_district, "2026", school_year_start=LATER)
    now = judged(theirs, cast)
    page = "/board/schools/4102020001/"
    for who in ("principal_a", "admin", "leader", "foreign_admin"):
        client.force_login(getattr(cast, who))
        for address in (
            f"{page}?evaluation={evaluation.pk}",
            f"/board/forms/schools/4102020001/?evaluation={evaluation.pk}",
            f"/explanations/{evaluation.pk}/schools/4102020001/primary/",
            f"/explanations/{evaluation.pk}/schools/4102020001/primary/?format=json",
            f"/explanations/{evaluation.pk}/indicators/B9/4102020001/?format=json",
        ):
            assert client.get(address).status_code == 200, (who, address)
        named = client.post(address, {"purpose": "送市教育局存档"}).status_code  # of the last, the download
        assert named == (403 if who == "leader" else 200), who
    for who, status in (("admin", 404), ("principal_a", 200), ("reporter_b", 404)):
        client.force_login(getattr(cast, who))
        assert client.get(f"{page}?evaluation={now.pk}").status_code == status, who
    client.force_login(cast.principal_a)
    assert "甲小学" in client.get(page).content.decode()
