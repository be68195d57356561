"""What a worker does for many schools at once: write and sign each its own paper; one that cannot be is named, the rest go on."""

from typing import Any

from django.urls import reverse

from inspections.letters import actions
from inspections.letters.models import Letter
from portal.core.errors import NotFound, Problem, Refused
from portal.core.jobs.runner import JobContext
from schools.directory.models import School


def run(context: JobContext) -> dict[str, Any]:
    """Run again, it skips schools whose paper is out. Raises Refused naming every school without one."""
    model = Letter.objects.filter(pk=context.args["letter"]).first()
    if model is None:
        raise NotFound("样稿已不存在，没有签发。")
    schools = list(School.objects.filter(pk__in=context.args["schools"]).order_by("code"))
    problems: list[Problem] = []
    failed = 0
    for done, school in enumerate(schools, 1):
        try:
            with context.fenced():
                actions.issue_copy(model_id=model.pk, school_id=school.pk, signer=context.args["signer"], by=context.by)
        except Refused as refusal:
            failed += 1
            found = refusal.problems or (Problem(refusal.message),)
            problems += [Problem(str(problem), school.name) for problem in found]
        context.progress(done, len(schools), f"正在签发：{school.name}")
    if failed:
        out = len(schools) - failed
        raise Refused(f"{out} 所学校的已签发，{failed} 所没有签发。请改正后点“重试”，已签发的不会重复。", problems)
    return {"url": reverse("letters:list") + f"?kind={model.kind}", "label": "查看签发的文书"}
