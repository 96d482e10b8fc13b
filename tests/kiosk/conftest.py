"""The glass for tests: Kivy draws off screen with real GL, and fingers are real touches through its event loop."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kiosk.assets import Assets
from kiosk.text.fonts import FontStack
from kiosk.window import WindowOptions, prepare_kivy

if TYPE_CHECKING:
    from tests.kiosk.glass import Glass

# Before anything imports Kivy: it reads its settings once.
_KIVY_HOME = tempfile.TemporaryDirectory(prefix="sunpoint-kivy-")
os.environ["SDL_VIDEODRIVER"] = "offscreen"
prepare_kivy(WindowOptions(1024, 600, home=Path(_KIVY_HOME.name)))


@pytest.fixture(scope="session")
def assets() -> Assets:
    """The fonts and translations that set-up made."""
    return Assets.from_environment(os.environ)


@pytest.fixture(scope="session")
def fonts(assets: Assets) -> FontStack:
    """The house fonts."""
    return FontStack.of_files(assets.regular_font, assets.bold_font)


@pytest.fixture
def glass(fonts: FontStack, tmp_path: Path) -> Iterator[Glass]:
    """A window of 1024 x 600 with the shell in it, and a finger."""
    from tests.kiosk.glass import Glass  # noqa: PLC0415 - it imports Kivy, which opens a window

    glass = Glass(fonts, tmp_path / "state.json")
    yield glass
    glass.close()
