"""A provincial overlay written to a folder: what tests change of it, they replace."""

from pathlib import Path

PROVINCE = """\
base = "national-2017"
code = "province-constructed"
name = "某省补充标准（构造示例）"
short_name = "省补充"
rule_version = "constructed-1"

[rules]
min_reached = 7

[[add.documents]]
number = "某教督〔2024〕1号"
title = "某省义务教育优质均衡补充要求"
issuer = "某省教育厅"
year = 2024

[[change.indicators]]
code = "A1"
thresholds = { junior = 6 }

[[add.items]]
code = "libraries"
label = "图书室"
kind = "number"
unit = "间"
clock = "学年初"
respondent = "school"
section = "premises"
help = "按学年初的间数填写。"
after = "school.sports_ground_area"

[[add.indicators]]
code = "B16"
name = "每校有图书室"
short_name = "图书室"
group = "政府保障程度"
clause = "某教督〔2024〕1号第1项"
level = "school"
items = ["school.libraries"]
definition = "每所学校至少有一间图书室。"
evidence = ["图书室照片"]
errors = ["把仓库算作图书室"]
after = "B15"

[remove]
vetoes = ["E4"]
"""


def write(folder: Path, text: str = PROVINCE, name: str = "province-constructed") -> Path:
    """Write an overlay's folder and return it."""
    made = folder / name
    made.mkdir(parents=True)
    (made / "overlay.toml").write_text(text, encoding="utf-8")
    return made
