"""What a fact is: its number, its declaration, its way to plain values and back, what everyone may see of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Annotated, TypeVar

from msgspec import Struct

from sync.model.facts.words import ActorClass, Author
from sync.model.plain import FactDoesNotFit, Plain, PlainValue, from_maps, to_maps


class Kind(IntEnum):
    """Wire numbers of the facts. A number is never given twice."""

    TERMINAL_STARTED = 1
    SHIFT_OPENED = 2
    SHIFT_CLOSED = 3
    SIGN_IN_REFUSED = 4
    CLOCK_MOVED = 5
    PACK_INSTALLED = 6
    PACK_REFUSED = 7
    CONTENT_KEY_SEALED = 8
    DESK_KEY_MADE = 9
    DESK_ACCESS_GIVEN = 10
    DESK_ACCESS_ENDED = 11
    CHAIN_BEGUN = 15
    ONE_TIME_NOTICE_GIVEN = 20
    CASE_TAKEN_IN = 21
    CASE_WITHDRAWN = 22
    SUPPLEMENT_RECEIVED = 23
    RESULT_DELIVERED = 24
    DELAY_EXPLAINED = 25
    RATING_INVITED = 30
    RATING_GIVEN = 31
    RATING_NOT_GIVEN = 32
    STRAY_KEYS_SEEN = 33
    SLIP_ISSUED = 40
    SLIP_ENDED = 41
    RECEIPT_SEEN = 44
    CASE_KEY_CHANGED = 45
    JOURNAL_FOUND_DAMAGED = 46
    ATTACHMENT_ADDED = 48
    STICK_WRITTEN = 50
    STICK_READ = 51
    CASE_ACCEPTED = 60
    CASE_NOT_ACCEPTED = 61
    SUPPLEMENT_REQUIRED = 62
    CASE_SUSPENDED = 63
    CASE_RESUMED = 64
    CASE_DECIDED = 65
    RESULT_READY = 66
    CASE_CLOSED = 67
    CASE_TERMINATED = 68
    DEADLINE_EXTENDED = 69
    CASE_TOLD = 70
    TERMINAL_KEYS_TOLD = 71
    LATE_TAIL_ACCEPTED = 75
    LATE_TAIL_REFUSED = 76
    BODIES_ERASED = 77
    READERS_CHANGED = 78
    CASE_GIVEN = 79
    RECORD_GIVEN = 80
    DESK_GRANTED = 81
    SELF_TESTED = 82
    RATED_LATER = 83
    RATING_REASONS_GIVEN = 84


class Envelope(Struct, frozen=True):
    """What everyone may see of a record, and all that the fold reads.

    Attributes:
        kind: wire number; one that this version does not know is carried, not dropped.
        author: whose chain it was read from.
        chain: 8-byte id of the chain.
        seq: number in the chain, from 1.
        wall_ms: the writer's clock, milliseconds since 1970 UTC.
        actor: short id of who acted.
        case_no: 25-character case number, None for facts about no case.
        plain: the plain fields, by key.
    """

    kind: int
    author: Author
    chain: bytes
    seq: int
    wall_ms: int
    actor: str
    actor_class: ActorClass
    case_no: str | None
    plain: Mapping[int, PlainValue]


class Fact(Struct, frozen=True, kw_only=True):
    """What all facts have in common: nothing but being one."""


class CaseMove(Fact, frozen=True, kw_only=True):
    """A fact that moves a case or one of its clocks.

    It names the last fact of the other side that its writer had folded for the case, so that both ends find the same
    order when two moves cross. Seq 0: none yet.
    """

    seen_chain: Annotated[bytes, Plain(20)] = b""
    seen_seq: Annotated[int, Plain(21)] = 0


F = TypeVar("F", bound=Fact)

FACTS: dict[int, type[Fact]] = {}
_KINDS: dict[type[Fact], Kind] = {}


def fact(kind: Kind) -> Callable[[type[F]], type[F]]:
    """Register a fact class under its wire number."""

    def register(declared: type[F]) -> type[F]:
        FACTS[kind] = declared
        _KINDS[declared] = kind
        return declared

    return register


def kind_of(happened: Fact) -> Kind:
    """Return the wire number of a fact."""
    return _KINDS[type(happened)]


def to_plain(happened: Fact) -> tuple[dict[int, PlainValue], dict[int, PlainValue]]:
    """Return (plain fields of the header, fields of the body) as plain values."""
    return to_maps(happened)


def from_plain(kind: int, header: Mapping[int, PlainValue], sealed: Mapping[int, PlainValue]) -> Fact:
    """Rebuild a fact.

    Raises:
        FactDoesNotFit: the kind is unknown to this version, or a field is missing or of another type.
    """
    known = FACTS.get(kind)
    if known is None:
        raise FactDoesNotFit(f"no fact has the number {kind}")
    return from_maps(known, header, sealed)
