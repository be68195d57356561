"""The page of all proof of a submission: what is asked, what waits, one document for several items."""

import pytest
from django.urls import reverse

from indicators.collection.evidence import actions, queries
from indicators.collection.evidence.queries import Cover
from indicators.collection.submissions import queries as submissions
from indicators.collection.submissions.models import Evidence, Submission
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.files.models import Document
from tests.attacks import corpus
from tests.indicators.collection.submissions.conftest import make_round, make_submission
from tests.indicators.collection.submissions.test_evidence import SCRIPT, attach

pytestmark = pytest.mark.django_db


def sheet(user, submission, wanted=""):
    return queries.sheet(user, submissions.load(submission), wanted)


def slot(user, submission, base):
    return next(one for one in sheet(user, submission).places if one.item.base == base)


def other_bytes() -> bytes:
    return corpus.pdf() + b"\n% another"


def place(submission, by, evidence, *items, **words):
    chosen = [(evidence.pk, item) for item in items]
    return actions.assign(submission_id=submission.pk, chosen=chosen, by=by, **words)


def test_what_is_asked_stands_on_one_page_by_indicator(cast, complete, sign_in) -> None:
    found = sheet(cast.reporter_a, complete)
    assert found.asked == len(found.places) > 20
    assert found.counts[Cover.LACKING] == found.asked
    page = sign_in(cast.reporter_a).get(reverse("evidence:files", args=[complete.pk])).content.decode()
    assert all(f'id="slot-{one.item.base}"' in page for one in found.places)
    assert f"要佐证的 {found.asked} 项，已传 0 项" in page


def test_a_file_waits_and_then_serves_two_items_stored_once(cast, complete) -> None:
    waiting = attach(complete, cast.reporter_a, item="").evidence
    known = submissions.load(complete)
    assert known.evidence == (), "what waits proves nothing yet"
    assert [row for row, _ in sheet(cast.reporter_a, complete).waiting] == [waiting]
    place(complete, cast.reporter_a, waiting, "teachers", "class_list", pages="3–5", caption="花名册")
    rows = Evidence.objects.order_by("pk")
    assert [(row.item, row.words) for row in rows] == [
        ("teachers", "第 3–5 页，花名册"),
        ("class_list", "第 3–5 页，花名册"),
    ]
    assert rows[0].pk == waiting.pk
    assert rows[0].document == rows[1].document == Document.objects.get()
    assert slot(cast.reporter_a, complete, "teachers").cover == Cover.THERE
    assert sheet(cast.reporter_a, complete).waiting == ()
    traced = AuditEvent.objects.filter(action="evidence.assign")
    assert [event.after["pages"] for event in traced] == ["3–5", "3–5"], "each row by itself"


def test_a_choice_of_items_is_drawn_once_however_far_they_are_proven(cast, complete) -> None:
    attach(complete, cast.reporter_a, item="")
    ((_, before),) = sheet(cast.reporter_a, complete).waiting
    attach(complete, cast.reporter_a, item="teachers", content=other_bytes())
    ((_, after),) = sheet(cast.reporter_a, complete).waiting
    assert before == after


def test_placed_twice_is_placed_once_and_takes_over_the_words(cast, complete) -> None:
    first = attach(complete, cast.reporter_a, item="teachers").evidence
    for pages in ("", "7"):
        place(complete, cast.reporter_a, first, "teachers", pages=pages)
    assert Evidence.objects.get().pages == "7"
    assert AuditEvent.objects.filter(action="evidence.assign").count() == 0
    assert AuditEvent.objects.filter(action="evidence.describe").count() == 1


def test_a_file_that_serves_an_item_waits_for_none_when_it_is_sent_again(cast, complete) -> None:
    first = attach(complete, cast.reporter_a, item="teachers")
    again = attach(complete, cast.reporter_a, item="")
    assert again.evidence == first.evidence
    assert again.also_used == (f"已经传过的“{again.evidence.document.name}”（“专任教师数”）",)


def test_without_pages_one_file_for_two_items_is_named_as_repeated(cast, complete) -> None:
    row = attach(complete, cast.reporter_a, item="teachers").evidence
    place(complete, cast.reporter_a, row, "class_list")
    found = slot(cast.reporter_a, complete, "teachers")
    assert found.cover == Cover.SAME
    assert found.files[0].notes == ("也用于班级名册，请写明页码或说明",)


def test_last_years_file_can_be_used_again_and_says_so(cast, complete) -> None:
    before = make_submission(make_round(cast.district, "2025"), school=cast.school_a)
    old = attach(before, cast.reporter_a, item="teachers").evidence
    assert slot(cast.reporter_a, complete, "teachers").last == (old,)
    place(complete, cast.reporter_a, old, "teachers")
    found = slot(cast.reporter_a, complete, "teachers")
    assert (found.cover, found.last) == (Cover.STALE, ())
    assert found.files[0].notes == ("与2025 年度自评的是同一个文件",)
    assert Document.objects.count() == 1
    attach(complete, cast.reporter_a, item="teachers", content=other_bytes())
    assert slot(cast.reporter_a, complete, "teachers").cover == Cover.THERE


