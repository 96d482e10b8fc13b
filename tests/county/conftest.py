"""A county of its own for every test, copied from one that the technician's tool has set up once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from county.cases import Command
from county.chain_keys import FileChainKeys
from county.desk import CaseDesk
from county.duties import Clerk, Duty
from county.intake import Intake, Taken
from county.library import Library
from county.pack_reading import PublishedLibrary
from county.store.clerks import ClerkBook
from county.store.database import Database
from provisioning.county_init import SAMPLE_TABLES, County, county_init
from provisioning.key_steps import RootStatement, SigningKey
from provisioning.speech import Sentence
from sync import county_config
from sync.certificates import PeerName, PeerRole
from sync.clock import FixedClock, SteeredClock, Steering, SystemClock
from sync.county_config import CountyConfig
from sync.gateway import config as gateway_config
from sync.keys import FileSigner, Purpose, Trust
from sync.model.catalogue import ServiceItem
from tests.county.village import COUNTY, LIUXI, NOON_MS, Village

ITEM = "temporary_relief"
INTAKE = Clerk("chen", Duty.INTAKE, "civil", "陈静")
DECIDER = Clerk("zhou", Duty.DECIDER, "civil", "周明")
SUPERVISOR = Clerk("luo", Duty.SUPERVISOR, None, "罗平")
STRANGER = Clerk("ma", Duty.INTAKE, "hrss", "马丽")


@pytest.fixture(scope="session")
def made_county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with county/ and gateway/ of the demo county, the way from the county to terminal 01 granted."""
    home = tmp_path_factory.mktemp("county")
    machine = SystemClock()
    steering = home / "clock.json"
    Steering(machine.wall_ms(), NOON_MS - 3_600_000).write(steering)
    county = County(COUNTY, "青山县", home / "county", home / "gateway", "127.0.0.1", 8443, SAMPLE_TABLES / COUNTY)
    county_init(county, SteeredClock(steering), machine, lambda _: None, steering)
    grant_chain(home / "county", LIUXI)
    return home


def grant_chain(county: Path, region: str) -> None:
    """Make the county's chain for terminal 01 of a point, as granting it does."""
    name = PeerName(COUNTY, PeerRole.TERMINAL, region, "01")
    key = county / county_config.chain_key(name)
    word = Sentence("密钥", "key")
    statement = county / county_config.chain_statement(name)
    root = county / county_config.ROOT_KEY
    clock = FixedClock(NOON_MS)
    SigningKey(key, word).apply()
    RootStatement(statement, key, root, Purpose.COUNTY_CHAIN, name.urn(), COUNTY, 3650, clock, word).apply()


@dataclass
class CountyOffice:
    """The parts of a county, and a village that writes to it."""

    directory: Path
    database: Database
    library: Library
    clerks: ClerkBook
    desk: CaseDesk
    intake: Intake
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

    def do(self, clerk: Clerk, number: str, command: Command) -> None:
        """Let a clerk act who has seen the case as it stands."""
        self.desk.perform(clerk, number, command, self.desk.open(number).moves)


@pytest.fixture
def home(made_county: Path, tmp_path: Path) -> Path:
    """A copy of the demo county that a test may spoil."""
    shutil.copytree(made_county, tmp_path / "made")
    return tmp_path / "made"


@pytest.fixture
def office(home: Path) -> Iterator[CountyOffice]:
    """The county without its gateway."""
    made = open_office(home)
    yield made
    made.database.close()


def open_office(home: Path) -> CountyOffice:
    """Put the parts of a county together, as its program does."""
    directory = home / "county"
    trust = CountyConfig.load(directory).trust(directory)
    library = PublishedLibrary(directory / county_config.PACKS_DIRECTORY, trust)
    database = Database(directory / "county.db")
    clock = FixedClock(NOON_MS + 3_600_000)
    clerks = ClerkBook(database)
    written: list[int] = []
    issuer = FileSigner.load(home / "gateway" / gateway_config.ISSUER_KEY)
    return CountyOffice(
        directory=directory,
        database=database,
        library=library.current(),
        clerks=clerks,
        desk=CaseDesk(
            database, library.current, FileChainKeys(directory, COUNTY), clock, lambda: written.append(clock.wall_ms())
        ),
        intake=Intake(database, library.current, trust, clock),
        trust=trust,
        clock=clock,
        village=Village(issuer),
        written=written,
    )
