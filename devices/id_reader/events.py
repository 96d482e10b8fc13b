"""What an ID-card reader says of a reading."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from devices.id_reader.card import IdCard


class CardTroubleKind(StrEnum):
    """Why a card that lies on the reader was not read; the reading goes on."""

    MOVED_TOO_SOON = "moved_too_soon"
    """It was there, and was gone before everything was read."""
    NOT_READABLE = "not_readable"
    FIELDS_DISAGREE = "fields_disagree"
    """What it says does not agree with itself: nothing of it may be used."""
    OTHER_CARD_KIND = "other_card_kind"
    """A kind of card that cannot be read here."""
    LIFT_AND_PUT_AGAIN = "lift_and_put_again"
    """It was read already and has not been taken away since."""


class ReadingEnd(StrEnum):
    """Why a reading ended without a card."""

    TIMED_OUT = "timed_out"
    CLOSED = "closed"
    REPLACED = "replaced"
    READER_ABSENT = "reader_absent"
    READER_FAULT = "reader_fault"
    NO_ANSWER = "no_answer"
    STOPPED = "stopped"


class CardRead(Struct, frozen=True):
    """A card was read, once for this laying down; it has to be taken away before another reading finds one."""

    reading_id: str
    card: IdCard


class CardTrouble(Struct, frozen=True):
    """A card could not be read; the reading goes on."""

    reading_id: str
    kind: CardTroubleKind


class ReadingEnded(Struct, frozen=True):
    """A reading ended without a card."""

    reading_id: str
    reason: ReadingEnd
