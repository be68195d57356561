"""From draft to service: numbers, frozen content, who may sign, what twice does."""

import datetime as dt
import io

import docx
import pytest

from inspections.letters import actions, queries, wording_actions
from inspections.letters.models import Letter, Wording
from inspections.papers.models import NumberSeries
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.files import store
from portal.core.lib import dates, digests
from portal.core.notices.models import Notice
from tests.cast import Cast
from tests.inspections import making
from tests.inspections.letters import papers

pytestmark = pytest.mark.django_db
S = Letter.State


def test_a_draft_is_filled_from_the_ledger_and_found_again(cast: Cast) -> None:
    finding = making.dispatched(cast)
    letter = actions.draft(kind="rectification", subject_id=cast.school_a.pk, by=cast.inspector_a)
    assert [row["number"] for row in letter.facts["problems"]] == [finding.number]
    assert letter.facts["problem_count"] == "1"
    assert actions.draft(kind="rectification", subject_id=cast.school_a.pk, by=cast.inspector_a) == letter
    assert letter.number == ""


def test_issuing_gives_a_number_files_and_a_notice_once(cast: Cast) -> None:
    letter = papers.issued(cast)
    year = making.today().year
    assert letter.number == f"整改〔{year}〕1号"
    assert letter.sha256 == digests.fingerprint(letter.frozen)
    assert b"".join(store.read(letter.pdf)).startswith(b"%PDF")
    words = "\n".join(p.text for p in docx.Document(io.BytesIO(b"".join(store.read(letter.docx)))).paragraphs)
    assert letter.number in words
    assert "甲小学：" in words
    assert actions.issue(letter_id=letter.pk, signer="张局长", by=cast.admin).number == letter.number
    assert NumberSeries.objects.get().last == 1
    assert Notice.objects.filter(user=cast.principal_a, key=f"letter:{letter.pk}:issued").count() == 1
    with pytest.raises(Conflict):
        papers.write(letter, cast.admin, origin="改过")


def test_a_refused_issue_takes_no_number_and_names_what_is_missing(cast: Cast) -> None:
    making.dispatched(cast)
    letter = actions.draft(kind="rectification", subject_id=cast.school_a.pk, by=cast.admin)
    papers.write(letter, cast.admin, origin="")
    with pytest.raises(Invalid) as refusal:
        actions.issue(letter_id=letter.pk, signer="", by=cast.admin)
    assert {problem.where for problem in refusal.value.problems} == {"督导时间和人员", "签发人"}
    assert not NumberSeries.objects.exists()


def test_a_character_without_a_glyph_is_named_with_its_place(cast: Cast) -> None:
    letter = papers.write(papers.ready(cast), cast.admin, origin="由李\U00020bb7督学检查")
    with pytest.raises(Invalid) as refusal:
        actions.issue(letter_id=letter.pk, signer="张局长", by=cast.admin)
    assert any("U+20BB7" in problem.what and "由李" in problem.what for problem in refusal.value.problems)


def test_a_withdrawn_number_stays_and_is_not_given_again(cast: Cast) -> None:
    first = papers.issued(cast)
    with pytest.raises(Invalid):
        actions.withdraw(letter_id=first.pk, reason=" ", by=cast.admin)
    first = actions.withdraw(letter_id=first.pk, reason="标准写错", by=cast.admin)
    assert (first.state, first.serial) == (S.WITHDRAWN, 1)
    second = papers.issued(cast)
    assert second.serial == 2
    assert Notice.objects.filter(user=cast.principal_a, key=f"letter:{first.pk}:withdrawn").exists()


def test_days_to_answer_count_from_service(cast: Cast) -> None:
    letter = papers.issued(cast)
    assert letter.reply_due_on is None
    with pytest.raises(NotAllowed):
        actions.receive(letter_id=letter.pk, by=cast.admin)
    letter = actions.receive(letter_id=letter.pk, by=cast.principal_a)
    assert letter.state == S.DELIVERED
    assert letter.reply_due_on == dates.add_days(making.today(), dates.Period(30))
    assert actions.receive(letter_id=letter.pk, by=cast.principal_a).delivered_at == letter.delivered_at
    with pytest.raises(Conflict):
        actions.receive(letter_id=letter.pk, by=cast.reporter_a)


def test_service_on_paper_is_noted_with_its_day(cast: Cast) -> None:
    letter = papers.issued(cast)
    with pytest.raises(Invalid):
        actions.deliver(letter_id=letter.pk, delivery="post", receiver="李", on=making.today(1), by=cast.admin)
    done = actions.deliver(
        letter_id=letter.pk, delivery="direct", receiver="李主任", on=making.today(), by=cast.inspector_a
    )
    assert (done.receiver, done.delivered_on) == ("李主任", making.today())


def test_who_may_draft_and_sign(cast: Cast) -> None:
    visit = papers.done_visit(cast)
    for who in (cast.principal_a, cast.expert):
        with pytest.raises(NotAllowed):
            actions.draft(kind="opinion", subject_id=visit.pk, by=who)
    with pytest.raises(NotFound):
        actions.draft(kind="opinion", subject_id=visit.pk, by=cast.foreign_admin)
    opinion = actions.draft(kind="feedback", subject_id=visit.pk, by=cast.inspector_a)
    opinion = papers.write(opinion, cast.inspector_a, advice="加强管理", receiver="王科长")
    assert actions.issue(letter_id=opinion.pk, signer="甲区督学", by=cast.inspector_a).serial == 1
    notice = actions.draft(kind="notice", subject_id=visit.pk, by=cast.inspector_a)
    notice = papers.write(notice, cast.inspector_a, contact="王科长")
    with pytest.raises(NotAllowed):
        actions.issue(letter_id=notice.pk, signer="甲区督学", by=cast.inspector_a)
    assert actions.issue(letter_id=notice.pk, signer="局领导", by=cast.leader).serial == 1


