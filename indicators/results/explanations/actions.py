"""Actions on explanations: exporting one."""

import json

from django.db import transaction

from indicators.results.evaluations.models import Evaluation
from indicators.results.explanations import queries
from indicators.standard.engine.explain import Explanation
from indicators.standard.standards import queries as standards
from portal.core.accounts.models import User
from portal.core.audit import actions as audit
from portal.core.lib import digests
from schools.access import restricted
from schools.access.scope import Perm, ensure, may


@transaction.atomic
def export(*, evaluation: Evaluation, node: Explanation, by: User, purpose: str | None = None) -> bytes:
    """With every source, as JSON.

    A school's is for who sees the school today or the results of the district it was judged in. Names are masked
    without a `purpose` from somebody who may see them.
    """
    place = node.place
    sees_board = may(by, Perm.DISTRICT_RESULT_VIEW, evaluation)
    behind = queries.behind(evaluation, place, sees_board=sees_board)
    perm = Perm.DISTRICT_RESULT_VIEW if behind.model is Evaluation else Perm.EVALUATION_VIEW
    ensure(by, perm, evaluation if behind.model is Evaluation else behind.get())
    persons = restricted.persons(by, behind, purpose)
    given = {(one.respondent, one.item): one for below in node.walk() for one in below.inputs}
    trail = queries.follow(by, evaluation, given.values())
    sources = {key: source for key, one in given.items() if (source := trail.of(one))}
    with_relaxed = queries.relaxed_at(evaluation, standards.load_spec(evaluation.standard), place)
    relaxed = {"relaxed": with_relaxed.as_json()} if with_relaxed else {}
    explained = {
        "round": evaluation.round.code,
        "district": evaluation.round.district.code,
        "standard": evaluation.standard.version,
        "engine": evaluation.engine,
        "inputs_sha256": evaluation.inputs_sha256,
        "data_as_of": evaluation.data_as_of.isoformat(),
        "explanation": node.as_json(),
        **relaxed,
        "sources": [{"respondent": r, "item": i} | source.as_json(persons) for (r, i), source in sources.items()],
    }
    content = json.dumps(explained, ensure_ascii=False, indent=1).encode()
    audit.record(
        "explanation.export",
        by=by,
        obj=evaluation,
        district=evaluation.round.district.code,
        school=place.school,
        after={"kind": place.kind, "code": place.code, "stage": place.stage}
        | persons.for_audit()
        | digests.of(content),
    )
    return content
