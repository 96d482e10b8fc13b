"""`sync.model` imports itself, structs and the standard library, of that nothing that touches the world."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import PurePath

from tests.lint.tree import Finding, Source, SourceTree

MODEL = PurePath("sync/model")
_KNOWN = sys.stdlib_module_names | {"msgspec"}


def check(tree: SourceTree) -> Iterator[Finding]:
    """Yield a finding for every import of the model that is not of the standard library, msgspec or the model.

    Which modules of the standard library are closed to it stands in the import rules in pyproject.toml.
    """
    for source in tree.sources(".py", under=("sync",)):
        if source.path.is_relative_to(MODEL):
            for line, name in _imports(source):
                inside = name == "sync.model" or name.startswith("sync.model.")
                if not inside and name.partition(".")[0] not in _KNOWN:
                    yield Finding(
                        source.path, line, f"the model imports {name}; it knows only structs and the standard library"
                    )


def _imports(source: Source) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source.syntax):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield node.lineno, name.name
        elif isinstance(node, ast.ImportFrom):
            # One dot stays inside the model; more are refused like foreign names.
            yield node.lineno, "sync.model" if node.level == 1 else "." * node.level + (node.module or "")