def test_an_old_year_in_the_name_is_pointed_at(cast, complete) -> None:
    attach(complete, cast.reporter_a, item="teachers", name="2020年名册.pdf")
    notes = slot(cast.reporter_a, complete, "teachers").files[0].notes
    assert notes == ("文件名写的是 2020 年，请看是不是本年度的",)


@pytest.mark.parametrize(
    ("who", "is_shown"), [("reporter_a", False), ("principal_a", False), ("reviewer", True), ("leader", False)]
)
def test_only_who_reviews_learns_of_other_schools_files(cast, complete, round_, who, is_shown) -> None:
    attach(complete, cast.reporter_a, item="teachers")
    attach(make_submission(round_, school=cast.school_b), cast.reporter_b, item="teachers")
    found = slot(getattr(cast, who), complete, "teachers")
    assert (found.cover == Cover.SAME) is is_shown
    assert found.files[0].notes == (("乙初级中学（2026 年度自评）也用了这个文件",) if is_shown else ())


def test_rights_and_states(cast, complete, round_) -> None:
    row = attach(complete, cast.reporter_a, item="").evidence
    other = make_submission(round_, school=cast.school_b)
    foreign = attach(other, cast.reporter_b, item="teachers").evidence
    with pytest.raises(NotFound):
        place(complete, cast.reporter_a, foreign, "teachers")
    with pytest.raises(NotFound, match="没有这个文件"):
        place(complete, cast.admin, foreign, "teachers")
    with pytest.raises(NotFound):
        place(complete, cast.reporter_b, row, "teachers")
    with pytest.raises(Invalid, match="没有代码为“nothing”"):
        place(complete, cast.reporter_a, row, "nothing")
    with pytest.raises(Invalid, match="没有选择项目"):
        place(complete, cast.reporter_a, row)
    with pytest.raises(Invalid, match="页码最多 40 字"):
        place(complete, cast.reporter_a, row, "teachers", pages="1" * 41)
    actions.withdraw(evidence_id=row.pk, reason="传错了", by=cast.reporter_a)
    with pytest.raises(NotFound, match="已撤下"):
        place(complete, cast.reporter_a, row, "teachers")
    Submission.objects.filter(pk=complete.pk).update(state="submitted")
    with pytest.raises(Conflict):
        place(complete, cast.reporter_a, row, "teachers")


def test_all_that_wait_are_placed_at_once_over_the_web(cast, complete, sign_in) -> None:
    client = sign_in(cast.reporter_a)
    sent = [corpus.upload("班级名册.pdf", corpus.pdf()), corpus.upload("教师名册.pdf", other_bytes())]
    answer = client.post(reverse("evidence:add", args=[complete.pk]), {"file": sent}, headers={"accept": SCRIPT})
    page = client.get(answer.json()["location"]).content.decode()
    assert "待归项的文件 2 个" in page
    assert '<option value="class_list" selected>' in page
    first, second = Evidence.objects.order_by("pk")
    address = reverse("evidence:assign", args=[complete.pk])
    client.post(address, {f"item-{first.pk}": "class_list", f"item-{second.pk}": "nothing"})
    assert set(Evidence.objects.values_list("item", flat=True)) == {""}, "all or none"
    answer = client.post(address, {f"item-{first.pk}": "class_list", f"item-{second.pk}": "teachers"}, follow=True)
    assert "已归项 2 个文件" in answer.content.decode()
    assert sorted(Evidence.objects.values_list("item", flat=True)) == ["class_list", "teachers"]
    for sent, words in (
        ({}, "没有选择项目"),
        ({"item": "teachers"}, "没有选择文件"),
        ({"item": "teachers", "evidence": "x"}, "没有找到这份材料"),
        ({f"item-{first.pk}": "nothing"}, "没有代码为“nothing”"),
    ):
        refused = client.post(address, sent)
        assert words in refused.content.decode()
        assert refused.status_code in (400, 404)


def test_an_item_that_asks_for_no_proof_is_shown_when_it_is_asked_for(cast, complete, sign_in) -> None:
    base = next(i.base for i in submissions.items_of(complete).values() if not i.evidence)
    assert base not in {one.item.base for one in sheet(cast.reporter_a, complete).places}
    found = next(one for one in sheet(cast.reporter_a, complete, base).places if one.item.base == base)
    assert found.cover is None


def test_the_page_takes_a_fixed_number_of_queries(cast, complete, sign_in, django_assert_max_num_queries) -> None:
    row = attach(complete, cast.reporter_a, item="").evidence
    place(complete, cast.reporter_a, row, *[one.item.base for one in sheet(cast.reporter_a, complete).places])
    before = make_submission(make_round(cast.district, "2025"), school=cast.school_a)
    attach(before, cast.reporter_a, item="teachers", content=other_bytes())
    for who in (cast.reporter_a, cast.reviewer):
        client = sign_in(who)
        client.get(reverse("evidence:files", args=[complete.pk]))
        with django_assert_max_num_queries(34):
            client.get(reverse("evidence:files", args=[complete.pk]))
