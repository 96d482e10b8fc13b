import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sync.village import Village


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path)


@pytest.fixture
def medium() -> Iterator[Path]:
    """A directory on another file system than the tests' own."""
    made = Path(tempfile.mkdtemp(prefix="sunpoint-mirror-", dir="/dev/shm"))
    yield made
    shutil.rmtree(made, ignore_errors=True)
