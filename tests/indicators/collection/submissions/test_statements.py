"""What only the head may state, and what the head is asked for when signing."""

import json

import pytest
from django.urls import reverse

from indicators.collection.submissions import actions, owner_queries, queries as submissions
from indicators.collection.submissions.models import Revision
from indicators.standard.engine import Value
from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent
from portal.core.errors import NotAllowed
from tests.cast import PASSWORD
from tests.indicators.collection.submissions.conftest import make_submission

VETO, NOTE = "veto_safety", "veto_safety_note"


def url(name, *args):
    return reverse(f"submissions:{name}", args=args)


@pytest.mark.parametrize("who", ["reporter_a", "admin"])
@pytest.mark.parametrize("code", [VETO, NOTE])
def test_nobody_but_the_head_states_a_veto(cast, submission, who, code):
    values = {"pupils_primary": Value(5), code: Value(True) if code == VETO else Value("另行说明")}
    with pytest.raises(NotAllowed, match="本人确认"):
        actions.save(submission_id=submission.pk, values=values, by=getattr(cast, who))
    assert not submission.answers.exists()
    actions.save(submission_id=submission.pk, values=values, by=cast.principal_a)
    assert submission.answers.get(field=code).updated_by == cast.principal_a


def test_without_a_head_who_signs_instead_states_them(cast, submission):
    cast.principal_a.memberships.update(valid_until="2021-01-01")
    actions.save(submission_id=submission.pk, values={VETO: Value(False)}, by=cast.admin)
    with pytest.raises(NotAllowed):
        actions.save(submission_id=submission.pk, values={VETO: Value(True)}, by=cast.reporter_a)


def test_only_the_bureau_takes_over_what_a_head_has_signed_on_paper(cast, submission):
    actions.save(submission_id=submission.pk, values={VETO: Value(False)}, taken_over=True, by=cast.admin)
    with pytest.raises(NotAllowed):
        actions.save(submission_id=submission.pk, values={VETO: Value(True)}, taken_over=True, by=cast.reporter_a)


def test_the_bureaus_statement_is_its_signers_and_no_departments(cast, round_):
    bureau, office = make_submission(round_), make_submission(round_, department=cast.department)
    assert VETO in submissions.items_of(bureau)
    assert VETO not in submissions.items_of(office)
    assert VETO not in owner_queries.assignable_items(cast.district)
    actions.save(submission_id=bureau.pk, values={VETO: Value(False)}, by=cast.admin)
    assert bureau.answers.get(field=VETO).updated_by == cast.admin


def test_an_autosave_of_the_clerk_keeps_the_figures_and_refuses_the_statement(cast, submission, sign_in):
    fields = {"pupils_primary": {"value": "360", "version": 0}, VETO: {"value": "无", "version": 0}}
    response = sign_in(cast.reporter_a).post(
        url("save", submission.pk), json.dumps({"fields": fields}), content_type="application/json"
    )
    assert list(response.json()["saved"]) == ["pupils_primary"]
    assert "本人确认" in response.json()["errors"][VETO]
    assert not submission.answers.filter(field=VETO).exists()


def test_a_plain_post_of_the_clerk_shows_the_refusal_at_the_field(cast, submission, sign_in):
    data = {f"v-{VETO}": "0", f"f-{VETO}": "无"}
    response = sign_in(cast.reporter_a).post(url("save_section", submission.pk, "vetoes"), data)
    assert response.status_code == 400
    assert "本人确认" in response.content.decode()
    assert not submission.answers.exists()


def test_the_clerk_sees_the_statements_and_cannot_touch_them(cast, submission, sign_in):
    address = url("section", submission.pk, "vetoes")
    assert '<fieldset class="field-locked" disabled>' in sign_in(cast.reporter_a).get(address).content.decode()
    assert "field-locked" not in sign_in(cast.principal_a).get(address).content.decode()


def sign(client, submission, **more):
    return client.post(url("submit", submission.pk), {"number": 1, "promise": "on"} | more)


def test_signing_asks_for_the_password(cast, complete, sign_in):
    client = sign_in(cast.principal_a)
    assert 'name="password"' in client.get(url("sign", complete.pk)).content.decode()
    assert sign(client, complete).status_code == 400
    response = sign(client, complete, password="wrong")
    assert response.status_code == 400
    assert "还可以再试 4 次" in response.content.decode()
    assert not Revision.objects.exists()
    assert sign(client, complete, password=PASSWORD).status_code == 302
    assert Revision.objects.get().submitted_by == cast.principal_a
    assert User.objects.get(pk=cast.principal_a.pk).wrong_passwords == 0


def test_the_fifth_wrong_password_ends_the_session(cast, complete, sign_in):
    client, other = sign_in(cast.principal_a), sign_in(cast.principal_a)
    assert [sign(client, complete, password="wrong").status_code for _ in range(5)] == [400] * 4 + [403]
    assert client.get("/").status_code == 302
    assert sign(other, complete, password=PASSWORD).status_code == 403, "another browser of the same thief"
    assert AuditEvent.objects.filter(action="account.confirm_failed", success=False).count() == 5
    assert not Revision.objects.exists()
    client.post(reverse("login"), {"username": "principal_a", "password": PASSWORD})
    assert sign(client, complete, password=PASSWORD).status_code == 302
