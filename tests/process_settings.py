"""Settings of the processes the tests start: the real ones plus the tests' own works."""

import os

from django.core.management.base import BaseCommand

from portal.config.settings import *  # noqa: F403
from portal.config.settings import CELERY_BROKER_TRANSPORT_OPTIONS, JOB_WORKS

# Every installation has keys of its own: its beat must not send to another's queue, nor its workers answer there.
CELERY_BROKER_TRANSPORT_OPTIONS = CELERY_BROKER_TRANSPORT_OPTIONS | {"global_keyprefix": os.environ["REDIS_PREFIX"]}

# These count their jobs.
NIGHTLY = {}
JOB_WORKS = JOB_WORKS | {
    name: f"tests.portal.core.jobs.works.{name}"
    for name in ("count_once", "count_unguarded", "die_first_time", "wait_for_file", "refuse")
}

# `make check` makes Django's checks; before each of a hundred commands they would load every page of the portal.
BaseCommand.requires_system_checks = []
