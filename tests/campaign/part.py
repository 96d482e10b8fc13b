"""What a part of the campaign is: a name, how many seeds it is to meet, and how one seed is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from msgspec import Struct

Counts = Mapping[str, int]
"""What happened how often in a seed; added up over all seeds."""
Run = Callable[[int], Counts]
"""Runs one seed. Raises whatever says that the seed failed."""


class Part(Struct, frozen=True):
    """One part of the campaign.

    Attributes:
        name: what `--part` calls it, and its place in the results.
        about: one sentence for people.
        target: how many seeds, from 0, are a whole campaign.
        ready: does what is done once for many seeds; inside, seeds are run one after another.
    """

    name: str
    about: str
    target: int
    ready: Callable[[], AbstractContextManager[Run]]
