"""What everybody in the demonstration answers, writes and attaches: seeded, and the same every time."""

import datetime as dt
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from indicators.standard.engine import (
    PRIVATE,
    Answer,
    DistrictData,
    SchoolData,
    Spec,
    Value,
    evaluate,
    required,
    required_of_district,
)
from portal.core.papers import pdf, tree
from portal.demo.figures import CURRENT, Draw
from portal.demo.names import DISTRICT, WELL_EQUIPPED, Dice, Sketch

# Printed with two decimals the coefficient reads 0.45, which is the limit; judged exactly it is above.
_NEAR = Fraction(4520, 10000)
_MOST_PER_PUPIL = Decimal("1.9")
# item → (what was done, how it is maintained, what came of it)
_PIECES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "charter_note": (
        (
            "学校章程经教职工代表大会讨论通过，报区教体局核准后实施",
            "现行章程已由区教体局核准，并在公示栏和学校网页公开",
        ),
        ("校务会、家长委员会按章程议事，重大事项都有记录", "各项制度按章程修订成册，教职工人手一份"),
        (
            "校务管理、学籍、考勤和资产都在网上办理，课堂普遍使用数字资源",
            "教务、财务和后勤已接入区级平台，数据每周更新",
        ),
    ),
    "it_teaching_note": (
        (
            "各学科教师都能用交互设备和国家中小学智慧教育平台备课上课",
            "学校按学期开展信息技术校本研修，新教师由骨干结对指导",
        ),
        ("每周安排一节信息化公开课，课后集体评议", "教研组共建课件和习题资源库，随用随补"),
        ("本年度有多节课例在区级评选中获奖", "随堂听课记录显示，多数课堂能恰当使用数字资源"),
    ),
    "facility_use_note": (
        ("实验室、图书室、音美教室和计算机教室按课表开放", "功能教室由专人管理，课后服务时段向社团开放"),
        ("使用登记一室一册，器材损坏三日内报修", "每学期清点一次图书和器材，缺少的列入采购计划"),
        ("学生人均借阅量比上年有所提高，实验开出率达到要求", "各功能教室周使用率都在八成以上，没有长期闲置"),
    ),
    "moral_education_note": (
        ("学校把德育写进课程计划，班会、升旗仪式和主题教育都有方案", "以行为习惯养成为重点，分年级制定德育目标"),
        ("班主任每月研讨一次案例，家校联系记录完整", "家长委员会参与活动设计，定期开展家访"),
        ("学生文明礼仪和自我管理明显进步", "近三年没有发生学生欺凌事件，家长反映良好"),
    ),
    "campus_culture_note": (
        ("校训、校风由师生共同讨论形成，并融入走廊和教室布置", "学校以阅读和运动为特色，形成读书节、体育节等传统活动"),
        ("各班自主设计班级文化，作品定期更换展示", "社团活动人人参与，成果在校内展出"),
        ("校园整洁有序，师生认同感强", "特色活动得到街道和家长的支持，参与面逐年扩大"),
    ),
    "curriculum_note": (
        (
            "严格执行国家课程方案，体育、音乐、美术、劳动和综合实践课都按课时开设",
            "课程表报区教研室审核，各门课程由任课教师专任或专兼结合",
        ),
        ("教务处每周抽查课表执行情况，调课须登记", "不随意增减课程和课时，不提前开课结课"),
        ("抽查中没有发现挤占课时的现象", "学生体质健康和艺术素质测评成绩稳定提高"),
    ),
    "labour_education_note": (
        ("劳动课每周一课时，按年级编写任务清单", "学校开辟种植园和工具间，由专人指导劳动实践"),
        ("家庭劳动打卡与校内值日结合，每学期评价一次", "与附近的社区和农场签订协议，作为校外劳动基地"),
        ("学生会做的家务逐年增多，家长评价较好", "劳动成果在校内展示，学生参与率达到全员"),
    ),
    "practice_activities_note": (
        ("综合实践活动以研究性学习和社会服务为主，每学期至少完成两个主题", "组织学生参观博物馆、科技馆和本地企业"),
        ("活动有方案、有安全预案、有过程记录", "各主题由指导教师组牵头，学生分组完成"),
        ("形成了一批学生调查报告和作品", "学生动手能力和表达能力得到锻炼"),
    ),
    "workload_note": (
        ("作业由年级组统筹、每天公示，一二年级不留书面家庭作业", "学校制定作业管理办法，各科作业总量由班主任把关"),
        ("考试次数和在校时间符合规定，成绩不排名不公布", "教务处每月调查一次作业时长，超量的及时纠正"),
        ("抽样显示绝大多数学生能在规定时间内完成作业", "家长问卷中对作业量表示满意的占绝大多数"),
    ),
}
# Of a self-report; what stands in braces are its figures.
PRACTICE = (
    "对照优质均衡资源配置指标逐项自查，把缺口列成清单，由校长牵头每月研究一次；{教学班数} 个班按课程方案开齐课程。\n"
    "本年度新增教学设备，{网络多媒体教室} 间网络多媒体教室都排了使用表；教师培训和功能教室使用纳入年度考核。"
)
_REASONS = {
    "equipment_value": "今年新建理化生数字实验室和创客教室，设备验收入账后资产值增加，采购合同和入账凭证已上传。",
    "teaching_area": "新教学楼本年度交付使用，教学及辅助用房面积增加，以测绘图为准。",
    "multimedia_rooms": "实验室和功能教室今年都接入了网络，间数按设备清单逐间核对，数据属实。",
    "sports_ground_area": "运动场改扩建完工，按最新测绘结果填报，面积比上年增加。",
}
_USUAL = "已与统计报表和学籍系统核对，数据属实，变化由本年度在校生和人员正常变动引起。"
Answers = dict[str, Answer]


