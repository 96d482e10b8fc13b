"""Lights as pages show them: a colour, a shape and words, never a colour alone."""

from __future__ import annotations

from msgspec import Struct

from county import wording
from county.clocks import ClockReading, read_clocks, running_clocks, worst
from county.library import Library
from sync.model.case import Case
from sync.model.deadline_words import headline, in_words, light_in_words
from sync.model.light import Light
from sync.model.moment import local_date
from sync.model.transitions import Status

_QUIET = "quiet"
_GOOD_ENDS = frozenset({Status.CLOSED, Status.DELIVERED})


class Pill(Struct, frozen=True):
    """A light to draw: the name of its colour in the style sheet, its shape, its words."""

    colour: str
    shape: str
    words: str


class CaseLights(Struct, frozen=True):
    """The lights of one case: the one that counts and its clock in short, and every running clock with its
    name and in words.
    """

    pill: Pill
    headline: str
    clocks: tuple[tuple[Pill, str, str], ...]


def case_lights(case: Case, library: Library, now_ms: int) -> CaseLights:
    """Read the lights of a case today. One that no clock presses shows its status instead."""
    today = local_date(now_ms)
    clocks = running_clocks(case, library.legal_limit(case), library.calendar)
    readings = read_clocks(clocks, library.calendar, library.profile.lights, today)
    pressing = worst(readings)
    if pressing is None:
        colour = "good" if case.status in _GOOD_ENDS else _QUIET
        return CaseLights(Pill(colour, "●" if colour == "good" else "○", wording.STATUS[case.status]), "", ())
    return CaseLights(
        _pill(pressing),
        headline(pressing.reckoning),
        tuple((_pill(each), wording.CLOCK[each.reckoning.clock], in_words(each.reckoning)) for each in readings),
    )


def light_pill(light: Light) -> Pill:
    """The pill of a light as such, for filters and counts."""
    return Pill(_COLOUR[light], light.shape, wording.LIGHT[light])


def _pill(reading: ClockReading) -> Pill:
    light = reading.light.light
    return Pill(_COLOUR[light], light.shape, light_in_words(reading.light, reading.reckoning.clock))


_COLOUR = {Light.NORMAL: "good", Light.NOTICE: "notice", Light.WARN: "warn", Light.BAD: "bad"}
