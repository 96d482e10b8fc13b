"""The parts of the demo county put together as its program does, with a village that writes to it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from county.cases import Command
from county.chain_keys import FileChainKeys
from county.desk import CaseDesk
from county.duties import Clerk, Duty
from county.giving import CaseGiver
from county.intake import Intake, Taken
from county.library import Library
from county.pack_reading import PublishedLibrary
from county.paper_desk import PaperDesk
from county.pen import Pen
from county.store.clerks import ClerkBook
from county.store.database import Database
from provisioning.key_steps import RootStatement, SigningKey, load_key
from provisioning.speech import Sentence
from sync import county_config
from sync.clock import FixedClock
from sync.county_config import CountyConfig
from sync.gateway import config as gateway_config
from sync.keyring import Keyring
from sync.keys import FileSigner, Purpose, Trust
from sync.model.catalogue import ServiceItem
from sync.peer_name import PeerName, PeerRole
from sync.sealing import KeyOpener
from tests.county.village import COUNTY, NOON_MS, Village

ITEM = "temporary_relief"
INTAKE = Clerk("chen", Duty.INTAKE, "civil", "陈静")
DECIDER = Clerk("zhou", Duty.DECIDER, "civil", "周明")
SUPERVISOR = Clerk("luo", Duty.SUPERVISOR, None, "罗平")
STRANGER = Clerk("ma", Duty.INTAKE, "hrss", "马丽")


def grant_chain(county: Path, region: str, terminal: str = "01") -> None:
    """Make the county's chain for a terminal of a point, as granting it does."""
    name = PeerName(COUNTY, PeerRole.TERMINAL, region, terminal)
    key = county / county_config.chain_key(name)
    word = Sentence("密钥", "key")
    statement = county / county_config.chain_statement(name)
    root = county / county_config.ROOT_KEY
    clock = FixedClock(NOON_MS)
    SigningKey(key, word).apply()
    RootStatement(
        statement, lambda: load_key(key).public_key, root, Purpose.COUNTY_CHAIN, name.urn(), COUNTY, 3650, clock, word
    ).apply()


class CountyOffice(Struct):
    """The parts of a county, and a village that writes to it."""

    directory: Path
    database: Database
    library: Library
    clerks: ClerkBook
    desk: CaseDesk
    intake: Intake
    papers: PaperDesk
    giver: CaseGiver
    trust: Trust
    clock: FixedClock
    village: Village
    written: list[int]

    @property
    def item(self) -> ServiceItem:
        """An item with a statutory limit and a form."""
        return self.library.catalogue.item(ITEM)

    def pull(self) -> Taken:
        """Take in everything that the village has written, again and again."""
        return self.intake.take(self.village.relays())

    def answer(self) -> None:
        """Write what the county answers by itself, as its program does between pulling and sending."""
        self.papers.tend()
        self.giver.tend(self.library)

    def do(self, clerk: Clerk, number: str, command: Command) -> None:
        """Let a clerk act who has seen the case as it stands."""
        self.desk.perform(clerk, number, command, self.desk.open(number).moves)


def open_office(home: Path) -> CountyOffice:
    """Put the parts of a county together, as its program does."""
    directory = home / "county"
    config = CountyConfig.load(directory)
    trust = config.trust(directory)
    library = PublishedLibrary(directory / county_config.PACKS_DIRECTORY, trust)
    keyring = Keyring([KeyOpener.load(directory / county_config.OPENING_KEY)])
    database = Database(directory / "county.db", keyring)
    clock = FixedClock(NOON_MS + 3_600_000)
    clerks = ClerkBook(database)
    written: list[int] = []
    issuer = FileSigner.load(home / "gateway" / gateway_config.ISSUER_KEY)
    pen = Pen(FileChainKeys(directory, COUNTY), config.readers(directory), clock)
    return CountyOffice(
        directory=directory,
        database=database,
        library=library.current(),
        clerks=clerks,
        desk=CaseDesk(
            database,
            library.current,
            pen,
            clock,
            lambda: written.append(clock.wall_ms()),
        ),
        intake=Intake(database, library.current, trust, clock),
        papers=PaperDesk(database, pen, library.current),
        giver=CaseGiver(database, pen),
        trust=trust,
        clock=clock,
        village=Village(issuer, config.readers(directory)),
        written=written,
    )
