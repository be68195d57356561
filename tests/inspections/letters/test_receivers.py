"""Who a paper goes to: departments and townships, every school of a circular; what becomes of it when a school ends."""

import pytest
from django.urls import reverse

from inspections.letters import actions, closures, forms, queries, rights, workflow
from inspections.letters.models import Letter
from inspections.rectification import actions as rectification
from inspections.rectification.models import Finding
from portal.core.errors import Conflict, NotAllowed, NotFound
from portal.core.notices.models import Notice
from portal.home import task_queries as tasks
from schools.directory.workflow import Transition, Verb
from tests.cast import Cast, grant, make_user
from tests.inspections import making
from tests.inspections.letters import papers
from tests.schools.register import end, make_township

pytestmark = pytest.mark.django_db
S = Letter.State
UNITS = ("department", "township")


def addressed(cast: Cast, unit: str) -> tuple[Letter, object]:
    """An issued notice of rectification to a department or township, and who answers there."""
    place, person = cast.department, cast.liaison
    if unit == "township":
        place, person = make_township(cast.district, "北郊乡"), make_user("beijiao", "北郊乡联络员")
        grant(person, "liaison", department=place)
    rectification.register(source="SF", content=making.content(), department_id=place.pk, by=cast.admin)
    letter = actions.draft(kind="rectification", department_id=place.pk, by=cast.admin)
    return actions.issue(letter_id=letter.pk, signer="张局长", by=cast.admin), person


@pytest.mark.parametrize("unit", UNITS)
def test_a_department_or_township_signs_for_its_own_paper(cast: Cast, unit: str, sign_in) -> None:
    letter, person = addressed(cast, unit)
    assert (letter.addressee.name, len(letter.facts["problems"])) == (letter.department.name, 1)
    assert Notice.objects.filter(user=person, text__contains=letter.number).exists()
    assert [task.url for task in tasks.to_receive(person)] == [reverse("letters:detail", args=[letter.pk])]
    client = sign_in(person)
    assert letter.title in client.get(reverse("letters:list")).content.decode()
    assert b"".join(client.get(reverse("letters:download", args=[letter.pk, "pdf"])).streaming_content)
    assert client.post(reverse("letters:receive", args=[letter.pk])).status_code == 302
    letter.refresh_from_db()
    assert (letter.state, letter.receiver, letter.reply_due_on is not None) == (S.DELIVERED, person.name, True)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("admin", NotAllowed),
        ("leader", NotAllowed),
        ("principal_a", NotFound),
        ("inspector_a", NotFound),
        ("foreign_admin", NotFound),
    ],
)
def test_nobody_else_signs_for_it(cast: Cast, who: str, error: type[Exception]) -> None:
    letter, _ = addressed(cast, "department")
    with pytest.raises(error):
        actions.receive(letter_id=letter.pk, by=getattr(cast, who))


def test_an_order_goes_to_who_puts_the_problem_right(cast: Cast) -> None:
    said, source = making.content(), {"source": "SF", "by": cast.admin}
    of_school = rectification.register(
        school_id=cast.school_a.pk, responsible_department_id=cast.department.pk, content=said, **source
    )
    letter = actions.draft(kind="supervision", subject_id=of_school.pk, by=cast.admin)
    assert (letter.school, letter.department, letter.typed["unit"]) == (None, cast.department, "区财政局")
    with pytest.raises(NotFound):
        actions.draft(kind="extension", subject_id=of_school.pk, by=cast.principal_a)
    own = rectification.register(bureau_id=cast.district.pk, content=said, **source)
    with pytest.raises(NotFound):
        actions.draft(kind="supervision", subject_id=own.pk, by=cast.admin)


def test_an_inspector_is_offered_no_problem_of_a_school_that_a_department_puts_right(cast: Cast) -> None:
    for department in (None, cast.department.pk):
        rectification.register(
            source="SF",
            school_id=cast.school_a.pk,
            responsible_department_id=department,
            content=making.content(),
            despite="另一处",
            by=cast.admin,
        )
    kind = queries.kind_of("supervision")
    assert queries.subjects(cast.admin, kind).count() == 2
    offered = list(queries.subjects(cast.inspector_a, kind))
    assert [row.responsible_department for row in offered] == [None]
    for row in offered:
        actions.draft(kind="supervision", subject_id=row.pk, by=cast.inspector_a)


@pytest.mark.parametrize("state", ["to_dispatch", "void"])
def test_nothing_is_written_about_a_problem_nobody_was_sent_or_that_is_void(cast: Cast, state: str) -> None:
    finding = making.dispatched(cast)
    Finding.objects.filter(pk=finding.pk).update(state=state)
    with pytest.raises(Conflict):
        actions.draft(kind="supervision", subject_id=finding.pk, by=cast.admin)


def test_the_form_takes_one_school_or_one_department(cast: Cast, sign_in) -> None:
    client, url = sign_in(cast.admin), reverse("letters:draft", args=["rectification"])
    assert client.post(url, {"department": ""}).status_code == 400
    both = {"subject": cast.school_a.pk, "department": cast.department.pk}
    assert client.post(url, both).status_code == 400
    assert client.post(url, {"department": cast.department.pk}).status_code == 302
    assert Letter.objects.get().department == cast.department


