"""A school is merged, closed or runs again: one action that shows first, then settles, everything that hangs on it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from indicators.collection.submissions.models import Round, SendBackReason, Submission
from inspections.visits.models import Visit
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from schools.access.models import Membership
from schools.directory import actions, queries, workflow
from schools.directory.models import School
from schools.directory.workflow import Transition, Verb
from tests.cast import Cast, grant, make_school
from tests.indicators.district import figures, hand_in, open_round
from tests.inspections import making
from tests.schools.register import end, register, reopen
from tests.shared import shared

DAY = dt.date(2026, 9, 1)
EARLIER = dt.date(2026, 8, 31)


@shared
def heir(cast: Cast) -> School:
    return make_school("4102020011", "青禾小学", cast.district)


@shared
def this_year(cast: Cast, heir: School) -> Round:
    """The round of 2026, its day the day of the merger; both schools approved."""
    round_ = open_round(cast.district, "2026")
    hand_in(round_, cast.school_a, figures())
    hand_in(round_, heir, figures())
    return round_


def state(round_: Round, school: School) -> str:
    return Submission.objects.get(round=round_, school=school).state


def foreseen(school: School, successor: School | None = None, day: dt.date = DAY, **decisions: str) -> list[str]:
    verb = Verb.MERGE if successor else Verb.CLOSE
    change = Transition(verb, school, day, successor, "批文", workflow.usual(verb) | decisions)
    return [f"{row.where}：{row.text}" for row in workflow.foresee(change)]


def test_a_merger_says_what_follows_and_then_does_it(cast: Cast, heir: School, this_year: Round) -> None:
    assert foreseen(cast.school_a, heir) == [
        "2026 年度自评：甲小学在2026年9月1日（学年初基准日）已合并，不再计入；已交的填报留存备查，不再采用。",
        "2026 年度自评：青禾小学已通过的填报不含甲小学的学生、校舍和设备，将退回重填。",
        "账号：甲区督学（责任督学）、甲校校长（校长）、甲校填报员（学校填报员）在甲小学的授权保留。",
    ]
    assert state(this_year, heir) == "approved", "looking changes nothing"
    school = end(cast.school_a, DAY, cast.admin, heir)
    assert (school.status, school.successor, school.closed_on) == ("停办", heir, DAY)
    assert state(this_year, heir) == "returned"
    assert state(this_year, cast.school_a) == "approved"
    reasons = {row.item: row.text for row in SendBackReason.objects.all()}
    assert {"pupils", "teaching_area"} <= reasons.keys()
    assert reasons["pupils"] == "甲小学自2026年9月1日起并入青禾小学，请把甲小学的学生、校舍和设备一并填在内"
    event = AuditEvent.objects.get(action="school.merge")
    assert (event.after["successor"], event.after["reason"]) == (heir.code, "龙政〔2026〕12号")
    assert event.after["decisions"]["学生"] == "转入并入学校"
    assert len(event.after["consequences"]) == 3
    assert school.changes.get().reason == "龙政〔2026〕12号"


def test_a_merger_after_the_rounds_day_changes_nothing_in_it(cast: Cast, heir: School, this_year: Round) -> None:
    after = dt.date(2026, 9, 2)
    [words, _] = foreseen(cast.school_a, heir, after)
    assert "仍按当时的情况计入（现在已通过）" in words
    end(cast.school_a, after, cast.admin, heir)
    assert state(this_year, heir) == "approved"
    then = {school.code: school.status for school in queries.of_district(cast.district, DAY)}
    assert then[cast.school_a.code] == "在办"


def test_what_does_not_move_is_not_filled_in_again(cast: Cast, heir: School, this_year: Round) -> None:
    end(cast.school_a, DAY, cast.admin, heir, pupils="none", rooms="none")
    assert state(this_year, heir) == "approved"


def test_a_closed_round_is_only_mentioned(cast: Cast, heir: School, this_year: Round) -> None:
    Round.objects.update(state=Round.State.CLOSED)
    assert "2026 年度自评：填报已关闭，原来的评估结果不变" in foreseen(cast.school_a, heir)[0]
    end(cast.school_a, DAY, cast.admin, heir)
    assert state(this_year, heir) == "approved"


def test_a_successor_without_a_submission_gets_one_to_fill_in(cast: Cast, heir: School) -> None:
    round_ = open_round(cast.district, "2026")
    hand_in(round_, cast.school_a, figures())
    assert "2026 年度自评：将为青禾小学新开一份填报任务。" in foreseen(cast.school_a, heir)
    end(cast.school_a, DAY, cast.admin, heir)
    assert state(round_, heir) == "draft"


def test_a_draft_of_the_successor_is_informed_what_to_fill_in(cast: Cast, this_year: Round) -> None:
    Submission.objects.create(round=this_year, school=cast.school_b, created_by=cast.admin, updated_by=cast.admin)
    end(cast.school_a, DAY, cast.admin, cast.school_b)
    assert "请把甲小学的学生、校舍和设备一并填在内" in Notice.objects.get(user=cast.reporter_b).text


def test_visits_findings_and_accounts_go_as_decided(cast: Cast, heir: School) -> None:
    visit, finding = making.planned(cast), making.dispatched(cast)
    underway = making.underway(cast)
    shown = "\n".join(foreseen(cast.school_a, heir, accounts="successor"))
    assert "将取消，通知学校和督导小组" in shown
    assert "正在进行，照常完成" in shown
    assert f"1 个没有销号的问题（{finding.number}）转由青禾小学继续整改。" in shown
    end(cast.school_a, DAY, cast.admin, heir, accounts="successor")
    for row in (visit, underway, finding):
        row.refresh_from_db()
    assert (visit.state, underway.state) == ("cancelled", "underway")
    assert visit.cancel_reason == "甲小学自2026年9月1日起并入青禾小学"
    assert finding.school == heir
    assert finding.entries.last().get_kind_display() == "移交"
    held = Membership.objects.in_force().filter(user=cast.reporter_a)
    assert [row.school for row in held] == [heir]


def test_what_is_held_stays(cast: Cast, heir: School) -> None:
    visit, finding = making.planned(cast), making.dispatched(cast)
    end(cast.school_a, DAY, cast.admin, heir, visits="keep", findings="school", accounts="keep")
    visit.refresh_from_db()
    finding.refresh_from_db()
    assert (visit.state, finding.school) == (Visit.State.PLANNED, cast.school_a)
    assert Membership.objects.in_force().filter(user=cast.reporter_a, school=cast.school_a).exists()


def test_a_school_that_runs_again_is_asked_again_and_its_successor_too(
    cast: Cast, heir: School, this_year: Round
) -> None:
    end(cast.school_a, EARLIER, cast.admin, heir, pupils="none", rooms="none")
    Submission.objects.filter(school=cast.school_b).delete()
    reopen(cast.school_a, DAY, cast.admin)
    assert state(this_year, cast.school_a) == "approved"
    assert state(this_year, heir) == "returned"
    assert SendBackReason.objects.first().text.endswith("请不再把甲小学的学生、校舍和设备填在内")
    school = School.objects.get(pk=cast.school_a.pk)
    assert (school.status, school.successor, school.closed_on) == ("在办", None, None)
    end(cast.school_b, EARLIER, cast.admin)
    reopen(cast.school_b, DAY, cast.admin)
    assert state(this_year, cast.school_b) == "draft"


def closing(school: School, *receivers: School, **more: Any) -> Transition:
    decisions = workflow.usual(Verb.CLOSE) | more.pop("decisions", {})
    return Transition(Verb.CLOSE, school, DAY, None, "批文", decisions, receivers, **more)


def test_the_schools_that_take_the_pupils_of_a_closed_one_fill_in_again(
    cast: Cast, heir: School, this_year: Round
) -> None:
    Submission.objects.create(round=this_year, school=cast.school_b, created_by=cast.admin, updated_by=cast.admin)
    late = make_school("4102020012", "迟报小学", cast.district)
    shown = [f"{row.where}：{row.text}" for row in workflow.foresee(closing(cast.school_a, heir, cast.school_b, late))]
    assert shown[:5] == [
        "学生：转入青禾小学、乙初级中学、迟报小学。",
        "2026 年度自评：将为迟报小学新开一份填报任务。",
        "2026 年度自评：甲小学在2026年9月1日（学年初基准日）已停办，不再计入；已交的填报留存备查，不再采用。",
        "2026 年度自评：青禾小学已通过的填报不含甲小学转入的学生，将退回重填。",
        "2026 年度自评：乙初级中学的填报还没有交（填报中），将通知：请把甲小学转入的学生一并填在内。",
    ]
    end(cast.school_a, DAY, cast.admin, receivers=[heir, cast.school_b, late])
    assert [state(this_year, row) for row in (heir, cast.school_b, late)] == ["returned", "draft", "draft"]
    assert {row.item: row.text for row in SendBackReason.objects.all()} == {
        "pupils": "甲小学自2026年9月1日起停办，请把甲小学转入的学生一并填在内"
    }
    assert "请把甲小学转入的学生一并填在内" in Notice.objects.get(user=cast.reporter_b).text
    assert AuditEvent.objects.get(action="school.close").after["receivers"] == ["青禾小学", "乙初级中学", "迟报小学"]
    assert cast.school_a.changes.get().reason == "龙政〔2026〕12号；学生转入青禾小学、乙初级中学、迟报小学"


def test_a_merger_that_scatters_the_pupils_does_so_too(cast: Cast, heir: School, this_year: Round) -> None:
    hand_in(this_year, cast.school_b, figures("初级中学"))
    end(cast.school_a, DAY, cast.admin, heir, receivers=[cast.school_b], pupils="elsewhere")
    assert [state(this_year, row) for row in (heir, cast.school_b)] == ["returned", "returned"]
    rooms, pupils = (
        {row.item for row in SendBackReason.objects.filter(decision__revision__submission__school=row)}
        for row in (heir, cast.school_b)
    )
    assert "pupils" not in rooms
    assert pupils == {"pupils"}


def test_whoever_takes_nobody_in_says_why(cast: Cast, heir: School) -> None:
    assert workflow.problem_of(closing(cast.school_a)) == ("请选择接收学生的学校；没有本区学校接收的，写明学生的去向。")
    change = closing(cast.school_a, elsewhere="随迁子女全部转回原籍")
    assert workflow.problem_of(change) == ""
    assert workflow.foresee(change)[0].text == "没有本区学校接收（随迁子女全部转回原籍）。"
    for wrong in (cast.school_a, end(heir, DAY, cast.admin)):
        assert "不能选为接收学校" in workflow.problem_of(closing(cast.school_a, wrong))


def test_schools_give_back_the_pupils_of_one_that_runs_again(cast: Cast, heir: School, this_year: Round) -> None:
    end(cast.school_a, EARLIER, cast.admin)
    reopen(cast.school_a, DAY, cast.admin, receivers=[heir])
    assert SendBackReason.objects.get().text.endswith("请不再把转回甲小学的学生填在内")


def test_a_planned_visit_moves_to_the_school_that_takes_over(cast: Cast, heir: School) -> None:
    grant(cast.inspector_a, "inspector", school=heir)
    visit = making.planned(cast)
    Notice.objects.all().delete()
    assert any("改到青禾小学，通知两所学校和督导小组" in row for row in foreseen_move(cast, heir))
    end(cast.school_a, DAY, cast.admin, heir, visits="move")
    visit.refresh_from_db()
    assert (visit.state, visit.school, visit.moved_from) == ("planned", heir, cast.school_a)
    assert visit.move_reason == "甲小学自2026年9月1日起并入青禾小学"
    assert "改到青禾小学：甲小学自" in Notice.objects.get(user=cast.reporter_a).text
    assert "改到青禾小学" in Notice.objects.get(user=cast.inspector_a).text
    event = AuditEvent.objects.get(action="visit.move")
    assert (event.before["school"], event.after["school"]) == ("甲小学", "青禾小学")


def test_a_visit_moves_to_one_of_the_receivers(cast: Cast, heir: School) -> None:
    grant(cast.inspector_a, "inspector", school=heir)
    visit, decisions = making.planned(cast), {"visits": "move"}
    wrong = closing(cast.school_a, cast.school_b, decisions=decisions, visited=heir)
    assert "请在接收学生的学校中选择" in workflow.problem_of(wrong)
    end(cast.school_a, DAY, cast.admin, receivers=[cast.school_b, heir], visited=heir, **decisions)
    visit.refresh_from_db()
    assert visit.school == heir


def test_a_team_that_may_not_inspect_the_other_school_stays(cast: Cast, heir: School) -> None:
    making.planned(cast)
    words = "甲区督学的责任范围不含青禾小学"
    assert any(f"不能改到青禾小学：{words}" in row for row in foreseen_move(cast, heir))
    with pytest.raises(Invalid, match="不能改到青禾小学"):
        end(cast.school_a, DAY, cast.admin, heir, visits="move")
    assert School.objects.get(pk=cast.school_a.pk).status == "在办"


def foreseen_move(cast: Cast, heir: School) -> list[str]:
    decisions = workflow.usual(Verb.MERGE) | {"visits": "move"}
    change = Transition(Verb.MERGE, cast.school_a, DAY, heir, "批文", decisions, visited=heir)
    return [row.text for row in workflow.foresee(change)]


def test_the_page_of_a_closing_asks_where_the_pupils_go(cast: Cast, heir: School, this_year: Round, sign_in) -> None:
    client, url = sign_in(cast.admin), f"/schools/{cast.school_a.code}/close/"
    typed = {"day": "2026-09-01", "reason": "批文", **workflow.usual(Verb.CLOSE)}
    assert "写明学生的去向" in client.post(url, typed).content.decode()
    typed |= {"receivers": [heir.code]}
    page = client.post(url, typed)
    assert "青禾小学已通过的填报不含甲小学转入的学生，将退回重填。" in page.content.decode()
    client.post(url, typed | {"confirm": "1", "seen": page.context["seen"]})
    assert state(this_year, heir) == "returned"


def test_done_twice_is_done_once(cast: Cast, heir: School, this_year: Round) -> None:
    end(cast.school_a, DAY, cast.admin, heir)
    assert end(cast.school_a, DAY, cast.admin, heir).version == 2
    assert AuditEvent.objects.filter(action="school.merge").count() == 1
    end(cast.school_b, DAY, cast.admin)
    assert end(cast.school_b, DAY, cast.admin).version == 2
    reopen(cast.school_b, DAY, cast.admin)
    assert reopen(cast.school_b, DAY, cast.admin).version == 3
    with pytest.raises(Conflict, match="已并入青禾小学"):
        end(cast.school_a, DAY, cast.admin, cast.school_b)


def _ask(cast: Cast, by: Any = None, **changes: Any) -> School:
    asked = {
        "code": cast.school_a.code,
        "successor": cast.school_b.code,
        "day": DAY,
        "reason": "批文",
        "decisions": workflow.usual(Verb.MERGE),
        "seen": "",
    }
    return actions.merge_school(**(asked | changes), by=by or cast.admin)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (lambda: {"day": making.today(1)}, "不能晚于今天"),
        (lambda: {"reason": " "}, "请写明合并的原因"),
        (lambda: {"successor": "4102020001"}, "这所学校自己"),
        (lambda: {"successor": "9999999999"}, "没有找到并入学校"),
        (lambda: {"decisions": {}}, "请选择学生怎么办"),
    ],
)
def test_a_wrong_merger_is_refused(cast: Cast, changes: Callable[[], dict[str, Any]], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        _ask(cast, **changes())
    assert School.objects.get(pk=cast.school_a.pk).status == "在办"


def test_a_closed_school_takes_nobody_in(cast: Cast, heir: School) -> None:
    end(heir, DAY, cast.admin)
    with pytest.raises(Invalid, match="青禾小学已停办，不能并入"):
        _ask(cast, successor=heir.code)


def test_what_was_not_seen_is_not_done(cast: Cast) -> None:
    with pytest.raises(Conflict, match="还没有办理"):
        _ask(cast)


@pytest.mark.parametrize(
    ("who", "error"), [("reviewer", NotAllowed), ("principal_a", NotAllowed), ("foreign_admin", NotFound)]
)
def test_only_who_keeps_the_register_may(cast: Cast, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        _ask(cast, by=getattr(cast, who))
    with pytest.raises(NotFound):
        _ask(cast, successor=cast.school_c.code)


def test_the_page_shows_what_follows_before_it_asks_to_confirm(
    cast: Cast, heir: School, this_year: Round, sign_in
) -> None:
    client, url = sign_in(cast.admin), f"/schools/{cast.school_a.code}/merge/"
    typed = {"day": "2026-09-01", "successor": heir.code, "reason": "批文", **workflow.usual(Verb.MERGE)}
    page = client.post(url, typed)
    assert "青禾小学已通过的填报不含甲小学的学生、校舍和设备，将退回重填。" in page.content.decode()
    assert "确认合并" in page.content.decode()
    assert state(this_year, heir) == "approved"
    seen = page.context["seen"]
    changed = client.post(url, typed | {"confirm": "1", "seen": seen, "day": "2026-08-31"})
    assert changed.status_code == 409
    assert "情况有了变化，还没有办理" in changed.content.decode()
    done = client.post(url, typed | {"confirm": "1", "seen": seen})
    assert (done.status_code, done["Location"]) == (302, f"/schools/{cast.school_a.code}/")
    assert state(this_year, heir) == "returned"
    assert client.get(url).status_code == 302, "there is nothing left to merge"


def test_an_import_settles_a_merger_as_usual_and_shows_it_first(
    cast: Cast, heir: School, this_year: Round, sign_in
) -> None:
    client = sign_in(cast.admin)
    row = {"school_code": cast.school_a.code, "status": "停办", "successor": heir.code}
    sent = client.post("/schools/import/", {"file": SimpleUploadedFile("名录.xlsx", register(row))})
    page = client.get(sent["Location"])
    assert "仍按当时的情况计入" in page.content.decode(), "from today on"
    assert "青禾小学（4102020011）" in page.content.decode(), "no bare code"
    confirm = {"seen": page.context["plan"]["digest"], "valid_from": "2026-09-01"}
    again = client.post(f"{sent['Location']}confirm/", confirm, follow=True)
    assert "青禾小学已通过的填报不含甲小学的学生、校舍和设备，将退回重填。" in again.content.decode()
    assert state(this_year, heir) == "approved"
    confirm |= {"seen": again.context["plan"]["digest"]}
    assert client.post(f"{sent['Location']}confirm/", confirm).status_code == 400, "why it ends is asked"
    assert state(this_year, heir) == "approved"
    client.post(f"{sent['Location']}confirm/", confirm | {"reason": "龙政〔2026〕13号"})
    assert state(this_year, heir) == "returned"
    event = AuditEvent.objects.get(action="school.import")
    assert "将退回重填" in str(event.after["consequences"])
    assert event.after["reason"] == cast.school_a.changes.get().reason == "龙政〔2026〕13号"


def test_a_role_that_has_not_begun_begins_at_the_other_school_no_earlier(cast: Cast, heir: School) -> None:
    next_year = timezone.localdate() + dt.timedelta(days=300)
    Membership.objects.filter(user=cast.principal_a).update(valid_from=next_year)
    end(cast.school_a, DAY, cast.admin, heir, accounts="successor")
    row = Membership.objects.get(user=cast.principal_a, school=heir)
    assert (row.valid_from, row.is_in_force) == (next_year, False)
