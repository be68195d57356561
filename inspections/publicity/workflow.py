"""The life of a complaint (群众反映): its states and verbs as one table, and how every step begins."""

from inspections.publicity.models import Complaint
from portal.core.accounts.models import User
from portal.core.errors import NotFound
from schools.access.scope import Perm
from schools.access.workflow import Right, StateRow, VerbRow, Workflow

S = Complaint.State
HANDLE = Right((Perm.FINDING_DISPATCH,))

TABLE = Workflow(
    "这件反映",
    S,
    {
        S.RECEIVED: StateRow("warn", "受理群众反映"),
        S.ACCEPTED: StateRow("info", "答复群众反映"),
        S.ANSWERED: StateRow("ok", way_out="反映的人可能已经看到，不能再改。"),
    },
    (
        VerbRow(code="accept", name="受理", at=(S.RECEIVED,), to=S.ACCEPTED, right=HANDLE, audit="受理群众反映"),
        VerbRow(
            code="answer",
            name="答复",
            at=(S.RECEIVED, S.ACCEPTED),
            to=S.ANSWERED,
            right=HANDLE,
            audit="答复群众反映",
        ),
    ),
)


def begin(code: str, complaint_id: int, by: User) -> Complaint:
    """The locked complaint in the state after the verb; nothing is written yet. Raises as `Workflow.begin`."""
    rows = Complaint.objects.select_for_update(of=("self",), no_key=True)
    complaint = rows.select_related("district", "school__district").filter(pk=complaint_id).first()
    if complaint is None:
        raise NotFound("没有这件反映，或不在您管理的范围内。")
    TABLE[code].ensure(by, complaint)
    complaint.state = TABLE.move(complaint.state, code)
    return complaint
