"""The calendar pack: which days are off and which weekend days are worked, with the names and the notice behind it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Struct

from sync.model.content import ContentWrong, Line, Many, Problem
from sync.model.content_reading import read, write
from sync.model.working_calendar import CalendarContradictsItself, WorkingCalendar


class SpecialDay(Struct, frozen=True):
    """A day that is not what its weekday says, or that has a name: 国庆节, 春节调休上班."""

    day: date
    name: Line


class CalendarPack(Struct, frozen=True):
    """The working days from `first_day` to `last_day`, both included.

    `issued` is when the newest of the `notices` behind it came out. Outside these days nothing is known
    (`sync.model.working_calendar`).
    """

    first_day: date
    last_day: date
    issued: date
    notices: Annotated[tuple[Line, ...], Many(most=20, least=1)]
    days_off: Annotated[tuple[SpecialDay, ...], Many(most=800)]
    working_weekends: Annotated[tuple[SpecialDay, ...], Many(most=200)]

    def __post_init__(self) -> None:
        try:
            self.calendar()
        except CalendarContradictsItself as refusal:
            raise ContentWrong(Problem.CONTRADICTION, how=str(refusal)) from refusal

    @classmethod
    def from_plain(cls, plain: object) -> CalendarPack:
        """Read the plain form. Raises ContentWrong, naming the place."""
        return read(cls, plain)

    def to_plain(self) -> dict[str, object]:
        """The plain form, as `from_plain` takes it and the JSON Schema describes it."""
        return write(self)

    def calendar(self) -> WorkingCalendar:
        """The days as the deadline engine takes them."""
        return WorkingCalendar(
            self.first_day,
            self.last_day,
            frozenset(special.day for special in self.days_off),
            frozenset(special.day for special in self.working_weekends),
        )
