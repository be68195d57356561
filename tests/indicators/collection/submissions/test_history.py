"""What the head sees before signing, and what stays on record: verdicts first, differences between revisions, withdrawals."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from indicators.collection.submissions import actions
from indicators.collection.submissions.models import Revision, Withdrawal
from indicators.standard.engine import Value
from portal.core.notices.models import Notice
from tests.indicators.collection.submissions.test_pages import page, url
from tests.indicators.collection.submissions.test_submit import send_back, set_values, submit
from tests.pages import flat


def said(person: Any) -> list[str]:
    return list(Notice.objects.filter(user=person).order_by("pk").values_list("text", flat=True))


def test_the_head_sees_the_verdicts_before_the_figures(cast: Any, complete: Any, sign_in: Any) -> None:
    html = flat(page(sign_in(cast.principal_a), "sign", complete.pk))
    heads = (
        "学校自评表",
        "小学资源配置",
        "A7 多媒体教室",
        "按本校数据判定的",
        "B3 音乐美术教室",
        "C3 章程与信息化",
        "一票否决事项",
        "签发并提交",
        "在校生数",
    )
    assert [head for head in heads if head not in html] == []
    places = [html.index(head) for head in heads]
    assert places == sorted(places)
    assert html.count("没有发生") == len([field for field in complete.answers.all() if field.field.startswith("veto_")])
    assert "待填" not in html[: places[-2]]


def test_what_fails_and_what_is_open_is_said_in_its_line(cast: Any, complete: Any, sign_in: Any) -> None:
    set_values(complete, cast.principal_a, veto_safety=Value(True), charter=Value(False), teaching_area=Value(10))
    complete.answers.filter(field="veto_fraud").delete()
    html = flat(page(sign_in(cast.principal_a), "sign", complete.pk))
    rating = html[html.index("学校自评表") : html.index("还不能签发")]
    for words in ("低于底线", "不符合", "应为“是”", "待校长确认"):
        assert words in rating
    assert rating.index("待校长确认") > rating.index("一票否决事项")


def test_the_signing_page_shows_what_changed_since_the_last_time(cast: Any, complete: Any, sign_in: Any) -> None:
    client = sign_in(cast.principal_a)
    assert "第 1 次提交 →" not in flat(page(client, "sign", complete.pk)), "the first has nothing before it"
    send_back(submit(complete, cast.principal_a), "teaching_area", "pupils")
    set_values(complete, cast.reporter_a, teaching_area=Value(2600))
    html = flat(page(client, "sign", complete.pk))
    part = html[html.index("第 1 次提交 → 现在：2 项") : html.index("还不能签发")]
    for words in ("教学及辅助用房面积", "2520", "2600", "与统计报表不一致", "没有改，只作说明"):
        assert words in part


def test_a_later_revision_says_how_it_differs_and_the_history_leads_there(
    cast: Any, complete: Any, sign_in: Any
) -> None:
    send_back(submit(complete, cast.principal_a), "teaching_area")
    set_values(complete, cast.reporter_a, teaching_area=Value(2600))
    second = submit(complete, cast.principal_a)
    client = sign_in(cast.reporter_a)
    detail = client.get(url("detail", complete.pk))
    assertContains(detail, "与第 1 次提交相比，改了 1 项")
    assertContains(detail, f"{url('revision', second.pk)}#changes")
    html = flat(page(client, "revision", second.pk))
    part = html[html.index("第 1 次提交 → 这一次：1 项") :]
    assert part.index("2520") < part.index("2600")
    assertNotContains(client.get(url("revision", Revision.objects.get(number=1).pk)), "→ 这一次")


def test_a_withdrawal_stands_in_the_history_with_who_when_and_why(cast: Any, complete: Any, sign_in: Any) -> None:
    first = submit(complete, cast.principal_a)
    actions.withdraw(submission_id=complete.pk, reason="教师数填错了", by=cast.principal_a)
    row = Withdrawal.objects.get()
    assert (row.revision, row.reason, row.withdrawn_by) == (first, "教师数填错了", cast.principal_a)
    client = sign_in(cast.reporter_a)
    html = flat(page(client, "detail", complete.pk))
    part = html[html.index("撤回第 1 次提交") :]
    assert cast.principal_a.name in part[:200]
    assert "教师数填错了" in part[:300]
    assert "撤回：教师数填错了" in flat(page(client, "revision", first.pk))
    submit(complete, cast.principal_a)
    html = flat(page(client, "detail", complete.pk))
    assert html.index("第 2 次提交") < html.index("撤回第 1 次提交") < html.index("与第 1 次提交相比，没有改动") or (
        "与第 1 次提交相比，没有改动" in html
    )


def test_the_reporter_hears_when_the_head_signs_and_withdraws(cast: Any, complete: Any) -> None:
    revision = submit(complete, cast.principal_a)
    actions.withdraw(submission_id=complete.pk, reason="教师数填错了", by=cast.principal_a)
    signed, withdrawn = said(cast.reporter_a)
    assert revision.receipt in signed
    assert withdrawn == f"甲小学的2026 年度自评填报已由{cast.principal_a.name}撤回，可以继续修改。原因：教师数填错了。"
    assert said(cast.principal_a) == [], "who did it knows"
    assert Notice.objects.filter(user=cast.reporter_a).latest("pk").url == reverse(
        "submissions:detail", args=[complete.pk]
    )


def test_the_longest_reason_fits_into_the_notice(cast: Any, complete: Any) -> None:
    submit(complete, cast.principal_a)
    actions.withdraw(submission_id=complete.pk, reason="错" * 200, by=cast.principal_a)
    assert said(cast.reporter_a)[-1].startswith("甲小学的2026 年度自评填报已由")


@pytest.mark.parametrize("times", [1, 3])
def test_the_pages_take_a_fixed_number_of_queries(
    cast: Any, complete: Any, sign_in: Any, django_assert_max_num_queries: Callable[[int], Any], times: int
) -> None:
    client = sign_in(cast.principal_a)
    for number in range(times):
        set_values(complete, cast.reporter_a, teaching_area=Value(2600 + number))
        last = submit(complete, cast.principal_a)
        actions.withdraw(submission_id=complete.pk, reason="再核一遍", by=cast.principal_a)
    with django_assert_max_num_queries(20):
        page(client, "sign", complete.pk)
    with django_assert_max_num_queries(20):
        page(client, "detail", complete.pk)
    with django_assert_max_num_queries(12):
        page(client, "revision", last.pk)
