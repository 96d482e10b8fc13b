"""No address of a package registry and no path of somebody's machine in any file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.lint.tree import Finding, SourceTree

# Each pattern is written so that it does not find itself.
FORBIDDEN = {
    "the address of a package registry": re.compile(
        r"pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org"
        r"|--(extra-)?index[-]url [^-\s]|--find[-]links [^-\s]"
    ),
    "a path of one machine": re.compile(r"(?<![\w.])/(work|root|home/\w+|opt/pypi[\w-]*|Users/\w+)[/]"),
    "a fixed temporary path": re.compile(r"""(?<![\w.])/(var/)?tmp[/](?!\.X11-unix)"""),
}


def check(tree: SourceTree) -> Iterator[Finding]:
    """Yield a finding for every line that names one."""
    for source in tree.sources():
        for number, line in enumerate(source.lines, 1):
            for what, pattern in FORBIDDEN.items():
                if pattern.search(line):
                    yield Finding(source.path, number, f"{what}: {line.strip()[:80]}")
