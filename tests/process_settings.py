"""Settings of the processes the tests start: the real ones plus the tests' own works."""

from portal.config.settings import *  # noqa: F403
from portal.config.settings import JOB_WORKS

JOB_WORKS = JOB_WORKS | {
    name: f"tests.portal.jobs.works.{name}" for name in ("count_once", "die_first_time", "wait_for_file", "refuse")
}
