from pathlib import Path

import pytest

from tests.sync.village import Village


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return Village(tmp_path)
