"""What the registers hold: a few entries of each, made by the schools and the bureau."""

from portal.core.accounts.models import User
from portal.demo import names
from portal.demo.rounds import Clock
from portal.demo.town import Town
from schools.registers import actions
from schools.registers.rights import Unit

_SUBJECTS = ("语文", "数学", "英语", "科学", "音乐", "体育")
_THEMES = ("消防", "防震", "交通安全", "防溺水")


def fill_registers(town: Town, clock: Clock) -> None:
    """The school year is the one the current round asks about."""
    year = clock.today.year - 1

    def enter(kind: str, position: int | None, in_year: int, /, **typed: str) -> None:
        """By the school's reporter; of the bureau (None) and of projects by the admin."""
        unit: Unit = town.district if position is None else town.schools[position]
        by: User = town.admin if position is None or kind == "project" else town.staff(position).reporter
        actions.create(kind=kind, unit=unit, year=in_year, typed=typed, by=by)

    for turn in range(6):
        enter(
            "exchange",
            turn,
            year,
            person=names.person(town.seed, "exchange", turn),
            direction="交流出校",
            partner=town.schools[-1 - turn].code,
            form="支教" if turn % 2 else "定期交流",
            backbone="否" if turn % 3 else "是",
            stage="小学" if "小学" in town.sketches[turn].kind else "初中",
            subject=_SUBJECTS[turn],
            from_on=f"{year}-09-01",
            until_on=f"{year + 1 + turn % 2}-08-31",
            document=f"龙教人〔{year}〕{12 + turn}号",
        )
    for turn, (name, nature, milestone, seats, money) in enumerate(
        (
            ("教学楼扩建", "改扩建", "主体完工", "360", "1280"),
            ("运动场改造", "薄弱学校改造", "竣工验收", "", "215.5"),
            ("多媒体设备更新", "设备购置", "投入使用", "", "86"),
        )
    ):
        done = {} if milestone == "主体完工" else {"done_on": clock.day(-40).isoformat()}
        enter(
            "project",
            turn,
            clock.today.year,
            name=f"{town.schools[turn].name}{name}",
            nature=nature,
            milestone=milestone,
            seats=seats,
            money_city=money,
            money_district="120",
            starts_on=clock.day(-200).isoformat(),
            planned_on=clock.day(150 if milestone == "主体完工" else -30).isoformat(),
            **done,
        )
    for turn in range(4):
        day = clock.day(-300 + 30 * turn).isoformat()
        enter("drill", turn, year, held_on=day, kind="疏散演练", theme=_THEMES[turn], persons=str(260 + 40 * turn))
        notice = f"{clock.today.year} 年招生公告"
        enter(
            "zone",
            turn,
            clock.today.year,
            stage="小学" if "小学" in town.sketches[turn].kind else "初中",
            area="学校东至解放路、西至中山路、南至自由路、北至东大街的居民户",
            notice=notice,
            notice_on=f"{clock.today.year}-06-20",
            planned=str(90 + 45 * turn),
            enrolled=str(88 + 45 * turn),
            in_zone=str(86 + 44 * turn),
        )
        enter(
            "aid", turn, year, scheme="家庭经济困难学生生活补助", times=str(24 + turn), amount=str(12000 + 500 * turn)
        )
    enter("honour", 0, clock.today.year - 1, name="开封市足球特色学校", kind="特色学校", level="市级")
    enter(
        "honour", 1, clock.today.year, name="河南省书香校园", kind="书香校园", level="省级", awarded_by="河南省教育厅"
    )
    enter(
        "research",
        0,
        year,
        title="作业设计与减负提质",
        level="市级",
        leader=names.person(town.seed, "research"),
        from_on=f"{year}-10-10",
        state="在研",
    )
    enter(
        "pairing",
        0,
        year,
        form="对口帮扶",
        partner=town.schools[-1].code,
        agreement="结对帮扶协议",
        from_on=f"{year}-09-01",
        until_on=f"{year + 3}-08-31",
        activities="6",
        teachers="2",
        meetings="2",
    )
    for turn, group in enumerate(("随迁子女", "留守儿童", "随班就读")):
        stage = "小学" if "小学" in town.sketches[turn].kind else "初中"
        kept = "班主任每周谈心一次，学期初家访。"
        enter("special", turn, year, group=group, stage=stage, persons=str(18 - 6 * turn), measures=kept)
    enter(
        "dropout",
        2,
        year,
        stage="初中",
        persons="1",
        cause="厌学",
        found_on=clock.day(-190).isoformat(),
        measures="乡镇、学校、村三方上门劝返，调整班级并安排结对同学。",
        state="已返校",
    )
    enter(
        "lesson",
        0,
        year,
        title="用平板学图形的平移",
        kind="研讨课",
        subject="数学",
        held_on=clock.day(-210).isoformat(),
        persons="24",
    )
    enter("placement", None, clock.today.year, setting="随班就读", persons="46")
    enter("monitoring", None, clock.today.year, subject="数学", grade="四年级", organiser="区", good="81.5")
