"""What several facts hold in their bodies."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Struct

from sync.model.facts.words import MaterialState
from sync.model.plain import Body, Packed
from sync.model.strokes import packed, unpacked

FormValue = str | int | tuple[str, ...]
INK = Packed(packed, unpacked)
"""Strokes as a body carries them."""


class Person(Struct, frozen=True, kw_only=True):
    """Someone the record is about."""

    name: Annotated[str, Body(0)]
    identity_number: Annotated[str | None, Body(1)] = None
    phone: Annotated[str | None, Body(2)] = None
    address: Annotated[str | None, Body(3)] = None


class MaterialMark(Struct, frozen=True, kw_only=True):
    """How one material of the item was met."""

    material: Annotated[str, Body(0)]
    state: Annotated[MaterialState, Body(1)]
    due: Annotated[date | None, Body(2)] = None


class Seal(Struct, frozen=True, kw_only=True):
    """Something sealed to one recipient: the 8-byte id of their key, and the bytes that their private key opens."""

    recipient: Annotated[bytes, Body(0)]
    sealed: Annotated[bytes, Body(1)]
