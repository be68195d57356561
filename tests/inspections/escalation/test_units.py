"""Orders to departments, townships and the bureau; what a reply carries; one series of numbers with the papers."""

import io
from contextlib import nullcontext

import pytest
import python_calamine
from django.urls import reverse

from inspections.escalation import queries, work, workflow
from inspections.escalation.models import LEVELS, Escalation
from inspections.letters import actions as letters
from inspections.letters.models import Letter
from inspections.rectification import actions as rectification
from inspections.rectification.models import Finding
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from portal.home import task_queries as tasks
from tests.cast import grant, make_user
from tests.inspections.escalation.test_escalation import _do, _issued, _night, _proposed
from tests.inspections.letters import papers
from tests.inspections.making import content, photo, today
from tests.schools.register import make_township

pytestmark = pytest.mark.django_db
S = Escalation.State
UNITS = ("department", "township", "responsible", "bureau")


def _ordered(cast, unit: str) -> tuple[Escalation, object]:
    """An issued order about a finding of a unit, and who answers there."""
    person = {"bureau": cast.admin}.get(unit, cast.liaison)
    where = {"bureau_id": cast.district.pk} if unit == "bureau" else {"department_id": cast.department.pk}
    if unit == "township":
        township, person = make_township(cast.district, "北郊乡"), make_user("beijiao", "北郊乡联络员")
        grant(person, "liaison", department=township)
        where = {"department_id": township.pk}
    elif unit == "responsible":
        where = {"school_id": cast.school_a.pk, "responsible_department_id": cast.department.pk}
    finding = rectification.register(source="SF", content=content(), by=cast.admin, **where)
    Finding.objects.filter(pk=finding.pk).update(due_on=today(-3))
    assert _night(cast) == 1
    row = _do("issue", finding.escalations.get(), cast.admin, text="请抓紧", reply_due_on=today(5))
    return row, person


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_signs_for_and_answers_its_own(cast, unit: str) -> None:
    row, person = _ordered(cast, unit)
    sent = Notice.objects.filter(user=person, url__contains=reverse("escalation:detail", args=[row.pk]))
    assert sent.exists() is (person != cast.admin)
    assert [task.url for task in tasks.to_answer_orders(person)] == [reverse("escalation:detail", args=[row.pk])]
    assert list(tasks.to_answer_orders(cast.principal_a)) == []
    _do("acknowledge", row, person)
    row = _do("answer", row, person, text="已拨付到位", uploads=[photo("凭证.jpg")])
    assert (row.state, [one.document.name for one in row.files.all()]) == (S.REPLIED, ["凭证.jpg"])
    if person == cast.admin:
        with pytest.raises(NotAllowed):
            _do("finish", row, cast.admin, text="属实")
    other = make_user("second", "另一位管理员")
    grant(other, "admin", district=cast.district)
    _do("finish", row, other, text="属实")


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("who", ["admin", "inspector_a"])
def test_a_paper_is_offered_where_one_may_be_drafted(cast, sign_in, unit: str, who: str) -> None:
    row, _ = _ordered(cast, unit)
    Escalation.objects.filter(pk=row.pk).update(level=next(code for code, level in LEVELS.items() if level.paper))
    row.refresh_from_db()
    person = getattr(cast, who)
    if not queries.seen_by(person).filter(pk=row.pk).exists():
        return
    offered = f"/letters/new/{row.spec.paper}/" in sign_in(person).get(reverse("escalation:detail", args=[row.pk])).text
    try:
        letters.draft(kind=row.spec.paper, subject_id=row.finding_id, by=person)
    except (NotAllowed, NotFound):
        assert not offered
    else:
        assert offered


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("who", ["reporter_a", "reporter_b", "reviewer", "foreign_admin", "inspector_a"])
def test_nobody_else_signs_for_it(cast, unit: str, who: str) -> None:
    row, _ = _ordered(cast, unit)
    sees = queries.seen_by(getattr(cast, who)).filter(pk=row.pk).exists()
    at_school = unit == "responsible" and who in ("reporter_a", "inspector_a")
    assert sees is (who == "reviewer" or at_school)
    with pytest.raises(NotAllowed if sees else NotFound):
        _do("acknowledge", row, getattr(cast, who))


def test_the_night_looks_at_districts_that_have_findings_of_any_unit(cast) -> None:
    rectification.register(source="SF", content=content(), department_id=cast.department.pk, by=cast.admin)
    Finding.objects.update(due_on=today(-3))

    class Context:
        def progress(self, done: int, total: int) -> None:
            assert (done, total) == (0, 1)

        def fenced(self):
            return nullcontext()

    assert work.run(Context()) == {"proposed": 1}


