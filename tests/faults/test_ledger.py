"""The fault ledger: 0 lost, 0 phantom, 0 duplicate after each fault; and that it would notice."""

import shutil
from collections.abc import Iterator

import pytest

from tests.faults import services, stage
from tests.faults.ledger import Ledger, compare
from tests.faults.stage import FAULTS, Stage
from tests.processes import wait_for

needs_servers = pytest.mark.skipif(
    not (services.binary("initdb") and shutil.which("redis-server")),
    reason="no server programs of PostgreSQL and Redis on this machine (.ci/run installs them)",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("faults"))
    try:
        made.start()
        yield made
    finally:
        made.site.close()


@pytest.mark.service
@needs_servers
@pytest.mark.parametrize("name", FAULTS)
def test_what_was_acknowledged_is_there_once_and_nothing_else(running: Stage, name: str) -> None:
    verdict = running.under(FAULTS[name])
    assert verdict.holds, verdict


@pytest.mark.service
@needs_servers
def test_a_database_that_answers_before_the_disk_has_it_does_not_hold(running: Stage) -> None:
    """Negative control: without synchronous commits the same fault shows in the ledger."""
    running.commit_before_the_disk()

    def fault(running: Stage) -> None:
        running.put_on_disk()  # so that everybody stays signed in
        before = len(running.ledger.keys("done"))
        wait_for("a few more writes", lambda: len(running.ledger.keys("done")) > before + 5)
        stage.postgresql(running)

    # Lost, or lost before it was answered and then overtaken: the trail shows that.
    assert not running.under(fault).holds


def test_the_ledger_shows_what_is_lost_invented_and_there_twice(tmp_path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    for key in ("a", "b", "c", "on its way"):
        ledger.sent(key)
    for key in ("a", "b", "c"):
        ledger.done(key)
    assert compare(ledger, ["a", "b", "c"]).holds
    assert compare(ledger, ["a", "b", "c", "on its way"]).holds
    verdict = compare(ledger, ["a", "c", "c", "never sent"])
    assert (verdict.acknowledged, verdict.lost, verdict.phantom, verdict.duplicate) == (
        3,
        ("b",),
        ("never sent",),
        ("c",),
    )
