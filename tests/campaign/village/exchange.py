"""Another part in the place of one of the product's, for as long as a village is played."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def exchanged(owner: object, name: str, part: object) -> Iterator[None]:
    """Let `owner.name` be `part` inside."""
    before = vars(owner)[name]
    setattr(owner, name, part)
    try:
        yield
    finally:
        setattr(owner, name, before)
