"""A figure, what it is held against, and what it is meant to be."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    Attributes:
        name: of the measure.
        value: a median of runs, or a percentile over all of them.
        unit: of the value.
        floor_or_peer: what cannot be undercut, or another program's value; same run, and same unit unless `peer` says.
        ratio: what is compared with the target when that is a ratio.
        peer: in words, what `floor_or_peer` is.
        target: in words.
        met: whether the target is.
    """

    name: str
    value: float
    unit: str
    floor_or_peer: float
    ratio: float
    peer: str
    target: str
    met: bool

    def line(self) -> str:
        """One line of build/bench.jsonl."""
        held = {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "floor_or_peer": round(self.floor_or_peer, 3),
            "ratio": round(self.ratio, 3),
        }
        return json.dumps(held)


def write(figures: Iterable[Figure], path: Path) -> None:
    """Write one JSON line a figure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(figure.line() + "\n" for figure in figures), encoding="utf-8")


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table for people."""
    rows = [("", "value", "held against", "ratio", "target", "")]
    rows += [
        (
            figure.name,
            f"{figure.value:.2f} {figure.unit}",
            f"{figure.floor_or_peer:.2f} ({figure.peer})",
            f"{figure.ratio:.2f}",
            figure.target,
            "met" if figure.met else "MISSED",
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that so large a share of all does not exceed: 0.99 for p99."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(values)
