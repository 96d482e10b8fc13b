"""What several facts hold in their bodies."""

from __future__ import annotations

from datetime import date

from sync.model.facts.words import MaterialState
from sync.model.plain import body, declared

FormValue = str | int | tuple[str, ...]
Strokes = tuple[tuple[int, ...], ...]
"""A signature on glass: strokes, each x0, y0, x1, y1, ... in thousandths of the pad's width, y downward."""


@declared
class Person:
    """Someone the record is about."""

    name: str = body(0)
    identity_number: str | None = body(1, default=None)
    phone: str | None = body(2, default=None)
    address: str | None = body(3, default=None)


@declared
class MaterialMark:
    """How one material of the item was met."""

    material: str = body(0)
    state: MaterialState = body(1)
    due: date | None = body(2, default=None)