def school_answers(spec: Spec, sketches: Iterable[Sketch], seed: int, year: int) -> dict[str, Answers]:
    """By school code, without errors. In the current year one coefficient (初中 A6) is 临界."""
    sketches = list(sketches)
    found = {sketch.code: _answers_of(Draw(spec, sketch, seed, year)) for sketch in sketches}
    if year == CURRENT and len(sketches) > WELL_EQUIPPED:
        code = sketches[WELL_EQUIPPED].code
        value = _tipping_value(spec, sketches, found, code)
        if value is not None:
            found[code]["equipment_value"] = Value(value)
    return found


def district_data(sketches: Iterable[Sketch], answers: Mapping[str, Answers]) -> DistrictData:
    schools = [
        SchoolData(
            code=s.code,
            name=s.name,
            kind=s.kind,
            area=s.area,
            sponsor=str(s.sponsor),
            boarding=s.boarding,
            answers=answers[s.code],
        )
        for s in sketches
    ]
    return DistrictData(DISTRICT, tuple(schools))


def _answers_of(draw: Draw) -> Answers:
    plain = draw.figures()
    given: Answers = {code: Value(value) for code, value in plain.items() if code in draw.spec.items}
    found: Answers = {}
    # A special school is not asked for rooms and equipment, and nobody for attached classes it has not.
    for field in required(draw.spec, draw.sketch.kind, given):
        item = field.item
        if field.code in given:
            found[field.code] = given[field.code]
        elif item.kind == "yes_no":
            # Vetoes did not happen.
            found[field.code] = Value(not item.signed)
        elif item.kind == "choice":
            found[field.code] = Value(draw.dice(item.code).one(item.choices[:2] + item.choices[:1]))
        else:
            dice = draw.yearly(item.base)
            found[field.code] = Value("；".join(dice.one(options) for options in _PIECES[item.base]) + "。")
    if plain["honours"]:
        found["honours"] = given["honours"]
    # Nobody must report these, but this district does: 表Ⅰ of its official forms needs them.
    return found | {code: answer for code, answer in given.items() if draw.spec.items[code].base == "staff"}


def _tipping_value(spec: Spec, sketches: list[Sketch], found: Mapping[str, Answers], code: str) -> Decimal | None:
    """万元 that put the coefficient just over the limit; None if out of reach."""
    position = [indicator.code for indicator in spec.resources].index("A6")
    parts = [part for part in evaluate(spec, district_data(sketches, found)).parts if part.stage == "junior"]
    # Numerator and pupils of every other junior part, and the pupils of the one school.
    others, own = [], 0
    for part in parts:
        figure = part.indicators[position]
        if part.school.code == code:
            own = figure.pupils or 0
        elif figure.numerator is not None and figure.pupils:
            others.append((Fraction(figure.numerator), figure.pupils))
    mean = sum(value for value, _ in others) / sum(count for _, count in others)
    low, high = int(mean * own * 100), int(_MOST_PER_PUPIL * own * 100)
    if _cv_squared(others, Fraction(high, 100), own) < _NEAR**2:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        above = _cv_squared(others, Fraction(middle, 100), own) >= _NEAR**2
        low, high = (low, middle) if above else (middle, high)
    return Decimal(high) / 100


