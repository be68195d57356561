"""The invented schools, people and accounts of the demonstration district, drawn by seeded dice."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws that depend on nothing but the words they were made with."""

    def __init__(self, *words: object) -> None:
        # Figures of invented schools, not secrets: they have to repeat.
        self._random = random.Random(":".join(map(str, words)))  # noqa: S311

    def whole(self, low: int, high: int) -> int:
        """Both ends included."""
        return self._random.randint(low, high)

    def share(self, low: str, high: str) -> Decimal:
        """Between two decimals, in ten-thousandths: exact, never a float."""
        return Decimal(self._random.randint(int(Decimal(low) * 10_000), int(Decimal(high) * 10_000))) / 10_000

    def one(self, options: Sequence[T]) -> T:
        return options[self._random.randrange(len(options))]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        return self._random.sample(list(options), count)


DISTRICT, DISTRICT_NAME = "410202", "龙亭区"
NEIGHBOUR, NEIGHBOUR_NAME = "410203", "顺河回族区"
PREFIX = DISTRICT
CITY_GROUP, TOWN_GROUP = "青禾教育集团", "云帆教育集团"
PRIMARY, JUNIOR, NINE, POINT = "小学", "初级中学", "九年一贯制学校", "教学点"
COMPLETE, TWELVE, SPECIAL = "完全中学", "十二年一贯制学校", "特殊教育学校"
CITY, TOWN, VILLAGE = "城区", "镇区", "乡村"
PUBLIC, ENTERPRISE, PRIVATE = 7, 9, 10

# Positions in the list below to which the story of the current year is tied.
MODEL, LARGE, WELL_EQUIPPED, SMALL_POINT = 0, 1, 2, 4
SENT_BACK, HANDED_OVER, NOT_STARTED, FILLING, IN_REVIEW = 9, 10, 11, 12, 13
SUBMITTED = (14, 15, 16)
# Wait for review with every proof and nothing to look at.
CLEAN = (14, 16, 18, 20, 27, 35)
FEWEST = 17


@dataclass(frozen=True, slots=True)
class Sketch:
    """A school as it is drawn up: register facts, and pupils by stage in the current year."""

    position: int
    name: str
    kind: str
    area: str
    sponsor: int
    boarding: bool
    group: str
    built_year: int
    latitude: Decimal
    longitude: Decimal
    pupils: Mapping[str, int]

    @property
    def code(self) -> str:
        """学校标识码: the district and a running number."""
        return f"{PREFIX}{self.position + 1:04d}"


