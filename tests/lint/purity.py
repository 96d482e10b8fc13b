"""`sync.model` imports the standard library and itself, and of the standard library nothing that touches the world."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import PurePath

from tests.lint.tree import Finding, SourceTree

MODEL = PurePath("sync/model")


def check(tree: SourceTree) -> Iterator[Finding]:
    """Yield a finding for every import of the model that is not of the standard library or of the model.

    Which modules of the standard library are closed to it stands in the import rules in pyproject.toml.
    """
    for source in tree.sources(".py", under=("sync",)):
        if not source.path.is_relative_to(MODEL):
            continue
        for node in ast.walk(source.syntax):
            for name in _imported(node):
                inside = name == "sync.model" or name.startswith("sync.model.")
                if not inside and name.partition(".")[0] not in sys.stdlib_module_names:
                    yield Finding(
                        source.path, node.lineno, f"the model imports {name}; it knows the standard library only"
                    )


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    if isinstance(node, ast.ImportFrom):
        # A relative import stays inside the model as long as it has one dot; more are refused like foreign names.
        return ["sync.model"] if node.level == 1 else ["." * node.level + (node.module or "")]
    return []
