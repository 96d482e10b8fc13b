"""Only a program's `__main__.py` and `sync/clock.py` read a clock; the rest takes one as an argument."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.lint.tree import PACKAGES, Finding, Source, SourceTree

READS = {
    "time": {
        "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "clock_gettime",
        "clock_gettime_ns", "localtime", "gmtime", "ctime",
    },
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
}  # fmt: skip
MAKES_THE_CLOCK = Path("sync/clock.py")


def check(tree: SourceTree) -> Iterator[Finding]:
    """Yield a finding for every reading of a clock where none may be read."""
    for source in tree.sources(".py", under=PACKAGES):
        if source.path.name == "__main__.py" or source.path == MAKES_THE_CLOCK:
            continue
        for line, reading in _readings(source):
            yield Finding(source.path, line, f"reads the clock ({reading}); take a Clock as an argument")


def _readings(source: Source) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source.syntax):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            if node.attr in READS.get(owner, ()):
                yield node.lineno, f"{owner}.{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            for name in node.names:
                if name.name in READS["time"]:
                    yield node.lineno, f"time.{name.name}"