def test_a_kind_issued_once_waits_for_the_withdrawal_of_the_first(cast: Cast) -> None:
    visit = papers.done_visit(cast)
    letter = papers.issued(cast, "feedback", visit.pk)
    with pytest.raises(Conflict):
        actions.draft(kind="feedback", subject_id=visit.pk, by=cast.admin)
    actions.withdraw(letter_id=letter.pk, reason="写错", by=cast.admin)
    assert actions.draft(kind="feedback", subject_id=visit.pk, by=cast.admin).state == S.DRAFT


def test_an_opinion_waits_for_the_end_of_the_visit(cast: Cast) -> None:
    visit = making.underway(cast)
    letter = papers.ready(cast, "opinion", visit.pk)
    with pytest.raises(Conflict):
        actions.issue(letter_id=letter.pk, signer="张局长", by=cast.admin)


def test_new_wording_is_for_new_drafts_only(cast: Cast) -> None:
    old = papers.issued(cast)
    kind = old.spec
    parts = [(one.heading, one.text) for one in kind.sections]
    parts[0] = ("", parts[0][1] + "\n请高度重视。")
    said = {"district": cast.district, "kind": kind.code, "reason": "局务会要求"}
    first = wording_actions.set_wording(**said, parts=parts, by=cast.leader)
    assert wording_actions.set_wording(**said, parts=parts, by=cast.leader) == first
    assert Wording.objects.count() == 1
    new = actions.draft(kind=kind.code, subject_id=cast.school_a.pk, by=cast.admin)
    assert new.wording == first
    assert "请高度重视。" in new.sections[0]["text"]
    assert "请高度重视。" not in queries.text_of(Letter.objects.get(pk=old.pk)).sections[0].text
    with pytest.raises(Invalid) as refusal:
        wording_actions.set_wording(**said, parts=[("", "{nobody}")] * len(parts), by=cast.leader)
    assert len(refusal.value.problems) == 1 + len([one for one in kind.fields if one.required])
    with pytest.raises(NotAllowed):
        wording_actions.set_wording(**said, parts=parts, by=cast.reviewer)


def test_words_are_a_setting_and_begin_a_series_of_their_own(cast: Cast) -> None:
    papers.issued(cast)
    assert wording_actions.set_words(district=cast.district, words={"rectification": "龙整改"}, by=cast.admin)
    assert not wording_actions.set_words(district=cast.district, words={"rectification": "龙整改"}, by=cast.admin)
    letter = papers.issued(cast)
    assert (letter.word, letter.serial) == ("龙整改", 1)
    with pytest.raises(Invalid):
        wording_actions.set_words(district=cast.district, words={"rectification": " "}, by=cast.admin)


def test_saving_is_refused_over_another_persons_words(cast: Cast) -> None:
    letter = papers.ready(cast)
    stale = letter.version
    papers.write(letter, cast.admin, origin="一")
    with pytest.raises(Conflict):
        actions.save(letter_id=letter.pk, version=stale, title=letter.title, typed={}, by=cast.inspector_a)
    letter.refresh_from_db()
    assert letter.typed["origin"] == "一"


def test_refreshing_reads_the_ledger_again_and_keeps_what_people_wrote(cast: Cast) -> None:
    letter = papers.write(papers.ready(cast), cast.admin, origin="自写")
    making.dispatched(cast)
    letter = actions.refresh(letter_id=letter.pk, by=cast.admin)
    assert (len(letter.facts["problems"]), letter.typed["origin"]) == (2, "自写")


def test_a_signing_day_in_the_future_is_refused(cast: Cast) -> None:
    letter = papers.ready(cast)
    with pytest.raises(Invalid):
        actions.issue(letter_id=letter.pk, signer="张", issued_on=making.today() + dt.timedelta(days=1), by=cast.admin)
    assert not AuditEvent.objects.filter(action="letter.issue").exists()


def test_files_go_out_with_the_paper_and_a_withdrawn_one_does_not(cast: Cast) -> None:
    letter = papers.with_file(cast)
    gone = actions.attach(letter_id=letter.pk, upload=making.photo("旧.jpg"), by=cast.principal_a)
    actions.detach(letter_id=letter.pk, file_id=gone.pk, by=cast.principal_a)
    letter = papers.write(letter, cast.principal_a, aim="一", lead="二", steps="三")
    letter = actions.issue(letter_id=letter.pk, signer="校长", by=cast.principal_a)
    assert letter.frozen["files"] == ["现场.jpg"]
    assert letter.frozen["file_digests"] == [letter.files.get(withdrawn_at=None).document.sha256]
    with pytest.raises(Conflict):
        actions.attach(letter_id=letter.pk, upload=making.photo(), by=cast.principal_a)
    with pytest.raises(Invalid):
        actions.attach(letter_id=papers.ready(cast).pk, upload=making.photo(), by=cast.admin)
