"""`python -m tests.lint [ROOT]`: run our own checks; exit 1 and name the places when one finds something."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.lint import addresses, clocks, exemptions, names, purity, sizes, texts
from tests.lint.tree import SourceTree

CHECKS = (sizes, names, addresses, clocks, purity, exemptions, texts)


def main(arguments: list[str]) -> int:
    """Print every finding; return 1 when there is one."""
    parser = argparse.ArgumentParser(prog="python -m tests.lint", description=__doc__)
    parser.add_argument("root", type=Path, nargs="?", default=Path.cwd(), help="checkout to look at")
    tree = SourceTree(parser.parse_args(arguments).root)
    findings = [finding for check in CHECKS for finding in check.check(tree)]
    for finding in sorted(findings, key=lambda finding: (finding.path, finding.line)):
        print(finding)
    print(f"own checks: {len(findings)} found" if findings else "own checks: all kept")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