# word, kind, area, pupils (primary, junior, senior), sponsor, group
Outline = tuple[str, str, str, tuple[int, int, int], int, str]
_SCHOOLS: tuple[Outline, ...] = (
    ("青禾", PRIMARY, CITY, (1184, 0, 0), PUBLIC, CITY_GROUP),
    ("云杉路", PRIMARY, CITY, (2036, 0, 0), PUBLIC, CITY_GROUP),
    ("云帆", JUNIOR, CITY, (0, 1012, 0), PUBLIC, TOWN_GROUP),
    ("松涛", NINE, CITY, (760, 412, 0), PUBLIC, CITY_GROUP),
    ("柳湾村", POINT, VILLAGE, (64, 0, 0), PUBLIC, ""),
    ("沙岗村", POINT, VILLAGE, (38, 0, 0), PUBLIC, ""),
    ("枫林", COMPLETE, CITY, (0, 880, 1240), PUBLIC, ""),
    ("博岚", TWELVE, CITY, (620, 366, 310), PRIVATE, ""),
    ("启明", SPECIAL, CITY, (92, 44, 0), PUBLIC, ""),
    ("荷塘镇中心", PRIMARY, TOWN, (712, 0, 0), PUBLIC, TOWN_GROUP),
    ("新桥镇", PRIMARY, TOWN, (486, 0, 0), PUBLIC, ""),
    ("白杨庄", PRIMARY, VILLAGE, (154, 0, 0), PUBLIC, ""),
    ("翠屏路", PRIMARY, CITY, (936, 0, 0), PUBLIC, ""),
    ("平泉镇", PRIMARY, TOWN, (538, 0, 0), PUBLIC, ""),
    ("银杏路", PRIMARY, CITY, (1068, 0, 0), PUBLIC, CITY_GROUP),
    ("石榴园", PRIMARY, VILLAGE, (206, 0, 0), PUBLIC, ""),
    ("梧桐街", PRIMARY, CITY, (842, 0, 0), PUBLIC, ""),
    ("老城根", PRIMARY, CITY, (1126, 0, 0), PUBLIC, ""),
    ("晨光路", PRIMARY, CITY, (974, 0, 0), PUBLIC, ""),
    ("澄湖", JUNIOR, CITY, (0, 1186, 0), PUBLIC, ""),
    ("海棠路", PRIMARY, CITY, (1244, 0, 0), PUBLIC, ""),
    ("南渡镇", PRIMARY, TOWN, (624, 0, 0), PUBLIC, TOWN_GROUP),
    ("雁鸣", JUNIOR, TOWN, (0, 642, 0), PUBLIC, TOWN_GROUP),
    ("明德", NINE, TOWN, (508, 286, 0), PUBLIC, ""),
    ("云锦机械厂子弟", NINE, CITY, (436, 248, 0), ENTERPRISE, ""),
    ("紫薇", PRIMARY, CITY, (412, 0, 0), PRIVATE, ""),
    ("长堤", JUNIOR, CITY, (0, 934, 0), PUBLIC, ""),
    ("河湾村", PRIMARY, VILLAGE, (132, 0, 0), PUBLIC, ""),
    ("杏林村", PRIMARY, VILLAGE, (178, 0, 0), PUBLIC, ""),
    ("流云", COMPLETE, TOWN, (0, 546, 720), PUBLIC, ""),
    ("蓝田镇", JUNIOR, TOWN, (0, 458, 0), PUBLIC, ""),
    ("芳草街", PRIMARY, CITY, (1312, 0, 0), PUBLIC, ""),
    ("乐群", NINE, TOWN, (472, 264, 0), PUBLIC, TOWN_GROUP),
    ("清溪镇", PRIMARY, TOWN, (396, 0, 0), PUBLIC, ""),
    ("望岳", JUNIOR, CITY, (0, 868, 0), PUBLIC, ""),
    ("榆树庄", PRIMARY, VILLAGE, (118, 0, 0), PUBLIC, ""),
    ("星河湾", PRIMARY, CITY, (1456, 0, 0), PUBLIC, ""),
    ("田家湖", NINE, VILLAGE, (248, 162, 0), PUBLIC, ""),
    ("双槐镇", JUNIOR, TOWN, (0, 524, 0), PUBLIC, ""),
    ("金穗", PRIMARY, TOWN, (582, 0, 0), PUBLIC, ""),
    ("竹影", PRIMARY, VILLAGE, (224, 0, 0), PUBLIC, ""),
    ("沁园", JUNIOR, CITY, (0, 776, 0), PUBLIC, ""),
)
USUAL = len(_SCHOOLS)
_FURTHER_KINDS = (PRIMARY, PRIMARY, JUNIOR, PRIMARY, NINE, PRIMARY, PRIMARY, JUNIOR)
_AREAS = (CITY, TOWN, CITY, VILLAGE, TOWN)
_FIRST, _SECOND = "丹碧苍岚湛霁沐润曦朗", "枫桐溪泽峰麓川汀野原"
_SUFFIX = {
    PRIMARY: "小学",
    JUNIOR: "初级中学",
    NINE: "学校",
    POINT: "教学点",
    COMPLETE: "中学",
    TWELVE: "实验学校",
    SPECIAL: "特殊教育学校",
}
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹喻苏潘葛范彭鲁韦"
_GIVEN = (
    "晓雯",
    "建平",
    "海燕",
    "志远",
    "秀兰",
    "文博",
    "静怡",
    "立新",
    "玉梅",
    "国栋",
    "雅琴",
    "学军",
    "丽娟",
    "振华",
    "春霞",
    "永强",
    "慧敏",
    "少华",
    "红梅",
    "明哲",
    "素云",
    "俊杰",
    "凤英",
    "世安",
    "若楠",
    "启航",
    "佩珊",
    "怀瑾",
    "嘉禾",
    "思源",
)


