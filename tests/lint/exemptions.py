"""Every silenced check says why, no test is skipped, nothing real is replaced by a mock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.lint.tree import Finding, SourceTree

SILENCED = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<codes>[:\[][\w,\s\]-]*?)?(?P<reason>\s+[-—#(]\s*\w.*)?$")
FORMS = "`# noqa: CODE - why`, `# type: ignore[code]  # why`"
NOT_RUN = re.compile(r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)\b|unittest\.skip")
MOCKED = re.compile(r"^\s*(from unittest(\.mock)? import|import unittest\.mock|import mock\b)")


def check(tree: SourceTree) -> Iterator[Finding]:
    """Yield a finding for every unexplained exemption, skipped test and mock."""
    for source in tree.sources(".py"):
        if source.path.parts[:2] == ("tests", "lint"):
            continue  # these patterns, and the tests that break things on purpose
        for number, line in enumerate(source.lines, 1):
            silenced = SILENCED.search(line)
            if silenced and not silenced["reason"]:
                yield Finding(source.path, number, f"a silenced check without its reason: {FORMS}")
            if NOT_RUN.search(line):
                yield Finding(source.path, number, "a test that does not run")
            if MOCKED.search(line):
                yield Finding(source.path, number, "a mock; use the real part or a simulator")
