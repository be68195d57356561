"""A school's form is divided among colleagues: who may, what each is asked, what follows, and that nothing is lost."""

import pytest
from django.urls import reverse

from indicators.collection.reviews import actions as reviews
from indicators.collection.shares import actions, queries
from indicators.collection.shares.models import SectionShare
from indicators.collection.submissions import actions as submissions
from indicators.collection.submissions.content_queries import SHARES
from indicators.collection.submissions.models import Submission
from indicators.standard.engine import Value
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.notices.models import Notice
from portal.home import actions as home, task_queries as tasks
from schools.access.models import Membership
from tests.cast import grant, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(cast):
    person = make_user("colleague", "王老师")
    grant(person, "reporter", school=cast.school_a)
    return person


def divide(submission, given, *, by, lead=None) -> dict[str, tuple[str, str]]:
    submission = Submission.objects.get(pk=submission.pk)
    now = {row.section: row.user_id for row in SHARES(submission=submission.pk)}
    shown = queries.fingerprint(submission.lead_id, now)
    ids = {code: user.pk if user else None for code, user in given.items()}
    return actions.divide(submission_id=submission.pk, lead=lead, given=ids, shown=shown, by=by)


def two(submission) -> list[str]:
    return [part.code for part in queries.sections(submission)][:2]


def acts(user) -> list[tuple[str, str]]:
    user.__dict__.pop("_rights", None)
    return [(task.action, task.url) for task in tasks.for_user(user)]


def test_a_colleague_is_asked_for_the_own_sections_and_who_divides_is_in_charge(cast, submission, colleague) -> None:
    one, other = two(submission)
    changed = divide(submission, {one: colleague, other: cast.reporter_a}, by=cast.reporter_a)
    assert changed["填报负责人"] == ("没有指定", "甲校填报员")
    label = SectionShare.objects.get(section=one).label
    url = reverse("submissions:section", args=[submission.pk, one])
    assert acts(colleague) == [(f"填写“{label}”", url)]
    assert [action for action, _ in acts(cast.reporter_a)][-1] == "开始填报", "who is in charge sees the whole form too"
    assert len(acts(cast.reporter_a)) == 2
    assert label in Notice.objects.get(user=colleague).text
    assert Notice.objects.get(user=colleague).url == url
    event = AuditEvent.objects.get(action="submission.divide")
    assert event.before[label] == "没有指定"
    assert event.after[label] == "王老师"
    with pytest.raises(NotAllowed, match="甲校填报员"):
        divide(submission, {one: None}, by=colleague)
    divide(submission, {one: cast.reporter_a}, by=cast.principal_a, lead=cast.reporter_a.pk)
    assert [action for action, _ in acts(colleague)] == ["开始填报"]
    assert "不再由您负责" in Notice.objects.filter(user=colleague).first().text


def test_only_people_of_the_school_and_what_was_seen(cast, submission, colleague) -> None:
    one, _ = two(submission)
    with pytest.raises(Invalid, match="不在本校"):
        divide(submission, {one: cast.reporter_b}, by=cast.principal_a)
    with pytest.raises(Invalid, match="不在本校"):
        divide(submission, {"no-section": colleague}, by=cast.principal_a)
    with pytest.raises(NotAllowed, match="本校"):
        divide(submission, {one: colleague}, by=cast.admin)
    with pytest.raises(NotFound):
        divide(submission, {one: colleague}, by=cast.reporter_b)
    divide(submission, {one: colleague}, by=cast.principal_a)
    stale = queries.fingerprint(None, {})
    with pytest.raises(Conflict, match="他人改过"):
        actions.divide(
            submission_id=submission.pk, lead=None, given={one: cast.reporter_a.pk}, shown=stale, by=cast.principal_a
        )
    assert divide(submission, {one: colleague}, by=cast.principal_a) == {}
    assert AuditEvent.objects.filter(action="submission.divide").count() == 1


def test_who_left_is_given_nothing_though_still_named_in_charge(cast, submission, colleague) -> None:
    one, _ = two(submission)
    divide(submission, {}, by=cast.principal_a, lead=colleague.pk)
    Membership.objects.filter(user=colleague).update(valid_until="2026-01-01")
    with pytest.raises(Invalid, match="不在本校"):
        divide(submission, {one: colleague}, by=cast.principal_a, lead=colleague.pk)


def test_it_is_a_division_of_work_and_no_lock(cast, complete, colleague) -> None:
    one, other = two(complete)
    divide(complete, {one: colleague, other: cast.reporter_a}, by=cast.principal_a)
    saved = submissions.save(submission_id=complete.pk, values={"pupils_primary": Value(301)}, by=cast.reporter_a)
    assert saved.versions


def test_a_section_is_filled_in_when_its_holder_says_so_and_nothing_is_open(cast, submission, colleague) -> None:
    one, _ = two(submission)
    divide(submission, {one: colleague}, by=cast.reporter_a)
    with pytest.raises(Conflict, match="项未填"):
        actions.mark_done(submission_id=submission.pk, section=one, by=colleague)
    assert acts(colleague)


