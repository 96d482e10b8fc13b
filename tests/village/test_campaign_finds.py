"""The campaign is only worth its time if it finds what is broken: the product broken on purpose, and found to be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk.projections import cases as cases_at_the_desk
from kiosk.projections.given import GivenRecords
from sync.client.stick_road import StickRoad
from sync.gateway.admission import Decision, Standing, Verdict, decide
from sync.gateway.store import Submission, sqlite
from sync.gateway.store.attachments import AttachmentStore, Upload
from sync.gateway.store.sqlite import SqliteStore
from sync.journal.journal import Journal
from sync.model import case
from sync.model.facts import Envelope
from sync.protocol import checkpoint
from sync.record import Record
from sync.transport.transport import Transport
from tests.campaign.attacks.part import attack
from tests.campaign.attacks.table import ATTACKS as TABLE
from tests.campaign.power.part import LostByPowerCut, cut
from tests.campaign.power.trace import Kind, recorded
from tests.campaign.village import faults, stick
from tests.campaign.village.tale import VillageFailed, tell

SEEDS = range(400)
"""Enough for each of these; the whole campaign has many more."""


def found_by_the_village(*only: faults.Fault) -> str:
    """What the first seed that fails says last; of stories in which only some things go wrong, if they are named."""
    for seed in SEEDS:
        try:
            tell(seed, only=frozenset(only) or None)
        except VillageFailed as failed:
            return str(failed).rsplit("\n", 1)[-1]
    return ""


def test_a_gateway_that_answers_before_it_has_committed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    really = SqliteStore._append_one

    def forgetful(store: SqliteStore, db: object, submission: Submission, now_ms: int) -> Decision:
        decision = really(store, db, submission, now_ms)  # type: ignore[arg-type]  # as it came
        if decision.head is not None and decision.head.seq % 7 == 0:
            db.execute("DELETE FROM records WHERE chain = ? AND seq = ?", (decision.head.chain, decision.head.seq))  # type: ignore[attr-defined]  # a connection
        return decision

    monkeypatch.setattr(SqliteStore, "_append_one", forgetful)
    assert "which it does not hold" in found_by_the_village()


def test_a_gateway_that_accepts_a_gap_is_found(monkeypatch: pytest.MonkeyPatch) -> None:

    def generous(
        records: tuple[Record, ...], peer: object, standing: Standing | None, stored: Mapping[int, bytes]
    ) -> Decision:
        decided = decide(records, peer, standing, stored)  # type: ignore[arg-type]  # as it came
        if decided.verdict is Verdict.GAP:
            return Decision(Verdict.ACCEPTED, records[-1].link, records)
        return decided

    monkeypatch.setattr(sqlite, "decide", generous)
    assert re.search(
        "the (gateway|county) has (another chain|[0-9]+ of)", found_by_the_village(faults.backup, faults.put_back)
    )


def test_a_new_terminal_that_takes_a_case_over_without_its_last_record_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    really = GivenRecords.take
    monkeypatch.setattr(GivenRecords, "take", lambda self, case_no: really(self, case_no)[:-1])
    assert "folds" in found_by_the_village(faults.swap)


def test_a_desk_that_folds_in_another_order_than_the_county_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    really = case.canonical

    def as_it_came(happened: Iterable[Envelope]) -> list[Envelope]:
        return sorted(really(happened), key=lambda each: each.wall_ms)

    def fold_at_the_desk(number: str, happened: Iterable[Envelope]) -> case.Case:
        folded = case.Case(number=number)
        for envelope in as_it_came(happened):
            folded = case._fold_one(folded, envelope)
        return folded

    monkeypatch.setattr(cases_at_the_desk, "fold", fold_at_the_desk)
    assert re.search(r"[0-9X]: \w+ here, \w+ there|folds [0-9X]+ otherwise than the county", found_by_the_village())


def test_a_journal_that_keeps_its_key_after_a_failure_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def keep_the_key(journal: Journal) -> None:
        if journal.connection.in_transaction:
            journal.connection.execute("ROLLBACK")

    monkeypatch.setattr(Journal, "_roll_back", keep_the_key)
    assert "NonceMetTwoBodies" in found_by_the_village(faults.full_disk, faults.room)


def test_a_terminal_that_does_not_check_that_the_log_goes_on_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "_check_follows", lambda *_: None)
    place = next(place for place, each in enumerate(TABLE) if each.name == "checkpoint forks")
    with pytest.raises(AssertionError, match="has taken the place"):
        attack(place)


@pytest.mark.parametrize(("name", "file"), [("journal", "journal.db-wal"), ("files", "config.new")])
def test_a_writer_that_does_not_sync_is_found(name: str, file: str, tmp_path: Path) -> None:
    directory = tmp_path / name
    directory.mkdir()
    steps = recorded(directory, "tests.campaign.power.writers", (name,))
    careless = [each for each in steps if each.kind is not Kind.SYNC or each.name != file]
    assert len(careless) < len(steps)
    failed = 0
    for seed in range(80):
        cut_into = tmp_path / f"cut-{seed}"
        cut_into.mkdir()
        try:
            cut({name: careless}, seed, cut_into)
        except LostByPowerCut:
            failed += 1
    assert failed


def test_a_terminal_that_takes_an_old_answer_from_a_stick_for_the_newest_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    def take_any(road: StickRoad, answer: bytes) -> None:
        journal = road._arrivals.queue.journal()
        if journal is not None:
            road._arrivals.acknowledgement(answer, journal)

    monkeypatch.setattr(StickRoad, "_acknowledgement", take_any)
    assert "what was acknowledged is taken back" in found_by_the_village(stick.copy_stick)


def test_a_gateway_that_says_more_of_an_attachment_than_it_has_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    really = AttachmentStore.extend

    def careless(store: AttachmentStore, chain: bytes, digest: bytes, offset: int, piece: bytes) -> Upload:
        upload = really(store, chain, digest, offset, piece[:-1] if len(piece) > 1 else piece)
        return replace(upload, offset=offset + len(piece))

    monkeypatch.setattr(AttachmentStore, "extend", careless)
    assert "has fewer bytes of attachment" in found_by_the_village(faults.bad_line, faults.good_line)


def test_a_terminal_that_forgets_its_attachments_when_the_gateway_was_put_back_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Transport, "_doubt_outgoing", lambda _: None)
    assert "has not fetched attachment" in found_by_the_village(faults.backup, faults.put_back)
