"""A district's programme: four phases of 8号, adopted once, every mistake named."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from inspections.programmes import actions, queries
from inspections.programmes.models import Phase, Programme
from portal.core.errors import Invalid, NotAllowed, NotFound

pytestmark = pytest.mark.django_db


def adopt(cast, **changes):
    content = queries.read_file(queries.LONGTING) | changes
    return actions.adopt_programme(district=cast.district, content=content, by=cast.admin)


def test_the_four_phases_of_document_8_are_adopted_once(cast) -> None:
    adopt(cast)
    adopt(cast)
    assert Programme.objects.get().goal_year == 2030
    assert [phase.name for phase in Phase.objects.all()] == [
        "宣传动员阶段",
        "自查自评阶段",
        "整体推进阶段",
        "接受评估验收阶段",
    ]


def test_a_day_falls_into_one_phase_and_phases_follow_each_other(cast) -> None:
    adopt(cast)
    phase = queries.phase_on(cast.district.pk, date(2026, 11, 23))
    assert phase is not None
    assert (phase.name, queries.previous(phase).name) == ("整体推进阶段", "自查自评阶段")
    assert queries.phase_on(cast.other_district.pk, date(2026, 11, 23)) is None


def test_overlapping_phases_are_refused_and_nothing_is_stored(cast) -> None:
    phases = [
        {"name": "一", "starts_on": date(2021, 1, 1), "ends_on": date(2021, 6, 30)},
        {"name": "二", "starts_on": date(2021, 6, 30), "ends_on": date(2021, 5, 1)},
    ]
    with pytest.raises(Invalid) as refused:
        adopt(cast, phases=phases)
    assert "第 2 个阶段" in str(refused.value.problems[0])
    assert not Programme.objects.exists()


def test_only_those_who_manage_the_district_adopt(cast) -> None:
    content = queries.read_file(queries.LONGTING)
    with pytest.raises(NotAllowed):
        actions.adopt_programme(district=cast.district, content=content, by=cast.reviewer)
    with pytest.raises(NotFound):
        actions.adopt_programme(district=cast.district, content=content, by=cast.foreign_admin)


def test_a_broken_file_is_named(tmp_path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text("title = ")
    with pytest.raises(Invalid, match=r"plan\.toml"):
        queries.read_file(path)


def test_phases_are_seen_within_ones_district_only(cast) -> None:
    adopt(cast)
    assert queries.phases(cast.leader).count() == 4
    assert queries.phases(cast.foreign_admin).count() == 0


def test_the_command_adopts_document_8_for_a_district(cast, capsys) -> None:
    call_command("adopt_programme", "--district", "410202", "--by", "admin")
    assert "宣传动员阶段、自查自评阶段、整体推进阶段、接受评估验收阶段" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("district", "by", "said"),
    [("999999", "admin", "没有区划代码 999999"), ("410202", "nobody", "没有账号"), ("410202", "reviewer", "不能进行")],
)
def test_the_command_refuses_in_words(cast, district: str, by: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("adopt_programme", "--district", district, "--by", by)
    assert not Programme.objects.exists()
