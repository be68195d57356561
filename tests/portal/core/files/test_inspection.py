"""What the log holds of an inspection that broke."""

import io
from pathlib import Path

import pytest

from portal.core.errors import Invalid
from portal.core.files.inspection import sandbox


def test_the_log_says_where_an_inspection_broke_and_quotes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    child = tmp_path / "portal/core/files/inspection.py"
    child.parent.mkdir(parents=True)
    child.write_text('int("张三")')
    monkeypatch.setattr(sandbox, "_ROOT", tmp_path)
    with pytest.raises(Invalid, match="无法打开"):
        sandbox.inspect(io.BytesIO(b"x"), "office", "名册.docx")
    (line,) = (record.getMessage() for record in caplog.records)
    assert str(child) in line
    assert line.endswith("; ValueError")
    assert "张三" not in line
