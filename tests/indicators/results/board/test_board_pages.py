"""The board's pages: who sees what, in how many queries, in what words."""

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from indicators.collection.submissions.models import Round
from indicators.results.board import queries
from indicators.results.board.queries import VetoRow
from indicators.results.evaluations import judging, stored
from indicators.results.evaluations.models import Evaluation
from indicators.results.official_forms import workbook
from indicators.results.official_forms.facts import FormBasis
from indicators.standard.engine import ENGINE_VERSION
from indicators.standard.standards import queries as standards
from portal.core.audit.models import AuditEvent
from portal.core.jobs.models import Job
from schools.directory.models import Department, Group, School
from tests.cast import Cast, make_school
from tests.indicators.district import figures, fill, hand_in, open_round
from tests.indicators.results.board.conftest import evaluated
from tests.pages import flat

PAGES = ["/board/", "/board/coefficients/", "/board/conditions/", "/board/cuts/", "/board/export"]


def body(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return flat(answer.content.decode())


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("admin", 200),
        ("reviewer", 200),
        ("leader", 200),
        ("expert", 200),
        ("reporter_a", 403),
        ("principal_a", 403),
        ("inspector_a", 403),
        ("liaison", 403),
        ("auditor", 403),
        ("expired_expert", 403),
    ],
)
def test_the_board_is_for_those_who_see_the_whole_district(
    cast: Cast, evaluation: Evaluation, sign_in: object, page: str, who: str, status: int
) -> None:
    assert sign_in(getattr(cast, who)).get(page).status_code == status


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("query", ["evaluation={e}", "round={r}", "evaluation=999999", "round=x", "evaluation='--"])
def test_a_foreign_or_unknown_evaluation_is_not_found(
    cast: Cast, evaluation: Evaluation, sign_in: object, page: str, query: str
) -> None:
    address = f"{page}?{query.format(e=evaluation.pk, r=evaluation.round_id)}"
    assert sign_in(cast.foreign_admin).get(address).status_code == 404


def test_without_a_round_the_page_leads_to_the_rounds(cast: Cast, sign_in: object) -> None:
    assert "还没有评估年度" in body(sign_in(cast.admin), "/board/")
    assert sign_in(cast.admin).get("/board/export").status_code == 404


def test_without_a_result_only_the_admin_gets_the_button(cast: Cast, round_a: Round, sign_in: object) -> None:
    assert "开始评估</button>" in body(sign_in(cast.admin), "/board/")
    page = body(sign_in(cast.leader), "/board/")
    assert "还没有评估结果" in page
    assert "</button></form><form" not in page
    assert 'action="/evaluations/start"' not in page


