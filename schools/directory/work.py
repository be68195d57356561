"""What a worker does for a large register: check it for the preview, take it over once confirmed."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from portal.core.errors import Invalid
from portal.core.files import store
from portal.core.jobs.runner import JobContext
from portal.core.spreadsheets import imports
from schools.directory import import_actions, queries, register
from schools.directory.facts import NEXT_STEPS

_STEPS = 2


def check(context: JobContext) -> dict[str, Any]:
    """Do what an upload of a small register does at once; the preview is stored in the job."""
    document, day = queries.uploaded(context.by, UUID(context.args["document"])), context.args["valid_from"]
    context.progress(0, _STEPS, "正在读取并逐项核对")
    content = b"".join(store.read(document))
    try:
        plan = import_actions.import_register(
            source=content, name=document.name, by=context.by, dry_run=True, valid_from=date.fromisoformat(day)
        )
    except Invalid as error:
        context.progress(1, _STEPS, "正在标注错误")
        token = import_actions.mark_workbook(
            name=document.name, content=content, problems=error.problems, by=context.by
        )
        raise imports.with_marked(error, "directory:marked", token) from error
    url = reverse("directory:preview", args=[document.public_id])
    return {"url": f"{url}?valid_from={day}", "label": "查看预览", "preview": register.preview(plan)}


def take_over(context: JobContext) -> dict[str, Any]:
    """Carry out a previewed import; its schools and the end of the job are written together."""
    document, day = queries.uploaded(context.by, UUID(context.args["document"])), context.args["valid_from"]
    context.progress(0, 0, "正在读取")
    content = b"".join(store.read(document))
    with transaction.atomic():
        plan = import_actions.import_register(
            source=content,
            name=document.name,
            by=context.by,
            seen=context.args["seen"],
            valid_from=date.fromisoformat(day),
            reason=context.args.get("reason", ""),
        )
        done = f"导入完成：{plan.summary}。" + (NEXT_STEPS if register.preview(plan)["opens"] else "")
        result = {"url": reverse("directory:list"), "label": "查看学校名录", "said": done}
        context.finish(result)
    return result