def test_the_mark_can_be_taken_back_and_the_one_in_charge_is_notified(cast, complete, colleague, sign_in) -> None:
    one, _ = two(complete)
    divide(complete, {one: colleague}, by=cast.reporter_a)
    page = reverse("submissions:section", args=[complete.pk, one])
    client = sign_in(colleague)
    assert "标为已填好" in client.get(page).content.decode()
    assert client.post(reverse("shares:mark_done", args=[complete.pk, one])).url == page
    actions.mark_done(submission_id=complete.pk, section=one, by=colleague)
    assert acts(colleague) == []
    assert AuditEvent.objects.filter(action="submission.section_done").count() == 1
    assert "王老师已填好" in Notice.objects.get(user=cast.reporter_a).text
    body = sign_in(cast.principal_a).get(page).content.decode()
    assert "由王老师填，已填好" in body
    client.post(reverse("shares:take_back_done", args=[complete.pk, one]))
    actions.take_back_done(submission_id=complete.pk, section=one, by=colleague)
    assert SectionShare.objects.get().done_at is None
    assert AuditEvent.objects.filter(action="submission.section_open").count() == 1
    other = make_user("other", "李老师")
    grant(other, "reporter", school=cast.school_a)
    with pytest.raises(NotAllowed):
        actions.mark_done(submission_id=complete.pk, section=one, by=other)


def test_the_signing_page_names_what_is_not_marked(cast, complete, colleague, sign_in) -> None:
    one, other = two(complete)
    divide(complete, {one: colleague, other: cast.reporter_a}, by=cast.principal_a)
    actions.mark_done(submission_id=complete.pk, section=other, by=cast.reporter_a)
    body = sign_in(cast.principal_a).get(reverse("submissions:sign", args=[complete.pk])).content.decode()
    labels = {row.section: row.label for row in SectionShare.objects.all()}
    assert f"{labels[one]}</a>（王老师）" in body
    assert f"{labels[other]}</a>（甲校填报员）" not in body
    assert "签发并提交</button>" in body


def test_what_is_sent_back_opens_its_section(cast, complete, colleague) -> None:
    codes = [part.code for part in queries.sections(complete)]
    divide(complete, dict.fromkeys(codes, colleague), by=cast.principal_a)
    for code in codes:
        actions.mark_done(submission_id=complete.pk, section=code, by=colleague)
    submissions.submit(submission_id=complete.pk, by=cast.principal_a)
    reviews.send_back(submission_id=complete.pk, reasons=[reviews.Reason("pupils", "请核对")], by=cast.reviewer)
    opened = SectionShare.objects.get(done_at=None)
    assert acts(colleague)[0] == (
        f"填写“{opened.label}”",
        reverse("submissions:section", args=[complete.pk, opened.section]),
    )


def test_who_leaves_passes_the_sections_to_the_successor(cast, complete, colleague) -> None:
    one, other = two(complete)
    divide(complete, {one: colleague, other: colleague}, by=cast.principal_a, lead=colleague.pk)
    actions.mark_done(submission_id=complete.pk, section=one, by=colleague)
    successor = make_user("successor", "赵老师")
    grant(successor, "expert", district=cast.district)
    facts = {"person_id": colleague.pk, "successor_id": successor.pk, "reason": "工作调动", "by": cast.admin}
    seen = home.preview_hand_over(**facts)
    assert [(line.kind, line.passes) for line in seen.lines] == [("授权", True), ("填报栏目", True)]
    home.hand_over(**facts, shown=seen.fingerprint)
    assert set(SectionShare.objects.values_list("user", flat=True)) == {successor.pk}
    assert SectionShare.objects.get(section=one).done_by == colleague
    complete.refresh_from_db()
    assert complete.lead == successor


def test_who_is_gone_without_a_successor_stays_named_and_can_be_replaced(cast, complete, colleague, sign_in) -> None:
    one, _ = two(complete)
    divide(complete, {one: colleague}, by=cast.principal_a, lead=colleague.pk)
    Membership.objects.filter(user=colleague).update(valid_until="2026-01-01")
    client, page = sign_in(cast.reporter_a), reverse("shares:divide", args=[complete.pk])
    answer = client.get(page)
    assert "王老师（已不在本校填报）" in answer.content.decode()
    form = answer.context["form"]
    typed = {name: form[name].value() for name in form.fields} | {f"s-{one}": cast.reporter_a.pk, "lead": ""}
    assert client.post(page, typed).url == page
    assert SectionShare.objects.get(section=one).user == cast.reporter_a
    complete.refresh_from_db()
    assert complete.lead == cast.reporter_a
    assert client.post(page, typed | {f"s-{one}": "999999"}).status_code == 400
    assert client.post(page, typed | {f"s-{one}": ""}).status_code == 409


def test_the_page_takes_a_fixed_number_of_queries(cast, complete, colleague, sign_in, django_assert_max_num_queries):
    codes = [part.code for part in queries.sections(complete)]
    client, page = sign_in(cast.principal_a), reverse("shares:divide", args=[complete.pk])
    divide(complete, dict.fromkeys(codes, colleague), by=cast.principal_a)
    with django_assert_max_num_queries(25):
        client.get(page)
