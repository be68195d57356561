"""Stored plans: the job, the pages, the files, opening one as a scenario."""

from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from docx import Document
from python_calamine import CalamineWorkbook

from indicators.planning.forecast import actions as forecasts
from indicators.planning.forecast.models import FORMAT, Forecast
from indicators.planning.plans import actions, pages, queries
from indicators.planning.plans.models import PlanRun
from indicators.planning.scenarios.models import Scenario
from portal.core.audit.models import AuditEvent
from portal.core.errors import NotAllowed, NotFound
from portal.core.jobs import runner
from portal.core.lib import dates
from tests.indicators.district import figures, hand_in, open_round
from tests.indicators.planning.engine import districts
from tests.shared import shared

pytestmark = pytest.mark.django_db


@shared
def plan(cast) -> PlanRun:
    """Of a primary and a junior school that lack teachers, equipment and rooms."""
    round_ = open_round(cast.district)
    hand_in(round_, cast.school_a, figures("小学", 400, teachers_bachelor_primary=2, equipment_value=Decimal(30)))
    hand_in(round_, cast.school_b, figures("初级中学", 300, multimedia_rooms=3))
    actions.start(round_id=round_.pk, wanted=districts.terms(), by=cast.admin)
    while runner.run_one():
        pass
    return PlanRun.objects.get()


def test_a_plan_names_the_forecast_it_follows_as_people_do(cast, plan, sign_in) -> None:
    page = reverse("plans:detail", args=[plan.pk])
    assert "在校生按评估年度的在校生，" in sign_in(cast.admin).get(page).content.decode()
    pupils = [("primary", cast.school_a, 400), ("junior", cast.school_b, 300)]
    schools = [{"school_code": one.code, "stage": stage, "grades": {"1": str(n)}} for stage, one, n in pupils]
    years = [{"year": year, "scenario": "mid", "schools": schools} for year in districts.YEARS]
    content = {"format": FORMAT, "years": years}
    forecasts.record(round_=plan.round, content=content, to=districts.YEARS[-1], by=cast.admin)
    actions.start(round_id=plan.round_id, wanted=districts.terms(pupils="mid"), by=cast.admin)
    while runner.run_one():
        pass
    follows, forecast = PlanRun.objects.latest("pk"), Forecast.objects.get()
    at, client = dates.moment(forecast.created_at), sign_in(cast.admin)
    page = client.get(reverse("plans:detail", args=[follows.pk])).content.decode()
    assert f"在校生按生源预测中方案（局管理员{at}预测），" in page
    word = Document(BytesIO(client.get(reverse("plans:export", args=[follows.pk, "docx"])).content))
    lines = [one.text for one in word.paragraphs]
    [named] = [line for line in lines if "在校生按" in line]
    assert f"生源预测中方案（局*{at}预测）" in named
    assert [line for line in lines if forecast.sha256[:12] in line] == ["；".join(pages.checksums(follows, 12))]
    book = CalamineWorkbook.from_filelike(
        BytesIO(client.get(reverse("plans:export", args=[follows.pk, "xlsx"])).content)
    )
    assert f"局*{at}预测" in str(book.get_sheet_by_name("逐年").to_python())


def asked(round_id: int, **changes: str) -> dict[str, str]:
    """As the form sends it: every kind with its price."""
    costs = districts.DEFAULTS
    prices = {f"unit_{kind}": str(cost) for kind, cost in costs.unit.items()}
    return {"round": str(round_id), "years": "", "budgets": "", "pupils": "", "minutes": "2"} | prices | changes


def test_the_job_stores_a_plan_once(cast, plan) -> None:
    assert plan.reaches
    again = actions.start(round_id=plan.round_id, wanted=districts.terms(), by=cast.admin)
    assert again.result["plan"] == plan.pk
    assert actions.record(round_=plan.round, content=plan.content, by=cast.admin) == plan
    assert AuditEvent.objects.filter(action="plan.record").count() == 2


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(cast, plan, sign_in) -> None:
    client, url = sign_in(cast.admin), reverse("plans:start")
    for changes, words in [
        ({"years": "2029-2027"}, "先写早的"),
        ({"budgets": "2040=1"}, "在规划的年度以内"),
        ({"unit_move": "0"}, "大于 0"),
        ({"unit_move": "x"}, ""),
    ]:
        page = client.post(url, asked(plan.round_id, **changes))
        assert page.status_code == 400
        assert words in page.content.decode()
        assert all(page.context["form"][name].value() == value for name, value in changes.items())
    assert client.post(url, asked(plan.round_id, unit_hire="12", lead_equip="1")).status_code == 302
    while runner.run_one():
        pass
    assert client.get(url).context["form"]["unit_hire"].value() == Decimal(12)