def _cv_squared(others: list[tuple[Fraction, int]], value: Fraction, own: int) -> Fraction:
    """CV² = Q·P/T² − 1 with one school's total put in (教督〔2017〕6号)."""
    rows = [*others, (value, own)]
    total = sum((x for x, _ in rows), Fraction(0))
    squares = sum((x * x / count for x, count in rows), Fraction(0))
    return squares * sum(count for _, count in rows) / (total * total) - 1


_DISTRICT_TEXTS = {
    "layout_plan_note": "《龙亭区中小学幼儿园布局专项规划（2021—2035年）》经区政府批准实施，新建小区配套学校与主体工程同步规划、同步建设、同步交付，服务半径符合规定。",
    "four_unified_note": "全区执行统一的学校建设标准、教职工编制标准、生均公用经费基准定额和基本装备配置标准，城乡学校一视同仁，四项标准都有区级文件，每年对照检查一次。",
    "posts_allotted_note": "区委编办在核定总额内下达教职工编制，由区教体局按在校生数和课程需要统筹分配到校，每学年调整一次，并向乡村学校和小规模学校适当倾斜。",
    "left_behind_system_note": "全区建立留守儿童关爱台账和结对帮扶制度，各校设立关爱室，教师定期家访，街道和村委会共同参与，寒暑假组织集中活动，做到一人一档。",
}
_SUBJECTS = ("语文", "数学", "科学", "体育", "艺术", "德育", "英语", "劳动", "心理健康")
_ALL_STAGES = ("", "_primary", "_junior")
# By year from 2023: the first value, and what it grows by.
_GROWING: dict[str, tuple[int | Decimal, int | Decimal]] = {
    "population_total": (Decimal("48.36"), Decimal("0.21")),
    "population_rural": (Decimal("13.72"), Decimal("-0.18")),
    "gdp_per_head": (61_200, 2_310),
    "revenue_per_head": (4_180, 160),
    "rural_income": (20_640, 1_180),
    "urban_income": (36_900, 1_650),
    "good_senior_allotted": (840, 20),
    "good_senior_allotted_rural": (260, 15),
    "survey_valid": (4068, 12),
    "survey_satisfied": (3560, 60),
    "survey_satisfied_parents": (2280, 30),
    "visits_satisfied": (162, 1),
    "visits_satisfied_parents": (86, 1),
    "teacher_wage": (Decimal(98_600), 2_900),
    "civil_servant_wage": (Decimal(97_900), 2_700),
}
# The same for figures that are reported with last year's.
_COMPARED = {
    "fiscal_education": (52_400, 3_100),
    "fiscal_revenue_regular": (198_000, 6_200),
    "per_pupil_cost_primary": (13_850, 420),
    "per_pupil_cost_junior": (17_900, 510),
    "per_pupil_public_funds_primary": (720, 15),
    "per_pupil_public_funds_junior": (940, 18),
    "teacher_wage_total": (38_600, 1_480),
}
_FIXED: dict[str, int | Decimal] = {
    "townships": 4,
    "villages": 63,
    "basic_balance_year": 2016,
    "good_senior_plan": 1600,
    "survey_sent": 4200,
    "survey_valid_parents": 2610,
    "visits_total": 180,
    "visits_total_parents": 96,
    "public_funds_standard_primary": Decimal(720),
    "public_funds_standard_junior": Decimal(940),
}