def test_the_newest_round_that_has_a_result_is_shown_first(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    open_round(cast.district, "2027")
    assert f'value="{evaluation.pk}" selected' in body(sign_in(cast.admin), "/board/")


def test_picking_another_round_drops_the_old_evaluation(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    later = open_round(cast.district, "2027")
    page = body(sign_in(cast.admin), f"/board/?round={later.pk}&evaluation={evaluation.pk}")
    assert "这个年度还没有评估结果" in page


def test_the_figures_carry_their_date_and_versions(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    page = body(sign_in(cast.admin), "/board/")
    rules = standards.load_spec(evaluation.standard).rule_version
    said, folded = page.split("核对信息")
    assert "数据截至 2026年3月31日 18:02" in said
    # What only a second calculation needs is folded away.
    assert f"标准 national-2017·1（规则版本 {rules}），计算程序 {ENGINE_VERSION}" in folded
    assert evaluation.inputs_sha256 in folded
    assert evaluation.inputs_sha256 not in said


def test_a_school_one_teacher_short_reads_so_in_words_and_sign(
    cast: Cast, evaluation: Evaluation, sign_in: object
) -> None:
    row = re.search(r"<tr><th scope=\"row\"><a[^>]*>乙初级中学.*?</tr>", body(sign_in(cast.admin), "/board/")).group()
    assert '<small class="more tone-text-warn">▼ 还差 1 名骨干教师，底线已过</small>' in row
    assert '✓ 达标</span><small class="more">6 项达标，其余已过 85% 底线</small>' in row


def test_missing_submissions_are_named_and_block_the_verdict(cast: Cast, sign_in: object) -> None:
    round = open_round(cast.district)
    hand_in(round, cast.school_a, figures())
    evaluated(cast, round)
    page = body(sign_in(cast.admin), "/board/")
    assert 'board-figure tone-text-muted">无法判定' in page
    assert re.search(r"乙初级中学</a></th><td data-label=\"情况\">没有已通过的填报</td>.*初中在校生数", page)
    assert 'board-figure tone-text-bad">1<small> 校' in page


def test_excluded_schools_are_listed_with_the_reason(cast: Cast, round_a: Round, sign_in: object) -> None:
    point = make_school("4102020055", "柳沟教学点", cast.district, kind="教学点", area="乡村")
    hand_in(round_a, point, figures("教学点", 38))
    evaluated(cast, round_a)
    page = body(sign_in(cast.admin), "/board/")
    assert re.search(r"柳沟教学点</th><td data-label=\"原因\">教学点在校生 38 人，不足 50 人", page)


def test_changed_figures_raise_the_banner_until_judged_again(
    cast: Cast, evaluation: Evaluation, sign_in: object
) -> None:
    client = sign_in(cast.admin)
    assert "可重新计算" not in body(client, "/board/")
    hand_in(evaluation.round, cast.school_a, figures(multimedia_rooms=40))
    assert "有 1 校（部门）数据已更新，可重新计算" in body(client, "/board/")
    evaluated(cast, evaluation.round)
    assert "可重新计算" not in body(client, "/board/")


def test_the_button_is_disabled_and_says_why_while_an_equal_job_runs(
    cast: Cast, evaluation: Evaluation, sign_in: object
) -> None:
    client = sign_in(cast.admin)
    hand_in(evaluation.round, cast.school_a, figures(multimedia_rooms=40))
    client.post("/evaluations/start", {"round": evaluation.round_id})
    page = body(client, "/board/")
    assert 'disabled aria-describedby="running"' in page
    assert f'id="job-{Job.objects.get().pk}"' in page


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("q=乙初级", ["乙初级中学"], ["甲小学"]),
        ("stage=junior", ["乙初级中学"], ["甲小学"]),
        ("area=镇区", ["乙初级中学"], ["甲小学"]),
        ("failing=A2&q=乙", ["乙初级中学"], ["甲小学"]),
        ("failing=A1&q=甲", ["没有符合条件的学校"], ["甲小学</a>"]),
        ("verdict=pass", ["甲小学", "乙初级中学"], []),
    ],
)
def test_filters_in_the_address_narrow_the_rows(
    cast: Cast, evaluation: Evaluation, sign_in: object, query: str, shown: list[str], hidden: list[str]
) -> None:
    page = body(sign_in(cast.admin), f"/board/?evaluation={evaluation.pk}&{query}")
    matrix = page[page.index('id="stage-') : page.index('id="lacking"')].split("<tbody>", 1)[1]
    rows = "".join(re.findall(r"<tbody>.*?</tbody>", "<tbody>" + matrix))
    assert all(text in rows for text in shown)
    assert not any(text in rows for text in hidden)


def test_parts_are_counted_by_township_and_group_and_lead_to_their_rows(
    cast: Cast, evaluation: Evaluation, sign_in: object
) -> None:
    stamped = {"created_by": cast.admin, "updated_by": cast.admin}
    town = Department.objects.create(district=cast.district, code="J01", name="城西街道", kind="街道", **stamped)
    group = Group.objects.create(district=cast.district, name="第一教育集团")
    School.objects.filter(pk__in=[cast.school_a.pk, cast.school_b.pk]).update(township=town)
    School.objects.filter(pk=cast.school_b.pk).update(group=group)
    client = sign_in(cast.admin)
    found = {(cut.label, cut.stage.stage): cut.rows for cut in client.get("/board/cuts/").context["cuts"]}
    junior = found["乡镇、街道", "junior"]
    assert (junior[0].name, junior[0].counted.total) == ("城西街道", 1)
    assert dict(junior[0].failing)["A2 骨干教师"] == 1
    assert sum(row.counted.total for row in junior) == sum(row.counted.total for row in found["教育集团", "junior"])
    rows = client.get("/board/", {"group": group.pk}).context["stages"]
    assert [len(shown) for stage, shown in rows if stage.stage == "junior"] == [1]


def test_the_map_places_north_above_and_names_who_has_no_place(
    cast: Cast, evaluation: Evaluation, sign_in: object
) -> None:
    client = sign_in(cast.admin)
    assert client.get("/board/cuts/").context["map"] is None
    for school, latitude in ((cast.school_a, "34.9"), (cast.school_b, "34.8")):
        School.objects.filter(pk=school.pk).update(latitude=Decimal(latitude), longitude=Decimal("114.3"))
    found = client.get("/board/cuts/").context["map"]
    plot = json.loads(found.figure.plot)
    at = {
        found.figure.figures[row][0]: (Decimal(x), Decimal(y))
        for one in plot["series"]
        for row, x, y, _ in one["spots"]
    }
    north, south = at["甲小学"], at["乙初级中学"]
    assert north == (south[0], 40)
    assert 40 < south[1] < plot["size"][1] <= 640
    assert [link.partition("?")[0] for link in found.figure.links] == [
        reverse("board:school", args=[code]) for code in (cast.school_a.code, cast.school_b.code)
    ]
    assert len(found.unplaced) == 9


def test_the_map_shows_one_stage_where_it_is_asked_for(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    for school, latitude in ((cast.school_a, "34.9"), (cast.school_b, "34.8")):
        School.objects.filter(pk=school.pk).update(latitude=Decimal(latitude), longitude=Decimal("114.3"))
    page = sign_in(cast.admin).get("/board/cuts/", {"stage": "junior"})
    assert [name for name, _ in page.context["map"].figure.figures] == ["乙初级中学"]
    assert "<dt><a href=" in page.content.decode()


def test_filtering_rows_leaves_the_districts_mean_alone(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    client = sign_in(cast.admin)

    def means(address: str) -> list[str]:
        return re.findall(r'<tr><th scope="row">全区均值.*?</tr>', body(client, address))

    assert means("/board/?q=甲小学") == means("/board/")


def test_an_unknown_filter_value_is_reported_at_its_field(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    assert "is-invalid" in body(sign_in(cast.admin), "/board/?sort=DROP&stage=senior")


def test_the_matrix_is_dense_unless_the_words_are_asked_for(
    cast: Cast, evaluation: Evaluation, sign_in: object
) -> None:
    page = body(sign_in(cast.admin), "/board/")
    assert "board-matrix board-dense" in page
    assert '<b>0.90</b><i class="board-sign" aria-hidden="true">▼</i>' in page
    assert 'href="?sort=A2"' in page
    page = body(sign_in(cast.admin), "/board/?view=full&sort=A2")
    assert "board-dense" not in page
    assert 'href="?view=full&amp;sort=-A2"' in page


def test_rows_can_be_sorted_by_an_indicator(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    page = body(sign_in(cast.admin), "/board/?stage=primary&sort=A4")
    values = [float(v) for v in re.findall(r'data-label="A4 教学用房"><span><b>([\d.]+)</b>', page)]
    assert values == sorted(values)
    assert len(values) > 5


def test_school_names_are_escaped(cast: Cast, round_a: Round, sign_in: object) -> None:
    cast.school_a.name = "<script>alert(1)</script>小学"
    cast.school_a.save()
    evaluated(cast, round_a)
    for page in PAGES[:3]:
        assert "<script>alert" not in body(sign_in(cast.admin), page)


@pytest.mark.parametrize("page", PAGES)
def test_the_number_of_queries_does_not_grow_with_the_schools(
    cast: Cast, sign_in: object, page: str, django_assert_max_num_queries: object
) -> None:
    for code, count in (("2026", 10), ("2027", 60)):
        round = open_round(cast.district, code)
        if count == 10:
            fill(round, count)
        else:
            for school in cast.district.schools.all():
                hand_in(round, school, figures(school.kind, 300))
        evaluated(cast, round)
        client = sign_in(cast.admin)
        client.get(page)
        with django_assert_max_num_queries(19):
            assert client.get(page).status_code == 200


def test_the_coefficients_page_names_the_three_schools_that_weigh_most(
    cast: Cast, evaluation: Evaluation, sign_in: object
) -> None:
    page = body(sign_in(cast.admin), "/board/coefficients/?indicator=A4")
    shares = evaluation.result["coefficients"]["primary"]["A4"]["contributions"]
    most = max(shares, key=lambda c: float(c["share"]))
    name = evaluation.inputs[most["school_code"]]["register"][0]
    assert f"{name} {float(most['share']) * 100:.1f}%" in page


def test_the_schools_of_a_veto_are_reported_without_the_bureau_which_has_a_column_of_its_own() -> None:
    row = VetoRow("E1", "以考试方式招生", "未全部确认", "muted", (), ("乙初级中学",), "教育局还没有声明")
    assert row.words == "1 校未确认"


def unanswered(evaluation: Evaluation, code: str) -> stored.StoredResult:
    """The judgement with one veto, which nobody answered."""
    veto = {"code": code, "name": "以考试方式招生", "happened": None, "schools": [], "unanswered": [], "bureau": None}
    return stored.StoredResult(evaluation.result | {"vetoes": [veto]})


def test_a_veto_that_no_school_answered_is_not_said_to_be_denied_by_all(cast: Cast, evaluation: Evaluation) -> None:
    only_district = {key: entry for key, entry in evaluation.inputs.items() if not entry.get("register")}
    silent = unanswered(evaluation, "E1")
    spec = standards.load_spec(evaluation.standard)
    [row] = queries.vetoes(spec, silent, only_district)
    assert row.words == "没有学校填报"


def test_what_closed_schools_handed_in_denies_no_veto_on_board_and_form(cast: Cast, evaluation: Evaluation) -> None:
    spec = standards.load_spec(evaluation.standard)
    closed = {
        key: entry | {"register": [*entry["register"][:-1], "停办"]} if entry.get("register") else entry
        for key, entry in evaluation.inputs.items()
    }
    assert any(entry["register"] and entry["revision"] for entry in judging.respondents(closed).values())
    registers = {code: entry["register"] for code, entry in judging.schools(closed).items()}
    result = unanswered(evaluation, spec.vetoes[0].code)
    [row] = queries.vetoes(spec, result, closed)
    data = judging.district_data("410202", registers, {})
    data = replace(data, schools=tuple(replace(school, has_submission=True) for school in data.schools))
    assert row.words == "没有学校填报"
    assert "没有学校填报" in str(workbook.vetoes(FormBasis(evaluation, spec, data, result)).rows)


def test_vetoes_and_what_was_entered_are_shown_as_entered(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    page = body(sign_in(cast.admin), "/board/conditions/")
    assert "义务教育财政拨款的增长高于财政经常性收入的增长" in page
    assert "教育局还没有声明" in page
    assert "各校均确认没有" in page
    assert re.search(r"<b>B1</b>.*?还不能判定.*?待填：学校规划布局合理", page, re.S)


def test_taking_the_file_leaves_an_audit_row(cast: Cast, evaluation: Evaluation, sign_in: object) -> None:
    answer = sign_in(cast.leader).get("/board/export?verdict=pass")
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    event = AuditEvent.objects.get(action="evaluation.export")
    assert event.after["filter"] == "结论“达标”"


def test_the_distribution_counts_every_school_of_each_indicator(
    cast: Cast, evaluation: Evaluation, sign_in: object
) -> None:
    answer = sign_in(cast.leader).get("/board/", {"town": "x"})
    stages = queries.district(evaluation).content.stages
    charts = answer.context["charts"]
    assert [chart.caption for chart in charts] == [f"{stage.label}各校指标值与标准比" for stage in stages]
    for stage, chart in zip(stages, charts, strict=True):
        assert len(chart.figures) == len(stage.summaries)
        for _, words in chart.figures:
            assert sum(int(part.rpartition(" ")[2]) for part in words.split("，") if part[-1].isdigit()) == stage.total
    junior = dict(charts[-1].figures)
    assert any("未达标 1" in words for label, words in junior.items() if label.startswith("A2"))