def test_the_pages_show_years_schools_and_what_decides(cast, plan, sign_in) -> None:
    client = sign_in(cast.leader)
    assert f'data-plan="{plan.pk}"' in client.get(reverse("plans:list")).content.decode()
    page = client.get(reverse("plans:detail", args=[plan.pk]))
    shown = page.context["shown"]
    assert [one.year for one in shown.years] == [2027, 2028, 2029]
    assert "甲小学（小学）" in {name for one in shown.years for name in one.newly}
    assert any(one.startswith("A6") for one in shown.binding)
    assert "as_scenario" not in page.content.decode()
    own = client.get(reverse("plans:school", args=[plan.pk, cast.school_a.code]))
    assert own.context["school"].passes_from == "2029 年"
    assert {one.lever for one in own.context["school"].measures} >= {"仪器设备配置"}
    assert client.get(reverse("plans:school", args=[plan.pk, "1"])).status_code == 404


def test_the_money_of_levers_is_the_money_of_the_year(plan) -> None:
    for one in pages.PlanShown(plan).years:
        assert sum(Decimal(amount) for _, amount in one.levers) == Decimal(one.cost)


def test_the_files_hold_the_plan(cast, plan, sign_in) -> None:
    client = sign_in(cast.leader)
    for kind, start in (("xlsx", b"PK"), ("progress", b"PK"), ("docx", b"PK"), ("pdf", b"%PDF")):
        assert client.get(reverse("plans:export", args=[plan.pk, kind])).getvalue().startswith(start)
    assert client.get(reverse("plans:export", args=[plan.pk, "txt"])).status_code == 404


def test_the_paper_lists_who_passes_by_year_and_each_schools_figures_by_line(cast, plan, sign_in) -> None:
    word = Document(BytesIO(sign_in(cast.leader).get(reverse("plans:export", args=[plan.pk, "docx"])).content))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables]
    shown = pages.PlanShown(plan)
    listed = next(rows for rows in tables if rows[0] == ["年度", "新达标", "学校（学段）"])
    assert listed[1:] == [[str(y.year), str(len(y.newly)), "、".join(y.newly) or "无"] for y in shown.years]
    [stage, _, figures] = next(one for one in shown.schools if one.code == cast.school_a.code).parts[0]
    own = next(rows for rows in tables if rows[0][2:] == [figure.code for figure in figures] and rows[1][0] == stage)
    assert [row[1] for row in own] == ["", "标准", "现状", "差距", "达标后"]
    assert list(zip(*own, strict=True))[2:] == [
        (one.code, one.threshold, one.before, one.gap, one.after) for one in figures
    ]


@pytest.mark.parametrize(
    ("cv", "passes", "listed"), [("0.499", True, True), ("0.3", True, False), ("0.6", False, False)]
)
def test_a_coefficient_decides_where_it_is_at_its_limit_and_not_over(plan, cv: str, passes: bool, listed: bool) -> None:
    plan.content["verdict_after"]["coefficients"]["primary"]["A2"] |= {"cv": cv, "limit": "0.5", "passes": passes}
    assert any("小学 A2 差异系数" in one for one in pages.PlanShown(plan).binding) is listed


def test_a_plan_opens_as_a_scenario_of_the_same_figures(cast, plan, sign_in) -> None:
    client, url = sign_in(cast.admin), reverse("plans:as_scenario", args=[plan.pk])
    assert client.post(url).url == reverse("plans:detail", args=[plan.pk])
    call_command("evaluate", "2026", "--format", "json", stdout=StringIO())
    assert client.post(url).status_code == 302
    scenario = Scenario.objects.get()
    assert scenario.measures == plan.content["measures"]
    assert client.get(reverse("scenarios:detail", args=[scenario.pk])).status_code == 200


