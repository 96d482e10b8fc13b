"""The county's profile and its calendar out of their tables."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from datetime import date
from functools import partial

from msgspec import Struct

from county.publishing import cells, tables
from county.publishing.draft import Draft, Plain, grouped
from county.publishing.faults import Flaw
from county.publishing.sources import Row, Tables
from sync.model.profile import Cards, Evidence, LaterRatings, Lights, PadWords, Periods, Timings, Words

_NUMBER_GROUPS: Mapping[str, type[Struct]] = {
    "lights": Lights,
    "periods": Periods,
    "timings": Timings,
    "evidence": Evidence,
    "pad_words": PadWords,
    "cards": Cards,
    "later_ratings": LaterRatings,
}
_TEXTS = ("county", "name", "point_name", "complaint_phone", "receipt_host")
_WORDS = tuple(each.value for each in Words)
_LISTS = ("demo_identity_regions", "rating_reasons")


def profile_settings() -> tuple[str, ...]:
    """The codes that the table `profile` must hold."""
    numbers = (f"{group}.{name}" for group, kind in _NUMBER_GROUPS.items() for name in kind.__struct_fields__)
    return (*_TEXTS, *_LISTS, *numbers)


def profile_plain(sources: Tables, draft: Draft) -> Plain:
    """The plain form of the profile."""
    plain: Plain = _settings(sources, draft)
    groups = grouped(sources[tables.GROUPS], "region")
    known = {row["code"] for row in sources[tables.REGIONS].rows}
    for row in sources[tables.GROUPS].rows:
        if row["region"] not in known:
            draft.blame(row.cell("region"), Flaw.UNKNOWN_CODE, text=row["region"], table=tables.REGIONS.file)

    def region(row: Row) -> Plain:
        found = draft.fill(row, ("code", "name", "since", "until", "successor"))
        found["groups"] = draft.listed(groups.get(row["code"], ()), lambda each: draft.fill(each, ("code", "name")))
        return found

    plain["regions"] = draft.rows(sources[tables.REGIONS], region)
    for shape in (tables.DEPARTMENTS, tables.TERMINALS, tables.AGENTS):
        plain[shape.code] = draft.rows(sources[shape], draft.whole_row)
    words: Plain = {}
    for row in sources[tables.WORDS].rows:
        if row["code"] not in _WORDS:
            draft.blame(row.cell("code"), Flaw.NOT_EXPECTED, text=row["code"], known="、".join(_WORDS))
            continue
        if row["code"] in words:
            draft.blame(row.cell("code"), Flaw.TWO_VALUES, text=row["code"])
        draft.put(words, row["code"], row, "text")
    plain["words"] = words
    draft.trace(plain, "words", sources[tables.WORDS].whole)
    return plain


def _settings(sources: Tables, draft: Draft) -> Plain:
    plain: Plain = {group: {} for group in _NUMBER_GROUPS}
    expected = profile_settings()
    seen: set[str] = set()
    for row in sources[tables.PROFILE].rows:
        code = row["code"]
        if code not in expected:
            draft.blame(row.cell("code"), Flaw.NOT_EXPECTED, text=code, known="、".join(expected))
            continue
        if code in seen:
            draft.blame(row.cell("code"), Flaw.TWO_VALUES, text=code)
        seen.add(code)
        group, _, key = code.rpartition(".")
        value = row["value"]
        if group:
            held = plain[group]
            draft.take(typing.cast("Plain", held), key, row.cell("value"), partial(cells.whole, value))
        elif code in _LISTS:
            draft.take(plain, code, row.cell("value"), partial(cells.parts, value))
        else:
            draft.put(plain, code, row, "value")
    return plain


def calendar_plain(sources: Tables, draft: Draft) -> Plain:
    """The plain form of the calendar: whole years, from the first to the last that has a notice."""
    notices = sources[tables.NOTICES].rows
    years: list[int] = []
    issued: list[str] = []
    for row in notices:
        held = draft.fill(row, ("year", "issued"))
        year = held.get("year")
        if isinstance(year, int):
            if (years and year != years[-1] + 1) or not date.min.year <= year <= date.max.year:
                draft.blame(row.cell("year"), Flaw.YEAR_GAP, text=row["year"])
            years.append(year)
        issued.append(row["issued"])

    def special(row: Row) -> Plain:
        return draft.fill(row, ("day", "name"))

    days = grouped(sources[tables.CALENDAR], "kind")
    plain: Plain = {
        "notices": [row["notice"] for row in notices],
        "days_off": draft.listed(days.get("休", ()), special),
        "working_weekends": draft.listed(days.get("班", ()), special),
    }
    for row in sources[tables.CALENDAR].rows:
        if row["kind"] not in tables.DAY_KINDS:
            draft.put({}, "kind", row, "kind")
    if years:
        plain |= {"first_day": f"{years[0]:04}-01-01", "last_day": f"{years[-1]:04}-12-31", "issued": max(issued)}
        draft.trace(plain, "issued", notices[-1].cell("issued"))
    return plain
