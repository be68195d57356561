"""Pages of rounds through real addresses."""

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from python_calamine import load_workbook

from indicators.collection.rounds import actions
from indicators.collection.submissions.models import Extension, Round, Submission
from indicators.standard.standards import actions as standard_actions, queries as standards
from portal.core.accounts.queries import system_user
from portal.core.notices.models import Notice
from schools.directory.models import School
from tests.cast import make_school
from tests.indicators.collection.rounds.test_actions import of, opened
from tests.indicators.district import open_round
from tests.indicators.standard.standards import overlays
from tests.schools.register import make_township
from tests.shared import shared


@shared
def round_(cast: Any) -> Round:
    return opened(cast)


def form(cast: Any, **changes: str) -> dict[str, Any]:
    due = max(timezone.localdate(), date(2027, 9, 1)) + timedelta(days=30)
    return {
        "code": "2027",
        "name": "2027 年度",
        "district": cast.district.pk,
        "standard": standards.current().pk,
        "due_on": due.isoformat(),
        "school_year_start": "2027-09-01",
        "fiscal_year": "2027",
        "school_year": "2027-2028",
    } | changes


def test_opening_through_the_page_leads_to_the_pipeline(sign_in, cast) -> None:
    client = sign_in(cast.admin)
    offered = client.get(reverse("rounds:open")).content.decode()
    assert "学年初基准日" in offered
    response = client.post(reverse("rounds:open"), form(cast))
    round_ = Round.objects.get(code="2027")
    assert response.url == reverse("rounds:detail", args=[round_.pk])
    assert timezone.localtime(round_.due_at).hour == 23, "a due date includes its day"
    text = client.get(response.url).content.decode()
    for part in ("未开始", "甲小学", "区财政局", "龙亭区（区县数据）"):
        assert part in text


def test_the_first_year_not_yet_opened_is_offered(sign_in, cast) -> None:
    client, today = sign_in(cast.admin), timezone.localdate()
    year = today.year - (today.month < 9)
    for offered in (year, year + 1):
        page = client.get(reverse("rounds:open")).content.decode()
        assert f'name="code" value="{offered}"' in page
        assert f'value="{offered}-09-01"' in page
        due = max(today, date(offered, 9, 1)) + timedelta(days=30)
        assert f'value="{due.isoformat()}"' in page, "a coming year is not due before it begins"
        open_round(cast.district, str(offered))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"due_on": "2020-01-01"}, "已经过去"),
        ({"school_year": "2027-2029"}, "相邻的两年"),
        ({"code": "2027 上"}, "年度代号"),
        ({"school_year": "二七"}, "格式"),
        ({"name": ""}, "必填"),
        ({"school_year_start": "2099-09-01"}, "早于学年初基准日"),
    ],
)
def test_an_invalid_form_is_shown_again_with_what_was_typed(sign_in, cast, changes, word) -> None:
    response = sign_in(cast.admin).post(reverse("rounds:open"), form(cast, **({"name": "我的年度"} | changes)))
    text = response.content.decode()
    assert response.status_code == 400
    assert word in text
    assert "我的年度" in text or "name" in changes
    assert not Round.objects.exists()


def test_the_same_code_twice_is_reported_on_the_form(sign_in, cast, round_) -> None:
    response = sign_in(cast.admin).post(reverse("rounds:open"), form(cast, code="2026"))
    assert response.status_code == 400
    assert "已经开启" in response.content.decode()


def test_another_districts_code_cannot_be_chosen(sign_in, cast) -> None:
    response = sign_in(cast.admin).post(reverse("rounds:open"), form(cast, district=cast.other_district.pk))
    assert response.status_code == 400
    assert not Round.objects.exists()


def test_a_filter_in_the_address_narrows_the_names(sign_in, cast, round_) -> None:
    client = sign_in(cast.leader)
    table = client.get(reverse("rounds:detail", args=[round_.pk]), {"kind": "初级中学"}).content.decode()
    rows = table.split("<tbody>")[1]
    assert "乙初级中学" in rows
    assert "甲小学" not in rows


def test_the_submissions_of_a_township_are_listed_by_themselves(sign_in, cast, round_) -> None:
    client, url = sign_in(cast.admin), reverse("rounds:detail", args=[round_.pk])
    assert "乡镇、街道" not in client.get(url).content.decode()
    place = make_township(cast.district, "北郊乡")
    School.objects.filter(pk=cast.school_a.pk).update(township=place)
    rows = client.get(url, {"township": place.pk}).content.decode().split("<tbody>")[1]
    assert "甲小学" in rows
    assert "北郊乡" in rows
    assert "乙初级中学" not in rows
    assert client.get(url, {"township": "x"}).status_code == 200


