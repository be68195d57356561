"""Finishing a visit: every 否 and every other figure than claimed is a finding, or has a reason."""

from decimal import Decimal

import pytest
from django.urls import reverse

from indicators.standard.engine import NotApplicable
from inspections.checklists.questions import differs
from inspections.claims.models import Direction
from inspections.dossiers import facts
from inspections.visits import actions as visits, queries
from inspections.visits.models import SIGNATURE, Visit
from portal.core.audit.models import AuditEvent
from portal.core.errors import Invalid
from portal.core.notices.models import Notice
from tests.inspections import making
from tests.shared import shared

pytestmark = pytest.mark.django_db

ROOMS, PEOPLE = "a7-multimedia", "a1-degrees"


@shared
def visit(cast):
    """甲小学 claims 24 multimedia rooms; the visit has begun."""
    round_ = making.make_round(cast.district, cast.admin)
    making.approved_revision(round_, cast.school_a, {"multimedia_rooms": {"value": "24"}}, cast.admin)
    return making.underway(cast)


def see(cast, visit, question, seen, found="", figures=None):
    said = {"question": question, "seen": seen, "found": found, "figures": figures}
    visits.save_answer(visit_id=visit.pk, by=cast.inspector_a, **said)


def finish(cast, visit, **more):
    given = {"summary": "良好", "accept_unanswered": True, "by": cast.inspector_a}
    return visits.finish(visit_id=visit.pk, **(given | more))


def shown(cast) -> str:
    return Notice.objects.get(user=cast.principal_a, text__contains="已完成").text


def test_a_no_without_finding_or_reason_keeps_the_visit_open(cast, visit) -> None:
    see(cast, visit, PEOPLE, "no")
    see(cast, visit, ROOMS, "yes", "22 间")
    with pytest.raises(Invalid, match="2 处") as refusal:
        finish(cast, visit)
    assert {problem.what for problem in refusal.value.problems} == {
        "回答为“否”，没有登记问题",
        "现场值与填报值不同，没有登记问题",
    }
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
    visits.raise_finding(visit_id=visit.pk, content=content, question=ROOMS, by=cast.inspector_a)
    assert queries.without_finding(visit) == []
    finish(cast, visit)
    assert "发现 1 个问题（A7 现场只有 22 间能够联网）" in shown(cast)


def test_a_finding_of_one_question_does_not_answer_another_of_the_same_indicator(cast, visit) -> None:
    keys = [entry["key"] for entry in visit.checklist["questions"] if entry["indicator"] == "A7"]
    other = next(entry["key"] for entry in visit.checklist["questions"] if entry["key"] not in keys)
    see(cast, visit, ROOMS, "no")
    content = making.content(indicator="A7")
    visits.raise_finding(visit_id=visit.pk, content=content, question=other, by=cast.inspector_a)
    assert [entry.question.key for entry in queries.without_finding(visit)] == [ROOMS]
    visits.raise_finding(visit_id=visit.pk, content=content, by=cast.inspector_a)
    assert queries.without_finding(visit) == []


def test_nothing_wrong_is_said_only_when_nothing_was(cast, visit) -> None:
    see(cast, visit, ROOMS, "yes", "24")
    finish(cast, visit)
    assert "没有发现问题" in shown(cast)


def test_the_page_asks_for_each_and_keeps_what_was_typed(cast, visit, sign_in) -> None:
    see(cast, visit, PEOPLE, "no")
    see(cast, visit, ROOMS, "no", "22 间")
    client, address = sign_in(cast.inspector_a), reverse("visits:finish", args=[visit.pk])
    page = client.get(address).content.decode()
    assert "不符而没有登记问题的（2 处）" in page
    assert "填报值 网络多媒体教室 24 间（2026 年度），现场值 22 间" in page
    sent = {"summary": "良好", "accept_unanswered": "on", f"reason-{PEOPLE}": "教师正在进修"}
    refused = client.post(address, sent)
    assert refused.status_code == 400
    assert 'value="教师正在进修"' in refused.content.decode()
    assert client.post(address, sent | {f"reason-{ROOMS}": "两间正在装修"}).status_code == 302
    detail = sign_in(cast.principal_a).get(reverse("visits:detail", args=[visit.pk])).content.decode()
    assert "没有登记问题：两间正在装修" in detail


def test_a_figure_found_is_stored_with_the_finding_it_raised(cast, visit) -> None:
    see(cast, visit, ROOMS, "no", figures={"multimedia_rooms": Decimal(22)})
    assert visit.answers.get().found == "网络多媒体教室 22 间"
    first = queries.finding_of(visit, ROOMS)
    assert "多报 2 间" in first["problem"]
    assert first["standard_value"]
    content = making.content(indicator="A7")
    finding = visits.raise_finding(visit_id=visit.pk, content=content, question=ROOMS, by=cast.inspector_a)
    finish(cast, visit)
    stored = visit.figures.get()
    assert (stored.finding, stored.question, stored.items) == (finding, ROOMS, ["multimedia_rooms"])
    assert (stored.claimed, stored.found, stored.difference, stored.unit) == (24, 22, -2, "间")
    assert (stored.direction, stored.tolerance) == (Direction.OVER, "0")
    assert stored.revision.receipt == visit.checklist["receipt"]


