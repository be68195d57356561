"""The national standard, without a database."""

import pytest

from indicators.standard.engine import Spec
from indicators.standard.standards import files, reader


@pytest.fixture(scope="session")
def spec() -> Spec:
    return reader.spec_from_content(files.read_folder(files.SHIPPED / "national-2017"))