def test_budgets_that_are_too_small_say_what_would_be_enough(cast, plan, sign_in) -> None:
    small = districts.terms(budgets=dict.fromkeys(districts.YEARS, Decimal(1)))
    found = queries.make(queries.base(plan.round, districts.YEARS, "base"), small)
    assert not found["reaches"]
    needed = {int(year): Decimal(amount) for year, amount in found["budgets_needed"].items()}
    assert Decimal(found["budgets_bound"]) <= sum(needed.values())
    short = actions.record(round_=plan.round, content=found, by=cast.admin)
    page = sign_in(cast.leader).get(reverse("plans:detail", args=[short.pk])).content.decode()
    assert f"2027 年 {needed[2027]} 万元" in page
    enough = queries.make(queries.base(plan.round, districts.YEARS, "base"), districts.terms(budgets=needed))
    assert enough["reaches"]
    assert enough["budgets_needed"] is None


def test_only_the_bureau_plans(cast, plan) -> None:
    for person in (cast.leader, cast.foreign_admin, cast.reporter_a):
        with pytest.raises((NotAllowed, NotFound)):
            actions.start(round_id=plan.round_id, wanted=districts.terms(), by=person)


def test_the_school_page_shows_the_newest_plan_to_who_may_see_plans(cast, plan, sign_in) -> None:
    url = reverse("standing:school", args=[cast.school_a.code])
    shown = sign_in(cast.leader).get(url)
    assert shown.context["one"].plan == plan
    assert "一校一案" in shown.content.decode()
    assert sign_in(cast.reporter_a).get(url).context["one"].plan is None


def test_a_year_earlier_costs_the_wages_of_that_year(cast, sign_in) -> None:
    """Who lacks nothing but teachers hires them in the last year, a year earlier pays them a year more."""
    round_ = open_round(cast.district)
    hand_in(round_, cast.school_a, figures("小学", teachers_bachelor_primary=2))
    hand_in(round_, cast.school_b, figures("初级中学"))
    actions.start(round_id=round_.pk, wanted=districts.terms(of=["hire"]), by=cast.admin)
    while runner.run_one():
        pass
    plan = PlanRun.objects.get()
    total, found = Decimal(plan.content["total_cost"]), plan.content["one_year_earlier"]
    assert total > 0
    assert (found["year"], found["instead_of"], found["ended_by"]) == (2028, 2029, "gap")
    assert (Decimal(found["total_cost"]), Decimal(found["extra"])) == (2 * total, total)
    assert [Decimal(one["extra"]) for one in found["years"]] == [0, total, 0]
    page = sign_in(cast.leader).get(reverse("plans:detail", args=[plan.pk])).content.decode()
    assert "全部达标由 2029 年提前到 2028 年" in page
    found |= {"total_cost": plan.content["total_cost"], "extra": "0.001"}
    assert "总数和这份规划一样" in pages.PlanShown(plan).earlier.words
    for kind in ("xlsx", "docx", "pdf"):
        assert sign_in(cast.leader).get(reverse("plans:export", args=[plan.pk, kind])).status_code == 200


def test_a_year_earlier_that_the_budgets_do_not_allow_is_priced_without_them(cast) -> None:
    """The wages of one year are all that is asked for, and a year earlier there is half of them."""
    round_ = open_round(cast.district)
    hand_in(round_, cast.school_a, figures("小学", teachers_bachelor_primary=2))
    hand_in(round_, cast.school_b, figures("初级中学"))
    base = queries.base(round_, districts.YEARS, "base")
    wages = Decimal(queries.make(base, districts.terms(of=["hire"]))["total_cost"])
    money = {2027: Decimal(0), 2028: wages / 2, 2029: wages}
    content = queries.make(base, districts.terms(of=["hire"], budgets=money))
    found = content["one_year_earlier"]
    assert (found["year"], found["budgets"], Decimal(found["total_cost"])) == (2028, "impossible", 2 * wages)
    words = pages.PlanShown(PlanRun(round=round_, content=content)).earlier.words
    assert "在各年经费以内做不到；不限各年经费，最省共要" in words


def test_what_takes_years_to_count_cannot_come_earlier(cast) -> None:
    round_ = open_round(cast.district)
    hand_in(round_, cast.school_a, figures("小学", teaching_area=Decimal(1500)))
    hand_in(round_, cast.school_b, figures("初级中学"))
    actions.start(round_id=round_.pk, wanted=districts.terms(of=["build_teaching_area"]), by=cast.admin)
    while runner.run_one():
        pass
    shown = pages.PlanShown(PlanRun.objects.get()).earlier
    assert shown is not None
    assert "做不到" in shown.words
    assert shown.rows == ()