def sketches(count: int, seed: int) -> list[Sketch]:
    """At least FEWEST; every kind is among the first."""
    found = []
    for position in range(count):
        word, kind, area, sizes, sponsor, group = _SCHOOLS[position] if position < USUAL else _further(position, seed)
        dice = Dice(seed, "place", position)
        reach = {CITY: "0.02", TOWN: "0.06", VILLAGE: "0.09"}[area]
        stages = zip(("primary", "junior", "senior"), sizes, strict=True)
        found.append(
            Sketch(
                position=position,
                name=f"{DISTRICT_NAME}{word}{_SUFFIX[kind]}",
                kind=kind,
                area=area,
                sponsor=sponsor,
                boarding=kind in (COMPLETE, TWELVE) or (kind != PRIMARY and area == VILLAGE and kind != POINT),
                group=group,
                built_year=dice.whole(1956, 2014),
                latitude=Decimal("34.83") + dice.share(f"-{reach}", reach),
                longitude=Decimal("114.35") + dice.share(f"-{reach}", reach),
                pupils={stage: size for stage, size in stages if size},
            )
        )
    return found


def person(seed: int, *words: object) -> str:
    dice = Dice(seed, "person", *words)
    return dice.one(_SURNAMES) + dice.one(_GIVEN)


def _further(position: int, seed: int) -> Outline:
    turn = position - USUAL
    kind, area = _FURTHER_KINDS[turn % len(_FURTHER_KINDS)], _AREAS[turn % len(_AREAS)]
    # The running number keeps names apart when every pair of characters is used up.
    round_, pair = divmod(turn, len(_FIRST) * len(_SECOND))
    word = _FIRST[pair % len(_FIRST)] + _SECOND[pair // len(_FIRST)] + (f"第{round_ + 1}" if round_ else "")
    dice = Dice(seed, "size", position)
    size = dice.whole(*{CITY: (700, 1500), TOWN: (380, 760), VILLAGE: (110, 260)}[area])
    primary = 0 if kind == JUNIOR else size if kind == PRIMARY else size * 3 // 5
    return word, kind, area, (primary, size - primary, 0), PUBLIC, ""


# Known to everybody, so only `load_demo` may give it, and only in a demonstration.
PASSWORD = "Longting-2026"  # noqa: S105
ADMIN, NEIGHBOUR_ADMIN = "admin", "shunhe"
# Works at the school that was sent back, next to its reporter.
COLLEAGUE = "colleague"


@dataclass(frozen=True, slots=True)
class Account:
    """An account as `demo_accounts` prints it; `school` is the position of its school, if it has one."""

    username: str
    role: str
    tip: str
    school: int | None = None


ACCOUNTS: Sequence[Account] = (
    Account(ADMIN, "admin", "看 2026 年度填报进度，运行评估，看全区看板，编制整改报告和验收档案"),
    Account("reviewer", "reviewer", "打开审核队列，对照佐证和校验审核，退回或通过"),
    Account("leader", "leader", "看全区看板、差异系数和未达标学校"),
    Account("inspector", "inspector", "继续今天正在进行的督导，核查申请销号的问题"),
    Account("inspector2", "inspector", "看责任区学校的督导和整改，核查销号"),
    Account("reporter", "reporter", "看已通过的填报和本校资源配置指标，落实整改", 0),
    Account("principal", "principal", "看本校填报、回执和整改", 0),
    Account("reporter2", "reporter", "填报被退回：按退回原因修改后送校长", 9),
    Account(COLLEAGUE, "reporter", "填同事交来的栏目：改好退回的一项，重新标“已填好”", SENT_BACK),
    Account("principal2", "principal", "被退回的填报改好后签发提交", 9),
    Account("reporter3", "reporter", "填报已填好并送校长", 10),
    Account("principal3", "principal", "逐项确认一票否决事项，签发提交，领取回执", 10),
    Account("liaison", "liaison", "填报区财政局负责的经费数据"),
    Account("township", "liaison", "报送柳园口乡的目标任务，登记控辍保学台账"),
    Account("expert", "expert", "查阅评估结果和验收档案，只读"),
    Account("auditor", "auditor", "查看审计记录，核对谁在何时改了什么"),
    Account(NEIGHBOUR_ADMIN, "admin", "顺河回族区管理员：看不到龙亭区的任何数据"),
)
INSPECTORS = ("inspector", "inspector2", "inspector3", "inspector4")
