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
code = "B90"
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


# Says otherwise than its base wherever it may: whatever still speaks as the base does knows the law by itself.
HOSTILE = """\
base = "national-2021"
code = "hostile-constructed"
name = "某市更严标准（构造示例）"
short_name = "市更严"
rule_version = "constructed-1"

[rules]
min_reached = 5
floor_ratio = 0.825

[[change.stages]]
code = "junior"
cv_limit = 0.425

[[change.kinds]]
code = "教学点"
min_pupils = 40

[[change.parameters]]
code = "special_funds_per_pupil"
value = 8125.5

[[change.indicators]]
code = "A2"
name = "每百名学生拥有学科带头教师数"
short_name = "带头教师"
thresholds = { primary = 1.125, junior = 1.125 }

[change.indicators.form]
name = "每百名学生拥有学科带头教师数"
school_words = "学校拥有学科带头教师：{numerator}。"

[change.indicators.formula]
numerator = "学科带头教师"
gap_unit = "名学科带头教师"

[[change.indicators]]
code = "B3"
conditions = [{ code = "rooms", every = 10, kinds = [{ item = "music_rooms", label = "音乐", min_area = 98.25 }, { item = "art_rooms", label = "美术", min_area = 91.75 }] }]

[[change.indicators]]
code = "B4"
conditions = [{ code = "size", single = 1900, combined = 2300 }]

[[change.indicators]]
code = "B5"
conditions = [{ code = "class_size", limits = { primary = 40, junior = 45 } }]

[[change.indicators]]
code = "B15"
conditions = [{ code = "rate", limit = 87.5 }]

[[change.indicators]]
code = "D1"
conditions = [{ code = "rate", limit = 87.25 }]

[[change.items]]
respondent = "school"
code = "staff"
help = "本学段的教职工，含专任教师；跨学段工作的只在主要工作的学段统计一次。"

[[add.items]]
code = "library_books"
label = "图书册数"
kind = "number"
unit = "册"
clock = "学年初"
respondent = "school"
section = "premises"
required = true
help = "按学年初的册数填写。"
after = "school.sports_ground_area"

[[add.indicators]]
code = "A8"
name = "生均图书册数"
short_name = "图书"
group = "资源配置"
clause = "某教督〔2024〕1号第1项"
level = "part"
unit = "册"
thresholds = { primary = 30.125, junior = 40.125 }
definition = "图书册数按学段拆分后除以本学段在校生数。"
evidence = ["图书馆藏清单"]
errors = ["把电子书算作图书"]
formula = { numerator = "图书册数", denominator = "pupils", factor = 1, shared = true, numerator_unit = "册", gap_step = 1, gap_unit = "册图书", trial_step = 100, terms = [{ item = "library_books" }] }
after = "A7"

[remove]
indicators = ["B13"]
vetoes = ["E4"]
"""
