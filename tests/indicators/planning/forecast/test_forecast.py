"""Forecasts of a stored district: the command, the job, the pages, and what is judged."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from indicators.planning.engine import OwnShare, outlook, remarks
from indicators.planning.forecast import actions, queries, work, workbook
from indicators.planning.forecast.models import Forecast
from indicators.results.evaluations import judging
from indicators.standard.engine import Value, evaluate
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from portal.core.spreadsheets.write import Sheet, SheetColumn, Workbook, render
from schools.directory.models import School, SchoolChange
from schools.registers import actions as registers
from tests.cast import make_school
from tests.indicators.district import figures, hand_in
from tests.indicators.planning.forecast.conftest import answer
from tests.schools.register import make_township

pytestmark = pytest.mark.django_db
BIRTHS = {2018: Decimal(120), 2019: Decimal(140), 2020: Decimal(160), 2021: Decimal(80)}


def births_book(rows: list[list[Any]], codes: tuple[str, ...] = ("year", "births")) -> bytes:
    """A workbook of births with headers in Chinese, codes, rows."""
    labels = {"year": "出生年度", "births": "出生人数", "township": "乡镇、街道"}
    columns = [SheetColumn() for _ in codes]
    sheet = Sheet("出生人口", columns, [[labels[code] for code in codes], list(codes)], rows)
    return render(Workbook("出生人口", "教育局", date(2026, 9, 1), [sheet]))


def asked(*more: str) -> dict[str, Any]:
    out = StringIO()
    call_command("forecast", "2026", "--district", "410202", "--to", "2030", "--format", "json", *more, stdout=out)
    return json.loads(out.getvalue())


def made(cast, rounds, **given: Any) -> Forecast:
    actions.start(**{"round_id": rounds[-1].pk, "to": 2030, "births": BIRTHS, "trend": False, "by": cast.admin} | given)
    while runner.run_one():
        pass
    return Forecast.objects.latest("pk")


def test_a_forecast_whose_worker_was_killed_stays_older_than_the_next(cast, rounds) -> None:
    asked_for = {"round_id": rounds[-1].pk, "to": 2030, "trend": False, "by": cast.admin}
    first, second = (actions.start(births=births, **asked_for) for births in (BIRTHS, {}))
    context = runner.claim(first.pk)
    assert context is not None
    work.run(context)
    # Killed here; another worker makes the second, and later looks for what was left.
    Job.objects.filter(pk=first.pk).update(lease_until=timezone.now())
    assert runner.run_one(second.pk)
    while runner.run_one():
        pass
    first, second = (Job.objects.get(pk=job.pk) for job in (first, second))
    assert [job.state for job in (first, second)] == [Job.State.DONE] * 2
    assert (first.done_steps, first.total_steps) == (2, 2)
    assert [one.pk for one in Forecast.objects.order_by("pk")] == [job.result["forecast"] for job in (first, second)]


def test_the_command_gives_every_year_in_three_scenarios(rounds) -> None:
    found = asked()
    assert list(found) == ["base", "years", "backtest"]
    assert [(y["year"], y["scenario"]) for y in found["years"]] == [
        (year, one) for year in range(2027, 2031) for one in ("low", "mid", "high")
    ]
    first = found["years"][1]
    own = {(row["school_code"], row["stage"]): row for row in first["schools"]}
    primary = own["4102020001", "primary"]
    assert list(primary["grades"]) == list("123456")
    assert sum(map(Decimal, primary["grades"].values())) == Decimal(primary["pupils"])
    assert list(own["4102020002", "junior"]["grades"]) == list("123")
    assert found["base"]["known_years"] == [2024, 2025, 2026]
    assert found["backtest"]["year"] == 2026


def test_the_same_input_gives_the_same_bytes(rounds) -> None:
    assert json.dumps(asked()) == json.dumps(asked())


def test_births_of_a_workbook_lead_the_intake(rounds, tmp_path: Path) -> None:
    path = tmp_path / "births.xlsx"
    rows = [[year, int(n) // 2, town] for year, n in BIRTHS.items() for town in ("北郊乡", "柳园口乡")]
    path.write_bytes(births_book(rows, ("year", "births", "township")))
    found = asked("--births", str(path))
    assert found["base"]["births"] == {str(year): str(count) for year, count in BIRTHS.items()}
    # 60, 70 and 80 entered of 120, 140 and 160 born: half of the 80 born by 2021.
    assert {y["totals"]["entrants"] for y in found["years"] if y["year"] == 2027} == {"40"}


@pytest.mark.parametrize(
    "rows", [[["二零二零", 5]], [[2020, -1]], [[2020, 1.5]], [[20, 5]], [[2020, 5], [2020, 6]], [[2020, None]]]
)
def test_a_faulty_workbook_of_births_is_refused_with_its_cell(rows) -> None:
    with pytest.raises(Invalid) as refused:
        workbook.births(births_book(rows))
    assert all("出生人口" in problem.where for problem in refused.value.problems)


@pytest.mark.parametrize("more", [["--to", "2026"], ["--to", "2099"], ["--births", "/nowhere.xlsx"]])
def test_the_command_refuses_in_chinese(rounds, more: list[str]) -> None:
    with pytest.raises(CommandError, match=r"[一-鿿]"):
        asked(*more)


def test_a_year_is_judged_as_the_district_edited_by_hand(rounds) -> None:
    found = queries.history(rounds[-1], BIRTHS, trend=False)
    spec, data = found.inputs.spec, found.inputs.data
    content = queries.make(found, rounds[-1], 2028)
    year = next(y for y in content["years"] if (y["year"], y["scenario"]) == (2028, "mid"))
    by_hand = []
    for school in data.schools:
        answers = dict(school.answers)
        for row in year["schools"]:
            if row["school_code"] == school.code:
                answers[f"pupils_{row['stage']}"] = Value(int(Decimal(row["pupils"]) + Decimal("0.5")))
        by_hand.append(type(school)(**{n: getattr(school, n) for n in school.__slots__} | {"answers": answers}))
    edited = type(data)(data.district_code, tuple(by_hand), data.answers, data.relaxations)
    assert outlook.coefficients(evaluate(spec, edited)) == year["coefficients"]


def test_a_threshold_that_is_missed_later_is_warned_of_once(cast, rounds) -> None:
    content = made(cast, rounds, births=BIRTHS | {2021: Decimal(400)}).content
    own = [
        (year["year"], one["kind"], one["code"])
        for year in content["years"]
        for one in year["warnings"]
        if year["scenario"] == "mid" and one["school_code"] == cast.school_a.code
    ]
    assert own
    assert len({(kind, code) for _, kind, code in own}) == len(own)
    assert [year for year, _, _ in own] == sorted(year for year, _, _ in own)
    judged = evaluate(*(lambda i: (i.spec, i.data))(judging.read(rounds[-1])))
    assert all(part.passes for part in judged.parts if part.school.code == cast.school_a.code)
    assert "seats" in {kind for _, kind, _ in own}


def test_an_earlier_year_with_a_blank_class_list_is_left_out(cast, rounds) -> None:
    hand_in(rounds[1], cast.school_b, figures("初级中学", 180))
    found = queries.history(rounds[-1], {}, trend=False)
    assert sorted(found.known.pupils) == [2024, 2026]
    assert any("2025" in note for note in found.notes)


def test_a_school_without_a_class_list_stays_as_it_is(cast, rounds) -> None:
    hand_in(rounds[-1], cast.school_b, figures("初级中学", 180))
    found = queries.history(rounds[-1], {}, trend=False)
    assert {school for school, _, _ in found.known.pupils[2026]} == {cast.school_a.code}
    content = queries.make(found, rounds[-1], 2027)
    assert any(cast.school_b.name in note for note in content["base"]["notes"])


def test_without_a_class_list_nothing_can_be_forecast(cast, rounds) -> None:
    for school in (cast.school_a, cast.school_b):
        hand_in(rounds[-1], school, figures(school.kind, 180))
    with pytest.raises(Invalid):
        queries.history(rounds[-1], {}, trend=False)


def test_a_school_registered_as_merged_later_ends_in_its_september(cast, rounds) -> None:
    gone = {"status": "停办", "closed_on": "2028-08-31", "changed_on": "2028-08-31", "successor": cast.school_a}
    School.objects.filter(pk=cast.school_b.pk).update(**gone)
    SchoolChange.objects.create(
        school=cast.school_b, valid_from="2028-08-31", facts={}, changed={"status": ["在办", "停办"]}, by=cast.admin
    )
    found = queries.history(rounds[-1], {}, trend=False)
    assert found.known.ends == {cast.school_b.code: (2028, cast.school_a.code)}


def test_a_school_merged_into_one_that_opened_since_goes_on(cast, rounds) -> None:
    new = make_school("4102020009", "新区小学", cast.district)
    gone = {"status": "停办", "closed_on": "2028-08-31", "changed_on": "2028-08-31", "successor": new}
    School.objects.filter(pk=cast.school_a.pk).update(**gone)
    SchoolChange.objects.create(
        school=cast.school_a, valid_from="2028-08-31", facts={}, changed={"status": ["在办", "停办"]}, by=cast.admin
    )
    found = queries.history(rounds[-1], {}, trend=False)
    assert found.known.ends == {}
    assert any(cast.school_a.name in note for note in found.notes)
    years = queries.make(found, rounds[-1], 2029)["years"]
    assert {row["school_code"] for row in years[-1]["schools"]} == {cast.school_a.code, cast.school_b.code}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["七年级", "八年级"], {1, 2}),
        (["初一", "初三"], {1, 3}),
        (["6", "9"], {1, 4}),
        (["1年级"], {1}),
        (["七年级（初一）"], {1}),
        (["六年级", "七年级"], {1, 2}),
        (["2026级", "2024级"], {1, 3}),
        (["新生"], None),
    ],
)
def test_grades_are_read_as_people_write_them(cast, rounds, texts, expected) -> None:
    data = judging.read(rounds[-1])
    school = next(s for s in data.data.schools if s.code == cast.school_b.code)
    rows = tuple({"stage": "初中", "grade": text, "number": "1", "pupils": 40} for text in texts)
    school = type(school)(
        **{n: getattr(school, n) for n in school.__slots__} | {"answers": {"class_list": Value(rows)}}
    )
    cells = queries.cells_of(data.spec, school, 2026)
    assert (cells and {grade for _, _, grade in cells}) == expected


def new_school(cast) -> School:
    """In the register, to open after the round."""
    return make_school("4102020077", "丙小学", cast.district, opened_on=date(2027, 9, 1))


def test_moved_boundaries_and_new_homes_are_written_line_by_line(cast, rounds, sign_in) -> None:
    new_school(cast)
    given = {
        "round": rounds[-1].pk,
        "to": "2030",
        "moved": f"2028 小学 {cast.school_a.name} 丙小学 50%\n",
        "homes": f"2029，小学，{cast.school_a.code}，400，0.3",
    }
    assert sign_in(cast.admin).post(reverse("forecast:start"), given).status_code == 302
    while runner.run_one():
        pass
    forecast = Forecast.objects.latest("pk")
    plain, base = made(cast, rounds, births={}), forecast.content["base"]
    assert base["homes"] == [{"year": 2029, "stage": "primary", "school": cast.school_a.code, "pupils": "120"}]
    assert any("50% 划到丙小学" in note for note in base["notes"])
    assert any("不判定指标：丙小学" in note for note in base["notes"])
    assert plain.content["base"]["moved"] == []

    def pupils(of: Forecast, year: int) -> dict[str, Decimal]:
        rows = next(one for one in of.content["years"] if (one["year"], one["scenario"]) == (year, "mid"))["schools"]
        return {row["school_code"]: Decimal(row["pupils"]) for row in rows if row["stage"] == "primary"}

    old, both = pupils(plain, 2028), pupils(forecast, 2028)
    assert sum(both.values()) == sum(old.values())
    assert both["4102020077"] > 0
    assert sum(pupils(forecast, 2029).values()) == sum(pupils(plain, 2029).values()) + 120
    page = sign_in(cast.leader).get(reverse("forecast:schools", args=[forecast.pk]), {"year": 2028})
    assert "丙小学" in page.text
    assert all("丙小学" not in warning["text"] for year in forecast.content["years"] for warning in year["warnings"])


@pytest.mark.parametrize(
    ("moved", "homes", "words"),
    [
        ("2026 小学 甲小学 乙初级中学 30", "", "年份应在 2027 至 2030"),
        ("2028 小学 甲小学 乙初级中学 30", "", "乙初级中学没有小学"),
        ("2028 小学 甲小学 没有的小学 30", "", "学校名录里没有"),
        ("2028 小学 甲小学 甲小学 30", "", "同一所学校"),
        ("2028 小学 甲小学 丙小学 130", "", "百分比应大于 0、不超过 100"),
        (f"{'9' * 1990} 小学 甲小学 丙小学 30", "", "年份应在 2027 至 2030"),
        (f"2028 小学 甲小学 丙小学 0.{'3' * 3900}", "", "百分比最多写 6 位小数"),
        ("2028 小学 甲小学 30", "", "有 4 项，应为 5 项"),
        ("", "2028 高中 甲小学 300 0.2", "学段应为小学或初中"),
        ("", "2028 小学 甲小学 三百 0.2", "户数应大于 0"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_what_was_typed_stays(
    cast, rounds, sign_in, moved: str, homes: str, words: str
) -> None:
    new_school(cast)
    given = {"round": rounds[-1].pk, "to": "2030", "moved": moved, "homes": homes}
    page = sign_in(cast.admin).post(reverse("forecast:start"), given)
    assert page.status_code == 400
    assert words in page.text
    assert (moved or homes) in page.text
    assert not Job.objects.filter(kind="forecast").exists()


def two_primaries(cast, rounds) -> School:
    """乙小学 takes a third of the intake."""
    other = make_school("4102020079", "乙小学", cast.district)
    for round_ in rounds:
        answer(round_, cast.school_a, "小学", [60] * 6)
        answer(round_, other, "小学", [30] * 6)
    return other


def intake_of(forecast: Forecast, code: str, year: int = 2027) -> Decimal:
    rows = next(one for one in forecast.content["years"] if (one["year"], one["scenario"]) == (year, "mid"))["schools"]
    return next(Decimal(row["grades"]["1"]) for row in rows if row["school_code"] == code)


def test_a_share_the_bureau_sets_stands_until_its_line_is_taken_out(cast, rounds, sign_in) -> None:
    other, url = two_primaries(cast, rounds), reverse("forecast:start")
    plain = made(cast, rounds, births={})
    line = "小学 乙小学 50 新教学楼启用, 多招 一个班"
    client = sign_in(cast.admin)
    assert client.post(url, {"round": rounds[-1].pk, "to": "2030", "shares": line}).status_code == 302
    while runner.run_one():
        pass
    own = Forecast.objects.latest("pk")
    assert (intake_of(plain, other.code), intake_of(own, other.code)) == (30, 45)
    assert own.content["backtest"] == plain.content["backtest"]
    reason = "新教学楼启用, 多招 一个班"
    stored = {"stage": "primary", "school": other.code, "share": "1/2", "reason": reason}
    assert own.content["base"]["shares"] == [stored]
    assert AuditEvent.objects.filter(action="forecast.start").latest("pk").after["shares"] == [stored]
    assert any(reason in note for note in own.content["base"]["notes"])

    page = client.get(reverse("forecast:detail", args=[own.pk]))
    [row] = page.context["own_shares"]
    assert (row.school, row.mean, row.share, row.reason) == ("乙小学", "33.3%", "50.0%", reason)
    assert cast.admin.name in page.text
    assert "局定，平均 33.3%" in client.get(reverse("forecast:schools", args=[own.pk])).text
    rows = {tuple(line[:5]) for line in sheet_of(own, "新生份额")}
    assert (other.code, "乙小学", "小学", Decimal("33.33"), Decimal(50)) in {
        (*row[:3], round(row[3], 2), row[4]) for row in rows
    }

    page = client.get(url)
    assert page.context["form"]["shares"].value() == line
    assert cast.admin.name in page.text
    assert client.post(url, {"round": rounds[-1].pk, "to": "2030", "shares": ""}).status_code == 302
    while runner.run_one():
        pass
    again = Forecast.objects.latest("pk")
    assert (again.pk > own.pk, again.content) == (True, plain.content)
    page = client.get(url)
    assert not page.context["form"]["shares"].value()
    assert "沿用" not in page.text


def test_ratios_the_bureau_sets_stand_next_to_the_observed(cast, rounds, sign_in) -> None:
    url, client = reverse("forecast:start"), sign_in(cast.admin)
    plain = made(cast, rounds)
    lines = "入学 0.4 0.6 0.75 新区入住\n小升初 0.9 0.95 1 部分外出\n小学2升3 1 1.05 1.1 转入"
    given = {"round": rounds[-1].pk, "to": "2030", "ratios": lines}
    given["births"] = "\n".join(f"{year} {count}" for year, count in BIRTHS.items())
    assert client.post(url, given).status_code == 302
    while runner.run_one():
        pass
    own = Forecast.objects.latest("pk")
    totals = {one["scenario"]: one["totals"] for one in own.content["years"] if one["year"] == 2027}
    assert [totals[name]["entrants"] for name in ("low", "mid", "high")] == ["32", "48", "60"]
    assert [totals[name]["junior_entrants"] for name in ("low", "mid", "high")] == ["54", "57", "60"]
    assert own.content["backtest"] == plain.content["backtest"]
    assert any("入学：低 0.4、中 0.6、高 0.75（新区入住）" in note for note in own.content["base"]["notes"])

    page = client.get(reverse("forecast:detail", args=[own.pk]))
    assert [(row.label, row.observed, row.own, row.reason) for row in page.context["ratios"]] == [
        ("入学", "0.500（0.500–0.500）", "0.600（0.400–0.750）", "新区入住"),
        ("小升初", "1.000（1.000–1.000）", "0.950（0.900–1.000）", "部分外出"),
        ("小学2升3", "1.000（1.000–1.000）", "1.050（1.000–1.100）", "转入"),
    ]
    assert "小学 2→3 年级：局定" in client.get(reverse("forecast:school", args=[cast.school_a.code])).text
    assert sheet_of(own, "比例")[0] == ["入学", *map(Decimal, ("0.5", "0.5", "0.5", "0.4", "0.6", "0.75")), "新区入住"]
    assert client.get(url).context["form"]["ratios"].value() == lines
    assert {row.own for row in client.get(reverse("forecast:detail", args=[plain.pk])).context["ratios"]} == {"—"}


@pytest.mark.parametrize(
    ("ratios", "words"),
    [
        ("入学 1.1 1 1.2 新区", "低、中、高应从小到大"),
        ("入学 1 1 1 新区\n入学 1 1 1.2 新区", "同一个比例写了两行"),
        ("入学 0.9 1 1.1 新区", "没有出生人口"),
        ("小升初 0.9 1 1.1", "有 4 项，应为 5 项"),
        ("小升初 0.9 1 98 外出", "比例应大于 0、不超过 5"),
        ("小升初 0.0000001 1 1 外出", "比例最多写 6 位小数"),
        ("小升初 0 1 1 外出", "比例应大于 0、不超过 5"),
        ("小学1升3 1 1 1 转入", "没有“小学1升3”这个比例"),
        ("高中1升2 1 1 1 转入", "没有“高中1升2”这个比例"),
    ],
)
def test_a_ratio_that_cannot_be_is_refused(cast, rounds, sign_in, ratios: str, words: str) -> None:
    given = {"round": rounds[-1].pk, "to": "2030", "ratios": ratios}
    page = sign_in(cast.admin).post(reverse("forecast:start"), given)
    assert page.status_code == 400
    assert words in page.text
    assert page.context["form"]["ratios"].value() == ratios
    assert not Job.objects.filter(kind="forecast").exists()


def test_a_ratio_of_grades_no_school_has_is_refused(rounds) -> None:
    with pytest.raises(CommandError, match="小学6升7，没有学校有这样的年级"):
        asked("--ratios", "小学6升7 1 1 1 五四学制")


def test_births_written_by_township_lead_the_intake_of_its_schools(cast, rounds, sign_in) -> None:
    other, url, client = two_primaries(cast, rounds), reverse("forecast:start"), sign_in(cast.admin)
    for school, name in ((cast.school_a, "北郊乡"), (other, "柳园口乡")):
        School.objects.filter(pk=school.pk).update(township=make_township(cast.district, name))
    # 60 and 30 a year entered of 60 and 30 born; then 120 and 15 were.
    born = {"北郊乡": (60, 60, 60, 120), "柳园口乡": (30, 30, 30, 15)}
    lines = [f"{2018 + at} {count}，{name}" for name, counts in born.items() for at, count in enumerate(counts)]
    given = {"round": rounds[-1].pk, "to": "2030", "births": "\n".join(lines)}
    assert client.post(url, given).status_code == 302
    while runner.run_one():
        pass
    near = Forecast.objects.latest("pk")
    assert (intake_of(near, cast.school_a.code), intake_of(near, other.code)) == (120, 15)
    assert near.content["base"]["births"]["2021"] == "135"
    assert any("按各乡镇（街道）的出生人口" in note for note in near.content["base"]["notes"])
    page = client.get(reverse("forecast:detail", args=[near.pk]))
    labels = {row.label: row.observed for row in page.context["ratios"]}
    assert labels["入学（北郊乡）"] == "1.000（1.000–1.000）"
    assert "占全区小学新生历年平均 66.7%" in client.get(reverse("forecast:school", args=[cast.school_a.code])).text
    assert {(row[0], row[4]) for row in sheet_of(near, "新生份额") if row[2] == "小学"} == {
        (cast.school_a.code, None),
        (other.code, None),
    }
    assert "入学（柳园口乡）" in [row[0] for row in sheet_of(near, "比例")]

    School.objects.filter(pk=other.pk).update(township=None)
    assert client.post(url, given | {"trend": "on"}).status_code == 302
    while runner.run_one():
        pass
    district = Forecast.objects.latest("pk")
    assert (intake_of(district, cast.school_a.code), intake_of(district, other.code)) == (90, 45)
    assert any("这些学校没有登记乡镇（街道）" in n and "乙小学" in n for n in district.content["base"]["notes"])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"born": {"北郊乡": {2020: Decimal(60)}, "": {2021: Decimal(5)}}}, "没有写全"),
        ({"born": {"北郊乡": BIRTHS, "南郊乡": BIRTHS}}, "没有招一年级的学校：南郊乡"),
        ({"born": {"北郊乡": {2040: Decimal(6)}}, "births": {2040: Decimal(6)}}, "没有能与入学年份对应的"),
        ({"own_shares": (OwnShare("primary", "4102020001", Fraction(1), "扩建"),)}, "是局定的"),
    ],
)
def test_it_is_said_why_townships_are_not_followed(rounds, change: dict[str, Any], why: str) -> None:
    found = queries.history(rounds[-1], BIRTHS, trend=False).known
    known = replace(found, born={"北郊乡": BIRTHS}, townships={"4102020001": "北郊乡"})
    assert known.by_township
    not_followed = replace(known, **change)
    assert not not_followed.by_township
    assert any(why in one and "按全区推算" in one for one in remarks.on(not_followed, {}))


def sheet_of(forecast: Forecast, name: str) -> list[list[Any]]:
    built = workbook.build(forecast, {school.code: school.name for school in School.objects.all()})
    return next(list(sheet.rows) for sheet in built.sheets if sheet.name == name)


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ("小学 甲小学 60 扩建\n小学 乙小学 40.5 扩建", "小学各校合计 100.5%，不能超过 100%"),
        ("小学 甲小学 60 扩建\n小学 4102020001 10 扩建", "写了两行"),
        ("小学 甲小学 60", "有 3 项，应为 4 项"),
        ("小学 甲小学 -1 扩建", "百分比应不小于 0、不超过 100"),
        ("小学 甲小学 六十 扩建", "百分比应不小于 0、不超过 100"),
        (f"小学 甲小学 0.{'3' * 7000} 扩建", "百分比最多写 6 位小数"),
        (f"小学 甲小学 {'9' * 7000} 扩建", "百分比应不小于 0、不超过 100"),
        ("初中 甲小学 60 扩建", "甲小学没有初中"),
        ("小学 没有的小学 60 扩建", "学校名录里没有"),
        (f"小学 甲小学 60 {'扩' * 201}", "请写明理由，200 字以内"),
    ],
)
def test_a_share_that_cannot_be_is_refused(cast, rounds, sign_in, shares: str, words: str) -> None:
    two_primaries(cast, rounds)
    page = sign_in(cast.admin).post(reverse("forecast:start"), {"round": rounds[-1].pk, "to": "2030", "shares": shares})
    assert page.status_code == 400
    assert words in page.text
    assert page.context["form"]["shares"].value() == shares
    assert not Job.objects.filter(kind="forecast").exists()


def test_shares_leave_no_pupil_without_a_school(cast, rounds) -> None:
    two_primaries(cast, rounds)
    with pytest.raises(CommandError, match=r"小学各校合计 90%，没有别的学校可以分余下的"):
        asked("--shares", "小学 甲小学 50 扩建", "--shares", "小学 乙小学 40 扩建")
    found = asked("--shares", "小学 甲小学 100 扩建")["base"]["intake_shares"]
    assert {row["school_code"]: row["share"] for row in found if row["stage"] == "primary"} == {
        cast.school_a.code: "1",
        "4102020079": "0",
    }


def test_a_share_is_of_a_school_with_a_class_list(cast, rounds) -> None:
    new_school(cast)
    with pytest.raises(CommandError, match="也不能定份额：丙小学"):
        asked("--shares", "小学 丙小学 10 新校")


def test_pupils_move_to_no_school_whose_class_list_is_missing(cast, rounds) -> None:
    make_school("4102020078", "丙小学", cast.district)
    with pytest.raises(CommandError, match="没有这个学段的班级名册"):
        asked("--moved", "2028 小学 甲小学 丙小学 50")


def test_the_command_takes_the_same_lines(cast, rounds) -> None:
    new_school(cast)
    found = asked("--moved", "2028 小学 甲小学 丙小学 50", "--homes", "2028 小学 甲小学 100 0.2")
    assert found["base"]["moved"][0]["share"] == "1/2"
    rows = [row for year in found["years"] for row in year["schools"] if row["school_code"] == "4102020077"]
    assert {row["seats"] for row in rows} == {None}


def test_the_same_forecast_is_made_once(cast, rounds) -> None:
    first = made(cast, rounds)
    assert made(cast, rounds) == first
    assert Job.objects.filter(kind="forecast").count() == 1
    assert {"forecast.start", "forecast.record"} <= set(AuditEvent.objects.values_list("action", flat=True))


def test_one_asked_for_again_after_another_is_the_newest(cast, rounds) -> None:
    first = made(cast, rounds)
    other = made(cast, rounds, trend=True)
    again = made(cast, rounds)
    assert first.pk < other.pk < again.pk
    assert again.content == first.content != other.content
    assert made(cast, rounds) == again
    assert Job.objects.filter(kind="forecast").count() == 3


def test_the_pages_show_the_forecast(cast, rounds, sign_in) -> None:
    forecast = made(cast, rounds)
    client = sign_in(cast.leader)
    for name in ("forecast:detail", "forecast:schools"):
        page = client.get(reverse(name, args=[forecast.pk]))
        assert page.status_code == 200
    assert f'data-forecast="{forecast.pk}"' in client.get(reverse("forecast:list")).content.decode()
    page = client.get(reverse("forecast:schools", args=[forecast.pk]), {"year": 2028, "stage": "junior", "only": "gap"})
    assert all(row.stage == "junior" for row in page.context["page"])
    book = client.get(reverse("forecast:export", args=[forecast.pk]))
    assert book.content[:2] == b"PK"
    assert AuditEvent.objects.filter(action="forecast.export").exists()


def test_a_school_sees_its_own_forecast_and_no_other(cast, rounds, sign_in) -> None:
    forecast = made(cast, rounds)
    client = sign_in(cast.reporter_a)
    own = client.get(reverse("forecast:school", args=[cast.school_a.code]))
    assert {row.school_code for row in own.context["rows"]} == {cast.school_a.code}
    assert client.get(reverse("forecast:school", args=[cast.school_b.code])).status_code == 404
    assert client.get(reverse("forecast:detail", args=[forecast.pk])).status_code == 403
    listed = client.get(reverse("forecast:list"))
    assert [school.code for school in listed.context["own"]] == [cast.school_a.code]


def test_the_curves_are_those_of_the_table(cast, rounds, sign_in) -> None:
    forecast = made(cast, rounds)
    page = sign_in(cast.leader).get(reverse("forecast:detail", args=[forecast.pk])).context
    for at, figure in enumerate(page["curves"]):
        label, rows = page["columns"][at], [(str(row.year), row.counts[at]) for row in page["years"]]
        assert [figure.figures[0][0], *figure.figures[1:]] == [
            str(page["base"]["year"]),
            *((year, f"{label} {count}") for year, count in rows),
        ]
        middle, low, high = (one["values"] for one in json.loads(figure.plot)["series"])
        assert list(zip(low[1:], middle[1:], high[1:], strict=True)) == [(c.low, c.mid, c.high) for _, c in rows]
    assert [figure.caption for figure in page["curves"]] == ["小学在校生（人）", "初中在校生（人）"]


def test_projects_under_way_are_named_with_the_year_they_serve(cast, rounds, sign_in) -> None:
    forecast = made(cast, rounds)
    typed = {"name": "教学楼扩建", "nature": "改扩建", "milestone": "开工", "seats": "360", "planned_on": "2027-10-31"}
    entry = registers.create(kind="project", unit=cast.school_a, year=2026, typed=typed, by=cast.admin)
    district = sign_in(cast.leader).get(reverse("forecast:detail", args=[forecast.pk]))
    own = sign_in(cast.reporter_a).get(reverse("forecast:school", args=[cast.school_a.code]))
    for page in (district, own):
        assert [(one.entry, one.year) for one in page.context["coming"]] == [(entry, 2028)]
        assert reverse("registers:detail", args=[entry.pk]) in page.content.decode()


def test_a_refused_form_keeps_what_was_typed(cast, rounds, sign_in) -> None:
    url = reverse("forecast:start")
    client = sign_in(cast.admin)
    for births in (
        "2020 五百",
        "2020 5\n2020 6",
        "20 5",
        "2020 -1",
        "2020 1 2",
        "2020",
        "2020 1" + "," * 5000 + "1",
        "2020 北郊乡 5",
        "2020 5 甲乡\n2020 6 甲乡",
    ):
        page = client.post(url, {"round": rounds[-1].pk, "to": "2030", "births": births})
        assert page.status_code == 400
        assert page.context["form"]["births"].value() == births
    assert client.post(url, {"round": rounds[-1].pk, "to": "2080"}).status_code == 400
    assert not Job.objects.filter(kind="forecast").exists()
    page = client.post(url, {"round": rounds[-1].pk, "to": "2030", "births": "2018\t1,200\n2019，1300"})
    assert page.status_code == 302
    assert Job.objects.get(kind="forecast").args["births"] == {"2018": "1200", "2019": "1300"}


def test_the_queries_of_a_page_do_not_grow_with_schools(cast, rounds, sign_in, django_assert_max_num_queries) -> None:
    forecast = made(cast, rounds)
    client = sign_in(cast.admin)
    client.get(reverse("forecast:list"))
    for name, most in (("forecast:detail", 9), ("forecast:schools", 9)):
        with django_assert_max_num_queries(most):
            client.get(reverse(name, args=[forecast.pk]))
