"""Files are nouns that say what is in them, and every top package is known to the import rules."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.lint.tree import Finding, SourceTree

SAYING_NOTHING = {"util", "utils", "helper", "helpers", "common", "base", "manager", "service", "misc"}
PROJECT_FILE = Path("pyproject.toml")


def check(tree: SourceTree) -> Iterator[Finding]:
    """Yield a finding for every file whose name says nothing, and every package outside the import rules."""
    for source in tree.sources(".py"):
        for part in (source.path.stem, *source.path.parent.parts):
            if part in SAYING_NOTHING:
                yield Finding(source.path, 1, f"the name {part!r} says nothing about what is in it")
    project = tomllib.loads((tree.root / PROJECT_FILE).read_text("utf-8"))
    known = set(project["tool"]["importlinter"]["root_packages"])
    there = {source.path.parts[0] for source in tree.sources(".py") if source.path.name == "__init__.py"}
    for package in sorted(there - known):
        yield Finding(Path(package), 1, "a package that the import rules in pyproject.toml do not know")
