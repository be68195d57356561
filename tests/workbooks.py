"""Workbooks as somebody outside would make them: plain Excel, any column order, nothing of ours."""

import random
from pathlib import Path

import xlsxwriter

from tests.oracle import STAGES

KINDS = (
    ["小学"] * 12
    + ["教学点", "教学点"]
    + ["初级中学"] * 6
    + ["九年一贯制学校"] * 4
    + ["完全中学"] * 2
    + ["十二年一贯制学校", "特殊教育学校", "中等职业学校"]
)
REGISTER = {
    "school_code": "学校标识码",
    "school_name": "学校名称",
    "district_code": "区划代码",
    "kind": "学校类型",
    "area": "城乡类型",
    "sponsor": "举办者类型",
    "boarding": "是否寄宿",
    "built_year": "建校年份",
    "status": "办学状态",
    "latitude": "纬度",
    "longitude": "经度",
    "group": "教育集团",
}


def district(seed: int, code: str = "410202") -> list[dict]:
    """Make up a district of schools of every kind with the figures A1–A7 need."""
    dice = random.Random(seed)
    schools = []
    for number, kind in enumerate(KINDS, start=1):
        stages = STAGES.get(kind, ["primary"])
        answers: dict[str, int | float] = {}
        for stage in stages:
            pupils = dice.randint(180, 1600) if kind != "教学点" else dice.choice([38, 49, 50, 64])
            answers[f"pupils_{stage}"] = pupils
            if stage == "senior":
                continue
            for degree, rate in (("doctor", 0), ("master", 0.6), ("bachelor", 5), ("associate", 0.5)):
                answers[f"teachers_{degree}_{stage}"] = round(pupils * rate * dice.uniform(0.8, 1.3) / 100)
            answers[f"backbone_teachers_{stage}"] = round(pupils * dice.uniform(0.9, 1.6) / 100)
            for subject in ("pe", "music", "art", "arts"):
                answers[f"{subject}_teachers_{stage}"] = round(pupils * dice.uniform(0.15, 0.5) / 100)
        everyone = sum(value for field, value in answers.items() if field.startswith("pupils_"))
        answers |= {
            "teaching_area": round(everyone * dice.uniform(5, 9), 2),
            "indoor_sports_area": round(everyone * dice.uniform(0, 0.5), 2),
            "sports_ground_area": round(everyone * dice.uniform(7, 12), 2),
            "equipment_value": round(everyone * dice.uniform(0.19, 0.35), 4),
            "multimedia_rooms": round(everyone * dice.uniform(2.2, 3.5) / 100),
        }
        schools.append(
            {
                "code": f"{code}{number:04d}",
                "name": f"第{number}{kind}",
                "kind": kind,
                "district": code,
                "area": dice.choice(["城区", "镇区", "乡村"]),
                "sponsor": dice.choice([7, 7, 7, 9, 10]),
                "answers": answers,
            }
        )
    return schools


def write_register(path: Path, schools: list[dict], seed: int = 0) -> None:
    """Write sheet 学校名录 with the columns in a random order."""
    columns = list(REGISTER)
    random.Random(seed).shuffle(columns)
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("学校名录")
    sheet.write_row(0, 0, [REGISTER[column] for column in columns])
    sheet.write_row(1, 0, columns)
    for row, school in enumerate(schools, start=2):
        facts = {
            "school_code": school["code"],
            "school_name": school["name"],
            "district_code": school["district"],
            "kind": school["kind"],
            "area": school["area"],
            "sponsor": school["sponsor"],
            "boarding": "否",
            "built_year": 1998,
            "status": school.get("status", "在办"),
            "latitude": 34.8,
            "longitude": 114.35,
            "group": "",
        }
        sheet.write_row(row, 0, [facts[column] for column in columns])
    book.close()


def write_submissions(path: Path, schools: list[dict], seed: int = 0) -> None:
    """Write sheet 学校数据 with only the columns somebody answered, in a random order."""
    fields = sorted({field for school in schools for field in school["answers"]})
    random.Random(seed).shuffle(fields)
    columns = [*fields[:3], "school_name", *fields[3:9], "school_code", *fields[9:]]
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("学校数据")
    sheet.write_row(0, 0, [f"表头 {column}" for column in columns])
    sheet.write_row(1, 0, columns)
    for row, school in enumerate(schools, start=2):
        facts = {"school_code": school["code"], "school_name": school["name"]} | school["answers"]
        for column, name in enumerate(columns):
            if name in facts:
                sheet.write(row, column, facts[name])
    book.close()
