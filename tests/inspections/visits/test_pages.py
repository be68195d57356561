"""Pages of visits through the real addresses: scope, forms, the checklist on the phone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections.visits import actions
from inspections.visits.models import ChecklistAnswer, Visit
from tests.cast import grant, make_school, make_user
from tests.inspections.making import content, photo, planned, today, underway

pytestmark = pytest.mark.django_db
QUESTION = "a7-multimedia"
JSON = {"Accept": "application/json"}


def _url(name: str, visit: Visit, *more: str) -> str:
    return reverse(f"visits:{name}", args=[visit.pk, *more])


def _done(cast) -> Visit:
    visit = underway(cast)
    said = {"visit_id": visit.pk, "question": QUESTION, "by": cast.inspector_a}
    actions.save_answer(**said, seen="no", found="22 间", note="203 教室断网")
    actions.attach_photo(**said, upload=photo())
    actions.raise_finding(visit_id=visit.pk, content=content(), by=cast.inspector_a)
    return actions.finish(visit_id=visit.pk, summary="总体良好", accept_unanswered=True, by=cast.inspector_a)


@pytest.mark.parametrize("who", ["reporter_b", "inspector_b", "foreign_admin"])
@pytest.mark.parametrize("name", ["detail", "checklist", "photo"])
def test_a_visit_out_of_reach_is_not_found_or_closed_to_the_role(cast, sign_in, who: str, name: str) -> None:
    visit = _done(cast)
    more = (visit.photos.get().pk,) if name == "photo" else ()
    expected = 403 if name == "checklist" and who != "inspector_b" else 404
    assert sign_in(getattr(cast, who)).get(_url(name, visit, *more)).status_code == expected


def test_the_list_shows_ones_own_reach_and_keeps_filters(cast, sign_in) -> None:
    planned(cast)
    chief = make_user("chief", "总督学")
    grant(chief, "inspector", district=cast.district)
    planned(cast, school_id=cast.school_b.pk, leader=chief, by=chief, subject="食堂安全")
    page = sign_in(chief).get(reverse("visits:list")).content.decode()
    assert "甲小学" in page
    assert "食堂安全" in page
    mine = sign_in(chief).get(reverse("visits:list"), {"mine": "true", "state": "planned"})
    assert [visit.school for visit in mine.context["page"]] == [cast.school_b]
    named = sign_in(chief).get(reverse("visits:list"), {"school": "甲"})
    assert [visit.school for visit in named.context["page"]] == [cast.school_a]
    assert not sign_in(cast.foreign_admin).get(reverse("visits:list")).context["page"].object_list


def test_a_wrong_filter_is_no_fault(cast, sign_in) -> None:
    assert sign_in(cast.admin).get(reverse("visits:list"), {"state": "x", "page": "y"}).status_code == 200


def test_planning_offers_only_schools_and_inspectors_within_reach(cast, sign_in) -> None:
    form = sign_in(cast.inspector_a).get(reverse("visits:plan")).context["form"]
    assert list(form.fields["school"].queryset) == [cast.school_a]
    # 局领导 may lead as well (龙政办〔2021〕8号).
    assert set(form.fields["leader"].queryset) == {cast.inspector_a, cast.leader}
    assert list(form.fields["team"].queryset) == [cast.inspector_a]
    assert form.initial["leader"] == cast.inspector_a.pk
    data = {
        "school": cast.school_c.pk,
        "kind": "regular",
        "subject": "x",
        "planned_on": today(),
        "leader": cast.inspector_a.pk,
    }
    assert sign_in(cast.inspector_a).post(reverse("visits:plan"), data).status_code == 400
    assert not Visit.objects.exists()


def test_a_refused_plan_keeps_what_was_typed_and_says_why(cast, sign_in) -> None:
    data = {
        "school": cast.school_a.pk,
        "kind": "special",
        "subject": "食堂安全",
        "planned_on": today(),
        "leader": cast.inspector_a.pk,
    }
    answer = sign_in(cast.admin).post(reverse("visits:plan"), data)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "3 名以上督学" in page
    assert "食堂安全" in page
    answer = sign_in(cast.admin).post(reverse("visits:plan"), data | {"kind": "regular"})
    assert answer.status_code == 302
    assert Visit.objects.get().leader == cast.inspector_a


def test_the_school_sees_the_outcome_only_once_the_visit_is_done(cast, sign_in) -> None:
    visit = underway(cast)
    actions.save_answer(visit_id=visit.pk, question=QUESTION, seen="no", note="203 教室断网", by=cast.inspector_a)
    stored = actions.attach_photo(visit_id=visit.pk, question=QUESTION, upload=photo(), by=cast.inspector_a)
    school = sign_in(cast.reporter_a)
    before = school.get(_url("detail", visit)).content.decode()
    assert "203 教室断网" not in before
    assert "完成后可以在这里查看结果" in before
    assert school.get(_url("photo", visit, stored.pk)).status_code == 404
    Visit.objects.filter(pk=visit.pk).update(state="done", finished_at=visit.started_at)
    assert "203 教室断网" in school.get(_url("detail", visit)).content.decode()
    answer = school.get(_url("photo", visit, stored.pk))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)


def test_the_whole_visit_works_with_plain_forms(cast, sign_in) -> None:
    visit, phone = planned(cast), sign_in(cast.inspector_a)
    assert phone.post(_url("start", visit)).url == _url("checklist", visit)
    data = {"seen": "no", "found": "22 间", "note": "203 断网", "version": "0", "next": "finding"}
    answer = phone.post(_url("answer", visit, QUESTION), data)
    assert answer.url == reverse("visits:raise_finding", args=[visit.pk]) + f"?question={QUESTION}"
    pictures = [photo("前.jpg"), photo("后.jpg")]
    assert phone.post(_url("attach_photo", visit, QUESTION), {"photo": pictures}).status_code == 302
    assert visit.photos.count() == 2
    withdraw = _url("withdraw_photo", visit, visit.photos.last().pk)
    assert "请写明撤下照片的原因" in phone.post(withdraw, follow=True).content.decode()
    assert phone.post(withdraw, {"reason": "模糊"}).url.endswith(f"#q-{QUESTION}")
    form = phone.get(answer.url).context["form"]
    assert form.initial["indicator"] == "A7"
    assert form.initial["current_value"] == "22 间"
    assert "203 断网" in form.initial["problem"]
    finding = {
        "indicator": "A7",
        "problem": "22 间",
        "requirement": "补齐",
        "category": "at_once",
        "due_on": today(7).isoformat(),
    }
    assert phone.post(answer.url, finding).status_code == 302
    finish = reverse("visits:finish", args=[visit.pk])
    unanswered = phone.get(finish).context["unanswered"]
    assert len(unanswered) == len(actions.queries.frozen_questions(Visit.objects.get())) - 1
    refused = phone.post(finish, {"summary": "总体良好"})
    assert refused.status_code == 400
    left = next(q for q in actions.queries.frozen_questions(Visit.objects.get()) if q.key != QUESTION)
    assert refused.content.decode().count(left.text) == 1, "the page lists it; the refusal does not again"
    assert "请补答，或确认不再作答" in refused.content.decode()
    assert phone.post(finish, {"summary": "总体良好", "accept_unanswered": "on"}).status_code == 302
    detail = sign_in(cast.principal_a).get(_url("detail", visit)).content.decode()
    assert "总体良好" in detail
    assert "-DD-001" in detail


def test_the_autosave_answers_with_version_and_time(cast, sign_in) -> None:
    visit, phone = underway(cast), sign_in(cast.inspector_a)
    url = _url("answer", visit, QUESTION)
    saved = phone.post(url, {"seen": "yes", "found": "", "note": "", "version": "0"}, headers=JSON)
    assert saved.status_code == 200
    assert saved.json()["version"] == 1
    assert len(saved.json()["saved_at"]) == 8
    stale = phone.post(url, {"seen": "no", "found": "20", "note": "", "version": "0"}, headers=JSON)
    assert stale.status_code == 409
    assert stale.json()["theirs"] == {"seen": "yes", "found": "", "note": "", "version": 1}
    assert stale.json()["by"] == "甲区督学"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"seen": "maybe", "version": "0"}, "结果只能是"),
        ({"seen": "yes", "found": "间" * 61, "version": "0"}, "最多 60 个字"),
        ({"seen": "yes", "note": "x" * 301, "version": "0"}, "最多 300 个字"),
        ({"seen": "yes", "version": "x"}, "整数"),
    ],
)
def test_a_wrong_answer_is_refused_in_chinese_and_nothing_is_saved(cast, sign_in, data: dict, words: str) -> None:
    visit = underway(cast)
    answer = sign_in(cast.inspector_a).post(_url("answer", visit, QUESTION), data, headers=JSON)
    assert answer.status_code == 400
    assert words in "".join(answer.json()["problems"])
    assert not ChecklistAnswer.objects.exists()


def test_the_checklist_asks_with_large_buttons_a_camera_and_the_claim(cast, sign_in) -> None:
    visit = underway(cast)
    page = sign_in(cast.inspector_a).get(_url("checklist", visit)).content.decode()
    total = len(visit.checklist["questions"])
    assert page.count('capture="environment"') == total
    assert page.count('class="btn btn-lg" for=') == 3 * total
    assert f"已答 0 / {total}" in page
    assert "还没有通过审核的填报" in page


def test_a_photo_is_handed_out_as_an_attachment_that_cannot_run(cast, sign_in) -> None:
    visit = _done(cast)
    answer = sign_in(cast.principal_a).get(_url("photo", visit, visit.photos.get().pk))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"".join(answer.streaming_content).startswith(b"\xff\xd8")


def test_a_photo_whose_bytes_vanished_is_no_fault_of_the_page(cast, sign_in, settings, tmp_path) -> None:
    visit = _done(cast)
    settings.FILES_ROOT = tmp_path / "empty"
    answer = sign_in(cast.principal_a).get(_url("photo", visit, visit.photos.get().pk))
    assert answer.status_code == 404
    assert "从备份恢复" in answer.content.decode()


def test_the_page_puts_a_visit_to_another_day_and_says_so(cast, sign_in) -> None:
    visit, client = planned(cast), sign_in(cast.admin)
    answer = client.post(_url("reschedule", visit), {"planned_on": today(-3).isoformat(), "reason": "台风停课"})
    assert answer.status_code == 400
    assert "须是今天或以后" in answer.content.decode()
    client.post(_url("reschedule", visit), {"planned_on": today(20).isoformat(), "reason": "台风停课"})
    page = client.get(_url("detail", visit)).content.decode()
    assert "改期原因：台风停课" in page
    assert "改到另一天" not in sign_in(cast.reporter_a).get(_url("detail", visit)).content.decode()


@pytest.mark.parametrize("name", ["start", "cancel"])
def test_actions_are_posted_never_fetched(cast, sign_in, name: str) -> None:
    assert sign_in(cast.inspector_a).get(_url(name, planned(cast))).status_code == 405


@pytest.mark.parametrize("reason", [" ", "台风" * 150])
def test_a_reason_that_will_not_do_is_shown_again_at_its_place(cast, sign_in, reason: str) -> None:
    visit = planned(cast)
    answer = sign_in(cast.admin).post(_url("cancel", visit), {"reason": reason})
    assert answer.status_code == 400
    assert answer.context["cancel_form"].errors["reason"]
    assert reason.strip() in answer.content.decode()
    visit.refresh_from_db()
    assert visit.cancel_reason == ""


def test_a_double_click_on_start_starts_once(cast, sign_in) -> None:
    visit, phone = planned(cast), sign_in(cast.inspector_a)
    assert [phone.post(_url("start", visit)).status_code for _ in range(2)] == [302, 409]


@pytest.mark.parametrize("name", ["list", "coverage", "calendar"])
def test_lists_take_the_same_number_of_queries_however_long(cast, sign_in, name: str) -> None:
    client = sign_in(cast.admin)

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse(f"visits:{name}"))
        return len(seen)

    planned(cast)
    count()  # the first request of a session writes it
    few = count()
    for number in range(18):
        school = make_school(f"41020201{number:02d}", f"第{number}小学", cast.district)
        grant(cast.inspector_a, "inspector", school=school)
        cast.inspector_a.__dict__.pop("_rights", None)
        planned(cast, school_id=school.pk)
    assert count() == few <= 12


def test_the_checklist_takes_few_queries(cast, sign_in, django_assert_max_num_queries) -> None:
    visit, phone = underway(cast), sign_in(cast.inspector_a)
    for question in visit.checklist["questions"]:
        actions.save_answer(visit_id=visit.pk, question=question["key"], seen="yes", by=cast.inspector_a)
    with django_assert_max_num_queries(16):
        phone.get(_url("checklist", visit))
