"""What the county does seldom: a new opening key, told to every terminal, and the erasure of what is over."""

from __future__ import annotations

from county.attachments import DIRECTORY, AttachmentVault
from county.erasure import Eraser
from county.key_tools import reseal
from county.store.ledger import Ledger
from sync.keyring import Keyring
from sync.model.facts import Author, BodiesErased, Kind, from_plain
from sync.record import Record
from tests.campaign.village import estate
from tests.campaign.village.world import World

QUARTER_MS = 91 * 24 * 3_600_000
"""A day more than bodies are kept at least (`estate.short_library`)."""


def new_opening_key(world: World) -> None:
    """The county's opening key is replaced: the program is started with new files, and tells every terminal."""
    county = world.county
    if world.is_free(county.process) and county.generation < estate.OPENING_KEYS - 1:
        world.end(county.process)
        county.generation += 1
        world.count("opening keys replaced")
        world.note(f"opening key {county.generation}")


def erase(world: World) -> None:
    """Nobody comes for a quarter of a year; then the county's operator erases the bodies of what is over."""
    world.advance(QUARTER_MS)
    county = world.county
    if not county.process.alive or not world.is_free(county.process):
        return

    def run() -> str:
        with world.disk.acting(county.process):
            vault = AttachmentVault(county.file.parent / DIRECTORY)
            done = Eraser(
                county.database, vault, estate.short_library, county.pen, world.clock, county.courier.nudge
            ).run()
        world.count("bodies erased", done.bodies)
        return f"{done.cases} cases {done.bodies} bodies {done.keys} keys"

    world.attempt("erase", county.process, run)


def check_readers(world: World) -> None:
    """Once old content keys are sealed again, the county's newest opening key alone opens all that is left."""
    county = world.county
    newest = estate.opening(county.generation)
    with world.disk.acting(county.process):
        done = reseal(county.database, county.keys(), newest)
        assert not done.closed, f"{done.closed} content keys are opened by nobody"
        keyring = Keyring([newest], county.database.keyring.more_seals)
        with county.database.reading() as connection:
            ledger = Ledger(connection)
            for chain in ledger.chains():
                for stored in ledger.of_chain(chain.chain, 0, 1 << 30):
                    number = stored.record.header.content_key
                    if stored.record.body and number is not None:
                        key = keyring.key(chain.chain, number, ledger.record_at)
                        assert key is not None, (
                            f"{chain.region}: the newest key does not open {stored.record.header.seq}"
                        )


def check_erased(world: World) -> None:
    """What the county has said to erase is erased wherever it was."""
    county = world.county
    with world.disk.acting(county.process), county.database.reading() as connection:
        ledger = Ledger(connection)
        held = [each for chain in ledger.chains(Author.COUNTY) for each in ledger.of_chain(chain.chain, 0, 1 << 30)]
    for stored in held:
        header = stored.record.header
        if header.kind == Kind.BODIES_ERASED:
            told = from_plain(header.kind, header.plain, {})
            assert isinstance(told, BodiesErased)
            _check_gone(world, told)


def _check_gone(world: World, told: BodiesErased) -> None:
    places = {"the county": world.county.records(told.chain), "the gateway": world.gateway.records(told.chain)}
    for terminal in world.living:
        if terminal.chain == told.chain:
            places[terminal.short] = terminal.written()
    for place, records in places.items():
        left = [each.header.seq for each in records if each.body and _is_told(told, each)]
        assert not left, f"{place} still has the bodies of {left}"
        world.count("erased bodies looked for")


def _is_told(told: BodiesErased, record: Record) -> bool:
    return told.first_seq <= record.header.seq <= told.last_seq
