"""What several facts hold in their bodies."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Struct

from sync.model.facts.words import MaterialState, Verdict
from sync.model.plain import Body, Packed, Plain
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


class TerminalKey(Struct, frozen=True, kw_only=True):
    """The record key of a terminal of the county: raw Ed25519, whose it is, and up to which seq its word counts.

    `until_seq` 0: without end.
    """

    public_key: Annotated[bytes, Plain(0)]
    region: Annotated[str, Plain(1)]
    terminal: Annotated[str, Plain(2)]
    until_seq: Annotated[int, Plain(3)] = 0


class ChainEnd(Struct, frozen=True, kw_only=True):
    """Up to which record of a chain (8-byte id, seq) something holds."""

    chain: Annotated[bytes, Plain(0)]
    seq: Annotated[int, Plain(1)]


class ToldStep(Struct, frozen=True, kw_only=True):
    """A step of a case as the county tells it: the kind of the fact, when, and what it says in words."""

    kind: Annotated[int, Body(0)]
    at_ms: Annotated[int, Body(1)]
    words: Annotated[str, Body(2)] = ""


class ToldService(Struct, frozen=True, kw_only=True):
    """The last service of a case that can be rated, as the county tells it: when it was, and how often it was rated.

    `answers` is 0, 1, or 2 with its 追评. `until_seq` is the last record of the terminal told that is counted in it.
    """

    at_ms: Annotated[int, Plain(0)]
    answers: Annotated[int, Plain(1)]
    until_seq: Annotated[int, Plain(2)]


class CheckedPart(Struct, frozen=True, kw_only=True):
    """A part of a terminal and how it came out of a self-test.

    `part` is a device's or `touch`, `clock`, `disk`, `network`; `reason` says why it is at fault or was not tried, in
    a word of the program's, "" for what is well. Nobody is named.
    """

    part: Annotated[str, Body(0)]
    verdict: Annotated[Verdict, Body(1)]
    reason: Annotated[str, Body(2)] = ""
