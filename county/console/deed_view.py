"""The book of deeds, as lines for templates."""

from __future__ import annotations

from flask import url_for
from msgspec import Struct

from county import wording
from county.console.case_view import short_number
from county.deeds import Deed


class DeedLine(Struct, frozen=True):
    """A line of the book."""

    at: str
    who: str
    what: str
    case_no: str
    href: str
    detail: str
    grave: bool


def deed_line(deed: Deed, names: dict[str, str]) -> DeedLine:
    """One line; `names` are the clerks' names as people write them, by log-in name."""
    what = wording.WHAT[deed.what]
    return DeedLine(
        at=wording.moment(deed.at_ms),
        who=names.get(deed.clerk, f"{deed.clerk}（没有这个人）"),
        what=what,
        case_no=short_number(deed.case_no) if deed.case_no else "",
        href=url_for("cases.case", number=deed.case_no) if deed.case_no else "",
        detail=deed.detail,
        grave=deed.what in wording.GRAVE,
    )
