"""Small makers for the tests of papers."""

from typing import Any

from inspections.letters import actions
from inspections.letters.models import Letter
from inspections.visits import actions as visits
from inspections.visits.models import Visit
from portal.core.accounts.models import User
from tests.cast import Cast, grant, make_user
from tests.inspections import making


def inspectors(cast: Cast) -> list[User]:
    """Two more, as a comprehensive visit needs."""
    others = [make_user(f"extra{number}", f"督学{number}") for number in (1, 2)]
    for other in others:
        grant(other, "inspector", district=cast.district)
    return others


def done_visit(cast: Cast, **problem: Any) -> Visit:
    """A comprehensive visit of 甲小学 that found one problem, finished today."""
    team = inspectors(cast)
    visit = making.planned(cast, kind=Visit.Kind.COMPREHENSIVE, subject="优质均衡专题", team=team)
    visits.start(visit_id=visit.pk, by=cast.inspector_a)
    visits.raise_finding(visit_id=visit.pk, content=making.content(**problem), by=cast.inspector_a)
    return visits.finish(visit_id=visit.pk, summary="总体良好", accept_unanswered=True, by=cast.inspector_a)


def write(letter: Letter, by: Any, **typed: Any) -> Letter:
    """Fill in fields of a draft."""
    content = {"title": letter.title, "typed": {**letter.typed, **typed}}
    return actions.save(letter_id=letter.pk, version=letter.version, by=by, **content)


def ready(cast: Cast, kind: str = "rectification", subject: int | None = None) -> Letter:
    """A draft to 甲小学 with everything filled in."""
    if subject is None:
        making.dispatched(cast)
    letter = actions.draft(kind=kind, subject_id=subject or cast.school_a.pk, by=cast.admin)
    missing = {
        one.code: "已填写"
        for one in letter.spec.typed()
        if one.required and one.type != "T" and not letter.typed.get(one.code)
    }
    return write(letter, cast.admin, **missing)


def issued(cast: Cast, kind: str = "rectification", subject: int | None = None) -> Letter:
    """A paper to 甲小学 that the bureau has signed."""
    return actions.issue(letter_id=ready(cast, kind, subject).pk, signer="张局长", by=cast.admin)


def with_file(cast: Cast) -> Letter:
    """A draft of 甲小学's own with a file."""
    letter = actions.draft(kind="plan", subject_id=cast.school_a.pk, by=cast.reporter_a)
    actions.attach(letter_id=letter.pk, upload=making.photo("现场.jpg"), by=cast.reporter_a)
    return letter
