"""A district judged in two years that lacks teachers and rooms, its leader, office and a department with a task, for the browser."""

from django.utils import timezone

from indicators.results.evaluations import actions, judging
from inspections.duties import actions as duties
from inspections.programmes import actions as programmes, queries
from schools.directory.models import Department, District
from tests.cast import grant, make_school, make_user
from tests.indicators.district import figures, hand_in, open_round
from tests.inspections.duties.giving import content

PEOPLE = {"leader": ("leader", "贺局长"), "office": ("admin", "方管理"), "reviewer": ("reviewer", "陶审核")}
TASK = "每年选派教师支教"


def run() -> None:
    """甲 lacks a backbone teacher, 丙 rooms; 乙 passes. 区财政局 is asked for the quarter that runs."""
    district = District.objects.create(code="410293", name="规划区")
    people = {key: make_user(f"planning_{key}", name) for key, (_, name) in PEOPLE.items()}
    for key, (role, _) in PEOPLE.items():
        grant(people[key], role, district=district)
    office = people["office"]
    schools = [make_school(f"410293000{at}", f"规划区{name}小学", district) for at, name in enumerate("甲乙", 1)]
    schools.append(make_school("4102930003", "规划区丙初级中学", district, kind="初级中学"))
    for year in ("2025", "2026"):
        round_ = open_round(district, year)
        hand_in(round_, schools[0], figures(pupils=400, backbone_teachers_primary=3))
        hand_in(round_, schools[1], figures(pupils=400))
        hand_in(round_, schools[2], figures("初级中学", 400, multimedia_rooms=6))
        judged = judging.judge(round_, judging.read(round_), timezone.now())
        actions.record(judged=judged, by=office)
    owner = Department.objects.create(
        district=district, code="CZ", name="区财政局", created_by=office, updated_by=office
    )
    grant(make_user("planning_liaison", "严联络"), "liaison", department=owner)
    said = queries.read_file(queries.LONGTING) | {"district_code": district.code}
    own = programmes.adopt_programme(district=district, content=said, by=office)
    asked = content(title=TASK, department=owner)
    duties.create(programme_id=own.pk, content=asked, by=office)