def test_each_name_leads_to_its_submission(sign_in, cast, round_) -> None:
    client = sign_in(cast.leader)
    row = of(round_, cast.school_a)
    address = reverse("submissions:detail", args=[row.pk])
    assert f'href="{address}"' in client.get(reverse("rounds:detail", args=[round_.pk])).content.decode()
    assert client.get(address).status_code == 200


def test_extending_through_the_page(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    url = reverse("rounds:extend", args=[round_.pk])
    row = of(round_, cast.school_a)
    assert "checked" in client.get(url, {"submission": row.pk}).content.decode()
    due = (timezone.localdate() + timedelta(days=60)).isoformat()
    refused = client.post(url, {"due_on": due, "reason": "停电", "submission": []})
    assert refused.status_code == 400
    assert "先勾选" in refused.content.decode()
    assert client.post(url, {"due_on": due, "reason": "停电", "submission": [row.pk]}).status_code == 302
    assert Extension.objects.get().submission == row
    assert "已延期" in client.get(reverse("rounds:detail", args=[round_.pk])).content.decode()


def test_reminders_are_previewed_with_names_before_they_are_sent(sign_in, cast, round_) -> None:
    client = sign_in(cast.admin)
    preview = client.get(reverse("rounds:remind", args=[round_.pk])).content.decode()
    assert "甲校填报员" in preview
    assert not Notice.objects.filter(text__contains="尚未提交").exists()
    chosen = [of(round_, cast.school_a).pk]
    client.post(reverse("rounds:send_reminders", args=[round_.pk]), {"submission": chosen})
    assert {n.user for n in Notice.objects.filter(text__contains="尚未提交")} == {cast.reporter_a, cast.principal_a}


def test_the_preview_shows_who_will_get_no_message(sign_in, cast, round_) -> None:
    """Whoever was reminded today is not notified again, nor the one who reminds: the page must not promise it."""
    client, url = sign_in(cast.admin), reverse("rounds:remind", args=[round_.pk])
    before = client.get(url).content.decode()
    assert "（您本人，不另发消息）" in before
    assert f"{round_.name}尚未提交：{round_.district.name}（" not in before, "the sample is a message that will be sent"
    ticked = client.get(url, {"submission": [of(round_, cast.school_b).pk]}).content.decode()
    assert f"尚未提交：{cast.school_b.name}（" in ticked, "the sample is about what is ticked"
    assert "今天已提醒）" not in before
    send = reverse("rounds:send_reminders", args=[round_.pk])
    client.post(send, {"submission": [of(round_, cast.school_a).pk]})
    assert client.get(url).content.decode().count("（今天已提醒）") == 2
    everybody = [row.pk for row in round_.submissions.all()]
    shown = client.post(send, {"submission": everybody}, follow=True).content.decode()
    assert "另有 2 人今天已提醒过，不再重复" in shown
    assert "现在没有可以提醒的人" in client.get(url).content.decode()


def let_all_be_late_but_school_b(cast, round_) -> None:
    Round.objects.filter(pk=round_.pk).update(due_at=timezone.now() - timedelta(days=1))
    Extension.objects.create(
        submission=of(round_, cast.school_b),
        due_at=timezone.now() + timedelta(days=5),
        reason="停电",
        created_by=cast.admin,
        updated_by=cast.admin,
    )


def test_the_late_are_chosen_first(sign_in, cast, round_) -> None:
    row = of(round_, cast.school_a)
    let_all_be_late_but_school_b(cast, round_)
    text = sign_in(cast.admin).get(reverse("rounds:remind", args=[round_.pk])).content.decode()
    ticked = [
        part.split('"')[0] for part in text.split('name="submission" value="')[1:] if "checked" in part.split(">")[0]
    ]
    assert str(row.pk) in ticked
    assert str(of(round_, cast.school_b).pk) not in ticked


def test_the_words_for_the_group_name_every_unit_the_late_ones_apart(sign_in, cast, round_) -> None:
    client, url = sign_in(cast.admin), reverse("rounds:remind", args=[round_.pk])
    assert "已过截止时间" not in client.get(url).context["to_paste"]
    let_all_be_late_but_school_b(cast, round_)
    head, late, not_yet, address = client.get(url).context["to_paste"].split("\n")
    assert round_.name in head
    assert late.startswith("已过截止时间 ")
    assert cast.school_a.name in late
    assert cast.school_b.name not in late
    assert not_yet == f"还没有到期 1 个：{cast.school_b.name}"
    assert address.endswith(reverse("submissions:mine"))


def test_the_board_names_the_late(sign_in, cast, round_) -> None:
    Round.objects.filter(pk=round_.pk).update(due_at=timezone.now() - timedelta(days=1))
    page = sign_in(cast.leader).get(reverse("rounds:detail", args=[round_.pk])).content.decode()
    named = page.split("个单位已过截止时间仍未提交：")[1].split("。")[0].split("、")
    assert {cast.school_a.name, cast.school_b.name} <= set(named)


@pytest.mark.parametrize("name", ["extend", "remind"])
def test_a_closed_round_asks_nobody_for_anything(sign_in, cast, round_, name) -> None:
    actions.close(round_id=round_.pk, reason="数据已定稿", by=cast.admin)
    answer = sign_in(cast.admin).get(reverse(f"rounds:{name}", args=[round_.pk]))
    assert answer.status_code == 409
    assert "已关闭" in answer.content.decode()


def test_newcomers_are_offered_and_taken_in(sign_in, cast, round_) -> None:
    make_school("4102020003", "新建小学", cast.district)
    client = sign_in(cast.admin)
    assert "新建小学" in client.get(reverse("rounds:detail", args=[round_.pk])).content.decode()
    client.post(reverse("rounds:add_respondents", args=[round_.pk]))
    assert Submission.objects.filter(school__code="4102020003").exists()


@pytest.mark.parametrize(
    ("who", "listed", "detail", "managed"),
    [
        ("admin", 200, 200, 200),
        ("reviewer", 200, 200, 403),
        ("leader", 200, 200, 403),
        ("reporter_a", 403, 403, 403),
        ("foreign_admin", 200, 404, 404),
        ("auditor", 403, 403, 403),
    ],
)
def test_doors(sign_in, cast, round_, who, listed, detail, managed) -> None:
    client = sign_in(getattr(cast, who))
    assert client.get(reverse("rounds:list")).status_code == listed
    assert client.get(reverse("rounds:detail", args=[round_.pk])).status_code == detail
    for name in ("extend", "remind"):
        assert client.get(reverse(f"rounds:{name}", args=[round_.pk])).status_code == managed


@pytest.mark.parametrize("name", ["add_respondents", "send_reminders"])
def test_actions_are_posts(sign_in, cast, round_, name) -> None:
    url = reverse(f"rounds:{name}", args=[round_.pk])
    assert sign_in(cast.admin).get(url).status_code == 405
    assert sign_in(cast.foreign_admin).post(url).status_code == 404


def test_a_foreign_or_stale_tick_reminds_nobody(sign_in, cast, round_) -> None:
    foreign = opened(cast, district=cast.other_district, by=cast.foreign_admin)
    response = sign_in(cast.admin).post(
        reverse("rounds:send_reminders", args=[round_.pk]), {"submission": [of(foreign, cast.school_c).pk, "x"]}
    )
    assert response.status_code == 400


@pytest.mark.parametrize("name", ["detail", "list", "remind", "extend"])
def test_pages_ask_as_often_for_100_schools_as_for_10(sign_in, cast, name) -> None:
    client = sign_in(cast.admin)
    client.get("/")  # the first request of a session also writes the session
    counts = []
    for first, last, code in ((0, 10, "2026"), (10, 100, "2027")):
        for number in range(first, last):
            make_school(f"410202{5000 + number}", f"第{number}小学", cast.district)
        round_ = opened(cast, code=code)
        url = reverse(f"rounds:{name}", args=[] if name == "list" else [round_.pk])
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 21


def test_the_board_is_exported_as_filtered_or_as_ticked_with_the_reviewers_masked(sign_in, cast, round_) -> None:
    Submission.objects.filter(round=round_, school=cast.school_a).update(reviewer=cast.reviewer, state="in_review")
    client, url = sign_in(cast.admin), reverse("rounds:export", args=[round_.pk])

    def rows(**asked: Any) -> list[tuple[Any, ...]]:
        sheet = load_workbook(io.BytesIO(client.get(url, asked).getvalue())).get_sheet_by_index(0)
        return [row for row in sheet.to_python() if row[5] in ("审核中", "未开始")]

    assert [row[1] for row in rows(kind="小学")] == ["甲小学"]
    assert rows(kind="小学")[0][16] == "业*"
    ticked = of(round_, cast.school_b)
    assert [row[1] for row in rows(submission=ticked.pk)] == ["乙初级中学"]
    assert len(rows()) == 4
    board = client.get(reverse("rounds:detail", args=[round_.pk]), {"kind": "小学", "page": "1"}).content.decode()
    assert '<input type="hidden" name="kind" value="小学">' in board, "the button next to the ticks exports as filtered"
    assert '<input type="hidden" name="page"' not in board
    named = client.post(url, {"purpose": "送市局"}).getvalue()
    shown = [row[16] for row in load_workbook(io.BytesIO(named)).get_sheet_by_index(0).to_python()]
    assert cast.reviewer.name in shown


def test_a_new_year_is_offered_the_newest_standard_and_the_last_closed_fiscal_year(sign_in, cast, tmp_path) -> None:
    client, today = sign_in(cast.admin), timezone.localdate()
    form = client.get(reverse("rounds:open")).context["form"]
    assert form["standard"].value() == standards.current("national-2021").pk
    province = standard_actions.load(by=system_user(), folders=[overlays.write(tmp_path)])[-1].standard
    form = client.get(reverse("rounds:open")).context["form"]
    assert form["standard"].value() == province.pk
    assert f'<option value="{province.pk}" selected' in client.get(reverse("rounds:open")).content.decode()
    assert form["fiscal_year"].value() == today.year - 1


def test_a_past_year_is_opened_without_a_deadline(sign_in, cast, client) -> None:
    client, today = sign_in(cast.admin), timezone.localdate()
    year = today.year - (today.month < 9) - 1
    page = client.get(reverse("rounds:open"), {"backfill": "on"}).context["form"]
    assert (page["code"].value(), page["backfill"].value(), page["due_on"].value()) == (str(year), True, None)
    clocks = {"school_year_start": f"{year}-09-01", "fiscal_year": str(year), "school_year": f"{year}-{year + 1}"}
    sent = form(cast, code=str(year), name="往年", due_on="", **clocks)
    refused = client.post(reverse("rounds:open"), sent)
    assert (refused.status_code, "勾选“补录往年”" in refused.content.decode()) == (400, True)
    answer = client.post(reverse("rounds:open"), sent | {"backfill": "on"}, follow=True)
    text = answer.content.decode()
    assert "没有发通知" in text
    assert "不设（补录往年，不发通知）" in text
    assert "提醒填报" not in text
    round_ = Round.objects.get(code=str(year))
    assert client.get(reverse("rounds:remind", args=[round_.pk])).status_code == 409
    own = of(round_, cast.school_a)
    reporter = sign_in(cast.reporter_a)
    for address in (reverse("home"), reverse("submissions:mine"), reverse("submissions:edit", args=[own.pk])):
        page = reporter.get(address, follow=True)
        assert page.status_code == 200
        assert "还剩" not in page.content.decode()
    assert sign_in(cast.admin).get(reverse("home")).status_code == 200


def test_closing_says_what_it_stops_and_asks_why(sign_in, cast, round_) -> None:
    client, address = sign_in(cast.admin), reverse("rounds:close", args=[round_.pk])
    page = client.get(address).content.decode()
    assert "关闭后交不上来" in page
    assert "甲小学" in page
    assert client.post(address, {"reason": " "}).status_code == 400
    round_.refresh_from_db()
    assert round_.state == Round.State.OPEN
    text = client.post(address, {"reason": "数据已定稿"}, follow=True).content.decode()
    assert "理由：数据已定稿" in text
    assert client.get(address).status_code == 409
    again = reverse("rounds:reopen", args=[round_.pk])
    assert "过了截止时间的要另行延期" in client.get(again).content.decode()
    assert "重新开放理由：漏了一校" in client.post(again, {"reason": "漏了一校"}, follow=True).content.decode()
    assert client.get(again).status_code == 409


def test_pages_of_a_closed_round_say_that_it_is_closed(sign_in, cast, round_) -> None:
    Round.objects.filter(pk=round_.pk).update(due_at=timezone.now() - timedelta(days=3))
    actions.close(round_id=round_.pk, reason="数据已定稿", by=cast.admin)
    row = of(round_, cast.school_a)
    school, bureau = sign_in(cast.reporter_a), sign_in(cast.admin)
    pages = [
        (school, reverse("submissions:mine"), "已关闭填报"),
        (school, reverse("submissions:detail", args=[row.pk]), "理由：数据已定稿"),
        (school, reverse("submissions:check", args=[row.pk]), "已关闭填报"),
        (school, reverse("home"), ""),
        (bureau, reverse("rounds:detail", args=[round_.pk]), "理由：数据已定稿"),
        (bureau, reverse("home"), "已关闭"),
    ]
    for client, address, words in pages:
        text = client.get(address, follow=True).content.decode()
        assert words in text, address
        assert "还剩" not in text, address
        assert "逾期" not in text.replace("没有逾期", "").replace("只看逾期", ""), address


def test_the_list_of_a_province_is_paged(cast, sign_in):
    for year in range(2060, 2000, -1):
        open_round(cast.district, str(year))
    page = sign_in(cast.admin).get(reverse("rounds:list"))
    assert len(page.context["rows"]) == 50
    assert "page=2" in page.content.decode()
    assert len(sign_in(cast.admin).get(reverse("rounds:list") + "?page=2").context["rows"]) == 10
