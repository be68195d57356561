"""Finishing a visit: every 否 and every other figure than claimed is a finding, or has a reason."""

import pytest
from django.urls import reverse

from inspections.rectification import queries
from inspections.rectification import raising_actions as raising
from inspections.visits import actions as visits
from inspections.visits.checklist import differs
from inspections.visits.models import Visit
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid
from portal.core.notices.models import Notice
from tests.inspections import making

pytestmark = pytest.mark.django_db

ROOMS, PEOPLE = "a7-multimedia", "a1-degrees"


@pytest.fixture
def visit(cast):
    """甲小学 claims 24 multimedia rooms; the visit has begun."""
    round_ = making.make_round(cast.district, cast.admin)
    making.approved_revision(round_, cast.school_a, {"multimedia_rooms": {"value": "24"}}, cast.admin)
    return making.underway(cast)


def see(cast, visit, question, seen, found=""):
    visits.save_answer(visit_id=visit.pk, question=question, seen=seen, found=found, by=cast.inspector_a)


def finish(cast, visit, **more):
    given = {"summary": "良好", "accept_unanswered": True, "by": cast.inspector_a}
    return raising.finish_visit(visit_id=visit.pk, **(given | more))


def shown(cast) -> str:
    return Notice.objects.get(user=cast.principal_a, text__contains="已完成").text


def test_a_no_without_finding_or_reason_keeps_the_visit_open(cast, visit) -> None:
    see(cast, visit, PEOPLE, "no")
    see(cast, visit, ROOMS, "yes", "22 间")
    with pytest.raises(Invalid, match="2 处") as refusal:
        finish(cast, visit)
    assert [problem.what for problem in refusal.value.problems] == [
        "回答为“否”，没有登记问题",
        "现场值与填报值不同，没有登记问题",
    ]
    with pytest.raises(Invalid, match="1 处"):
        finish(cast, visit, reasons={PEOPLE: "教师正在进修", ROOMS: "  "})
    visit.refresh_from_db()
    assert visit.state == Visit.State.UNDERWAY
    assert not visit.answers.exclude(reason="").exists()


def test_reasons_are_stored_and_the_notice_does_not_say_that_nothing_was_found(cast, visit) -> None:
    see(cast, visit, PEOPLE, "no")
    finish(cast, visit, reasons={PEOPLE: "教师正在进修"})
    assert visit.answers.get(question=PEOPLE).reason == "教师正在进修"
    assert "没有发现问题" not in shown(cast)
    assert "1 处与要求或填报不符" in shown(cast)
    (reason,) = AuditEvent.objects.filter(action="visit.finish").latest("seq").after["reasons"]
    assert reason.endswith("：教师正在进修")


def test_a_finding_answers_its_question_and_the_notice_names_it(cast, visit) -> None:
    see(cast, visit, ROOMS, "no", "22 间")
    assert [entry.question.key for entry in queries.without_finding(visit)] == [ROOMS]
    content = making.content(indicator="A7", problem="现场只有 22 间能够联网。")
    raising.raise_on_visit(visit_id=visit.pk, content=content, question=ROOMS, by=cast.inspector_a)
    assert queries.without_finding(visit) == []
    finish(cast, visit)
    assert "发现 1 个问题（A7 现场只有 22 间能够联网）" in shown(cast)


def test_a_finding_of_one_question_does_not_answer_another_of_the_same_indicator(cast, visit) -> None:
    keys = [entry["key"] for entry in visit.checklist["questions"] if entry["indicator"] == "A7"]
    other = next(entry["key"] for entry in visit.checklist["questions"] if entry["key"] not in keys)
    see(cast, visit, ROOMS, "no")
    content = making.content(indicator="A7")
    raising.raise_on_visit(visit_id=visit.pk, content=content, question=other, by=cast.inspector_a)
    assert [entry.question.key for entry in queries.without_finding(visit)] == [ROOMS]
    raising.raise_on_visit(visit_id=visit.pk, content=content, by=cast.inspector_a)
    assert queries.without_finding(visit) == []


def test_nothing_wrong_is_said_only_when_nothing_was(cast, visit) -> None:
    see(cast, visit, ROOMS, "yes", "24")
    finish(cast, visit)
    assert "没有发现问题" in shown(cast)


def test_the_page_asks_for_each_and_keeps_what_was_typed(cast, visit, sign_in) -> None:
    see(cast, visit, PEOPLE, "no")
    see(cast, visit, ROOMS, "no", "22 间")
    client, address = sign_in(cast.inspector_a), reverse("rectification:finish_visit", args=[visit.pk])
    page = client.get(address).content.decode()
    assert "不符而没有登记问题的（2 处）" in page
    assert "填报值 网络多媒体教室 24 间，现场值 22 间" in page
    sent = {"summary": "良好", "accept_unanswered": "on", f"reason-{PEOPLE}": "教师正在进修"}
    refused = client.post(address, sent)
    assert refused.status_code == 400
    assert 'value="教师正在进修"' in refused.content.decode()
    assert client.post(address, sent | {f"reason-{ROOMS}": "两间正在装修"}).status_code == 302
    detail = sign_in(cast.principal_a).get(reverse("visits:detail", args=[visit.pk])).content.decode()
    assert "没有登记问题：两间正在装修" in detail


def test_yes_with_another_figure_than_claimed_asks(cast, visit, sign_in) -> None:
    client, address = sign_in(cast.inspector_a), reverse("visits:answer", args=[visit.pk, ROOMS])
    sent = {"seen": "yes", "found": "22 间", "note": "", "version": "0"}
    saved = client.post(address, sent, headers={"Accept": "application/json"})
    assert "请核对" in saved.json()["asks"]
    again = client.post(address, sent | {"found": "24 间", "version": "1"}, headers={"Accept": "application/json"})
    assert again.json()["asks"] == ""
    plain = client.post(address, sent | {"version": "2"}, follow=True).content.decode()
    assert "现场值与填报值不同，却回答“是”" in plain


@pytest.mark.parametrize(
    ("claimed", "found", "different"),
    [
        ("网络多媒体教室 24 间", "22 间", True),
        ("网络多媒体教室 24 间", "24", False),
        ("24 间", "２４间", False),
        ("面积 1200 ㎡", "1,200 ㎡", False),
        ("2 间，最小 96 ㎡，最大 100 ㎡", "2 间", False),
        ("2 间", "", False),
        ("2 间", "两间", False),
        ("", "22", False),
        ("未填报", "22", False),
        ("6.10 ㎡", "6.1", False),
        ("0 间", "3", True),
    ],
)
def test_what_is_another_figure(claimed, found, different) -> None:
    assert differs(claimed, found) is different
