"""What an inspection that broke leaves in the log, and what follows when the inspector is gone."""

import io
import os
import signal

import pytest

from portal.core.errors import Invalid
from portal.core.files.inspection import sandbox
from tests.attacks import corpus

PICTURE = corpus.image()


@pytest.fixture(autouse=True)
def _really(monkeypatch: pytest.MonkeyPatch) -> None:
    """As outside of the tests, which remember what was found."""
    monkeypatch.setattr(sandbox, "inspect", sandbox.inspect.inspect)  # type: ignore[attr-defined]


def test_the_log_says_where_an_inspection_broke_and_quotes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Invalid, match="无法打开"):
        sandbox.inspect(io.BytesIO(b"x"), "张三", "名册.docx")
    (line,) = (record.getMessage() for record in caplog.records if record.name == sandbox.__name__)
    assert line.endswith("; KeyError")
    assert "portal/core/files/inspection/__main__.py" in line
    assert "张三" not in line.partition(" failed: ")[2]


def test_one_inspector_looks_into_one_file_after_the_other() -> None:
    looks = [sandbox.inspect(io.BytesIO(PICTURE), "picture", "照片.jpg") for _ in range(2)]
    assert looks[0] == looks[1]
    first = sandbox._inspectors[os.getpid()]
    assert sandbox.inspect(io.BytesIO(PICTURE), "look", "照片.jpg").facts["look"] == looks[0].facts["look"]
    assert sandbox._inspectors[os.getpid()] is first


def test_one_that_was_killed_is_replaced_and_nobody_notices() -> None:
    sandbox.inspect(io.BytesIO(PICTURE), "picture", "照片.jpg")
    killed = sandbox._inspectors[os.getpid()]
    os.kill(killed.process.pid, signal.SIGKILL)
    killed.process.wait()
    assert sandbox.inspect(io.BytesIO(PICTURE), "picture", "照片.jpg").facts["format"] == "JPEG"
    assert sandbox._inspectors[os.getpid()] is not killed


def test_with_its_line_the_inspector_ends() -> None:
    sandbox.inspect(io.BytesIO(PICTURE), "picture", "照片.jpg")
    ended = sandbox._inspectors[os.getpid()]
    sandbox.stop()
    assert ended.process.returncode == 0


def test_one_that_is_stopped_keeps_nobody_from_starting_another(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.inspect(io.BytesIO(PICTURE), "picture", "照片.jpg")
    stopped = sandbox._inspectors[os.getpid()]
    os.kill(stopped.process.pid, signal.SIGSTOP)
    monkeypatch.setattr(sandbox, "_LEAVE", 0)
    sandbox.stop(stopped)
    assert stopped.process.returncode == -signal.SIGKILL
    assert sandbox.inspect(io.BytesIO(PICTURE), "picture", "照片.jpg").facts["format"] == "JPEG"
