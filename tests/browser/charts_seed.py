"""A district judged in two years, its two schools with places on the map and one finding, for the browser."""

from decimal import Decimal

from django.utils import timezone

from indicators.results.evaluations import actions, judging
from inspections.rectification import actions as rectification
from schools.directory.models import District, School
from tests.cast import grant, make_school, make_user
from tests.indicators.district import figures, hand_in, open_round
from tests.inspections import making


def run() -> None:
    """甲 passes in both years, 乙 only in the first."""
    district = District.objects.create(code="410294", name="图表区")
    schools = [make_school(f"410294000{at}", f"图表区{name}小学", district) for at, name in enumerate("甲乙", 1)]
    for school, latitude in zip(schools, ("34.90", "34.80"), strict=True):
        School.objects.filter(pk=school.pk).update(latitude=Decimal(latitude), longitude=Decimal("114.3"))
    office, leader = make_user("charts_office", "方管理"), make_user("charts_leader", "贺局长")
    grant(office, "admin", district=district)
    grant(leader, "leader", district=district)
    for year, changes in (("2025", {}), ("2026", {"backbone_teachers_primary": 2})):
        round_ = open_round(district, year)
        hand_in(round_, schools[0], figures())
        hand_in(round_, schools[1], figures(pupils=800, **changes))
        judged = judging.judge(round_, judging.read(round_), timezone.now())
        actions.record(judged=judged, by=office)
    rectification.register(school_id=schools[1].pk, source="XF", content=making.content(), by=office)
