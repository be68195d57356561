"""The user manual (docs/manual) as pages of the portal, and which place of it explains which page."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from portal.core.errors import NotFound

FOLDER = settings.BASE_DIR / "docs" / "manual"
PICTURES = settings.BASE_DIR / "docs" / "screenshots"
INDEX = "README"

_SCHOOL = "reporter principal"
_BUREAU = "leader-expert-auditor#局领导"
_AT_SCHOOL = {_SCHOOL: "school#督导", "leader": _BUREAU}
_REGISTER = "admin#一、学校名录"
_SETTINGS = "admin#区县设置"
_TEAMS = "admin#责任区和专项督导"
_FILL = "school#填报（填报员）"
_RESULTS = {_SCHOOL: "school#学校结果", "expert": "leader-expert-auditor#复核专家", "": "admin#七、看板"}
_ON_SITE = {_SCHOOL: "school#督导", "": "inspector#入校：用手机记录"}

# By the beginning of an address's name, the longest one counts: chapter#heading, or one for each role (the first held).
PLACES: dict[str, str | dict[str, str]] = {
    # Pages that are none: not found, refused.
    "": "README#通用的出错提示",
    "home": {"leader": _BUREAU, "": "README#按角色找自己的一页"},
    "help": "README#按角色找自己的一页",
    "manual": "README#按角色找自己的一页",
    "gallery": "README#每一页都一样的几件事",
    "notices:": "README#消息怎么送到人",
    "saved_lists:": "README#每一页都一样的几件事",
    "jobs:": "README#每一页都一样的几件事",
    "teaching:": "README#每一页都一样的几件事",
    "logout": "README#密码和登录",
    "password_change": "README#密码和登录",
    "two_step": "README#密码和登录",
    "permissions": {"auditor": "leader-expert-auditor#审计员", "": "admin#二、账号"},
    "backups": "admin#出了问题怎么办",
    "audit": "leader-expert-auditor#审计员",
    # The register, people, settings.
    "directory:": _REGISTER,
    "register:": "import#学校名录",
    "departments:": _SETTINGS,
    "registers:": "registers#登记一条",
    "registers:list": "registers#有哪些台账，谁登记",
    "registers:upload": "registers#导入和导出",
    "registers:preview": "registers#导入和导出",
    "registers:export": "registers#导入和导出",
    "deadlines:": _SETTINGS,
    "checklists:": _SETTINGS,
    "accounts:": {"auditor": "leader-expert-auditor#审计员", "": "admin#二、账号"},
    "hand_over": "admin#二、账号",
    # Collecting figures.
    "standards:": {_SCHOOL: _FILL, "": "admin#三、评估年度"},
    "standard_change:": "admin#三、评估年度",
    "rounds:": "admin#四、进度、催报和延期",
    "rounds:list": "admin#三、评估年度",
    "rounds:open": "admin#三、评估年度",
    "workbooks:": "import#填报工作簿",
    "submissions:": {
        _SCHOOL: _FILL,
        "reviewer": "reviewer#审核一份填报",
        "liaison": "leader-expert-auditor#部门联络员",
        "": "admin#三、评估年度",
    },
    "submissions:sign": "school#签发提交（校长）",
    "submissions:submit": "school#签发提交（校长）",
    "submissions:withdraw": "school#提交后发现填错了",
    "submissions:owners": _SETTINGS,
    "shares:": "school#分给同事填",
    "evidence:": "school#佐证材料",
    "rosters:": "school#从已有的表册取数",
    "school_workbooks:": "school#用 Excel 填报",
    "evidence:withdraw": "school#佐证传错了",
    "state_statistics:": "statistics#看核对结果",
    "state_statistics:upload": "statistics#导入统计报表（局管理员）",
    "state_statistics:preview": "statistics#导入统计报表（局管理员）",
    "state_statistics:confirm": "statistics#导入统计报表（局管理员）",
    "state_statistics:prefill": "statistics#预填空白项（局管理员）",
    "state_statistics:difference_reason": "statistics#说明差异（学校）",
    "reviews:": "reviewer#审核一份填报",
    "reviews:send_back": "reviewer#退回",
    "reviews:limits": "reviewer#审核界限",
    "reviews:steps": "reviewer#两步审核",
    "reviews:patterns": "reviewer#数据疑点",
    "reviews:batch": "reviewer#没有要看的，抽看后一次通过",
    "reviews:draw": "reviewer#没有要看的，抽看后一次通过",
    "reviews:approve_rest": "reviewer#没有要看的，抽看后一次通过",
    "reviews:blanks": "reviewer#换用标准以后的必填项",
    # Results and plans.
    "duties:": {
        _SCHOOL: "school#目标任务",
        "liaison": "leader-expert-auditor#部门联络员",
        "leader": _BUREAU,
        "": "admin#目标任务",
    },
    "duty_intake:": "admin#目标任务",
    "evaluations:": "admin#六、评估",
    "standing:": _BUREAU,
    "standing:school": _RESULTS,
    "board:": _RESULTS,
    "explanations:": _RESULTS,
    "official_forms:": {_SCHOOL: "school#学校结果", "": "admin#申报表和学校自评表"},
    "relaxations:": {_SCHOOL: "school#放宽口径", "": "admin#放宽口径"},
    "milestones:": "admin#冻结节点",
    "monthly:": "planning#月度动态",
    "forecast:": {_SCHOOL: "planning#学校", "": "planning#看结果（局管理员、局领导、局业务审核）"},
    "forecast:start": "planning#做一次预测（局管理员）",
    "plans:": "planning#看规划（局管理员、局领导、局业务审核）",
    "plans:start": "planning#做一份规划（局管理员）",
    "scenarios:": "planning#试一个方案（局管理员）",
    "scenarios:transfers": "planning#暑期轮岗：签发前核对",
    "scenarios:annex": "planning#暑期轮岗：签发前核对",
    "scenarios:compare": "planning#比较、复制、分享",
    "scenarios:copy": "planning#比较、复制、分享",
    "programmes:": "admin#九、报告",
    # Supervision.
    "visits:": _AT_SCHOOL | {"": "inspector#安排督导"},
    "visits:start": _ON_SITE,
    "visits:paper": _ON_SITE,
    "visits:type_in": _ON_SITE,
    "visits:checklist": _ON_SITE,
    "visits:answer": _ON_SITE,
    "visits:attach_photo": _ON_SITE,
    "visits:raise_finding": _ON_SITE,
    "visits:finish": "inspector#完成督导",
    "addenda:": "inspector#完成督导",
    "followups:": "inspector#回访：看以前的问题",
    "rehearsals:": {_SCHOOL: "school#学校自查", "": "inspector#学校自查"},
    "claims:": {
        _SCHOOL: "school#现场核查与填报不符",
        "reviewer": "reviewer#现场核查不符",
        "": "inspector#入校：用手机记录",
    },
    "campaigns:": {"leader": _BUREAU, "inspector": "inspector#安排督导", "": _TEAMS},
    "recusals:": {"leader": _BUREAU, "inspector": "inspector#安排督导", "": _TEAMS},
    "objections:": "school#申请督学回避",
    "publicity:": "public-page#打开公开页（局管理员）",
    "publicity:complaint": "public-page#办理群众反映（局管理员）",
    "publicity:accept": "public-page#办理群众反映（局管理员）",
    "publicity:answer": "public-page#办理群众反映（局管理员）",
    "surveys:": {"admin": "surveys#做一次调查（局管理员）", "": "surveys#看结果"},
    "zones:": {"leader": _BUREAU, "inspector": "inspector#责任区", "": _TEAMS},
    "letters:": {_SCHOOL: "school#收到文书", "": "letters#起草和签发"},
    "letters:register": "letters#发文登记簿",
    "letters:batch": "letters#逐校签发",
    "letters:receive": "letters#送达和期限",
    "letters:deliver": "letters#送达和期限",
    "letters:word": "letters#改文字、改发文字（局领导、局管理员）",
    # Rectification and what comes of it.
    "rectification:": {
        _SCHOOL: "school#问题整改",
        "inspector": "inspector#核查销号",
        "reviewer": "reviewer#核查销号",
        "": "admin#八、整改",
    },
    "ledgers:": "admin#八、整改",
    "escalation:": {_SCHOOL: "school#督办单", "leader": _BUREAU, "": "admin#八、整改"},
    "reports:": {_SCHOOL: "school#整改报告", "leader": _BUREAU, "": "admin#九、报告"},
    "reports:assess": "admin#县级自评报告",
    "self_reports:": {_SCHOOL: "school#学校自评报告", "": "reviewer#学校自评报告"},
    "dossiers:": {"leader": _BUREAU, "expert": "leader-expert-auditor#复核专家", "": "admin#十、档案"},
}


def key_of(name: str) -> str:
    return max((key for key in PLACES if name.startswith(key)), key=len)


def address(name: str, roles: set[str]) -> str:
    """Where the manual explains a page to these roles."""
    said = PLACES[key_of(name)]
    if isinstance(said, dict):
        said = next(place for held, place in said.items() if not held or not roles.isdisjoint(held.split()))
    chapter, _, heading = said.partition("#")
    return f"{_chapter_url(chapter)}#{quote(anchor(heading))}"


def _chapter_url(chapter: str) -> str:
    return reverse("manual") if chapter == INDEX else reverse("manual_chapter", args=[chapter])


def anchor(heading: str) -> str:
    """As GitHub makes them, so that the same links work there."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@dataclass(frozen=True, slots=True)
