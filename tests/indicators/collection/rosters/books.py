"""Papers as schools have them: five layouts of each kind, each with what must be counted, and some that must be asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.indicators.collection.state_statistics.books import merged

CANARY = "金丝雀娜"
IDENTITY = "410202199001011234"
ONE, NINE = ("primary",), ("primary", "junior")
Sheets = Mapping[str, tuple[Sequence[Sequence[Any]], Sequence[str]]]


@dataclass(frozen=True)
class Case:
    """A paper, the stages its school runs, the figures it yields (rows of tables as tuples)."""

    name: str
    sheets: Sheets
    figures: Mapping[str, Any]
    stages: tuple[str, ...] = ONE

    @property
    def data(self) -> bytes:
        return merged(self.sheets)


def people(*groups: tuple[int, Sequence[Any]]) -> list[list[Any]]:
    """Rows of persons: so many of each, with a number, a name and an identity number of their own before the rest."""
    rows: list[list[Any]] = []
    for number, rest in groups:
        for _ in range(number):
            rows.append([len(rows) + 1, f"{CANARY}{len(rows)}", f"{IDENTITY[:-3]}{len(rows):03d}", *rest])
    return rows


WHO = ["序号", "姓名", "身份证件号"]

PUPILS = [
    Case(
        "学籍系统导出：每名学生一行",
        {
            "学生基本信息": (
                [
                    [*WHO, "年级", "班级", "就读方式", "是否留守儿童", "随班就读", "学籍状态"],
                    *people(
                        (3, ["三年级", "三年级1班", "走读", "非留守", "否", "在读"]),
                        (2, ["三年级", "三年级2班", "住校", "双亲留守", "否", "在读"]),
                        (1, ["五年级", "五年级1班", "走读", "非留守", "是", "在读"]),
                        (1, ["五年级", "五年级1班", "走读", "非留守", "否", "转出"]),
                    ),
                ],
                (),
            )
        },
        {
            "class_list": [("小学", "三年级", "1班", 3), ("小学", "三年级", "2班", 2), ("小学", "五年级", "1班", 1)],
            "pupils_primary": 6,
            "boarders_primary": 2,
            "left_behind_pupils_primary": 2,
            "inclusive_pupils_primary": 1,
        },
    ),
    Case(
        "学校自己的班级一览：标题、合并的年级、小计和合计",
        {
            "Sheet1": (
                [
                    ["甲小学2026年秋期班级一览表"],
                    ["填报单位：甲小学", None, None, "2026年9月1日"],
                    ["年级", "班级", "班主任", "人数"],
                    ["一年级", "1班", CANARY, "４５"],
                    [None, "2班", CANARY, "44"],
                    ["小 计", None, None, 89],
                    ["二年级", "(1)班", CANARY, 46],
                    [None, None, None, None],
                    ["合  计", None, None, 135],
                    ["填表人：某某", None, None, None],
                ],
                ("A1:D1", "A4:A5"),
            )
        },
        {
            "class_list": [("小学", "一年级", "1班", 45), ("小学", "一年级", "2班", 44), ("小学", "二年级", "1班", 46)],
            "pupils_primary": 135,
        },
    ),
    Case(
        "九年一贯制：有学段一列，两层表头",
        {
            "班级": (
                [
                    ["2026—2027学年班级情况"],
                    ["学段", "年级", "班号", "学生数", None, None],
                    [None, None, None, "男", "女", "合计"],
                    ["小学", 1, "1", 20, 22, 42],
                    ["小学", 6, "1", 20, 20, 40],
                    ["初中", "七年级", "1", 25, 25, 50],
                    ["初中", 2, "3", 20, 28, 48],
                    ["总计", None, None, 85, 95, 180],
                ],
                ("A1:F1", "A2:A3", "B2:B3", "C2:C3", "D2:F2"),
            )
        },
        {
            "class_list": [
                ("小学", "一年级", "1班", 42),
                ("小学", "六年级", "1班", 40),
                ("初中", "七年级", "1班", 50),
                ("初中", "八年级", "3班", 48),
            ],
            "pupils_primary": 82,
            "pupils_junior": 98,
        },
        NINE,
    ),
    Case(
        "每个班一张工作表，另有一张说明",
        {
            "三(1)班": ([["三(1)班学生名单"], [*WHO, "年级"], *people((2, ["三年级"]))], ("A1:D1",)),
            "七(2)班": ([["七(2)班学生名单"], [*WHO[:2], "学籍号", "年级"], [1, CANARY, "G1", "初一"]], ("A1:D1",)),
            "说明": ([["本表由各班填写。"]], ()),
        },
        {
            "class_list": [("小学", "三年级", "1班", 2), ("初中", "七年级", "2班", 1)],
            "pupils_primary": 2,
            "pupils_junior": 1,
        },
        NINE,
    ),
    Case(
        "名册分年级几张工作表，级号按入学年份",
        {
            "2025级": (
                [["年级", "班别", *WHO], *[["2025级", "201", *row] for row in people((2, []))]],
                (),
            ),
            "2024级": (
                [
                    ["年级", "班别", "姓名", "学籍号"],
                    ["2024级", "1班", CANARY, "G9"],
                    ["2024级", "实验班", CANARY, "G8"],
                    ["注：以学籍系统为准", None, None, None],
                ],
                (),
            ),
        },
        {
            "class_list": [("小学", "二年级", "1班", 2), ("小学", "三年级", "1班", 1), ("小学", "三年级", "实验班", 1)],
            "pupils_primary": 4,
        },
    ),
]

TEACHERS = [
    Case(
        "教师系统导出：岗位、学历、学科、骨干",
        {
            "教职工": (
                [
                    [*WHO, "岗位类别", "最高学历", "第一学历", "任教学科", "骨干教师级别", "教师资格证种类"],
                    *people(
                        (2, ["专任教师", "大学本科", "大学专科", "语文", "县级", "小学教师资格"]),
                        (1, ["专任教师", "硕士研究生", "大学本科", "体育与健康", "省级", "小学教师资格"]),
                        (1, ["专任教师", "大学专科", "中师", "音乐", "校级", "无"]),
                        (1, ["工勤人员", "高中", "高中", None, None, None]),
                    ),
                ],
                (),
            )
        },
        {
            "staff_primary": 5,
            "teachers_primary": 4,
            "teachers_doctor_primary": 0,
            "teachers_master_primary": 1,
            "teachers_bachelor_primary": 2,
            "teachers_associate_primary": 1,
            "teachers_below_primary": 0,
            "backbone_teachers_primary": 3,
            "pe_teachers_primary": 1,
            "music_teachers_primary": 1,
            "art_teachers_primary": 0,
            "arts_teachers_primary": 0,
            "certified_teachers_primary": 3,
        },
    ),
    Case(
        "学校花名册：标题、日期、是否专任教师、合计",
        {
            "花名册": (
                [
                    ["甲小学教职工花名册"],
                    ["学校（盖章）：", None, None, None, "2026年9月"],
                    ["序号", "姓名", "是否专任教师", "学历", "县级以上骨干教师（是/否）"],
                    [1, CANARY, "是", "本科", "是"],
                    [2, CANARY, "是", "大专", "否"],
                    [3, CANARY, "否", "大专", ""],
                    ["合计", 3, None, None, None],
                ],
                ("A1:E1",),
            )
        },
        {
            "staff_primary": 3,
            "teachers_primary": 2,
            "teachers_doctor_primary": 0,
            "teachers_master_primary": 0,
            "teachers_bachelor_primary": 1,
            "teachers_associate_primary": 1,
            "teachers_below_primary": 0,
            "backbone_teachers_primary": 1,
        },
    ),
    Case(
        "九年一贯制：任教学段一列，两层表头的学历",
        {
            "Sheet1": (
                [
                    ["序号", "姓名", "人员类别", "任教学段", "学历情况", None, "现任教学科"],
                    [None, None, None, None, "第一学历", "最高学历", None],
                    [1, CANARY, "专任教师", "小学", "中师", "本科", "语文"],
                    [2, CANARY, "专任教师", "小学", "大专", "大专", "美术"],
                    [3, CANARY, "专任教师", "初中", "本科", "硕士研究生", "体育"],
                    [4, CANARY, "行政人员", "初中", "本科", "本科", None],
                ],
                ("A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:F1", "G1:G2"),
            )
        },
        {
            "staff_primary": 2,
            "staff_junior": 2,
            "teachers_primary": 2,
            "teachers_junior": 1,
            "teachers_bachelor_primary": 1,
            "teachers_associate_primary": 1,
            "teachers_master_primary": 0,
            "teachers_bachelor_junior": 0,
            "teachers_master_junior": 1,
            "art_teachers_primary": 1,
            "pe_teachers_junior": 1,
            "pe_teachers_primary": 0,
        },
        NINE,
    ),
    Case(
        "小学部、初中部各一张工作表",
        {
            "小学部": ([["姓名", "岗位", "学历层次"], [CANARY, "教师", "本科"], [CANARY, "教师", "博士"]], ()),
            "初中部": ([["姓名", "岗位", "学历层次"], [CANARY, "教师", "硕士"], [CANARY, "后勤", "高中"]], ()),
        },
        {
            "staff_primary": 2,
            "staff_junior": 2,
            "teachers_primary": 2,
            "teachers_junior": 1,
            "teachers_doctor_primary": 1,
            "teachers_bachelor_primary": 1,
            "teachers_master_junior": 1,
            "teachers_below_junior": 0,
        },
        NINE,
    ),
    Case(
        "培训学时、在岗状态、资格证号",
        {
            "名册": (
                [
                    [*WHO, "岗位", "学历", "人员状态", "近五年培训学时（学时）", "教师资格证号"],
                    *people(
                        (1, ["专任教师", "本科", "在岗", "３６０", "20164102"]),
                        (1, ["专任教师", "本科", "在岗", 359.5, "20164103"]),
                        (1, ["专任教师", "本科", "退休", 900, "20164104"]),
                        (1, ["专任教师", "大专毕业", "在岗", None, None]),
                    ),
                ],
                (),
            )
        },
        {
            "staff_primary": 3,
            "teachers_primary": 3,
            "teachers_bachelor_primary": 2,
            "teachers_associate_primary": 1,
            "certified_teachers_primary": 2,
            "trained_teachers_primary": 1,
        },
    ),
]

ASSETS = [
    Case(
        "资产系统导出：账面原值（元）、使用状况",
        {
            "资产卡片": (
                [
                    ["资产编号", "资产名称", "资产分类", "数量", "账面原值（元）", "净值", "使用状况", "使用人"],
                    ["A1", "投影仪", "教学仪器设备", 2, "12,345.60", 1, "在用", CANARY],
                    ["A2", "显微镜", "教学仪器设备", 5, 7654.4, 1, "闲置", CANARY],
                    ["A3", "课桌", "家具、用具", 50, 9000, 1, "在用", CANARY],
                    ["A4", "旧电脑", "教学仪器设备", 9, 30000, 0, "报废", CANARY],
                    ["合计", None, None, 66, 59000, None, None, None],
                ],
                (),
            )
        },
        {"equipment_value": "2"},
    ),
    Case(
        "单位写在表上方：万元，按类别一行",
        {
            "汇总": (
                [
                    ["固定资产台账汇总"],
                    [None, None, "单位：万元"],
                    ["序号", "资产类别", "原值"],
                    [1, "房屋及构筑物", 800],
                    [2, "电教设备", 35.5],
                    [3, "实验仪器", "１２.25"],
                    [4, "图书", 20],
                    ["总计", None, 867.75],
                ],
                ("A1:C1",),
            )
        },
        {"equipment_value": "47.75"},
    ),
    Case(
        "单价乘数量",
        {
            "Sheet1": (
                [
                    ["名称", "类别", "单价(元)", "数量"],
                    ["电子白板", "多媒体设备", 20000, 3],
                    ["录音机", "教学设备", 250.5, 2],
                    ["饭桌", "食堂设备", 500, 10],
                ],
                (),
            )
        },
        {"equipment_value": "6.0501"},
    ),
    Case(
        "合并的类别、两层表头",
        {
            "台账": (
                [
                    ["资产类型", "资产名称", "价值（元）", None],
                    [None, None, "原值", "净值"],
                    ["仪器设备", "天平", 1000, 1],
                    [None, "电脑", 5000, 2],
                    ["图书档案", "图书", 7000, 7],
                ],
                ("A1:A2", "B1:B2", "C1:D1", "A3:A4"),
            )
        },
        {"equipment_value": "0.6"},
    ),
    Case(
        "两张工作表，一张是说明",
        {
            "说明": ([["填写说明"], ["请如实填写"]], ()),
            "仪器": ([["类别", "总价（元）"], ["教学仪器", 10000], ["体育器材", 5000]], ()),
            "电教": ([["类别", "金额（万元）"], ["电教设备", 2.5], ["办公设备", 9]], ()),
        },
        {"equipment_value": "4"},
    ),
]

ROOMS = [
    Case(
        "每间一行：用途、建筑面积、建成年份、是否多媒体",
        {
            "教学用房": (
                [
                    ["房间名称", "用途", "建筑面积（㎡）", "建成年份", "是否多媒体"],
                    ["101", "普通教室", 60, 2010, "是"],
                    ["102", "普通教室", "６０.5", 2010, "是"],
                    ["201", "音乐教室", 96, "2012年9月", "否"],
                    ["202", "美术教室", 90, 2012, "是"],
                    ["203", "微机室", 80, 2012, ""],
                    ["301", "教师办公室", 40, 2012, ""],
                    ["馆", "体育馆", 800, 2015, ""],
                    ["合计", None, 1226.5, None, None],
                ],
                (),
            )
        },
        {
            "teaching_area": "1186.5",
            "indoor_sports_area": "800",
            "multimedia_rooms": 3,
            "music_rooms": [("201", "96", 2012)],
            "art_rooms": [("202", "90", 2012)],
        },
    ),
    Case(
        "建筑面积和使用面积两列，两层表头",
        {
            "Sheet1": (
                [
                    ["甲小学教学用房一览表"],
                    ["序号", "用房名称", "面积（平方米）", None, "建设年份"],
                    [None, None, "建筑面积", "使用面积", None],
                    [1, "教室", 70, 60, 2001],
                    [2, "音乐室", 110, 96, 2001],
                    [3, "音乐室", 110, 95, 2001],
                    [4, "多媒体教室", 70, 60, 2001],
                    [5, "食堂", 300, 280, 2001],
                ],
                ("A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3"),
            )
        },
        {
            "teaching_area": "360",
            "indoor_sports_area": "0",
            "multimedia_rooms": 1,
            "music_rooms": [("音乐室", "96", 2001), ("音乐室2", "95", 2001)],
            "art_rooms": [],
        },
    ),
    Case(
        "只有使用面积：不提教学用房面积",
        {
            "用房": (
                [
                    ["名称", "类别", "使用面积", "竣工年份"],
                    ["音乐教室1", "音乐教室", 75, 1999],
                    ["操场", "田径场", 6000, 1999],
                ],
                (),
            )
        },
        {"sports_ground_area": "6000", "music_rooms": [("音乐教室1", "75", 1999)], "art_rooms": []},
    ),
    Case(
        "合并的用途，间数一列都是 1",
        {
            "一览": (
                [
                    ["功能", "房号", "间数", "建筑面积(m2)", "建成年"],
                    ["美术教室", "A101", 1, 88, 2020],
                    [None, "A102", "1", 89, 2020],
                    ["实验室", "A103", 1, 90, 2020],
                    ["小计", None, 3, 267, None],
                ],
                ("A2:A3",),
            )
        },
        {
            "teaching_area": "267",
            "indoor_sports_area": "0",
            "music_rooms": [],
            "art_rooms": [("A101", "88", 2020), ("A102", "89", 2020)],
        },
    ),
    Case(
        "只有网络多媒体一列",
        {
            "多媒体": (
                [
                    ["教室编号", "网络多媒体教室", "管理员"],
                    ["101", "√", CANARY],
                    ["102", "×", CANARY],
                    ["103", "√", CANARY],
                ],
                (),
            )
        },
        {"multimedia_rooms": 2},
    ),
]

CASES = {"pupils": PUPILS, "teachers": TEACHERS, "assets": ASSETS, "rooms": ROOMS}
