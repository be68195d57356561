"""Accounts for the schools of a district as a job, with the slips to hand out (账号领取单)."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone

from portal.core.errors import NotFound
from portal.core.files import temporary
from portal.core.jobs.runner import JobContext
from portal.core.papers import pdf, tree
from schools.directory.models import District
from schools.issuing import actions

_COLUMNS = (tree.TableColumn(2, "center"), tree.TableColumn(3, "center"), tree.TableColumn(3, "center"))
# Nobody is to read the other's password.
_CUT = "— — — — — — 沿此线剪开，分别交给本人 — — — — — —"
_HEADER = (("角色", "工作账号", "初始密码"),)


def run(context: JobContext) -> dict[str, Any]:
    district = District.objects.filter(pk=context.args["district"]).first()
    if district is None:
        raise NotFound("区县已不存在，没有建立账号。")
    result = {
        "url": reverse("accounts:slips", args=[context.job_id]),
        "label": "下载账号领取单",
        "said": f"已完成。领取单含初始密码，只有发起人能下载，{temporary.HOURS} 小时后自动删除。",
    }

    def hand_out(issued: list[actions.Issued]) -> None:
        content = render_slips(issued, district, site=context.args["site"])
        temporary.save(content, folder="slips", name=f"{context.job_id}.pdf", by=context.by)
        context.finish(result)

    actions.issue(
        district=district,
        by=context.by,
        reissue=context.args["reissue"],
        reason=context.args.get("reason", ""),
        hand_out=hand_out,
        progress=lambda done, total: context.progress(done, total, "正在生成密码"),
    )
    return result


def render_slips(issued: Sequence[actions.Issued], district: District, *, site: str) -> bytes:
    """PDF, a page a school, cut into one slip a person."""
    steps = [
        f"用浏览器打开 {site}，输入工作账号和初始密码；首次登录须填写本人姓名，换成只有您自己知道的密码。",
        "只交给本人，不要拍照转发，登录后请销毁。丢失的请局管理员重新发放。",
    ]
    blocks: list[tree.Block] = []
    school = None
    for item in sorted(issued, key=lambda item: (item.school.code, item.role)):
        if blocks:
            same = item.school == school
            blocks.append(tree.Paragraph(_CUT, align="center", indent=False) if same else tree.PageBreak())
        school = item.school
        blocks += [
            tree.Heading(f"{school.name}（{school.code}）", numbered=False),
            tree.Table(_COLUMNS, _HEADER, [(item.role_name, item.username, item.password)]),
            tree.BulletList(steps, ordered=True),
        ]
    return pdf.render(
        tree.Paper("账号领取单", district.signature, timezone.localdate(), blocks, subtitle=district.name, signed=False)
    )
