"""Accounts of all schools at once: a job, slips to print, and new ones for accounts never used."""

import io
import os
import time

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.files import temporary
from portal.core.jobs import runner
from portal.core.jobs.models import Job
from schools.access.models import Membership
from schools.accounts import actions
from schools.issuing import actions as issuing
from tests.cast import make_school, make_user

pytestmark = pytest.mark.django_db


def _issue(cast, **more) -> list[issuing.Issued]:
    return issuing.issue(district=cast.district, **{"by": cast.admin, **more})


def _ask(client, **data) -> Job:
    answer = client.post(reverse("accounts:issue", args=["410202"]), data)
    assert answer.status_code == 302
    while runner.run_one():
        pass
    return Job.objects.get(pk=answer.url.strip("/").split("/")[-1])


def _text(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def test_missing_school_accounts_are_made_once(cast) -> None:
    make_school("4102020009", "停办小学", cast.district, status="停办")
    issued = _issue(cast)
    assert [(item.username, item.role) for item in issued] == [("4102020002xz", "principal")]
    person = User.objects.get(username="4102020002xz")
    assert person.check_password(issued[0].password)
    assert person.must_change_password
    assert AuditEvent.objects.get(action="account.issue").after == {"accounts": ["4102020002xz"]}
    with pytest.raises(Invalid, match="没有需要新建的"):
        _issue(cast)


def test_issuing_takes_another_name_when_one_is_taken(cast) -> None:
    make_user("4102020002xz", "前任校长")
    assert _issue(cast)[0].username == "4102020002xz2"


def test_a_whole_district_is_issued_at_once_with_progress(cast) -> None:
    for n in range(50):
        make_school(f"41020219{n:02d}", f"第{n}小学", cast.district)
    seen: list[tuple[int, int]] = []
    assert len(_issue(cast, progress=lambda done, total: seen.append((done, total)))) == 101
    assert seen[0] == (0, 101)
    assert seen[-1] == (100, 101)


def test_issuing_needs_the_district(cast) -> None:
    for action in (_issue, lambda cast, by: issuing.start(district=cast.district, reissue=False, site="", by=by)):
        with pytest.raises(NotFound):
            action(cast, by=cast.foreign_admin)
        with pytest.raises(NotAllowed):
            action(cast, by=cast.leader)


def test_the_slips_hold_a_page_a_school_and_only_who_asked_gets_them(cast, sign_in) -> None:
    make_school("4102020003", "青禾学校", cast.district)
    client = sign_in(cast.admin)
    assert "还缺 <strong>3</strong> 个账号" in client.get("/accounts/issue/").content.decode()
    job = _ask(client)
    assert job.state == Job.State.DONE
    address = job.result["url"]
    assert address in client.get(reverse("jobs:detail", args=[job.pk])).content.decode()
    answer = client.get(address)
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "no-store"
    pages = _text(answer.content)
    assert [("青禾学校" in page, "乙初级中学" in page) for page in pages] == [(False, True), (True, False)]
    user = User.objects.get(username="4102020003tb")
    assert any(user.check_password(word) for word in pages[1].split())
    assert "http://testserver/" in pages[0].replace("\n", "")
    assert AuditEvent.objects.filter(action="account.download_slips", actor_id=cast.admin.pk).count() == 1
    other = make_user("second", "另一位")
    Membership.objects.create(
        user=other,
        role="admin",
        district=cast.district,
        valid_from=timezone.localdate(),
        created_by=other,
        updated_by=other,
    )
    assert sign_in(other).get(address).status_code == 404
    assert "账号齐全" in client.get("/accounts/issue/").content.decode()


def test_who_lost_the_district_since_gets_no_slips(cast, sign_in) -> None:
    job = _ask(sign_in(cast.admin))
    Membership.objects.filter(user=cast.admin).update(district=cast.other_district)
    answer = sign_in(cast.admin).get(job.result["url"])
    assert answer.status_code in (403, 404)
    assert not AuditEvent.objects.filter(action="account.download_slips").exists()


def test_the_slips_are_gone_after_a_day_and_no_password_is_stored_elsewhere(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    job = _ask(client)
    path = settings.FILES_ROOT / "short_lived/slips" / f"{cast.admin.pk}-{job.pk}.pdf"
    assert path.stat().st_mode & 0o077 == 0
    words = _text(path.read_bytes())[0].split()
    user = User.objects.get(username="4102020002xz")
    password = next(word for word in words if user.check_password(word))
    assert password not in f"{Job.objects.values()}{AuditEvent.objects.values()}"
    past = time.time() - temporary.HOURS * 3600 - 1
    os.utime(path, (past, past))
    assert client.get(job.result["url"]).status_code == 404
    assert not path.exists()


def test_asked_twice_while_it_waits_is_one_job(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    answers = {client.post(reverse("accounts:issue", args=["410202"])).url for _ in range(3)}
    assert len(answers) == Job.objects.count() == 1
    while runner.run_one():
        pass
    refused = client.post(reverse("accounts:issue", args=["410202"]))
    assert refused.status_code == 400
    assert "没有需要新建的" in refused.content.decode()


def test_what_fails_at_the_end_leaves_no_account(cast) -> None:
    def lost(issued: list[issuing.Issued]) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        _issue(cast, hand_out=lost)
    assert not User.objects.filter(username="4102020002xz").exists()


def test_accounts_never_used_get_a_new_slip_and_used_ones_do_not(cast, sign_in) -> None:
    make_school("4102020003", "青禾学校", cast.district)
    first = {item.username: item.password for item in _issue(cast)}
    User.objects.filter(username="4102020003xz").update(last_login=timezone.now())
    client = sign_in(cast.admin)
    assert "有 <strong>2</strong> 个账号从未登录" in client.get("/accounts/issue/").content.decode()
    refused = client.post(reverse("accounts:issue", args=["410202"]), {"reissue": "1"})
    assert "请写明重新发放的原因" in refused.content.decode()
    assert _ask(client, reissue="1", reason="领取单丢失").state == Job.State.DONE
    again = {name: User.objects.get(username=name).check_password(old) for name, old in first.items()}
    assert again == {"4102020002xz": False, "4102020003tb": False, "4102020003xz": True}
    event = AuditEvent.objects.filter(action="account.issue").latest("seq")
    assert event.after == {"accounts": ["4102020002xz", "4102020003tb"], "reissue": True, "reason": "领取单丢失"}
    assert User.objects.get(username="4102020002xz").is_reset_today, "it signs nothing today, as after any reset"


def test_who_signs_in_while_it_is_issued_anew_keeps_the_password(cast) -> None:
    _issue(cast)

    def sign_in_meanwhile(done: int, total: int) -> None:
        User.objects.filter(username="4102020002xz").update(last_login=timezone.now())

    before = User.objects.get(username="4102020002xz").password
    with pytest.raises(Conflict):
        _issue(cast, reissue=True, progress=sign_in_meanwhile)
    assert User.objects.get(username="4102020002xz").password == before


def test_people_give_their_own_name_at_the_first_login(cast, client) -> None:
    item = _issue(cast)[0]
    client.post(reverse("login"), {"username": item.username, "password": item.password})
    assert client.get("/").url == reverse("password_change")
    new = "Kaifeng-2026!"
    form = {"old_password": item.password, "new_password1": new, "new_password2": new}
    for name in ("", "乙初级中学校长"):
        assert "请填写您本人的姓名" in client.post(reverse("password_change"), form | {"name": name}).content.decode()
    assert client.post(reverse("password_change"), form | {"name": " 李 明 "}).status_code == 302
    user = User.objects.get(username=item.username)
    assert (user.name, user.is_unnamed) == ("李 明", False)
    assert AuditEvent.objects.filter(action="account.change_password").latest("seq").after == {"name": "李 明"}
    assert "name" not in client.get(reverse("password_change")).context["form"].fields


def test_a_name_the_admin_has_put_right_is_not_asked_for(cast) -> None:
    _issue(cast)
    person = User.objects.get(username="4102020002xz")
    actions.edit_account(user_id=person.pk, name="李明", phone="", office="", by=cast.admin)
    assert not User.objects.get(pk=person.pk).is_unnamed
