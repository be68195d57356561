"""Which background jobs a person may see: the own ones, and the district's for those who run such jobs."""

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from portal.core.accounts.models import User
from portal.core.jobs.models import Job
from schools.access import scope
from schools.access.permissions import Perm
from schools.directory.models import District

RUNNERS = (Perm.EVALUATION_RUN, Perm.REPORT_COMPILE, Perm.DOSSIER_BUILD)


def for_user(user: User) -> QuerySet[Job]:
    """Return the jobs a person may see, newest first."""
    condition = Q(owner=user)
    for perm in RUNNERS:
        if scope.holds(user, perm):
            codes = scope.visible(user, District.objects.all(), perm).values("code")
            condition |= Q(district_code__in=codes)
    return Job.objects.filter(condition).select_related("owner")


def load(user: User, job_id: int) -> Job:
    """Return one job, or raise Http404 when the person may not see it."""
    return get_object_or_404(for_user(user), pk=job_id)
