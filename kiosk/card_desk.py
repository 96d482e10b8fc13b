"""Reads identity cards for the place that asks: one reading at a time, and nothing of a card is kept here."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from msgspec import Struct

from devices.id_reader.events import CardRead, CardTrouble, ReadingEnded
from devices.ports import DeviceState, DeviceStatus, IdReader, ReadingNotPossible, Reason

WAIT_S = 120
"""How long a card is waited for; a visitor who does nothing is warned before."""


class Reading(Struct, frozen=True):
    """A reading that is going on, and whose card it is for: a word of the place that asks."""

    id: str
    whose: str


class CardDesk:
    """Asks the reader; whoever does not ask any more is told nothing."""

    def __init__(self, reader: IdReader, status: Callable[[], DeviceStatus]) -> None:
        """`status` tells how the reader is now."""
        self._reader = reader
        self._status = status
        self.reading: Reading | None = None

    @property
    def is_fitted(self) -> bool:
        """Whether this terminal has a reader, working or not."""
        return self._status().reason is not Reason.NOT_CONFIGURED

    @property
    def can_read(self) -> bool:
        """Whether the reader can read a card now."""
        return self._status().state is DeviceState.READY

    def begin(self, whose: str) -> None:
        """Read the next card that is laid down, in place of any reading before."""
        self.stop()
        reading = Reading(str(uuid4()), whose)
        try:
            self._reader.begin(reading.id, WAIT_S)
        except ReadingNotPossible:
            return
        self.reading = reading

    def stop(self) -> None:
        """Read no more; a card that was read meanwhile is let go."""
        reading, self.reading = self.reading, None
        if reading is not None:
            self._reader.end(reading.id)

    def heard(self, event: CardRead | CardTrouble | ReadingEnded) -> Reading | None:
        """Return the reading that an event is about, None when it is not going on any more: it is nobody's then."""
        reading = self.reading
        if reading is None or event.reading_id != reading.id:
            return None
        if not isinstance(event, CardTrouble):
            self.reading = None
        return reading
