"""People who come back: at any terminal somebody rates a service afterwards, honestly or not, once or too often.

What the county counts of it must follow from the records alone, whatever came first and over whichever road.
"""

from __future__ import annotations

from county.casefile import read_case_file
from county.ratings import put_by, ratings_of
from county.store.cases import CaseTable
from county.store.ledger import Ledger
from kiosk.desk import CITIZEN
from sync.model.facts import Kind, LaterProof, RatedLater
from sync.model.later import RatingOutcome, chances
from sync.model.plain import field_of
from sync.record import Record
from tests.campaign.village import estate
from tests.campaign.village.terminal import Terminal
from tests.campaign.village.world import World

_HONEST = 0.8


def somebody_comes_back(world: World) -> None:
    """Whoever holds a receipt stands before some terminal, perhaps another than the one that made it."""
    able = [each for each in world.living if each.kiosk.alive and world.is_free(each.kiosk)]
    if able:
        here, receipt = world.rng.choice(able), _receipt(world, world.rng.choice(able))
        if receipt is not None:
            with world.disk.acting(here.kiosk):
                world.attempt(f"later {here.short}", here.kiosk, lambda: _rate(world, here, receipt))


def _receipt(world: World, home: Terminal) -> Record | None:
    """The record that somebody's paper is about; it was printed long ago, so nobody has to read a disk for it."""
    with world.disk.looking():
        numbers = sorted(home.statuses())
        return home.desk.record_of(world.rng.choice(numbers), Kind.CASE_TAKEN_IN) if numbers else None


def _rate(world: World, here: Terminal, paper: Record) -> str:
    rng, number = world.rng, paper.header.case_no or ""
    prefix = paper.hash[:16] if rng.random() < _HONEST else rng.randbytes(16)
    said = RatedLater(
        case_no=number, proof=LaterProof.PAPER, paper_chain=paper.header.chain, paper_seq=paper.header.seq,
        paper_hash=prefix, level=rng.randrange(1, 6), reasons=("办得太慢",) * rng.randrange(2),
    )  # fmt: skip
    seq = here.desk.note(said, CITIZEN)
    world.count("ratings given later")
    return f"{number} rated at {here.short}, record {seq}"


def check_end(world: World) -> None:
    """Every rating that a living terminal has written counts at the county or is put by, as the records alone say.

    What desks heard is never replaced, and no chance has more than one rating and one addition. Raises AssertionError.
    """
    county, terms = world.county, estate.library().profile.later_ratings
    with world.disk.acting(county.process), county.database.reading() as connection:
        ledger, table = Ledger(connection), CaseTable(connection)
        listed = table.ratings()
        parked = {(each.chain, each.seq) for each in table.parked()}
        keys = county.database.keyring.among(ledger.record_at)
        for number in ledger.case_numbers():
            file = read_case_file(number, ledger.of_case(number), keys)
            mine = [rating for _, rating in listed if rating.case_no == number]
            expected = ratings_of(file, terms) if file.entries else ()
            assert sorted(mine, key=repr) == sorted(expected, key=repr), f"{number}: the list is not what the case is"
            told = {each.place for each in put_by(file, terms)}
            assert told <= parked, f"{number}: what does not count is not shown to anybody"
            counted = sum((each.later is not None) + (each.follow_up is not None) for each in expected)
            assert counted == len(file.later) - len(told), f"{number}: {len(file.later)} came, {counted} count"
            for chance in chances(file.case):
                if chance.outcome is RatingOutcome.GIVEN:
                    stands = next(each for each in expected if (each.stage, each.visit) == (chance.stage, chance.visit))
                    assert stands.later is None, f"{number}: what the desk heard was replaced"
            world.count("ratings counted later", counted)
            world.count("ratings put by", len(told))
        for terminal in world.living:
            for record in terminal.written():
                if record.header.kind == Kind.RATED_LATER:
                    number = field_of(RatedLater, "case_no", record.header.plain)
                    kept = {(each.record.header.chain, each.record.header.seq) for each in ledger.of_case(number)}
                    where = f"record {record.header.seq} of {terminal.short}"
                    assert (terminal.chain, record.header.seq) in kept, f"{where} is not with its case"