def test_a_circular_is_shown_to_the_schools_of_the_district_once_it_is_out(cast: Cast) -> None:
    letter = papers.ready(cast, "bulletin", cast.district.pk)
    assert not rights.shown_to(cast.reporter_b).exists()
    actions.issue(letter_id=letter.pk, signer="张局长", by=cast.leader)
    notified = set(Notice.objects.filter(text__contains=letter.title).values_list("user__username", flat=True))
    assert {"reporter_a", "principal_a", "reporter_b"} <= notified
    assert "foreign_admin" not in notified
    assert rights.shown_to(cast.reporter_b).get() == letter
    for who in (cast.inspector_b, cast.foreign_admin, cast.liaison):
        assert not rights.shown_to(who).exists()
    monthly = papers.issued(cast, "monthly", cast.district.pk)
    assert not rights.shown_to(cast.reporter_b).filter(pk=monthly.pk).exists()


def test_a_school_that_ends_leaves_no_draft_and_sees_what_is_not_signed_for(cast: Cast) -> None:
    out = papers.issued(cast, subject=None)
    draft = actions.draft(kind="plan", subject_id=cast.school_a.pk, by=cast.reporter_a)
    change = Transition(Verb.CLOSE, cast.school_a, making.today(), None, "批文", {})
    said = [row.text for row in closures.foresee(change)]
    assert [title in text for title, text in zip((draft.title, out.number), said, strict=True)] == [True, True]
    end(cast.school_a, making.today(), cast.admin)
    for letter, state in ((draft, S.DISCARDED), (out, S.ISSUED)):
        letter.refresh_from_db()
        assert letter.state == state
    actions.withdraw(letter_id=out.pk, reason="学校已停办", by=cast.admin)


def test_what_was_written_next_to_a_void_problem_is_neither_printed_nor_asked(cast: Cast) -> None:
    finding = making.dispatched(cast)
    letter = actions.draft(kind="rectification", subject_id=cast.school_a.pk, by=cast.admin)
    letter = papers.write(letter, cast.admin, problems={str(finding.pk): {"requirement": "尽快"}})
    finding.refresh_from_db()
    rectification.void(finding_id=finding.pk, version=finding.version, text="登记错了", by=cast.admin)
    letter = actions.refresh(letter_id=letter.pk, by=cast.admin)
    field = letter.spec.by_code["problems"]
    assert queries.text_of(letter).rows(field) == []
    assert all(not asking.rows for asking in queries.asked(letter) if asking.field == field)
    assert letter.typed["problems"] == {str(finding.pk): {"requirement": "尽快"}}


@pytest.mark.parametrize(("days", "count"), [(-1, 1), (0, 0), (1, 0)])
def test_a_day_that_is_over_is_pointed_out_in_a_draft(cast: Cast, days: int, count: int, sign_in) -> None:
    visit = making.planned(cast)
    letter = actions.draft(kind="notice", subject_id=visit.pk, by=cast.admin)
    code = next(one.code for one in letter.spec.typed() if one.type == "d")
    letter = papers.write(letter, cast.admin, **{code: making.today(days).isoformat()})
    assert len(forms.past_days(letter)) == count
    page = sign_in(cast.admin).get(reverse("letters:detail", args=[letter.pk]))
    assert len(page.context["past_days"]) == count


ROAD = {
    (S.DRAFT, "admin"): {"save", "refresh", "discard", "issue"},
    (S.DRAFT, "leader"): {"issue"},
    (S.ISSUED, "admin"): {"deliver", "withdraw"},
    (S.ISSUED, "leader"): {"deliver", "withdraw"},
    (S.ISSUED, "liaison"): {"receive"},
    (S.DELIVERED, "admin"): {"withdraw"},
    (S.DELIVERED, "leader"): {"withdraw"},
}
PEOPLE = (
    "admin",
    "leader",
    "reviewer",
    "expert",
    "inspector_a",
    "principal_a",
    "reporter_b",
    "liaison",
    "foreign_admin",
)


def test_in_every_state_the_verbs_of_a_departments_paper_are_for_its_people_only(cast: Cast) -> None:
    rectification.register(source="SF", content=making.content(), department_id=cast.department.pk, by=cast.admin)
    letter = actions.draft(kind="rectification", department_id=cast.department.pk, by=cast.admin)
    for step in (None, "issue", "receive", "withdraw"):
        if step == "issue":
            letter = actions.issue(letter_id=letter.pk, signer="张局长", by=cast.leader)
        elif step == "receive":
            letter = actions.receive(letter_id=letter.pk, by=cast.liaison)
        elif step == "withdraw":
            letter = actions.withdraw(letter_id=letter.pk, reason="写错了期限", by=cast.leader)
        offered = {who: {verb.code for verb in workflow.TABLE.offers(getattr(cast, who), letter)} for who in PEOPLE}
        assert offered == {who: ROAD.get((letter.state, who), set()) for who in PEOPLE}, letter.state


def test_nobody_signs_another_draft_than_was_read(cast: Cast, sign_in) -> None:
    letter, client = papers.ready(cast), sign_in(cast.leader)
    read = client.get(reverse("letters:detail", args=[letter.pk])).context["letter"].version
    actions.save(letter_id=letter.pk, version=read, title="改过的标题", typed=letter.typed, by=cast.admin)
    issue, signed = (
        reverse("letters:issue", args=[letter.pk]),
        {"signer": "张局长", "issued_on": making.today().isoformat()},
    )
    refused = client.post(issue, signed | {"version": read})
    assert (refused.status_code, refused.context["letter"].title) == (400, "改过的标题")
    assert Letter.objects.get().state == S.DRAFT
    assert client.post(issue, signed | {"version": refused.context["letter"].version}).status_code == 302
    assert Letter.objects.get().state == S.ISSUED
