"""The source tree as the checks see it: files with their text, and Python files with their syntax tree."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("kiosk", "sync", "devices", "county", "provisioning")
# What set-up, running and testing make is nobody's source.
MADE = {".git", ".venv", ".assets", "build", "__pycache__"} | {
    f".{tool}" for tool in ("mypy_cache", "ruff_cache", "pytest_cache", "hypothesis", "import_linter_cache")
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and where: a path below the root and a line counted from 1."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Source:
    """One text file. `path` is relative to the tree's root."""

    path: Path
    text: str

    @functools.cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.text.splitlines()

    @functools.cached_property
    def syntax(self) -> ast.Module:
        """The syntax tree. Raises `SyntaxError`."""
        return ast.parse(self.text, str(self.path))


class SourceTree:
    """A checkout, read from disk once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._sources = {source.path: source for source in _read(root)}

    def sources(self, *suffixes: str, under: tuple[str, ...] = ()) -> Iterator[Source]:
        """Yield the text files with one of the suffixes (all, when none is named) in the named top folders."""
        for path, source in self._sources.items():
            if (not suffixes or path.suffix in suffixes) and (not under or path.parts[0] in under):
                yield source


def _read(root: Path) -> Iterator[Source]:
    for path in sorted(_files(root)):
        try:
            yield Source(path.relative_to(root), path.read_text("utf-8"))
        except UnicodeDecodeError:
            continue  # a picture or an archive


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in MADE:
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path