def test_one_finding_is_escalated_once_a_day(cast) -> None:
    row = _issued(cast)
    Finding.objects.filter(pk=row.finding_id).update(due_on=today(-20))
    _night(cast)
    second = row.finding.escalations.get(state=S.PROPOSED)
    with pytest.raises(Conflict):
        _do("issue", second, cast.admin, text="请整改", reply_due_on=today(7))
    Escalation.objects.filter(pk=row.pk).update(decided_at=row.decided_at.replace(year=row.decided_at.year - 1))
    assert _do("issue", second, cast.admin, text="请整改", reply_due_on=today(7)).state == S.ISSUED


def test_a_reply_sent_back_leaves_its_files_on_record(cast, sign_in) -> None:
    row = _issued(cast)
    _do("acknowledge", row, cast.principal_a)
    row.refresh_from_db()
    data = {"version": row.version, "text": "已完成", "uploads": [photo("一.jpg")]}
    client = sign_in(cast.principal_a)
    assert client.post(reverse("escalation:answer", args=[row.pk]), data).status_code == 302
    _do("ask_again", row, cast.admin, reason="看不清")
    _do("answer", row, cast.principal_a, text="补拍", uploads=[photo("二.jpg")])
    assert [one.document.name for one in row.files.all()] == ["一.jpg", "二.jpg"]
    url = reverse("escalation:file", args=[row.pk, row.files.first().pk])
    assert b"".join(client.get(url).streaming_content)
    assert sign_in(cast.reporter_b).get(url).status_code == 404


def test_too_many_files_leave_the_order_as_it_was(cast) -> None:
    row = _issued(cast)
    _do("acknowledge", row, cast.principal_a)
    with pytest.raises(Invalid):
        _do("answer", row, cast.principal_a, text="已完成", uploads=[photo()] * 11)
    row.refresh_from_db()
    assert (row.state, row.files.count()) == (S.ACKNOWLEDGED, 0)


def test_the_paper_of_an_order_carries_its_number_and_the_register_lists_each_once(cast) -> None:
    first, second = _issued(cast), _issued(cast)
    paper = papers.issued(cast, "supervision", first.finding_id)
    assert (paper.number, second.number) == (first.number, f"督办〔{today().year}〕2号")
    again = papers.issued(cast, "supervision", first.finding_id)
    assert again.number == f"督办〔{today().year}〕3号"
    book = letters.export(letters=Letter.objects.all(), with_others=True, by=cast.admin)
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    numbers = [row[3] for row in sheet if str(row[3]).startswith("督办")]
    assert numbers == [first.number, second.number, again.number]


def test_the_finding_shows_what_was_issued_about_it(cast, sign_in) -> None:
    row = _proposed(cast, 3)
    address = reverse("escalation:detail", args=[row.pk])
    page = reverse("rectification:detail", args=[row.finding_id])
    assert address not in sign_in(cast.principal_a).get(page).content.decode()
    _do("issue", row, cast.admin, text="请整改", reply_due_on=today(7))
    assert address in sign_in(cast.principal_a).get(page).content.decode()
    assert page in sign_in(cast.principal_a).get(address).content.decode()


ROAD = {
    ("proposed", "admin"): {"issue", "put_off", "decline"},
    ("issued", "principal_a"): {"acknowledge"},
    ("issued", "reporter_a"): {"acknowledge"},
    ("acknowledged", "principal_a"): {"answer"},
    ("acknowledged", "reporter_a"): {"answer"},
    ("replied", "admin"): {"finish", "ask_again"},
}
PEOPLE = ("admin", "leader", "reviewer", "expert", "inspector_a", "principal_a", "reporter_a", "reporter_b", "liaison")


def test_in_every_state_the_verbs_of_the_table_are_for_its_people_only(cast) -> None:
    row = _proposed(cast, 3)
    steps = {
        "issued": ("issue", cast.admin, {"text": "请整改", "reply_due_on": today(7)}),
        "acknowledged": ("acknowledge", cast.principal_a, {}),
        "replied": ("answer", cast.reporter_a, {"text": "已完成"}),
        "done": ("finish", cast.admin, {"text": "属实"}),
    }
    for state in ("proposed", *steps):
        if state in steps:
            verb, by, more = steps[state]
            row = _do(verb, row, by, **more)
        assert row.state == state
        offered = {who: {verb.code for verb in workflow.TABLE.offers(getattr(cast, who), row)} for who in PEOPLE}
        assert offered == {who: ROAD.get((state, who), set()) for who in PEOPLE}, state
