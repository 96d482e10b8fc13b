"""Files of at most 400 lines, functions of at most 70."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.lint.tree import Finding, SourceTree

FILE_LINES = 400
FUNCTION_LINES = 70
WRITTEN_BY_HAND = (".py", ".html", ".css", ".js")


def check(tree: SourceTree) -> Iterator[Finding]:
    """Yield a finding for every file and function that is too long."""
    for source in tree.sources(*WRITTEN_BY_HAND):
        length = len(source.lines)
        if length > FILE_LINES:
            yield Finding(source.path, length, f"{length} lines; a file has at most {FILE_LINES}")
    for source in tree.sources(".py"):
        for node in ast.walk(source.syntax):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    what = f"{node.name}: {length} lines; a function has at most {FUNCTION_LINES}"
                    yield Finding(source.path, node.lineno, what)