def test_a_figure_within_the_tolerance_is_checked_and_no_difference(cast, settings) -> None:
    settings.VISIT_TOLERANCES = {"multimedia_rooms": "10%"}
    round_ = making.make_round(cast.district, cast.admin)
    making.approved_revision(round_, cast.school_a, {"multimedia_rooms": {"value": "24"}}, cast.admin)
    visit = making.underway(cast)
    settings.VISIT_TOLERANCES = {}
    see(cast, visit, ROOMS, "yes", figures={"multimedia_rooms": Decimal(22)})
    assert queries.without_finding(visit) == []
    finish(cast, visit)
    assert visit.figures.get().direction == Direction.SAME


def test_a_blank_is_not_checked_and_none_on_site_is_a_difference(cast, visit) -> None:
    see(cast, visit, PEOPLE, "yes", figures={"a1-primary": Decimal(9)})
    see(cast, visit, ROOMS, "no", figures={"multimedia_rooms": NotApplicable("")})
    finish(cast, visit, reasons={ROOMS: "教学楼停用"})
    stored = visit.figures.get()
    assert (stored.code, stored.found, stored.direction, stored.finding) == ("multimedia_rooms", None, "over", None)


def test_a_figure_that_cannot_be_is_refused_and_nothing_is_stored(cast, visit) -> None:
    for amount in (Decimal("2.5"), Decimal(-1)):
        with pytest.raises(Invalid):
            see(cast, visit, ROOMS, "no", figures={"multimedia_rooms": amount})
    with pytest.raises(Invalid):
        see(cast, visit, PEOPLE, "no", figures={"multimedia_rooms": Decimal(2)})
    assert not visit.answers.exists()


def test_figures_are_typed_in_boxes_of_their_own(cast, visit, sign_in) -> None:
    client, address = sign_in(cast.inspector_a), reverse("visits:answer", args=[visit.pk, ROOMS])
    sent = {"seen": "yes", "note": "", "version": "0", "figure-multimedia_rooms": "２２"}
    saved = client.post(address, sent, headers={"Accept": "application/json"})
    assert saved.json()["asks"]
    assert visit.answers.get().figures == {"multimedia_rooms": {"value": "22"}}
    other = client.post(address, sent | {"seen": "no"}, headers={"Accept": "application/json"})
    assert other.status_code == 409
    assert other.json()["theirs"]["figure-multimedia_rooms"] == "22"
    wrong = client.post(address, sent | {"figure-multimedia_rooms": "二十"}, headers={"Accept": "application/json"})
    assert wrong.status_code == 400
    page = client.get(reverse("visits:checklist", args=[visit.pk])).content.decode()
    assert 'value="22"' in page
    blank = {"seen": "yes", "note": "", "version": "1", "figure-multimedia_rooms": ""}
    client.post(address, blank)
    assert visit.answers.get().figures == {}
    client.post(address, blank | {"version": "2", "none-multimedia_rooms": "on"})
    assert visit.answers.get().figures == {"multimedia_rooms": {"not_applicable": ""}}


def test_a_page_of_before_leaves_the_figures_as_they_are(cast, visit, sign_in) -> None:
    see(cast, visit, ROOMS, "no", figures={"multimedia_rooms": Decimal(22)})
    address = reverse("visits:answer", args=[visit.pk, ROOMS])
    sign_in(cast.inspector_a).post(address, {"seen": "no", "found": "", "note": "断网", "version": "1"})
    answer = visit.answers.get()
    assert (answer.note, answer.figures) == ("断网", {"multimedia_rooms": {"value": "22"}})


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


def test_the_schools_person_signs_and_both_sides_see_it(cast, visit, sign_in) -> None:
    with pytest.raises(Invalid):
        finish(cast, visit, signature=making.photo("签名.png"))
    assert not visit.photos.exists()
    done = finish(cast, visit, witness=" 王校长 ", signature=making.photo("签名.png"))
    photo = done.photos.get(question=SIGNATURE)
    after = AuditEvent.objects.get(action="visit.finish").after
    assert (done.witness, after["witness"], after["signature"]) == ("王校长", "王校长", photo.document.sha256)
    address, detail = (
        reverse(f"visits:{name}", args=args) for name, args in (("photo", [done.pk, photo.pk]), ("detail", [done.pk]))
    )
    for user, status in ((cast.inspector_a, 200), (cast.principal_a, 200), (cast.reporter_b, 404)):
        client = sign_in(user)
        answer = client.get(address)
        assert answer.status_code == status
        if status == 200:
            assert answer.getvalue()
            assert address in client.get(detail).content.decode()
    (found,) = facts._visits(cast.district)
    assert (found["witness"], [one["question"] for one in found["photos"]]) == ("王校长", ["校方在场人员签名"])


def test_a_visit_ends_without_a_signature(cast, visit, sign_in) -> None:
    page = reverse("visits:finish", args=[visit.pk])
    sent = {"summary": "良好", "accept_unanswered": "on"}
    assert sign_in(cast.inspector_a).post(page, sent).url == reverse("visits:detail", args=[visit.pk])
    (found,) = facts._visits(cast.district)
    assert found["witness"] == ""
