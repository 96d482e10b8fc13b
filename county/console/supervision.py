"""Pages for looking over the whole: ratings with their denominators, what is to be checked, who did what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue
from msgspec import Struct

from county import wording
from county.console.case_view import RatingLine, rating_line, short_number
from county.console.deed_view import deed_line
from county.console.lights import Pill
from county.console.office import Office
from county.console.pages import refuse_outsider
from county.console.time_view import doubt_pill, finding_in_words, paper_pill
from county.duties import Clerk, Duty
from county.library import Library
from county.ratings import Rating, Turn, is_bad, turn_of
from county.store.cases import CaseTable
from county.store.evidence import EvidenceTable
from county.store.ledger import KnownChain, Ledger
from county.store.papers import PaperTable
from county.store.successions import Lineage, SuccessionRow, Successions
from sync.model.facts import Author, Stage
from sync.model.later import RatingOutcome
from sync.model.rating import Level, Satisfaction, tally

_LATEST = 50
_HANDED_ON_WITHIN_MS = 120_000
"""What the log has is handed on with the next exchange; after so long it is not on its way."""


class Tally(Struct, frozen=True):
    """One line of the count: its name, the counts, and why those who did not rate did not."""

    label: str
    counts: Satisfaction
    silent: tuple[tuple[str, int], ...]


class LatestRating(Struct, frozen=True):
    """One rating in the list, with its case."""

    href: str
    number: str
    item: str
    line: RatingLine


class ParkedLine(Struct, frozen=True):
    """A record that makes no sense: from where, about which case, why."""

    origin: str
    place: str
    case_no: str
    href: str
    reason: str


class DoubtLine(Struct, frozen=True):
    """A record whose time does not fit: from where, about which case, what and why."""

    origin: str
    place: str
    case_no: str
    href: str
    mark: Pill
    reason: str


class PaperLine(Struct, frozen=True):
    """A receipt that does not fit: where it was shown, which terminal and record it names, of which case, and how."""

    shown_at: str
    origin: str
    place: str
    case_no: str
    mark: Pill


class SuccessionLine(Struct, frozen=True):
    """A terminal that was replaced: when the county learnt it, where, both numbers, how the old chain stands, and what
    became of its open cases.
    """

    at: str
    point: str
    old: str
    new: str
    end: str
    cases: str


class SupervisionPages:
    """Pages about everything at once."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def blueprint(self) -> Blueprint:
        """Return the pages with their addresses."""
        pages = Blueprint("supervision", __name__)
        pages.add_url_rule("/ratings", "ratings", self._ratings)
        pages.add_url_rule("/parked", "parked", self._parked)
        pages.add_url_rule("/deeds", "deeds", self._deeds)
        return pages

    def _ratings(self) -> ResponseReturnValue:
        clerk: Clerk = g.clerk
        library = self._office.library()
        items = None if clerk.duty is Duty.SUPERVISOR else library.items_of(clerk.department)
        with self._office.database.reading() as connection:
            found = CaseTable(connection).ratings(items)
        ratings = [rating for _, rating in found]
        return render_template(
            "ratings.html",
            whole=_tally("全部", ratings),
            stages=[_tally(wording.STAGE[stage], [each for each in ratings if each.stage is stage]) for stage in Stage],
            items=_by_item(found, library),
            levels=sorted(Level, reverse=True),
            follow_ups=_turns(ratings),
            later=sum(rating.later is not None for rating in ratings),
            bad=[_latest(code, rating, library) for code, rating in found if is_bad(rating)][:_LATEST],
            latest=[_latest(code, rating, library) for code, rating in found[:_LATEST]],
        )

    def _parked(self) -> ResponseReturnValue:
        if g.clerk.duty is not Duty.SUPERVISOR:
            return refuse_outsider(self._office, None, "查看待核查记录")
        now_ms = self._office.clock.wall_ms()
        library = self._office.library()
        with self._office.database.reading() as connection:
            ledger = Ledger(connection)
            chains = {chain.chain: chain for chain in ledger.chains()}
            alarms = ledger.alarms()
            parked = CaseTable(connection).parked()
            successions = Successions(connection).all()
            cases = [_cases_of(ledger, each) for each in successions]
            replaced = {each.closed for each in successions}
            table = EvidenceTable(connection)
            doubts, log_faults = table.grave(), table.faults()
            papers = PaperTable(connection).grave()
            withheld = table.withheld((ledger.exchanged_ms() or 0) - _HANDED_ON_WITHIN_MS)
        return render_template(
            "parked.html",
            stopped=[
                (origin(chain, library, now_ms), chain.stopped_for, chain.head.seq, chain.chain.hex())
                for chain in chains.values()
                if chain.stopped_for is not None and chain.chain not in replaced
            ],
            successions=[
                _succession_line(each, told, chains.values(), library, now_ms)
                for each, told in zip(successions, cases, strict=True)
            ],
            log_faults=[(wording.moment(each.at_ms), each.reason) for each in log_faults],
            withheld=[
                (origin(chains.get(chain), library, now_ms), seq, wording.moment(at_ms))
                for chain, seq, at_ms in withheld
            ],
            papers=[
                PaperLine(
                    origin(chains.get(each.chain), library, now_ms),
                    origin(chains.get(each.of_chain), library, now_ms),
                    f"第 {each.of_seq} 条",
                    each.case_no,
                    paper_pill(each),
                )
                for each in papers
                if each.verdict is not None
            ],
            doubts=[
                DoubtLine(
                    origin(chains.get(each.finding.chain), library, now_ms),
                    f"第 {each.finding.seq} 条",
                    short_number(each.case_no) if each.case_no else "",
                    url_for("cases.case", number=each.case_no) if each.case_no else "",
                    doubt_pill(each.finding),
                    finding_in_words(each.finding),
                )
                for each in doubts
            ],
            alarms=[(wording.moment(each.at_ms), each.place, each.reason) for each in alarms],
            parked=[
                ParkedLine(
                    origin(chains.get(row.chain), library, now_ms),
                    f"第 {row.seq} 条",
                    short_number(row.case_no) if row.case_no else "",
                    url_for("cases.case", number=row.case_no) if row.case_no else "",
                    row.reason,
                )
                for row in parked
            ],
        )

    def _deeds(self) -> ResponseReturnValue:
        if g.clerk.duty is not Duty.SUPERVISOR:
            return refuse_outsider(self._office, None, "查看操作记录")
        names = self._office.clerks.names()
        return render_template("deeds.html", deeds=[deed_line(deed, names) for deed in self._office.clerks.deeds()])


