"""A copy of this checkout that a test may break, and what the checks say of it."""

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


def copy_checkout(root: Path) -> None:
    """Copy the packages, the checks and the project file."""
    for package in (*PACKAGES, "tests/lint"):
        shutil.copytree(REPOSITORY / package, root / package, ignore=shutil.ignore_patterns(*MADE))
    for name in ("pyproject.toml", "tests/__init__.py"):
        shutil.copyfile(REPOSITORY / name, root / name)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The copy's root."""
    root = tmp_path / "checkout"
    copy_checkout(root)
    return root


@pytest.fixture
def write(checkout: Path) -> Write:
    """Return a function that writes a file of the copy and gives back its path."""

    def write_file(name: str, text: str) -> Path:
        path = checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    return write_file


@pytest.fixture
def found(checkout: Path) -> Found:
    """Return a function that names, sorted, what our checks find now that they did not find in the fresh copy."""

    def findings() -> list[str]:
        tree = SourceTree(checkout)
        return sorted(str(finding) for check in CHECKS for finding in check.check(tree))

    before = set(findings())
    return lambda: [finding for finding in findings() if finding not in before]
