"""The public page shows what the bureau chose and nothing else; complaints are taken once, without knowing who sent them."""

import re
from uuid import uuid4

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone

from inspections.letters.models import Letter
from inspections.publicity import actions
from inspections.publicity.models import Complaint
from inspections.rectification.models import Finding
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict
from portal.core.lib import dates
from portal.core.notices.models import Notice
from portal.home import task_queries as tasks
from portal.standing import news_queries as news
from tests.inspections.making import content, today
from tests.inspections.publicity.making import complained, opened, published

pytestmark = pytest.mark.django_db
PAGE, COMPLAIN, ASK = "/public/410202/", "/public/410202/complain/", "/public/410202/ask/"


def test_nothing_is_public_before_the_bureau_opens_it(cast) -> None:
    notice = published(cast)
    for address in (PAGE, COMPLAIN, ASK, "/public/410203/", "/public/410202/results/1/"):
        assert Client().get(address).status_code == 404
    opened(cast)
    page = Client().get(PAGE)
    assert notice.title in page.text
    assert page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert not page.cookies
    actions.withdraw(notice_id=notice.pk, by=cast.admin)
    assert notice.title not in Client().get(PAGE).text
    opened(cast, takes_complaints=False)
    assert Client().get(COMPLAIN).status_code == 404


def test_the_switch_says_who_turned_it(cast) -> None:
    opened(cast)
    opened(cast, is_open=False)
    event = AuditEvent.objects.filter(action="public_page.set").latest("seq")
    assert (event.actor_id, event.before["is_open"], event.after["is_open"]) == (cast.admin.pk, True, False)


def test_results_are_public_once_issued_until_withdrawn(cast) -> None:
    opened(cast)
    made = {"kind": "published", "district": cast.district, "created_by": cast.admin, "updated_by": cast.admin}
    draft = Letter.objects.create(title="草拟的公告", **made)
    assert draft.title not in Client().get(PAGE).text
    assert Client().get(f"{PAGE}results/{draft.pk}/").status_code == 404


def typed(**changes: str) -> dict[str, str]:
    return {"school": "", "f-text": "午餐是凉的", "phone": "", "website": "", "form_key": str(uuid4())} | changes


def receipt_on(page) -> str:
    return re.search(r'class="receipt">(\w+)<', page.text)[1]


def test_a_complaint_is_taken_once_and_its_receipt_leads_to_the_answer(cast) -> None:
    opened(cast)
    client, sent = Client(enforce_csrf_checks=True), typed(school=str(cast.school_a.pk), phone="13800000000")
    events = AuditEvent.objects.count()
    first, second = client.post(COMPLAIN, sent), client.post(COMPLAIN, sent)
    receipt = receipt_on(first)
    assert receipt == receipt_on(second)
    for page in (first, second):
        assert f"{dates.day(today(15))}前答复" in page.text
    row = Complaint.objects.get()
    assert (row.school, row.contact, row.due_on) == (cast.school_a, "13800000000", today(15))
    assert receipt not in str(Complaint.objects.values())
    assert AuditEvent.objects.count() == events
    assert Notice.objects.filter(user=cast.admin, key=f"complaint:{row.pk}").exists()
    assert not client.cookies
    waiting = client.post(ASK, {"receipt": receipt.upper()})
    assert "已收到，待受理" in waiting.text
    assert "13800000000" not in waiting.text
    finding = actions.accept(complaint_id=row.pk, content=content(), by=cast.admin)
    assert (finding.source, finding.state, finding.school) == ("XF", Finding.State.TO_DISPATCH, cast.school_a)
    with pytest.raises(Conflict):
        actions.accept(complaint_id=row.pk, content=content(), by=cast.admin)
    actions.answer(complaint_id=row.pk, text="已责成学校整改。", by=cast.admin)
    assert "已责成学校整改。" in client.post(ASK, {"receipt": receipt}).text
    with pytest.raises(Conflict):
        actions.answer(complaint_id=row.pk, text="另一个答复", by=cast.admin)
    assert client.post(ASK, {"receipt": "nosuchreceipt"}).status_code == 400


def test_a_complaint_waits_for_the_bureau_until_it_is_answered_and_is_late_after_its_day(cast, monkeypatch) -> None:
    row = complained(cast)

    def waiting() -> list[str]:
        return [one.action for one in tasks.for_user(cast.admin) if one.due == row.due_on]

    def late() -> list[str]:
        return [one.label for one in news.late(cast.admin, cast.district) if "群众反映" in one.label]

    assert (waiting(), late()) == (["受理群众反映"], [])
    actions.accept(complaint_id=row.pk, content=content(), by=cast.admin)
    assert waiting() == ["答复群众反映"]
    day_after = today(16)
    monkeypatch.setattr(timezone, "localdate", lambda *_: day_after)
    assert late() == ["群众反映没有按期答复"]
    assert not [one for one in tasks.for_user(cast.reporter_a) if "群众" in one.action]
    actions.answer(complaint_id=row.pk, text="已办。", by=cast.admin)
    assert (waiting(), late()) == ([], [])


def test_what_cannot_be_taken_stays_in_the_page(cast) -> None:
    opened(cast)
    for wrong in ({"website": "http://x"}, {"f-text": "请打 13812345678 找我"}, {"form_key": "no key"}):
        said = typed(**wrong)
        page = Client().post(COMPLAIN, said)
        assert page.status_code == 400
        assert said["f-text"] in page.text
    for number in range(actions.MOST + 1):
        page = Client().post(COMPLAIN, typed(**{"f-text": f"第 {number} 件"}))
    assert page.status_code == 429
    assert f"第 {actions.MOST} 件" in page.text
    assert Complaint.objects.count() == actions.MOST
    # Another address is not held up, and none is stored.
    assert Client(REMOTE_ADDR="10.1.1.1").post(COMPLAIN, typed()).status_code == 200
    assert "127.0.0.1" not in str(AccessAttempt.objects.values_list("ip_address"))


def test_the_bureau_sees_complaints_with_their_contact(cast, sign_in) -> None:
    row = complained(cast)
    page = sign_in(cast.admin).get(f"/complaints/{row.pk}/")
    assert row.contact in page.text
    assert sign_in(cast.principal_a).get(f"/complaints/{row.pk}/").status_code == 403
    assert sign_in(cast.foreign_admin).get(f"/complaints/{row.pk}/").status_code == 404


def test_a_complaint_offers_what_its_state_allows(cast, sign_in) -> None:
    row, bureau = complained(cast), sign_in(cast.admin)

    def offered() -> tuple[set[str], str]:
        page = bureau.get(f"/complaints/{row.pk}/")
        forms = {name for name in ("accept", "answer") if f'action="/complaints/{row.pk}/{name}/"' in page.text}
        assert forms == page.context["verbs"]
        return forms, page.context["tone"]

    assert offered() == ({"accept", "answer"}, "warn")
    actions.accept(complaint_id=row.pk, content=content(), by=cast.admin)
    assert offered() == ({"answer"}, "info")
    actions.answer(complaint_id=row.pk, text="已办。", by=cast.admin)
    assert offered() == (set(), "ok")


def test_a_frozen_conclusion_is_shown_in_plain_words(world) -> None:
    opened(world.cast, milestone=world.milestone)
    page = Client().get(PAGE)
    assert "参评的学校（学段）" in page.text
    assert world.cast.school_a.name not in page.text
