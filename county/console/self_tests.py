"""设备自检 at the county: how every terminal came out when somebody tested it last, the ones at fault first."""

from __future__ import annotations

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue
from msgspec import Struct

from county import wording
from county.console.lights import Pill
from county.console.office import Office
from county.console.pages import refuse_outsider
from county.console.supervision import origin
from county.duties import Duty
from county.store.ledger import Ledger
from sync.model.facts import Author, CheckedPart, Kind, SelfTested, Verdict
from sync.model.plain import FactDoesNotFit
from sync.reading import NO_KEYS, fact_of
from sync.record import Record, RecordRefused
from sync.self_test_words import line_words

_PILLS = {Verdict.OK: ("good", "●"), Verdict.FAULT: ("bad", "◆"), Verdict.NOT_CHECKED: ("quiet", "○")}


class TestedTerminal(Struct, frozen=True):
    """A terminal: where, when it was tested last by its own clock, how many parts are at fault, and all of them."""

    place: str
    at: str
    seq: int
    faults: int
    parts: tuple[Pill, ...]


class SelfTestPages:
    """The page of self-tests."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def blueprint(self) -> Blueprint:
        """Return the page with its address."""
        pages = Blueprint("self_tests", __name__)
        pages.add_url_rule("/self-tests", "newest", self._newest)
        return pages

    def _newest(self) -> ResponseReturnValue:
        if g.clerk.duty is not Duty.SUPERVISOR:
            return refuse_outsider(self._office, None, "查看设备自检")
        now_ms, library = self._office.clock.wall_ms(), self._office.library()
        lines: list[TestedTerminal] = []
        untested: list[str] = []
        with self._office.database.reading() as connection:
            ledger = Ledger(connection)
            for chain in ledger.chains(Author.TERMINAL):
                record = ledger.last_of_kind(chain.chain, Kind.SELF_TESTED)
                place = origin(chain, library, now_ms)
                if record is None:
                    untested.append(place)
                else:
                    lines.append(_line(place, record))
        lines.sort(key=lambda line: (-line.faults, line.place))
        return render_template("self_tests.html", lines=lines, untested=sorted(untested))


def _line(place: str, record: Record) -> TestedTerminal:
    parts = _parts(record)
    faults = sum(part.verdict is Verdict.FAULT for part in parts)
    pills = tuple(Pill(*_PILLS[part.verdict], line_words(part)) for part in parts)
    return TestedTerminal(place, wording.moment(record.header.wall_ms), record.header.seq, faults, pills)


def _parts(record: Record) -> tuple[CheckedPart, ...]:
    """Return what was tested; nothing when a newer version has written it."""
    try:
        fact = fact_of(record, NO_KEYS)
    except (RecordRefused, FactDoesNotFit):
        return ()
    return fact.parts if isinstance(fact, SelfTested) else ()
