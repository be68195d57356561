"""What a worker does for a survey: set the codes of all schools as one file to print."""

from typing import Any

from django.urls import reverse

from inspections.surveys import document, queries
from inspections.surveys.models import Survey
from portal.core.errors import NotFound
from portal.core.files import temporary
from portal.core.jobs.runner import JobContext
from portal.core.papers import docx, pdf

RENDER = {"pdf": pdf.render, "docx": docx.render}


def run(context: JobContext) -> dict[str, Any]:
    """The file is for who asked, for a day; the codes are stored nowhere else."""
    survey = Survey.objects.select_related("district").filter(pk=context.args["survey"]).first()
    if survey is None:
        raise NotFound("调查已不存在，没有生成答题码。")
    context.progress(0, 2, "正在画二维码")
    suffix, site = context.args["suffix"], context.args["site"]
    paper = document.build(
        survey, queries.all_portions(survey), lambda code: site + reverse("surveys:answer", args=[code])
    )
    context.progress(1, 2, "正在排版")
    temporary.save(RENDER[suffix](paper), folder="codes", name=f"{context.job_id}.{suffix}", by=context.by)
    return {
        "url": reverse("surveys:sheets", args=[context.job_id]),
        "label": "下载全部答题码",
        "said": f"已完成。只有发起人能下载，{temporary.HOURS} 小时后自动删除，可以再生成，内容相同。",
    }