class ManualHeading:
    """A heading below the title."""

    text: str
    anchor: str
    level: int


@dataclass(frozen=True, slots=True)
class ManualChapter:
    """A page of the manual: its title, its headings, the rest as HTML."""

    title: str
    headings: list[ManualHeading]
    html: SafeString


def get_chapter(name: str) -> ManualChapter:
    """Raises NotFound."""
    found = {path.stem: path for path in FOLDER.glob("*.md")}
    if name not in found:
        raise NotFound("用户手册没有这一章。请从手册目录里选。")
    return render(found[name].read_text(encoding="utf-8"))


def render(source: str) -> ManualChapter:
    """HTML in the source is shown as text."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(source)
    title, headings = "", list[ManualHeading]()
    for opening, inline, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.type == "heading_open":
            if not title:
                title, opening.hidden, inline.children, closing.hidden = inline.content, True, [], True
                continue
            opening.tag = closing.tag = max(opening.tag, "h2")
            before = sum(anchor(inline.content) == anchor(one.text) for one in headings)
            place = anchor(inline.content) + (f"-{before}" if before else "")
            opening.attrSet("id", place)
            headings.append(ManualHeading(inline.content, place, int(opening.tag[1])))
    for token in tokens:
        token.children = list(_within_portal(token.children or []))
        if token.type == "table_open":
            token.attrSet("class", "table")
    html = markdown.renderer.render(tokens, markdown.options, {})
    html = html.replace("<table", '<div class="table-responsive"><table').replace("</table>", "</table></div>")
    # What may be wider than the page is scrolled by keys too.
    html = html.replace("<pre>", '<pre tabindex="0">')
    return ManualChapter(title, headings, mark_safe(html))  # noqa: S308 our own pages, without HTML of theirs


def _within_portal(tokens: Sequence[Token]) -> Iterator[Token]:
    """Links to chapters and pictures as the portal serves them; of others only the words."""
    is_followed = True
    for token in tokens:
        if token.type == "link_open":
            path, _, place = str(token.attrGet("href")).partition("#")
            chapter = path.removesuffix(".md")
            is_followed = not path or (path != chapter and "/" not in path)
            if path and is_followed:
                token.attrSet("href", _chapter_url(chapter) + (f"#{place}" if place else ""))
        if token.type == "image":
            name = str(token.attrGet("src")).rpartition("/")[2]
            if not (PICTURES / name).is_file():
                continue
            token.attrSet("src", static(f"screenshots/{name}"))
            token.attrSet("loading", "lazy")
        if is_followed or token.type not in ("link_open", "link_close"):
            yield token
