"""The page of the programme: what came with the portal, one button, what was adopted."""

import datetime as dt

import pytest
from django.urls import reverse

from inspections.programmes import actions, queries
from inspections.programmes.models import Phase, Programme
from portal.core.audit.models import AuditEvent

pytestmark = pytest.mark.django_db
PAGE = "/programmes/"
BUTTON = "登记这份方案"


def text(client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode()


def adopt_url(code: str) -> str:
    return reverse("programmes:adopt", args=[code])


def test_before_adoption_the_shipped_plan_is_shown_with_the_button(cast, sign_in) -> None:
    page = text(sign_in(cast.admin))
    for words in (
        "龙政办〔2021〕8号",
        "还没有登记",
        BUTTON,
        "整体推进阶段",
        "2022年9月1日 — 2029年8月31日",
        "到 2030 年",
        "关注特殊群体教育，提高入学率巩固率",
        "依法履行职责，实行目标管理",
    ):
        assert words in page
    assert page.count("看哪些指标") == 7
    assert not Programme.objects.exists()


def test_one_button_adopts_and_the_page_says_who_and_when(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    answer = client.post(adopt_url("410202"), follow=True)
    page = answer.content.decode()
    assert "整改报告可以按阶段编制" in page
    assert "已登记" in page
    assert cast.admin.name in page
    assert BUTTON not in page
    assert [phase.name for phase in Phase.objects.all()] == [
        "宣传动员阶段",
        "自查自评阶段",
        "整体推进阶段",
        "接受评估验收阶段",
    ]
    row = Programme.objects.get()
    assert (len(row.goals), len(row.safeguards)) == (7, 4)
    assert AuditEvent.objects.filter(action="programme.adopt", district_code="410202").count() == 1


def test_adopting_twice_keeps_one_programme(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    for _ in range(2):
        assert client.post(adopt_url("410202")).status_code == 302
    assert Programme.objects.count() == 1


def test_what_was_adopted_with_other_contents_can_be_brought_up_to_date(cast, sign_in) -> None:
    content = queries.read_file(queries.LONGTING)
    actions.adopt_programme(district=cast.district, content=content | {"goals": []}, by=cast.admin)
    client = sign_in(cast.admin)
    assert "按随附的内容更新" in text(client)
    client.post(adopt_url("410202"))
    assert "按随附的内容更新" not in text(client)
    assert len(Programme.objects.get().goals) == 7


def test_readers_see_what_was_adopted_and_no_button(cast, sign_in) -> None:
    assert "还没有登记实施方案" in text(sign_in(cast.leader))
    actions.adopt_programme(
        district=cast.district, content=queries.read_file(queries.LONGTING) | {"goals": []}, by=cast.admin
    )
    page = text(sign_in(cast.leader))
    assert "整体推进阶段" in page
    assert "<form" not in page.split("<main", 1)[1]


def test_another_district_is_offered_nothing_of_this_one(cast, sign_in) -> None:
    client = sign_in(cast.foreign_admin)
    page = text(client)
    assert "还没有登记实施方案" in page
    assert "登记方案" in page
    assert "龙政办" not in page
    assert client.post(adopt_url("410202")).status_code == 404
    assert client.post(adopt_url(cast.other_district.code)).status_code == 404


def test_a_plan_of_another_district_is_refused_by_the_action_itself(cast) -> None:
    with pytest.raises(Exception, match="方案内容有误") as refused:
        actions.adopt_programme(
            district=cast.other_district, content=queries.read_file(queries.LONGTING), by=cast.foreign_admin
        )
    assert "这是区划代码 410202 的方案" in str(refused.value.problems[0])


def test_goals_without_title_or_text_are_named(cast) -> None:
    content = queries.read_file(queries.LONGTING) | {"goals": [{"title": "甲", "text": "乙"}, {"title": "丙"}, "丁"]}
    with pytest.raises(Exception, match="方案内容有误") as refused:
        actions.adopt_programme(district=cast.district, content=content, by=cast.admin)
    assert [problem.where for problem in refused.value.problems] == ["工作目标第 2 条", "工作目标第 3 条"]


@pytest.mark.parametrize(
    ("day", "state"),
    [((2022, 8, 31), "未开始"), ((2022, 9, 1), "进行中"), ((2029, 8, 31), "进行中"), ((2029, 9, 1), "已结束")],
)
def test_where_a_phase_stands_includes_both_its_days(day: tuple[int, int, int], state: str) -> None:
    step = queries.PhaseDates("整体推进阶段", dt.date(2022, 9, 1), dt.date(2029, 8, 31))
    assert step.state(dt.date(*day))[1] == state


def test_the_page_takes_as_many_queries_for_ten_programmes_as_for_one(
    cast, sign_in, django_assert_max_num_queries
) -> None:
    for number in range(10):
        content = queries.read_file(queries.LONGTING) | {"document_no": f"龙政办〔2021〕{number}号"}
        actions.adopt_programme(district=cast.district, content=content, by=cast.admin)
    client = sign_in(cast.admin)
    with django_assert_max_num_queries(14):
        assert "龙政办〔2021〕9号" in text(client)


def test_the_menu_leads_there_for_those_who_may_read_it(cast, sign_in) -> None:
    assert f'href="{PAGE}"' in sign_in(cast.leader).get("/").content.decode()
    assert f'href="{PAGE}"' not in sign_in(cast.reporter_a).get("/").content.decode()


def test_a_district_without_a_shipped_plan_types_its_own_and_changes_it(cast, sign_in) -> None:
    client, url = sign_in(cast.foreign_admin), reverse("programmes:create")
    typed = {
        "district": cast.other_district.pk,
        "title": "顺河区实施方案",
        "document_no": "顺政办〔2024〕3号",
        "goal_year": "2029",
        "phase_0_title": "动员",
        "phase_0_starts_on": "2024-01-01",
        "phase_0_ends_on": "2024-12-31",
        "phase_1_title": "推进",
        "phase_1_starts_on": "2024-12-01",
        "phase_1_ends_on": "2029-12-31",
        "goal_0_title": "改善条件",
        "goal_0_text": "逐校改造",
        "goal_0_indicators": "a4，A5",
    }
    refused = client.post(url, typed)
    assert refused.status_code == 400
    assert "与上一阶段重叠" in refused.content.decode()
    assert "逐校改造" in refused.content.decode()
    assert client.post(url, typed | {"phase_1_starts_on": "2025-01-01"}).status_code == 302
    row = Programme.objects.get()
    assert (row.district, row.phases.count(), row.goals[0]["indicators"]) == (cast.other_district, 2, ["A4", "A5"])
    assert "已经登记" in client.post(url, typed | {"phase_1_starts_on": "2025-01-01"}).content.decode()
    edit, later = reverse("programmes:edit", args=[row.pk]), typed | {"phase_1_starts_on": "2025-01-01"}
    assert "推进" in client.get(edit).content.decode()
    assert "不能删去" in client.post(edit, later | {"phase_1_title": ""}).content.decode()
    assert "修改的原因" in client.post(edit, later | {"goal_year": "2030"}).content.decode()
    later |= {"reason": "按会议纪要", "seen": client.get(edit).context["form"]["seen"].value()}
    assert client.post(edit, later | {"goal_year": "2030"}).status_code == 302
    stale = client.post(edit, later | {"goal_year": "2028"})
    assert "刚被他人修改" in stale.content.decode()
    row.refresh_from_db()
    assert (row.goal_year, row.document_no) == (2030, "顺政办〔2024〕3号")
