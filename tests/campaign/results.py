"""What the campaign has met so far, added up in one file: it goes on where it was broken off.

Results of other code are not counted: with another commit, or something changed since, every part begins anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sync.durable import replace_file
from tests.campaign.part import Counts

FAILURES_KEPT_MAX = 50
"""Of each part, with their last line; of the others the seeds alone."""


@dataclass
class PartResults:
    """What became of one part's seeds.

    Attributes:
        good: seeds that kept every promise.
        failed: the others, each with the last line of what it said; "" for one of whose line none was kept.
        counts: what happened how often in the good ones.
        cpu_s: processor time of all of them.
    """

    good: set[int] = field(default_factory=set)
    failed: dict[int, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    cpu_s: float = 0.0

    def add(self, seed: int, counts: Counts, failure: str, cpu_s: float) -> None:
        """Add one seed; one that was met before is not counted twice."""
        self.cpu_s += cpu_s
        if failure:
            self.good.discard(seed)
            self.failed[seed] = failure.strip().rsplit("\n", 1)[-1][:500]
            return
        self.failed.pop(seed, None)
        if seed not in self.good:
            self.good.add(seed)
            for what, how_often in counts.items():
                self.counts[what] = self.counts.get(what, 0) + how_often

    def to_json(self, target: int) -> dict[str, Any]:
        """What stands in the file."""
        told = [seed for seed in sorted(self.failed) if self.failed[seed]][:FAILURES_KEPT_MAX]
        return {
            "target": target,
            "good": len(self.good),
            "seeds": [list(each) for each in _ranges(self.good)],
            "failed": {str(seed): self.failed[seed] for seed in told},
            "failed_seeds": [list(each) for each in _ranges(self.failed)],
            "failures": len(self.failed),
            "counts": dict(sorted(self.counts.items())),
            "cpu_s": round(self.cpu_s, 1),
        }

    @classmethod
    def from_json(cls, held: dict[str, Any]) -> PartResults:
        """Read what `to_json` wrote."""
        lines = {int(seed): str(line) for seed, line in held["failed"].items()}
        failed = {seed: lines.get(seed, "") for seed in _seeds(held["failed_seeds"])}
        return cls(_seeds(held["seeds"]), failed, dict(held["counts"]), float(held["cpu_s"]))


class NoResults(ValueError):
    """A file is there, and is something else."""


class Results:
    """The file with the results of all parts. `code` says which code they are of. Raises NoResults."""

    def __init__(self, path: Path, code: str) -> None:
        self._path = path
        self._code = code
        self._parts: dict[str, PartResults] = {}
        self._targets: dict[str, int] = {}
        try:
            held = json.loads(path.read_text("utf-8"))
            if held["code"] == code:
                for name, part in held["parts"].items():
                    self._parts[name] = PartResults.from_json(part)
                    self._targets[name] = int(part["target"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as cause:
            # Whatever it is, it is somebody's, and is not written over.
            raise NoResults(f"{path} holds no results of a campaign; name another file, or remove it") from cause

    def part(self, name: str, target: int) -> PartResults:
        """The results of one part."""
        self._targets[name] = target
        return self._parts.setdefault(name, PartResults())

    def keep(self) -> None:
        """Write the file, whole or not at all."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        parts = {name: part.to_json(self._targets[name]) for name, part in sorted(self._parts.items())}
        content = json.dumps({"code": self._code, "parts": parts}, ensure_ascii=False, indent=2)
        replace_file(self._path, content.encode() + b"\n", mode=0o644)


def _seeds(ranges: Iterable[tuple[int, int]]) -> set[int]:
    return {seed for first, last in ranges for seed in range(first, last + 1)}


def _ranges(seeds: Iterable[int]) -> list[tuple[int, int]]:
    """Seeds as (first, last) without gaps."""
    ranges: list[tuple[int, int]] = []
    for seed in sorted(seeds):
        if ranges and ranges[-1][1] == seed - 1:
            ranges[-1] = (ranges[-1][0], seed)
        else:
            ranges.append((seed, seed))
    return ranges