def district_answers(
    spec: Spec, sketches: Iterable[Sketch], schools: Mapping[str, Mapping[str, Answer]], seed: int, year: int
) -> dict[str, Answer]:
    private = [sketch.code for sketch in sketches if str(sketch.sponsor) == PRIVATE]
    dice, later = Dice(seed, "district", year), year - 2023
    plain: dict[str, Any] = (
        _sums(schools, private) | _FIXED | {code: start + later * step for code, (start, step) in _GROWING.items()}
    )
    for code, (start, step) in _COMPARED.items():
        base, _, stage = code.rpartition("_") if code.endswith(("_primary", "_junior")) else (code, "", "")
        before = f"{base}_last_year_{stage}" if stage else f"{code}_last_year"
        plain |= {code: Decimal(start + later * step), before: Decimal(start + (later - 1) * step)}
    plain["monitoring"] = tuple(
        {
            "subject": subject,
            "year": year - 1,
            "level": "Ⅲ",
            "variation": dice.share("0.08", "0.14"),
            "report": f"{year - 1}年国家义务教育质量监测报告",
        }
        for subject in _SUBJECTS
    )
    fields = required_of_district(spec, {})
    plain |= {field.code: False for field in fields if field.item.signed}
    for item in (field.item for field in fields):
        if item.code not in plain:
            plain[item.code] = True if item.kind == "yes_no" else _DISTRICT_TEXTS[item.code]
    return {field.code: Value(plain[field.item.code]) for field in fields}


def _total(schools: Iterable[Mapping[str, Answer]], *bases: str) -> int:
    found = (school.get(f"{base}{stage}") for school in schools for base in bases for stage in _ALL_STAGES)
    return sum(answer.value for answer in found if isinstance(answer, Value))


def _sums(schools: Mapping[str, Mapping[str, Answer]], private: Iterable[str]) -> dict[str, Any]:
    every = schools.values()
    migrant, inclusive, home = (_total(every, f"{who}_pupils") for who in ("migrant", "inclusive", "home_taught"))
    in_private = _total([schools[code] for code in private], "migrant_pupils")
    special_school: Mapping[str, Answer] = next((s for s in every if "equipment_value" not in s), {})
    special, funds = _total([special_school], "pupils"), special_school.get("public_funds_allocated")
    lists = [school.get("class_list") for school in every]
    rows = [row for classes in lists if isinstance(classes, Value) for row in classes.value]
    graduates = sum(row["pupils"] for row in rows if row["grade"] == "九年级")
    return {
        "exchange_eligible": _total(every, "exchange_eligible"),
        "exchanged": _total(every, "exchanged_out"),
        "exchanged_backbone": _total(every, "exchanged_backbone"),
        "migrant_eligible": migrant,
        "migrant_public": min(migrant * 92 // 100, migrant - in_private),
        "migrant_purchased": min(migrant * 4 // 100, in_private),
        "special_pupils": special,
        "special_funds": funds.value / 10000 if isinstance(funds, Value) else Decimal(0),
        "disabled_total": special + inclusive + home + 4,
        "disabled_inclusive": inclusive,
        "disabled_special": special,
        "disabled_home_taught": home,
        "disabled_deferred": 3,
        "junior_entered": graduates * 81 // 80,
        "junior_in": graduates // 37,
        "junior_out": graduates // 30,
        "junior_died": 1,
        "junior_graduated": graduates,
    }


def explanation(field: str) -> str:
    return _REASONS.get(field, _USUAL)


def proof(title: str, school: str, year: int, lines: list[tuple[str, str]]) -> SimpleUploadedFile:
    made = tree.Paper(
        title=title,
        issuer=school,
        date=dt.date(year, 9, 10),
        blocks=[
            tree.KeyValues([("单位", school), ("年度", f"{year} 年"), *lines]),
            tree.Paragraph("以上数据与登记资料核对一致。本件为演示材料，单位和数据均系虚构。"),
        ],
    )
    return SimpleUploadedFile(f"{title}.pdf", pdf.render(made), content_type="application/pdf")


def photo(name: str, *words: object) -> SimpleUploadedFile:
    """A room in plain shapes, no real place."""
    dice, image = Dice("photo", name, *words), Image.new("RGB", (640, 420), "#dfe7ec")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 300, 640, 420), fill="#b9a58c")
    draw.rectangle((180, 70, 460, 210), fill=f"#{dice.whole(30, 80):02x}6b5a", outline="#5b4632", width=8)
    for row in range(2):
        for seat in range(4):
            left = 60 + seat * 140 + dice.whole(-6, 6)
            draw.rectangle((left, 260 + row * 80, left + 90, 290 + row * 80), fill="#8f6f4a")
    content = io.BytesIO()
    image.save(content, "PNG")
    return SimpleUploadedFile(f"{name}.png", content.getvalue(), content_type="image/png")
