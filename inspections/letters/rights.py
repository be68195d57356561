"""Who may draft, sign and receive a paper; what a person is shown of papers at all."""

from django.db.models import Q, QuerySet

from inspections.letters import kinds
from inspections.letters.models import Letter
from portal.core.accounts.models import User
from portal.core.errors import NotAllowed, NotFound
from schools.access.scope import Perm, ensure, granted, is_own, may, own, own_keys, users_within, visible
from schools.directory.models import Department, District, School

S = Letter.State


def shown_to(user: User) -> QuerySet[Letter]:
    """Issued papers, and drafts of one's own side: a school sees no draft of the bureau."""
    within = visible(user, Letter.objects.all(), Perm.LETTER_VIEW)
    if user.is_system:
        return within
    by_school = kinds.BY_SCHOOL
    writable = visible(user, Letter.objects.all(), Perm.LETTER_DRAFT) | visible(
        user, Letter.objects.all(), Perm.LETTER_ISSUE
    )
    schools = visible(user, School.objects.all(), Perm.FINDING_RECTIFY)
    drafts = (~Q(kind__in=by_school) & Q(pk__in=writable.values("pk"))) | Q(kind__in=by_school, school__in=schools)
    here = School.objects.filter(pk__in=granted(user, Perm.LETTER_VIEW)["school"]).values("district")
    public = Letter.objects.filter(kind__in=kinds.PUBLIC, state__in=Letter.OUT, district__in=here)
    shown = Q(pk__in=within.values("pk")) & (Q(state__in=Letter.OUT) | drafts)
    return Letter.objects.filter(shown | Q(pk__in=public.values("pk")))


def readers_of_public(district: District) -> QuerySet[User]:
    return users_within(School.objects.filter(district=district), Perm.FINDING_RECTIFY)


def ensure_seen(by: User, letter: Letter) -> None:
    if not shown_to(by).filter(pk=letter.pk).exists():
        raise NotFound("没有这份文书，或不在您可以查看的范围内。")


def ensure_draft(by: User, letter: Letter) -> None:
    """Of the side whose paper it is; scope is the school or district it goes to."""
    ensure_may_draft(by, letter.spec, letter.addressee)


def ensure_may_draft(by: User, kind: kinds.LetterKind, place: School | Department | District) -> None:
    ensure(by, Perm.FINDING_RECTIFY if kind.author == "school" else Perm.LETTER_DRAFT, place)


def ensure_issue(by: User, letter: Letter) -> None:
    """School papers: its head. Papers of the team: also who may draft them. Others: the bureau."""
    kind, place = letter.spec, letter.addressee
    ensure_seen(by, letter)
    if kind.author == "school":
        ensure(by, Perm.FINDING_RECTIFY, place)
        ensure(by, Perm.SUBMISSION_SIGN, place)
    elif kind.signers != "team" or not may(by, Perm.LETTER_DRAFT, place):
        ensure(by, Perm.LETTER_ISSUE, place)
    elif letter.visit and not may(by, Perm.LETTER_ISSUE, place) and not letter.visit.is_recorded_by(by):
        raise NotAllowed("只有本次督导的组长、成员可以签发这份文书。请联系组长或督导机构负责人。")


def ensure_receive(by: User, letter: Letter) -> None:
    """Of the school or department it goes to; of the bureau what a school files."""
    ensure_seen(by, letter)
    if letter.spec.author == "school":
        ensure_office(by, letter.addressee)
    elif letter.department is None:
        ensure(by, Perm.FINDING_RECTIFY, letter.addressee)
    elif not is_own(by, Perm.FINDING_ANSWER, letter.department):
        raise NotAllowed(f"这份文书由{letter.department}的联络员签收。送纸质的，请“登记纸质送达”。")


def receivable_by(user: User) -> Q:
    """Papers of the bureau, once issued, that `ensure_receive` accepts."""
    departments = Q(department__in=own_keys(user, Perm.FINDING_ANSWER, "department"))
    return (own(user, Perm.FINDING_RECTIFY, Letter) | departments) & ~Q(kind__in=kinds.BY_SCHOOL)


def ensure_deliver(by: User, letter: Letter) -> None:
    """The bureau or the team notes that their paper was served outside the portal."""
    ensure_seen(by, letter)
    if letter.spec.author == "school":
        raise NotAllowed("学校报送的文书直接签收，不用登记送达。")
    ensure_office(by, letter.addressee)


def ensure_office(by: User, place: School | Department | District) -> None:
    ensure(by, Perm.LETTER_ISSUE if may(by, Perm.LETTER_ISSUE, place) else Perm.LETTER_DRAFT, place)
