"""What the county does about receipts by itself: tells every terminal the others' keys, judges what is shown, answers.

Each terminal of the county learns the record keys of all the others over its own inbox, so that it can tell a receipt
of any of them from a forgery with no line. A receipt that is shown is held against what that terminal has delivered;
where it is another terminal that shows it, that one is told how the case stands, sealed to the paper.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress

from msgspec import structs

from county import wording
from county.casefile import CaseFile, read_case_file
from county.giving import holder_of
from county.library import Library
from county.papers import PaperAgainstChain, PaperVerdict, judge, paper_of
from county.pen import Pen, PointNotGranted, keep
from county.ratings import last_service
from county.store.database import Database
from county.store.ledger import KnownChain, Ledger
from county.store.papers import PaperTable, ShownPaper
from county.store.successions import Successions
from sync import cbor
from sync.model.case import Effect
from sync.model.facts import (
    Author,
    CaseDecided,
    CaseNotAccepted,
    CaseSuspended,
    CaseTerminated,
    CaseTold,
    DeadlineExtended,
    Fact,
    ReceiptSeen,
    ResultReady,
    SupplementRequired,
    TerminalKey,
    TerminalKeysTold,
    ToldService,
    ToldStep,
    from_plain,
)
from sync.model.plain import FactDoesNotFit
from sync.model.transitions import TRANSITIONS

KEYS_PER_RECORD = 24
"""About 55 bytes each, in a header of 2,048."""
TERMINALS_AT_ONCE = 100
STEPS_TOLD_MAX = 30
WORDS_TOLD_MAX = 400
_MOVES = frozenset(int(kind) for _, kind in TRANSITIONS)


class PaperDesk:
    """Tends the keys and the receipts; to be called between pulling and sending.

    Args:
        database: the store.
        pen: writes on the county's chains.
        library: gives the packs in force, for what a rating would count as.
    """

    def __init__(self, database: Database, pen: Pen, library: Callable[[], Library]) -> None:
        self._database = database
        self._pen = pen
        self._library = library

    def tend(self) -> None:
        """Do what there is to do; each part is durable by itself.

        Nothing while the store catches up after a backup: what the county has written since is not here yet.
        """
        with self._database.reading() as connection:
            if Ledger(connection).catching_up():
                return
        self._tell_keys()
        self._list_shown()
        self._judge()

    # --- keys ----------------------------------------------------------------------------------------------------

    def _tell_keys(self) -> None:
        with self._database.reading() as connection:
            ledger, table = Ledger(connection), PaperTable(connection)
            chains = _as_believed(ledger)
            digest = _digest(chains)
            behind = [
                place
                for place in dict.fromkeys((each.region, each.terminal) for each in chains)
                if table.in_step(*place) != digest
            ]
        for at in range(0, len(behind), TERMINALS_AT_ONCE):
            with self._pen.answer_keys.whole(), self._database.writing() as connection:
                for place in behind[at : at + TERMINALS_AT_ONCE]:
                    self._tell_one(Ledger(connection), PaperTable(connection), place, chains, digest)

    def _tell_one(
        self, ledger: Ledger, table: PaperTable, place: tuple[str, str], chains: list[KnownChain], digest: bytes
    ) -> None:
        told = table.told(*place)
        news = [
            each
            for each in chains
            if (each.region, each.terminal) != place and told.get(each.chain, -1) != _until(each)
        ]
        # Without a key of the county's for it, a terminal is told when it has been granted one.
        with suppress(PointNotGranted):
            for at in range(0, len(news), KEYS_PER_RECORD):
                keys = tuple(_terminal_key(each) for each in news[at : at + KEYS_PER_RECORD])
                keep(ledger, self._pen.compose(ledger, place, TerminalKeysTold(keys=keys), for_desk=False))
            table.note_told(*place, {each.chain: _until(each) for each in news}, digest)

    # --- receipts ------------------------------------------------------------------------------------------------

    def _list_shown(self) -> None:
        with self._database.reading() as connection:
            if not PaperTable(connection).unlisted():
                return
        with self._database.writing() as connection:
            ledger, table = Ledger(connection), PaperTable(connection)
            for chain, seq in table.unlisted():
                seen = _seen_at(ledger, chain, seq)
                if seen is None:
                    # Not to be read: listed, so that it is looked at once, as a paper that nobody signed.
                    table.list_shown(ShownPaper(chain, seq, "", b"", 0, None))
                else:
                    table.list_shown(ShownPaper(chain, seq, seen.case_no, seen.chain, seen.seq, None))

    def _judge(self) -> None:
        with self._database.reading() as connection:
            if not PaperTable(connection).to_judge():
                return
        with self._pen.answer_keys.whole(), self._database.writing() as connection:
            ledger, table = Ledger(connection), PaperTable(connection)
            for paper in table.to_judge():
                of = ledger.chain(paper.of_chain)
                if of is not None and of.author is not Author.TERMINAL:
                    of = None
                against = PaperAgainstChain(
                    of.public_key if of else None,
                    _place(ledger, of, paper.case_no) if of else "",
                    ledger.hash_at(paper.of_chain, paper.of_seq),
                )
                seen = _seen_at(ledger, paper.chain, paper.seq)
                verdict = judge(seen, against) if seen is not None else PaperVerdict.FORGED
                chain = ledger.chain(paper.of_chain)
                table.judged(paper, verdict, chain.head.seq if chain else None)
                if verdict is PaperVerdict.FITS:
                    self._answer(ledger, paper)

    def _answer(self, ledger: Ledger, paper: ShownPaper) -> None:
        """Tell the terminal where a receipt was shown how the case stands, unless the case is its own."""
        shown_at = ledger.chain(paper.chain)
        if shown_at is None:
            return
        to = shown_at.region, shown_at.terminal
        keys = self._database.keyring.among(ledger.record_at)
        file = read_case_file(paper.case_no, ledger.of_case(paper.case_no), keys)
        if not file.entries or holder_of(file.case) == to:
            return
        holder = paper_of(file)
        told = CaseTold(
            case_no=paper.case_no,
            status=file.case.status.value,
            item_code=file.case.item_code,
            item_version=file.case.item_version,
            service=self._service(file, shown_at),
            steps=told_steps(file) if holder is not None else (),
        )
        with suppress(PointNotGranted):
            keep(ledger, self._pen.compose(ledger, to, told, paper=holder, for_desk=False))

    def _service(self, file: CaseFile, told: KnownChain) -> ToldService | None:
        found = last_service(file, self._library().profile.later_ratings)
        if found is None:
            return None
        chance, answers = found
        return ToldService(at_ms=chance.begun_ms, answers=answers, until_seq=told.head.seq)


def told_steps(file: CaseFile) -> tuple[ToldStep, ...]:
    """Return the moves of a case for whoever holds its receipt, with what the county said in them."""
    moves = [each for each in file.entries if each.step.effect is Effect.MOVED and each.step.envelope.kind in _MOVES]
    return tuple(
        ToldStep(
            kind=each.step.envelope.kind,
            at_ms=each.step.envelope.wall_ms,
            words=_words(each.fact)[:WORDS_TOLD_MAX] if each.step.envelope.author is Author.COUNTY else "",
        )
        for each in moves[-STEPS_TOLD_MAX:]
    )


def _words(fact: Fact | None) -> str:
    match fact:
        case SupplementRequired(wanted=wanted, due=due):
            return f"{'、'.join(wanted)}，最迟{wording.day(due)}"
        case CaseDecided(outcome=outcome, reasons=reasons):
            return f"{wording.OUTCOME[outcome]}：{reasons}"
        case CaseNotAccepted(reasons=reasons) | CaseSuspended(reasons=reasons) | CaseTerminated(reasons=reasons):
            return reasons
        case DeadlineExtended(reasons=reasons):
            return reasons
        case ResultReady(result_name=result_name):
            return result_name
        case _:
            return ""


def _seen_at(ledger: Ledger, chain: bytes, seq: int) -> ReceiptSeen | None:
    record = ledger.record_at(chain, seq)
    if record is None:
        return None
    try:
        fact = from_plain(record.header.kind, record.header.plain, {})
    except FactDoesNotFit:
        return None
    return fact if isinstance(fact, ReceiptSeen) else None


def _as_believed(ledger: Ledger) -> list[KnownChain]:
    """Return the terminals' chains. One that was only replaced is no less believed for it: villagers hold receipts of
    what it had not sent when it died.
    """
    replaced = {each.closed for each in Successions(ledger.connection).all()}
    return [
        structs.replace(each, stopped_for=None) if each.chain in replaced else each
        for each in ledger.chains(Author.TERMINAL)
    ]


def _place(ledger: Ledger, chain: KnownChain, case_no: str) -> str:
    """Return the place whose cases a chain may make papers about: its terminal's, or for a case that this one was
    given that of the terminal that took the case in.
    """
    given = ledger.was_given(case_no, chain.region, chain.terminal)
    return f"{chain.region}-{case_no[18:20] if given else chain.terminal}"


def _until(chain: KnownChain) -> int:
    """Return up to which seq a chain's receipts count; 0 without end. One that was stopped counts as far as it fits."""
    return chain.head.seq if chain.stopped_for is not None else 0


def _terminal_key(chain: KnownChain) -> TerminalKey:
    return TerminalKey(
        public_key=chain.public_key, region=chain.region, terminal=chain.terminal, until_seq=_until(chain)
    )


def _digest(chains: list[KnownChain]) -> bytes:
    """Return what tells one list of keys from another."""
    return hashlib.sha256(cbor.encode(tuple((each.chain, _until(each)) for each in chains))).digest()
