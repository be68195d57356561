"""In whose name a district's documents go out: the usual body until the admin sets another."""

import pytest

from portal.core.audit.models import AuditEvent
from portal.core.errors import NotAllowed, NotFound
from schools.directory import actions
from schools.directory.models import District

LIST, PAGE = "/schools/districts/", "/schools/districts/410202/"
USUAL, OWN = "龙亭区人民政府教育督导委员会办公室", "开封市龙亭区教育体育局"


def _text(answer) -> str:
    return answer.content.decode()


def test_without_a_setting_the_usual_body_signs(cast) -> None:
    assert cast.district.signature == USUAL


def test_the_admin_sets_it_and_the_trail_says_from_what_to_what(cast, sign_in) -> None:
    client = sign_in(cast.admin)
    assert USUAL in _text(client.get(PAGE))
    answer = client.post(PAGE, {"issuer": f" {OWN} "}, follow=True)
    assert f"落款为“{OWN}”" in _text(answer)
    assert District.objects.get(code="410202").signature == OWN
    event = AuditEvent.objects.get(action="district.edit")
    assert (event.before, event.after, event.district_code) == ({"issuer": ""}, {"issuer": OWN}, "410202")


def test_blank_goes_back_to_the_usual_body(cast) -> None:
    actions.edit_district(code="410202", issuer=OWN, by=cast.admin)
    assert actions.edit_district(code="410202", issuer="", by=cast.admin).signature == USUAL


def test_the_usual_body_typed_out_is_no_setting_of_ones_own(cast) -> None:
    assert actions.edit_district(code="410202", issuer=USUAL, by=cast.admin).issuer == ""
    assert not AuditEvent.objects.filter(action="district.edit").exists()


@pytest.mark.parametrize(
    ("who", "error"), [("leader", NotAllowed), ("reporter_a", NotFound), ("foreign_admin", NotFound)]
)
def test_only_the_districts_admin_sets_it(cast, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        actions.edit_district(code="410202", issuer=OWN, by=getattr(cast, who))
    assert District.objects.get(code="410202").issuer == ""


def test_too_long_a_name_comes_back_with_what_was_typed(cast, sign_in) -> None:
    answer = sign_in(cast.admin).post(PAGE, {"issuer": "局" * 61})
    assert answer.status_code == 400
    assert "局" * 61 in _text(answer)
    assert District.objects.get(code="410202").issuer == ""


def test_the_list_names_the_districts_in_reach_in_few_queries(cast, sign_in, django_assert_max_num_queries) -> None:
    client = sign_in(cast.admin)
    with django_assert_max_num_queries(10):
        page = _text(client.get(LIST))
    assert USUAL in page
    assert "（默认）" in page
    assert "顺河" not in page
    assert LIST in _text(client.get("/schools/"))
    assert LIST not in _text(sign_in(cast.leader).get("/schools/"))
