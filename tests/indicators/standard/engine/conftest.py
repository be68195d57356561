"""The shipped national standards, read once."""

import pytest

from indicators.standard.engine import Spec
from indicators.standard.standards import files, reader


@pytest.fixture(scope="session")
def spec() -> Spec:
    """national-2017 as the engine sees it."""
    return reader.spec_from_content(files.read_folder(files.SHIPPED / "national-2017"))


@pytest.fixture(scope="session")
def newer_spec() -> Spec:
    """national-2021, the newer wording applied over it."""
    return reader.spec_from_content(files.read_folder(files.SHIPPED / "national-2021"))
