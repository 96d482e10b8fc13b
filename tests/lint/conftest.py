"""A copy of this checkout that a test may break; an empty one where it writes what it wants found."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lint.__main__ import CHECKS
from tests.lint.tree import MADE, PACKAGES, SourceTree

REPOSITORY = Path(__file__).resolve().parents[2]
Write = Callable[[str, str], Path]
Found = Callable[[], list[str]]


def writer(root: Path) -> Write:
    """Return a function that writes a file below `root` and gives back its path."""

    def write_file(name: str, text: str) -> Path:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write_file


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the packages, the checks, the second implementation and the project file."""
    root = tmp_path / "checkout"
    for package in (*PACKAGES, "tests/lint", "tests/second"):
        shutil.copytree(REPOSITORY / package, root / package, ignore=shutil.ignore_patterns(*MADE))
    for name in ("pyproject.toml", "tests/__init__.py"):
        shutil.copyfile(REPOSITORY / name, root / name)
    return root


@pytest.fixture
def empty_house(tmp_path: Path) -> Path:
    """A checkout of the project file alone, in which our checks find nothing yet."""
    root = tmp_path / "house"
    root.mkdir()
    shutil.copyfile(REPOSITORY / "pyproject.toml", root / "pyproject.toml")
    return root


@pytest.fixture
def write(empty_house: Path) -> Write:
    """Return a function that writes a file of the empty house."""
    return writer(empty_house)


@pytest.fixture
def found(empty_house: Path) -> Found:
    """Return a function that names, sorted, what our checks find in the house."""

    def findings() -> list[str]:
        tree = SourceTree(empty_house)
        return sorted(str(finding) for check in CHECKS for finding in check.check(tree))

    return findings