def _tally(label: str, found: Sequence[Rating]) -> Tally:
    # A rating whose level was erased is neither a level nor 未评.
    ratings = [rating for rating in found if rating.level is not None or rating.outcome is not RatingOutcome.GIVEN]
    silent = [rating for rating in ratings if rating.level is None]
    reasons = tuple(
        (wording.OUTCOME_OF_RATING[outcome] if outcome is not RatingOutcome.NOT_GIVEN else "邀请了没有评", count)
        for outcome in (RatingOutcome.NOT_GIVEN, RatingOutcome.NOT_ASKED, RatingOutcome.WAITING)
        if (count := sum(rating.outcome is outcome for rating in silent))
    )
    return Tally(label, tally(rating.level for rating in ratings), reasons)


def _turns(ratings: Iterable[Rating]) -> list[tuple[str, int]]:
    """Return how often a 追评 differs in which way from its rating, without those that never do."""
    counted = Counter(turn for rating in ratings if (turn := turn_of(rating)) is not None)
    return [(wording.TURN[turn], counted[turn]) for turn in Turn if counted[turn]]


def _by_item(found: Iterable[tuple[str, Rating]], library: Library) -> list[Tally]:
    """Return a count for each item, the one with most chances to rate first."""
    grouped: dict[str, list[Rating]] = defaultdict(list)
    for code, rating in found:
        grouped[code].append(rating)
    counted = [_tally(library.item_name(code), ratings) for code, ratings in grouped.items()]
    return sorted(counted, key=lambda each: (-each.counts.asked, each.label))


def _latest(code: str, rating: Rating, library: Library) -> LatestRating:
    href = url_for("cases.case", number=rating.case_no)
    return LatestRating(href, short_number(rating.case_no), library.item_name(code), rating_line(rating))


def _cases_of(ledger: Ledger, row: SuccessionRow) -> str:
    """Say what became of the open cases of a terminal that was replaced."""
    successions = Successions(ledger.connection)
    lineage = next(each for each in successions.lineages() if (row.region, row.terminal) in each.places)
    of_row = Lineage(row.region, lineage.heir, (row.terminal,))
    given, waiting = successions.given(of_row), len(successions.not_given(of_row))
    parts = [f"已交给 {lineage.heir} 号 {given} 件"] if given else []
    if waiting:
        why = "正在交" if ledger.desk_key(row.region, lineage.heir) is not None else "等联络员在新终端上登录后自动交"
        parts.append(f"还有 {waiting} 件，{why}")
    return "；".join(parts) or "没有未办完的办件"


def _succession_line(
    row: SuccessionRow, cases: str, chains: Iterable[KnownChain], library: Library, now_ms: int
) -> SuccessionLine:
    old = next(
        (
            each
            for each in chains
            if each.author is Author.TERMINAL and (each.region, each.terminal) == (row.region, row.terminal)
        ),
        None,
    )
    end = "没有收到过它的记录" if old is None else old.stopped_for or ""
    point = library.region_name(row.region, now_ms)
    return SuccessionLine(wording.moment(row.begun_ms), point, row.terminal, row.heir, end, cases)


def origin(chain: KnownChain | None, library: Library, now_ms: int) -> str:
    """Return where a chain is written: 柳溪村 01 号终端."""
    if chain is None:
        return "不认识的终端"
    return f"{library.region_name(chain.region, now_ms)} {chain.terminal} 号终端"
